// One response, or two side by side: the prompt, the texts, how they fared and why.

/**
 * What is asked for, and what there is beside it: context, reference, examples, facts. It is open where the heading has
 * not all of it.
 */
function promptBox(prompt, content) {
  if (content.trouble) return el("p.banner", { role: "alert" }, content.trouble);
  const language = prompt.language;
  const references = [content.reference, ...(content.other_references ?? [])].filter(Boolean);
  const pattern = listsResponses(place.choices) ? null : list.search?.pattern;
  return el(
    "details.box",
    { open: content.prompt.length > HEADING },
    el("summary", {}, content.context ? "Prompt and context" : "Prompt"),
    el("div", {},
      el("div.prompt", { tabindex: "0", role: "region", "aria-label": "Prompt" },
        longText(content.prompt, { language, pattern })),
      content.context &&
        lazyBox(`Context: ${plural(content.context.length, "character")}`, () => clampedText(content.context, language)),
      criteriaBox(content, language),
      references.map((text, i) =>
        lazyBox(i ? `Further reference ${i}` : "Reference answer", () => clampedText(text, language))),
      content.examples?.length > 0 && lazyBox("Answers scored before, for judges", () => content.examples.map((each) =>
        [el("h3", {}, `Score ${each.score}`), clampedText(each.answer, language)]).flat()),
      Object.entries(content.facts ?? {}).map(([judge, rows]) => factBox(judge, rows, language)),
    ),
  );
}

/** What a judge took out of the context, once for all responses. */
function factBox(judge, rows, language) {
  const part = (row) => [
    el("p.facts", {}, `characters ${counted(row.start + 1)}–${counted(row.end)}`, statusOf(row)),
    row.facts?.length
      ? el("ul", {}, row.facts.map((fact) => el("li", { dir: "auto", lang: language }, visible(fact))))
      : row.facts && el("p.note", {}, "Nothing that bears on the prompt."),
  ];
  return lazyBox(`What ${clipped(judge, 60)} took out of the context`, () => rows.flatMap(part).filter(Boolean));
}

/** The page of one response, or of two. */
async function responsePage(prompt, content, shown, search) {
  const title = shown.map((response) => `${response.model} ${sampleName(response)}`.trim()).join(" and ");
  const panels = await Promise.all(shown.map((response, i) => responsePanel(response, content, i, search)));
  const two = shown.length > 1;
  return [
    el("p.bar-line", {},
      listLink(),
      el("a", { href: addressOf({ ...place, shown: [] }) }, "All models"),
      stepButton("Previous", -1),
      stepButton("Next", 1),
      besideField(prompt, shown),
      linkButton(),
      saveButton(`${prompt.dataset.name} ${prompt.id} ${title}`),
      two && sideButtons(shown),
    ),
    el("h2", { tabindex: "-1" }, el("span", { dir: "auto", lang: prompt.language }, clipped(prompt.begins, HEADING))),
    el("p.facts", {}, promptFacts(prompt)),
    promptBox(prompt, content),
    el(two ? "div.responses.two" : "div.responses.one", { "data-side": "0" }, panels),
  ];
}

function stepButton(label, step) {
  return el("button", { type: "button", onclick: () => goAlong(step) }, label);
}

/** Which other response is shown beside; the first choice is none. */
function besideField(prompt, [first, second]) {
  const others = sortedResponses(prompt).filter((response) => response !== first);
  if (!others.length) return null;
  const field = el("select", { "aria-label": "Show beside it", onchange: change },
    el("option", { value: "" }, second ? "alone" : "Beside …"),
    others.map((response, i) =>
      el("option", { value: String(i), selected: response === second },
        clipped(`beside ${response.model} ${sampleName(response)}`, 60))));
  return field;
  function change() {
    goTo({ ...place, shown: field.value === "" ? [first] : [first, others[Number(field.value)]] });
  }
}

/** Where the window is too narrow for two texts: which of them is shown. */
function sideButtons(shown) {
  const show = (i, pressed) => {
    document.querySelector(".responses").dataset.side = i;
    for (const each of pressed.parentElement.children) each.setAttribute("aria-pressed", String(each === pressed));
  };
  const button = (response, i) =>
    el("button", { type: "button", "aria-pressed": String(i === 0), onclick: (event) => show(i, event.currentTarget) },
      clipped(response.model, 40));
  return el("span.narrow", { role: "group", "aria-label": "Shown text" }, shown.map(button));
}

/** A response: its text with the marks of its health, its scores, its verdicts and its calls. */
async function responsePanel(response, content, i, search) {
  const { dataset, language } = response.prompt;
  const [text, verdicts] = await Promise.all([
    orTrouble(textFile(response)),
    dataset.judges.length ? orTrouble(listFile(`verdicts/${dataset.name}/${response.model}/${response.number}`)) : [],
  ]);
  const heading = `written-${i}`;
  const name = sampleName(response);
  return el(
    "article.response",
    { "aria-labelledby": heading },
    el("h2", { id: heading }, modelName(response.model), name && `, ${name}`),
    el("p.facts", {}, response.status === "ok" ? flag("ok", true) : null, responseFlags(response), callFacts(text)),
    el("aside", { "aria-label": "How it fared" },
      lengthLine(response),
      scoreTable(response),
      metricLine(response),
      verdicts instanceof Element ? verdicts : verdictBoxes(verdicts, dataset, content),
      text.calls ? lazyBox(`How it was written: ${plural(text.calls, "call")}`, async () =>
        callList(await listFile(`texts/${dataset.name}/${response.model}/${response.number}.calls`))) : null,
    ),
    text instanceof Element ? text : writtenText(text, language, search),
  );
}

/** What a promise gives, or a banner with what went wrong. */
async function orTrouble(promise) {
  try {
    return await promise;
  } catch (error) {
    return el("p.banner", { role: "alert" }, inWords(error));
  }
}

/** The text of a response with marks where it loops and where it was cut. */
function writtenText(file, language, search) {
  const text = file.text ?? "";
  const marks = [];
  if (file.loop != null) marks.push({ at: file.loop, label: "The text loops from here on" });
  if (file.cut) marks.push({ at: text.length, label: "The text was cut off here: it reached the limit of tokens" });
  const pattern = search && listsResponses(place.choices) ? search.pattern : null;
  return el("div.written-text", {},
    text ? longText(text, { language, marks, pattern }) : el("p.note", {}, "There is no text."),
    file.error ? el("p.facts", { dir: "auto" }, `Why: ${clipped(file.error, 600)}`) : null);
}

/** What is known of the call that wrote a text. */
function callFacts(file) {
  if (file instanceof Element) return null;
  const facts = [
    file.finish_reason && `ended by ${clipped(file.finish_reason, 40)}`,
    file.completion_tokens == null ? null : plural(file.completion_tokens, "token"),
    file.cut_tokens == null ? null : `${plural(file.cut_tokens, "token")} of the prompt cut out`,
    file.attempts > 1 && plural(file.attempts, "attempt"),
    file.reported_model && `reported as ${clipped(file.reported_model, 60)}`,
  ];
  return ` ${facts.filter(Boolean).join(" · ")}`;
}

/** Further metrics of a response: F1, ROUGE-L. */
function metricLine({ metrics }) {
  const known = metrics.filter((each) => each.value != null);
  const words = known.map((each) => `${each.metric}${each.judge ? ` by ${each.judge}` : ""} ${fixed(each.value)}`);
  return known.length > 0 && el("p.facts", {}, words.join(" · "));
}
