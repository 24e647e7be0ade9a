// The list of prompts or responses at the side, with its order, its filters and what was counted.

const PAGE_LENGTH = 100; // entries that are added to the list at a time

const LANGUAGES = new Map([["en", "English"], ["zh", "Chinese"]]);

const METRICS = { score: "S̄", score_l: "S_L", score_q: "S_Q" };

const list = { entries: [], shown: 0, search: null };

const byId = (id) => document.getElementById(id);

/** Fills a select with [value, label] pairs; one with fewer than `least`, none of which is chosen, is hidden. */
function fillSelect(select, options, value, least = 2) {
  select.replaceChildren(...options.map(([each, label]) => el("option", { value: each }, clipped(label, 60))));
  if (value && !options.some(([each]) => each === value)) {
    select.append(el("option", { value }, `${clipped(value, 40)} (none here)`));
  }
  select.value = value ?? "";
  select.hidden = options.length < least && !value;
}

/** Sets the controls to the choices of now, with what the dataset has of each kind. */
function showChoices(dataset) {
  const { choices } = place;
  const some = (values, all, label = (value) => value) => [["", all], ...values.map((value) => [value, label(value)])];
  fillSelect(byId("dataset"), run.datasets.map((each) => [each.name, each.name]), dataset.name);
  byId("dataset").hidden = run.datasets.length < 2;
  byId("kind").value = listsResponses(choices) ? "responses" : "";
  byId("kind").disabled = Boolean(choices.words);
  const sorts = Object.entries(SORTS).filter(([, sort]) => !sort.prompts || !listsResponses(choices));
  const orders = [["", "as in the dataset"], ...sorts.map(([name, sort]) => [name, sort.label])];
  fillSelect(byId("sort"), orders, choices.sort);
  fillSelect(byId("model"), some(dataset.models, "all models"), choices.model, 3);
  for (const name of ["range", "language", "category"]) {
    const label = { range: rangeName, language: languageName }[name];
    fillSelect(byId(name), some(dataset.kinds[name], "all", label), choices[name], 3);
  }
  fillSelect(byId("status"), some(dataset.kinds.status, "any", statusName), choices.status);
  const judges = dataset.judges.map((judge) => judge.name);
  const metrics = metricsOf(dataset).map((name) => [name, METRICS[name]]);
  fillSelect(byId("metric"), metrics, metricOf(dataset, choices));
  byId("metric").hidden = metrics.length < 2;
  fillSelect(byId("judge"), judges.map((name) => [name, name]), judgeOf(dataset, choices));
  byId("judge").hidden = judges.length < 2;
  byId("least").value = choices.least ?? "";
  byId("most").value = choices.most ?? "";
  if (document.activeElement !== byId("words")) byId("words").value = choices.words ?? "";
  byId("where").value = choices.where ?? "";
  const set = FILTERS.filter((name) => choices[name]).length;
  byId("filters-set").textContent = set ? `(${set} set)` : "";
  byId("clear").hidden = !set;
}

function languageName(language) {
  return LANGUAGES.get(language) ?? language;
}

/** A range for a reader: `500–2,000 words` for `[500,2000)`; other labels as they are. */
function rangeName(label) {
  const ends = /^\[(\d+),(?:(\d+)|∞)\)$/.exec(label);
  if (!ends) return label;
  const [low, high] = [counted(Number(ends[1])), ends[2] && counted(Number(ends[2]))];
  return high ? `${low} to under ${high}` : `${low} and more`;
}

function statusName(status) {
  const [kind, name] = status.split(/:(.*)/s);
  if (kind === "health") return `text ${HEALTH[name]}`;
  return kind === "response" ? `response ${name}` : `verdict ${name}`;
}

/** Lists what is chosen anew. `search`: see `listed`. */
function showList(dataset, search) {
  list.entries = listed(dataset, place.choices, search);
  list.search = search;
  list.shown = 0;
  byId("list").replaceChildren();
  showMore();
  const n = list.entries.length;
  const ofPrompts = `${counted(n)} of ${plural(dataset.n_prompts, "prompt")}.`;
  const sentences = [listsResponses(place.choices) ? `${plural(n, "response")}.` : ofPrompts];
  if (!dataset.complete) sentences.push(`Loading: ${plural(dataset.prompts.length, "prompt")} so far.`);
  if (search?.unread.length) {
    sentences.push(`${counted(search.unread.length)} more have all these words. They are not read for the phrase yet.`);
  }
  byId("count").textContent = sentences.join(" ");
  byId("further").hidden = !search?.unread.length;
  const troubles = [...dataset.troubles, ...(search?.troubles ?? [])];
  byId("troubles").replaceChildren(...troubles.map((words) => el("p.banner", {}, words)));
}

