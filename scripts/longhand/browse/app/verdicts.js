// What judges say of a response, and the calls that it took to write it.

const GRADES = new Map([
  [1, ["full", "supported"]],
  [0.5, ["half", "partly supported"]],
  [0, ["none", "not supported"]],
]);

const fillers = new WeakMap(); // box -> the function that fills it

/** A box that is filled when it is opened first (or when the page is saved). */
function lazyBox(summary, fill) {
  const body = el("div", {}, el("p.note", {}, "Loading …"));
  const box = el("details.box", { ontoggle: () => fillBox(box) }, el("summary", {}, summary), body);
  fillers.set(box, async () => {
    try {
      body.replaceChildren(...[await fill()].flat());
    } catch (error) {
      body.replaceChildren(el("p.banner", { role: "alert" }, inWords(error)));
    }
  });
  return box;
}

/** Fills a lazy box, once. */
async function fillBox(box) {
  const fill = fillers.get(box);
  fillers.delete(box);
  await fill?.();
}

/** Fills all lazy boxes of an element, and those that are in them. */
async function fillAll(element) {
  const boxes = [...element.querySelectorAll("details")].filter((box) => fillers.has(box));
  if (!boxes.length) return;
  await Promise.all(boxes.map(fillBox));
  await fillAll(element);
}

/** A text in a box of its own that scrolls. */
function clampedText(text, language) {
  return el("div.clamped", { tabindex: "0", role: "region", "aria-label": "Text" }, longText(text, { language }));
}

/** A row's status and why, where it is not ok. */
function statusOf({ status, error }) {
  if (!status || status === "ok") return null;
  return [" ", flag(status), error ? el("span.facts", { dir: "auto" }, ` ${clipped(error, 400)}`) : null];
}

/** What all judges say: a section for each. */
function verdictBoxes(rows, dataset, content) {
  const judges = [...new Set([...dataset.judges.map((judge) => judge.name), ...rows.map((row) => row.judge)])];
  return judges.map((judge) => {
    const of = (kind) => rows.filter((row) => row.judge === judge && row.kind === kind);
    return el(
      "section",
      { "aria-label": `Verdict of ${judge}` },
      el("h3", {}, `Verdict of ${clipped(judge, 80)}`),
      scoresOf(of("verdict"), content),
      replyBoxes(of("verdict"), content),
      statementBox(of("statement"), content),
      of("call").length > 0 && lazyBox(`${plural(of("call").length, "call")} of the judge`, () => callList(of("call"))),
    );
  });
}

/** Scores of all repeats, by criterion or dimension. */
function scoresOf(verdicts, content) {
  const scores = verdicts.flatMap((row) => row.scores.map((score) => ({ ...score, repeat: row.repeat })));
  if (!scores.length) return el("p.note", {}, "No verdict.");
  const repeats = [...new Set(scores.map((score) => score.repeat))].sort((a, b) => a - b);
  const cut = Math.max(0, ...verdicts.map((row) => row.words_cut ?? 0));
  return [
    cut > 0 && el("p.facts", {}, `The judge was not shown the last ${plural(cut, "word")}.`),
    scores.some((score) => score.criterion) ? criterionScores(scores, repeats, content) : dimensionTable(scores, repeats),
  ];
}

/** Scores by dimension and repeat, and why some are missing. */
function dimensionTable(scores, repeats) {
  const dimensions = [...new Set(scores.map((score) => score.dimension))];
  const cell = (dimension, repeat) => {
    const score = scores.find((each) => each.dimension === dimension && each.repeat === repeat);
    if (!score) return el("td", {}, DASH);
    return el("td", {}, plainScore(score));
  };
  const unread = scores.filter((score) => score.status !== "ok");
  const which = (score) => (repeats.length > 1 ? `, repeat ${score.repeat}` : "");
  const why = unread.map((score) => el("li", {}, clipped(score.dimension, 60), which(score), statusOf(score)));
  const name = (repeat) => (repeats.length > 1 ? `repeat ${repeat}` : "score");
  const head = repeats.map((repeat) => el("th.num", { scope: "col" }, name(repeat)));
  const table = el(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": "Scores by dimension" },
    el(
      "table.scores",
      {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Dimension"), head)),
      el("tbody", {}, dimensions.map((dimension) =>
        el("tr", {}, el("th", { scope: "row" }, clipped(dimension, 60)), repeats.map((repeat) => cell(dimension, repeat))))),
    ),
  );
  return [table, why.length > 0 && el("ul.unread", {}, why)];
}

/** A score as the judge gave it; a dash where there is none. */
function plainScore({ score }) {
  return score == null ? DASH : String(Math.round(score * 100) / 100);
}

/** A judge's whole replies: the reasons for its scores. What tells one from the others stands over it. */
function replyBoxes(verdicts, content) {
  const repeats = new Set(verdicts.map((verdict) => verdict.repeat)).size;
  const scored = ({ dimension, criterion }) => (criterion ? criterionName(content, criterion) : dimension);
  const boxes = verdicts.filter((verdict) => verdict.reply).map(({ repeat, scores, reply }) => {
    const which = [
      repeats > 1 && `repeat ${repeat}`,
      verdicts.length > repeats && clipped(scores.map(scored).join(", "), 80),
    ];
    return lazyBox(["The judge's reply", ...which.filter(Boolean)].join(", "), () => longText(reply));
  });
  const many = boxes.length > repeats && verdicts.some((verdict) => verdict.scores.some((score) => score.criterion));
  return many ? lazyBox(`The judge's ${boxes.length} replies`, () => boxes) : boxes;
}

/** Statements of a response, each over the passages of the context that it was held against. */
function statementBox(statements, content) {
  if (!statements.length) return null;
  const context = content.context ?? "";
  const passage = ([start, end]) =>
    el("div.prompt", {}, el("p.facts", {}, `characters ${counted(start + 1)}–${counted(end)} of the context`),
      longText(context.slice(start, end), { language: content.language }));
  const item = (row) => {
    const [name, words] = GRADES.get(row.status === "ok" ? row.grade : null) ?? ["", ""];
    const passages = row.passages ?? [];
    return el(
      "li",
      {},
      el("span", { dir: "auto", lang: content.language }, visible(row.part)),
      " ",
      name ? el(`span.grade.${name}`, {}, words) : null,
      statusOf(row),
      passages.length > 0 && lazyBox(plural(passages.length, "passage"), () => passages.map(passage)),
      row.text ? lazyBox("What the judge says of it", () => longText(row.text)) : null,
    );
  };
  return lazyBox(plural(statements.length, "statement held against the context", "statements held against the context"),
    () => el("ol.statements", {}, statements.map(item)));
}

/** Calls in the order in which they were made: plan, sections, statements. */
function callList(calls) {
  return el("ol.calls", {}, calls.map((call) => {
    const facts = [
      `${clipped(call.step, 40)}${call.number == null ? "" : ` ${call.number}`}`,
      call.repeat == null ? null : `repeat ${call.repeat}`,
      call.required == null ? null : `${plural(call.required, "word")} wanted`,
      call.words == null ? null : `${plural(call.words, "word")} written`,
    ];
    return el("li", {}, el("span.facts", {}, facts.filter(Boolean).join(" · "), statusOf(call)),
      lengthBar(call.words, call.required == null ? [] : [call.required]),
      call.text ? clampedText(call.text) : null);
  }));
}
