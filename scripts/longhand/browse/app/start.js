// Start, and showing what the address says whenever it changes.

let run = null; // what there is: the content of run.js
let place = null; // what the address says
let turn = 0; // of showing: what was begun before a later address came is dropped
let lastPath = null;

function currentPrompt() {
  return list.dataset?.promptById.get(place.prompt);
}

async function start() {
  try {
    run = await sideFile("run");
  } catch (error) {
    return showTrouble(error);
  }
  byId("title").textContent = `${clipped(run.title, 120)} – texts`;
  listenToControls();
  addEventListener("hashchange", show);
  addEventListener("keydown", onKey);
  return show();
}

function showTrouble(error) {
  const way = place ? listLink() : null;
  byId("main").replaceChildren(el("p", {}, way), el("p.banner", { role: "alert" }, inWords(error)));
  byId("main").setAttribute("aria-busy", "false");
  document.body.className = "reading";
}

function listenToControls() {
  byId("dataset").addEventListener("change", (event) => goTo({ dataset: event.target.value, choices: {} }));
  for (const control of document.querySelectorAll("[data-choice]")) {
    control.addEventListener("change", () => choose({ [control.dataset.choice]: control.value }));
  }
  byId("clear").addEventListener("click", () => choose(Object.fromEntries(FILTERS.map((name) => [name, ""]))));
  byId("more").addEventListener("click", showMore);
  byId("further").addEventListener("click", lookFurther);
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("words").blur(); // so that j goes to the first hit
    const choices = { ...place.choices, words: byId("words").value.trim(), where: byId("where").value, sort: "" };
    goTo({ dataset: list.dataset.name, choices });
  });
}

/** Shows what the address says. */
async function show() {
  const mine = ++turn;
  const isLate = () => mine !== turn;
  byId("main").setAttribute("aria-busy", "true");
  try {
    place = readAddress(location.hash);
    const name = place.dataset ?? run.datasets[0]?.name;
    if (!name) throw new Trouble("This run has no texts.");
    const dataset = await openDataset(name, refreshList);
    place.dataset = name;
    const isThere = place.prompt === null || dataset.promptById.has(place.prompt);
    if (!isThere || Object.keys(place.choices).length) await dataset.loading; // to list all that is chosen, in order
    const search = place.choices.words ? await searchOnce(dataset).catch(failedSearch) : null;
    if (isLate()) return;
    list.dataset = dataset;
    showChoices(dataset);
    showList(dataset, search);
    await showMain(dataset, search, isLate);
  } catch (error) {
    if (!isLate()) showTrouble(error);
  }
  if (!isLate()) byId("main").setAttribute("aria-busy", "false");
}

const searches = { key: null, promise: null };

/** The search of now; the same words are searched once. */
function searchOnce(dataset) {
  const { words, where, model } = place.choices;
  const key = JSON.stringify([dataset.name, words, where, model]);
  if (searches.key !== key) {
    searches.key = key;
    searches.promise = findWords(dataset, place.choices);
    searches.promise.catch(() => (searches.key = null));
  }
  return searches.promise;
}

function failedSearch(error) {
  return { hits: new Set(), unread: [], pattern: null, troubles: [inWords(error)] };
}

/** Looks for the phrase in more of the texts that have its words. */
async function lookFurther() {
  byId("further").disabled = true;
  try {
    searches.promise = readFurther(await searches.promise);
    await searches.promise;
    await show();
  } finally {
    byId("further").disabled = false;
  }
}

/** Further prompts have come: lists them, too. */
function refreshList(dataset) {
  if (list.dataset !== dataset || Object.keys(place.choices).length) return;
  showChoices(dataset);
  showList(dataset, null);
}

async function showMain(dataset, search, isLate) {
  const path = JSON.stringify([place.dataset, place.prompt, place.shown]);
  const isReading = place.prompt !== null;
  const prompt = isReading ? dataset.promptById.get(place.prompt) : list.entries[0]?.prompt;
  if (isReading && !prompt) {
    throw new Trouble(`The dataset ${dataset.name} has no prompt “${clipped(place.prompt, 80)}”.`);
  }
  const nothing = [el("p.note", {}, "Nothing matches. Clear a filter, or search other words.")];
  const parts = prompt ? await mainParts(dataset, prompt, search) : nothing;
  if (isLate()) return;
  byId("main").replaceChildren(...parts.flat().filter(Boolean));
  document.body.className = isReading ? "reading" : "listing";
  markCurrent();
  if (lastPath !== null && path !== lastPath) comeTo();
  lastPath = path;
  const what = isReading ? [prompt.id, ...place.shown.map((each) => each.model)].join(" · ") : "texts";
  document.title = `${clipped(what, 80)} – ${clipped(run.title, 80)}`;
}

const EMPTY = { excerpts: { model: [], sample: [], begins: [] } }; // a prompt whose side file is missing

async function mainParts(dataset, prompt, search) {
  const without = (error) => ({ ...EMPTY, prompt: prompt.begins, trouble: inWords(error) });
  const content = await promptFile(prompt).catch(without);
  if (!place.shown.length) return gridPage(prompt, content, search);
  const shown = place.shown.map((each) => {
    const response = responseOf(prompt, each);
    if (response) return response;
    throw new Trouble(`${clipped(each.model, 80)} has no sample ${each.sample} for this prompt.`);
  });
  return responsePage(prompt, content, shown, search);
}

/** Puts the focus on what is new, not out of a field that is typed in, and shows the first word of a search. */
function comeTo() {
  scrollTo(0, 0);
  const typing = document.activeElement?.closest("input, select");
  if (!typing) byId("main").querySelector("h2")?.focus({ preventScroll: true });
  if (place.choices.words && place.shown.length) goToMark();
}

start();