/** Adds the next entries to the list. */
function showMore() {
  const next = list.entries.slice(list.shown, list.shown + PAGE_LENGTH);
  byId("list").append(...next.map(entryItem));
  list.shown += next.length;
  byId("more").hidden = list.shown >= list.entries.length;
  markCurrent();
}

function entryItem(entry) {
  const { prompt, responses } = entry;
  const single = listsResponses(place.choices);
  const value = scoreText(entry);
  const facts = [requiredWords(prompt), prompt.category && clipped(prompt.category, 40), value].filter(Boolean);
  const target = single ? addressOfResponse(responses[0]) : addressOf({ ...place, prompt: prompt.id, shown: [] });
  const begins = el("span.begins", { dir: "auto", lang: prompt.language }, clipped(prompt.begins, 200));
  const link = el("a", { href: target }, begins);
  const name = single && sampleName(responses[0]);
  if (single) link.prepend(modelName(responses[0].model), name ? `, ${name} ` : " ", ...responseFlags(responses[0]));
  link.append(el("span.facts", {}, facts.join(" · ")));
  entry.item = el("li", {}, link);
  if (list.search) showSnippetInSight(entry);
  return entry.item;
}

const inSight = new IntersectionObserver((changes) => {
  for (const change of changes.filter((each) => each.isIntersecting)) {
    inSight.unobserve(change.target);
    showSnippet(list.entries.find((entry) => entry.item === change.target));
  }
});

/** Shows where the words stand as soon as the entry is in sight: a text is read for it. */
function showSnippetInSight(entry) {
  inSight.observe(entry.item);
}

async function showSnippet(entry) {
  if (!entry || !list.search) return;
  const { pattern } = list.search;
  const [response] = entry.responses;
  const each = listsResponses(place.choices) ? response : entry.prompt;
  const shown = el("span.snippet", { dir: "auto", lang: entry.prompt.language });
  entry.item.firstElementChild.append(shown);
  try {
    shown.append(...snippet(await textOf(each), pattern));
  } catch (error) {
    shown.append(inWords(error));
  }
}

/** The score that the list is filtered and sorted by: of a response, or the mean over those that are listed. */
function scoreText(entry) {
  const { dataset } = entry.prompt;
  const metric = metricOf(dataset, place.choices);
  if (metric === null) return "";
  const mean = meanScore(entry, place.choices, dataset);
  const name = METRICS[metric];
  if (mean === null) return `no\u00a0${name}`;
  return `${entry.responses.length > 1 ? "mean\u00a0" : ""}${name}\u00a0${fixed(mean)}`;
}

/** The place in the list of what is shown; -1 where it is not in it. */
function currentEntry() {
  const single = listsResponses(place.choices);
  const [first] = place.shown;
  return list.entries.findIndex(
    ({ prompt, responses: [response] }) =>
      prompt.id === place.prompt &&
      (!single || (first && response.model === first.model && response.sample === first.sample)),
  );
}

/** Marks what is shown in the list, and brings it into sight there. */
function markCurrent() {
  const at = currentEntry();
  list.entries.forEach((entry, i) => {
    const link = entry.item?.firstElementChild;
    if (!link) return;
    if (i === at) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  const box = list.entries[at]?.item;
  if (box && byId("pane").scrollHeight > byId("pane").clientHeight) box.scrollIntoView({ block: "nearest" });
}

/** Shows the entry that stands `step` after the current one. */
function goAlong(step) {
  const at = currentEntry();
  const next = Math.min(Math.max(at === -1 ? 0 : at + step, 0), list.entries.length - 1);
  const entry = list.entries[next];
  const end = step > 0 ? "This is the last of the list." : "This is the first of the list.";
  if (!entry || next === at) return announce(end);
  while (next >= list.shown) showMore();
  announce(`${counted(next + 1)} of ${counted(list.entries.length)}`);
  if (listsResponses(place.choices)) location.hash = addressOfResponse(entry.responses[0]);
  else goTo({ ...place, prompt: entry.prompt.id, shown: stillThere(entry.prompt) });
}

/** Of the models that are shown, those with a response to a prompt too: reading goes on with the same models. */
function stillThere(prompt) {
  return place.shown.filter((each) => responseOf(prompt, each));
}
