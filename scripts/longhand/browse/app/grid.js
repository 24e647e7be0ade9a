// All models on one prompt: a card for each response.

/** What a prompt asks for: `2,500–3,500 words required`, `over 2,500 words required`. */
function requiredWords(prompt) {
  if (prompt.constraint === "range") {
    return `${counted(prompt.required_min)}–${counted(prompt.required_max)} words required`;
  }
  if (prompt.required == null) return "no required length";
  const bound = { above: "over ", below: "under " }[prompt.constraint] ?? "";
  return `${bound}${plural(prompt.required, "word")} required`;
}

/** The status of a response and what its text's health says, as flags. */
function responseFlags(response) {
  const flags = response.status === "ok" ? [] : [flag(response.status)];
  for (const [mark, words] of Object.entries(HEALTH)) {
    if (hasMark(response, mark) && !(mark === "truncated" && response.status === "truncated")) flags.push(flag(words));
  }
  return flags;
}

/** Words against required words, as a bar and in words, and S_L, which comes of them. */
function lengthLine(response) {
  const { required } = response.prompt;
  const share = required && response.words != null ? ` · ${counted((100 * response.words) / required)}%` : "";
  const goal = required == null ? "" : ` of ${counted(required)}`;
  return [
    lengthBar(response.words, required),
    el("p.facts", {}, `${counted(response.words)}${goal} words${share} · `, symbol("score_l"), ` ${fixed(response.score_l)}`),
  ];
}

/** S_Q and S̄ by each judge. */
function scoreTable(response) {
  const rows = [...response.judges].map(([name, verdict]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, clipped(name, 60), verdict.status === "ok" || [" ", flag(verdict.status ?? "no verdict", true)]),
      el("td", {}, fixed(verdict.score_q)),
      el("td", {}, fixed(verdict.score)),
    ),
  );
  if (!rows.length) return null;
  const heads = ["score_q", "score"].map((metric) => el("th.num", { scope: "col" }, symbol(metric)));
  return el(
    "table.scores",
    {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Judge"), heads)),
    el("tbody", {}, rows),
  );
}

/** Which sample of a model's a response is, where it has several. */
function sampleName(response) {
  const many = response.prompt.responses.some((each) => each.model === response.model && each !== response);
  return many ? `sample ${response.sample}` : "";
}

/** A response: how it fared, and how it begins. */
function card(response, begins) {
  const target = addressOfResponse(response);
  const name = sampleName(response);
  return el(
    "li",
    {},
    el("h3", {}, el("a", { href: target }, modelName(response.model), name && `, ${name}`)),
    el("p.facts", {}, responseFlags(response)),
    lengthLine(response),
    scoreTable(response),
    el("div.begins", { dir: "auto", lang: response.prompt.language }, begins ? clipped(begins, 240) : el("span.note", {}, response.words > 0 ? "" : "No text.")),
    el("p.last", {}, compareButton(response)),
  );
}

let toCompare = null; // the response that was picked first

/** A button that picks a response; the second one on a prompt opens the two side by side. */
function compareButton(response) {
  const label = `Compare ${response.model} ${sampleName(response)}`.trim();
  const pressed = String(toCompare === response);
  return el("button", { type: "button", "aria-pressed": pressed, "aria-label": label, onclick: pick }, "Compare");
  function pick(event) {
    if (toCompare && toCompare !== response && toCompare.prompt === response.prompt) {
      const shown = [toCompare, response];
      toCompare = null;
      return goTo({ ...place, prompt: response.prompt.id, shown });
    }
    toCompare = toCompare === response ? null : response;
    for (const button of document.querySelectorAll(".grid [aria-pressed]")) button.setAttribute("aria-pressed", "false");
    event.currentTarget.setAttribute("aria-pressed", String(toCompare === response));
    if (toCompare) announce("Press Compare of a second response to see the two side by side.");
    return undefined;
  }
}

const HEADING = 140; // characters of a prompt that stand over the page

/** What is asked for. */
function promptFacts(prompt) {
  return [requiredWords(prompt), prompt.category, languageName(prompt.language), prompt.id]
    .filter(Boolean)
    .map((each) => clipped(each, 80))
    .join(" · ");
}

/** How the responses to a prompt begin. */
function beginnings(prompt, content) {
  const { model, sample, begins } = content.excerpts;
  const names = prompt.dataset.models;
  return new Map(begins.map((text, i) => [responseOf(prompt, { model: names[model[i]], sample: sample[i] }), text]));
}

/** The page of a prompt: the prompt itself, then all models' responses that match what is chosen. */
function gridPage(prompt, content, search) {
  const begins = beginnings(prompt, content);
  const single = listsResponses(place.choices);
  const all = sortedResponses(prompt);
  const chosen = all.filter(
    (response) => (!single || isHit(search, response)) && matches(response, place.choices, prompt.dataset),
  );
  const shown = chosen.length ? chosen : all;
  const grid = el("ul.grid", { "aria-label": "Responses" }, shown.map((response) => card(response, begins.get(response))));
  const rest = all.length - shown.length;
  const showRest = (event) => {
    grid.replaceChildren(...all.map((response) => card(response, begins.get(response))));
    event.currentTarget.parentElement.remove();
    grid.querySelector("a").focus();
  };
  return [
    el("p.bar-line", {}, listLink(), linkButton()),
    el("h2", { tabindex: "-1", dir: "auto", lang: prompt.language }, clipped(prompt.begins, HEADING)),
    el("p.facts", {}, promptFacts(prompt)),
    promptBox(prompt, content),
    el("p.note", {}, `${plural(shown.length, "response")}${chosen.length ? "" : "; none matches the filters"}.`),
    grid,
    rest > 0 &&
      el("p", {}, `${plural(rest, "response")} more ${rest === 1 ? "does" : "do"} not match the filters. `,
        el("button", { type: "button", onclick: showRest }, "Show all")),
  ];
}

/** Back to the list, where the window is too narrow for both. */
function listLink() {
  return el("a.narrow", { href: addressOf({ dataset: place.dataset, choices: place.choices }) }, "← List");
}
