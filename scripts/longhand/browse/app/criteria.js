// What judges grade a response by where each prompt has criteria of its own, and what they say of each.

const LONG_REASON = 1200; // characters, from which on a reason scrolls in a box of its own

/** What a criterion is called: its place, and its name or how its description begins. */
function criterionName(content, place) {
  const { name, description } = content.criteria?.[place - 1] ?? {};
  return `${place}. ${clipped(name && name !== String(place) ? name : description, 80)}`.trim();
}

/** What a reader must know of a criterion beside its texts. */
function criterionFacts({ weight, values, views }) {
  const facts = [
    weight == null || weight === 1 ? null : `weight ${plainScore({ score: weight })}`,
    values?.length > 0 && `scores: ${values.map((score) => plainScore({ score })).join(", ")}`,
    views?.length > 0 && `in ${views.map((view) => clipped(view, 40)).join(", ")}`,
  ];
  return facts.filter(Boolean).join(" · ");
}

/** The criteria of a prompt: what each asks, and what its scores mean. */
function criteriaBox({ criteria }, language) {
  if (!criteria?.length) return null;
  const level = ({ label, text }) => [
    el("dt", { dir: "auto" }, clipped(label, 80)),
    el("dd", {}, text ? longText(text, { language }) : DASH),
  ];
  const item = (criterion, i) => {
    const facts = criterionFacts(criterion);
    return el("li", {},
      criterion.name && criterion.name !== String(i + 1)
        && el("p.name", { dir: "auto", lang: language }, clipped(criterion.name, 400)),
      facts && el("p.facts", {}, facts),
      criterion.description && longText(criterion.description, { language }),
      criterion.levels?.length > 0 && el("dl", {}, criterion.levels.flatMap(level)));
  };
  return lazyBox(plural(criteria.length, "criterion", "criteria"), () =>
    el("div.clamped", { tabindex: "0", role: "region", "aria-label": "Criteria" },
      el("ol.criteria", {}, criteria.map(item))));
}

/** The score of each criterion with its reason, in the order of the criteria; repeats side by side. */
function criterionScores(scores, repeats, content) {
  const places = [...new Set(scores.map((score) => score.criterion))].sort((a, b) => a - b);
  const reasonOf = (reason) => (reason.length > LONG_REASON ? clampedText(reason) : longText(reason));
  const verdict = (place, repeat) => {
    const score = scores.find((each) => each.criterion === place && each.repeat === repeat);
    return el("li", {},
      el("p.facts", {}, repeats.length > 1 && `repeat ${repeat}: `, el("strong", {}, plainScore(score ?? {})),
        statusOf(score ?? {})),
      score?.reason && reasonOf(score.reason));
  };
  const item = (place) =>
    el("li", {},
      el("p.name", { dir: "auto", lang: content.language }, criterionName(content, place)),
      el("ul.repeats", {}, repeats.map((repeat) => verdict(place, repeat))));
  return el("ul.criteria", { "aria-label": "Scores by criterion" }, places.map(item));
}
