// The address of what is shown: #/DATASET/PROMPT/MODEL/SAMPLE, for two side by side …/MODEL/SAMPLE/MODEL/SAMPLE, and
// what is chosen after a question mark. A link shows the same to a colleague.

const FILTERS = ["model", "range", "language", "category", "status", "metric", "judge", "least", "most"];
const CHOICES = [...FILTERS, "list", "sort", "words", "where"];

/** What an address says: {dataset, prompt, shown: [{model, sample}], choices: {…}}; parts that it lacks are null. */
function readAddress(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  let parts;
  try {
    parts = path.split("/").map(decodeURIComponent);
  } catch {
    throw new Trouble("This link is damaged: it has a % that starts no character.");
  }
  const [dataset, prompt, ...pairs] = parts;
  const shown = [];
  for (let i = 0; i + 1 < pairs.length && i < 4; i += 2) shown.push({ model: pairs[i], sample: Number(pairs[i + 1]) });
  const given = new URLSearchParams(query);
  const choices = Object.fromEntries(CHOICES.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
  return { dataset: dataset || null, prompt: prompt || null, shown, choices };
}

/** The address of a place, relative to the page. */
function addressOf({ dataset, prompt = null, shown = [], choices = {} }) {
  const parts = prompt === null ? [dataset] : [dataset, prompt, ...shown.flatMap((each) => [each.model, each.sample])];
  const set = CHOICES.filter((name) => choices[name]).map((name) => [name, choices[name]]);
  const query = set.length ? `?${new URLSearchParams(set)}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${query}`;
}

/** The address of a response, with the choices of now. */
function addressOfResponse(response) {
  const { dataset, id } = response.prompt;
  return addressOf({ dataset: dataset.name, prompt: id, shown: [response], choices: place.choices });
}

function goTo(target) {
  location.hash = addressOf(target);
}

/** Changes the choices of now, without a step in the browser's history. */
function choose(changes) {
  const choices = { ...place.choices, ...changes };
  location.replace(addressOf({ ...place, choices }));
}
