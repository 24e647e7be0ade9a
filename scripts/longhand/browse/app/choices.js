// Which responses are listed, and in what order.

const HEALTH = {
  truncated: "cut off at the limit of tokens",
  looped: "looped",
  unclosed: "without a closing mark",
  other_language: "in another language",
};

/** Whether a response has a health mark of HEALTH. */
function hasMark(response, mark) {
  if (mark === "looped") return response.loop_onset !== null;
  if (mark === "unclosed") return response.closed === false;
  return response[mark] === true;
}

/** The judge whose scores are filtered and sorted by: the chosen one, or the first; null where nothing is judged. */
function judgeOf(dataset, choices) {
  const names = dataset.judges.map((judge) => judge.name);
  return names.includes(choices.judge) ? choices.judge : (names[0] ?? null);
}

/** score, score_l or score_q of a response by a judge; null where it has none. */
function scoreOf(response, metric, judge) {
  if (metric === "score_l") return response.score_l;
  return response.judges.get(judge)?.[metric] ?? null;
}

/** The metrics that a dataset has: no S_Q where nothing is judged, no S_L where no length is required, S̄ with both. */
function metricsOf({ judges, sized }) {
  const judged = judges.length > 0;
  return Object.keys(METRICS).filter((name) => (sized || name === "score_q") && (judged || name === "score_l"));
}

/** The metric that is filtered and sorted by: the chosen one, or the first; null where a dataset has none. */
function metricOf(dataset, choices) {
  const names = metricsOf(dataset);
  return names.includes(choices.metric) ? choices.metric : (names[0] ?? null);
}

/** Whether a response has what is chosen, the words of a search apart. */
function matches(response, choices, dataset) {
  const { prompt } = response;
  if (choices.model && response.model !== choices.model) return false;
  for (const name of ["range", "language", "category"]) {
    if (choices[name] && prompt[name] !== choices[name]) return false;
  }
  if (choices.status && !hasStatus(response, choices.status)) return false;
  if (choices.least || choices.most) {
    const score = scoreOf(response, metricOf(dataset, choices), judgeOf(dataset, choices));
    if (score === null) return false;
    if (choices.least && score < Number(choices.least)) return false;
    if (choices.most && score > Number(choices.most)) return false;
  }
  return true;
}

/** Whether it has a status: its own (`response:ok`), a health mark (`health:looped`) or a verdict's (`verdict:ok`). */
function hasStatus(response, chosen) {
  const [kind, name] = chosen.split(/:(.*)/s);
  if (kind === "response") return response.status === name;
  if (kind === "health") return Object.hasOwn(HEALTH, name) && hasMark(response, name);
  return [...response.judges.values()].some((verdict) => verdict.status === name);
}

/** What orders a list: entries of {prompt, responses, value}; those without a value come last. */
const SORTS = {
  lowest: { label: "lowest score first", value: meanScore, sign: 1 },
  highest: { label: "highest score first", value: meanScore, sign: -1 },
  spread: { label: "widest spread of scores first", value: spreadOfScores, sign: -1, prompts: true },
  longest: { label: "most words required first", value: (entry) => entry.prompt.aim, sign: -1 },
  shortest: { label: "fewest words required first", value: (entry) => entry.prompt.aim, sign: 1 },
  off: { label: "farthest from the required length first", value: offLength, sign: -1 },
};

function knownScores(entry, choices, dataset) {
  const [metric, judge] = [metricOf(dataset, choices), judgeOf(dataset, choices)];
  return entry.responses.map((response) => scoreOf(response, metric, judge)).filter((score) => score !== null);
}

function meanScore(entry, choices, dataset) {
  const scores = knownScores(entry, choices, dataset);
  return scores.length ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null;
}

function spreadOfScores(entry, choices, dataset) {
  const scores = knownScores(entry, choices, dataset);
  return scores.length > 1 ? Math.max(...scores) - Math.min(...scores) : null;
}

/** How far the words are from those that are aimed at, as a ratio over 1, at its worst. */
function offLength({ prompt, responses }) {
  const written = responses.filter((response) => response.words > 0).map((response) => response.words);
  if (!prompt.aim || !written.length) return null;
  return Math.max(...written.map((words) => Math.max(words / prompt.aim, prompt.aim / words)));
}

/** Whether the list is of responses: also where words are searched in them. */
function listsResponses(choices) {
  return choices.words ? choices.where !== "prompts" : choices.list === "responses";
}

/** Whether a search, if there is one, has a prompt or a response among its hits: see `findWords`. */
function isHit(search, each) {
  return search === null || search.hits.has(each);
}

/**
 * The entries of the list: {prompt, responses}, of prompts with what matches of each, or of single responses.
 * @param {Object} search what was searched; null where nothing was.
 */
function listed(dataset, choices, search) {
  const entries = [];
  const single = listsResponses(choices);
  for (const prompt of dataset.prompts) {
    if (!single && !isHit(search, prompt)) continue;
    const responses = prompt.responses.filter(
      (response) => (!single || isHit(search, response)) && matches(response, choices, dataset),
    );
    if (single) entries.push(...responses.map((response) => ({ prompt, responses: [response] })));
    else if (responses.length) entries.push({ prompt, responses });
  }
  if (!Object.hasOwn(SORTS, choices.sort ?? "")) return entries;
  const sort = SORTS[choices.sort];
  const values = new Map(entries.map((entry) => [entry, sort.value(entry, choices, dataset)]));
  const order = (entry) => (values.get(entry) === null ? Infinity : sort.sign * values.get(entry));
  return entries.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}
