// All models on one prompt: a card for each response.

/** The words that a prompt requires: `2,500–3,500`, `over 2,500`; empty where none are. */
function goalOf(prompt) {
  if (prompt.aim === null) return "";
  if (prompt.constraint === "range") return `${counted(prompt.required_min)}–${counted(prompt.required_max)}`;
  const bound = { above: "over ", below: "under " }[prompt.constraint] ?? "";
  return `${bound}${counted(prompt.aim)}`;
}

/** The same in words. */
function requiredWords(prompt) {
  return prompt.aim === null ? "no required length" : `${goalOf(prompt)} words required`;
}

/** The status of a response and what its text's health says, as flags. */
function responseFlags(response) {
  const flags = response.status === "ok" ? [] : [flag(response.status)];
  for (const [mark, words] of Object.entries(HEALTH)) {
    if (hasMark(response, mark) && !(mark === "truncated" && response.status === "truncated")) flags.push(flag(words));
  }
  return flags;
}

/** Words against required words, as a bar and in words, and S_L, which comes of them; words alone where none are. */
function lengthLine(response) {
  const { prompt, words } = response;
  const ends = prompt.constraint === "range" ? [prompt.required_min, prompt.required_max] : [prompt.aim];
  const share = ends.length === 1 && prompt.aim && words != null ? ` · ${counted((100 * words) / prompt.aim)}%` : "";
  const goal = prompt.aim === null ? "" : ` of ${goalOf(prompt)}`;
  const score = prompt.aim === null ? [] : [" · ", symbol("score_l"), "\u00a0", fixed(response.score_l)];
  return [
    lengthBar(words, ends.filter((end) => end != null)),
    el("p.facts", {}, `${counted(words)}${goal} words${share}`, score),
  ];
}

/** S_Q and S̄ by each judge; S̄ where lengths are required. */
function scoreTable(response) {
  const metrics = ["score_q", "score"].filter((name) => metricsOf(response.prompt.dataset).includes(name));
  const rows = [...response.judges].map(([name, verdict]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, clipped(name, 60),
        verdict.status === "ok" || [" ", flag(verdict.status ?? "no verdict", true)]),
      metrics.map((metric) => el("td", {}, fixed(verdict[metric]))),
    ),
  );
  if (!rows.length) return null;
  const heads = metrics.map((metric) => el("th.num", { scope: "col" }, symbol(metric)));
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
  const noText = el("span.note", {}, response.words > 0 ? "" : "No text."); // it may be another file that is missing
  return el(
    "li",
    {},
    el("h3", {}, el("a", { href: target }, modelName(response.model), name && `, ${name}`)),
    el("p.facts", {}, responseFlags(response)),
    lengthLine(response),
    scoreTable(response),
    el("div.begins", { dir: "auto", lang: response.prompt.language }, clipped(begins, 240) || noText),
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
    for (const each of document.querySelectorAll(".grid [aria-pressed]")) each.setAttribute("aria-pressed", "false");
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
  const cards = (responses) => responses.map((response) => card(response, begins.get(response)));
  const grid = el("ul.grid", { "aria-label": "Responses" }, cards(shown));
  const rest = all.length - shown.length;
  const showRest = (event) => {
    grid.replaceChildren(...cards(all));
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
