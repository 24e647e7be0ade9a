// What there is of a dataset: prompts and responses as objects, out of the columns of its side files.

const opened = new Map(); // name -> dataset

/** All models of a run, in the order of the config: their marks go by it. */
function allModels() {
  return [...new Set(run.datasets.flatMap((dataset) => dataset.models))];
}

/**
 * A dataset with at least its first prompts; `loading` resolves when all are there.
 * @param {Function} onMore is called whenever further prompts have come, or cannot come.
 */
function openDataset(name, onMore) {
  if (!opened.has(name)) opened.set(name, startLoading(name, onMore));
  return opened.get(name);
}

async function startLoading(name, onMore) {
  const about = run.datasets.find((each) => each.name === name);
  if (!about) throw new Trouble(`This run has no dataset “${clipped(name, 80)}”.`);
  const dataset = {
    ...about,
    prompts: [],
    promptById: new Map(),
    byNumber: about.models.map(() => new Map()), // of each model: number of a response -> response
    kinds: { range: [], language: [], category: [], status: [] },
    sized: false, // whether any prompt that has come requires a length
    complete: about.samples === 0,
    troubles: [],
  };
  const load = async (first, end) => {
    for (let k = first; k < end; k++) {
      try {
        addSamples(dataset, await sideFile(`samples/${name}/${k}`));
      } catch (error) {
        dataset.troubles.push(inWords(error));
      }
      dataset.complete = k === about.samples - 1;
      if (first > 0) onMore(dataset);
    }
  };
  await load(0, Math.min(1, about.samples));
  dataset.loading = load(1, about.samples);
  return dataset;
}

/** Row i of columns, as an object. */
function rowOf(columns, i) {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]]));
}

function addSamples(dataset, { first, prompts, samples, judges, metrics }) {
  const fresh = prompts.id.map((_, i) => ({ ...rowOf(prompts, i), number: first + i, dataset, responses: [] }));
  for (const prompt of fresh) {
    prompt.aim = aimOf(prompt);
    dataset.sized ||= prompt.aim !== null;
    dataset.prompts.push(prompt);
    dataset.promptById.set(prompt.id, prompt);
  }
  samples.prompt.forEach((number, i) => {
    const row = rowOf(samples, i);
    const response = {
      ...row,
      place: row.model,
      model: dataset.models[row.model],
      prompt: fresh[number - first],
      truncated: row.status === "truncated",
      judges: new Map(Object.entries(judges).map(([judge, columns]) => [judge, rowOf(columns, i)])),
      metrics: metrics.map(({ metric, judge, value }) => ({ metric, judge, value: value[i] })),
    };
    response.prompt.responses.push(response);
    dataset.byNumber[row.model].set(row.number, response);
  });
  collectKinds(dataset);
}

/** The length to sort and draw by: the required one, the bound, the middle of two; null without. */
function aimOf({ required, required_min: least, required_max: most }) {
  if (required) return required;
  return least !== null && most !== null ? (least + most) / 2 : (least ?? most);
}

/** What there is to filter by, in an order to read. */
function collectKinds(dataset) {
  const all = (values) => [...new Set(values)].filter((value) => value != null);
  const responses = dataset.prompts.flatMap((prompt) => prompt.responses);
  const firstNumber = (label) => Number(/\d+/.exec(label)?.[0] ?? Infinity);
  dataset.kinds = {
    range: all(dataset.prompts.map((prompt) => prompt.range)).sort((a, b) => firstNumber(a) - firstNumber(b)),
    language: all(dataset.prompts.map((prompt) => prompt.language)).sort(),
    category: all(dataset.prompts.map((prompt) => prompt.category)).sort(),
    status: [
      ...all(responses.map((response) => response.status)).map((status) => `response:${status}`),
      ...Object.keys(HEALTH)
        .filter((mark) => mark !== "truncated" && responses.some((response) => hasMark(response, mark)))
        .map((mark) => `health:${mark}`),
      ...all(responses.flatMap((response) => [...response.judges.values()].map((verdict) => verdict.status)))
        .map((status) => `verdict:${status}`),
    ],
  };
}

/** The response of a model to a prompt; undefined where there is none. */
function responseOf(prompt, { model, sample }) {
  return prompt.responses.find((response) => response.model === model && response.sample === sample);
}

/** The responses to a prompt by model, in the order of the config, then by sample. */
function sortedResponses(prompt) {
  return [...prompt.responses].sort((a, b) => a.place - b.place || a.sample - b.sample);
}

function promptFile(prompt) {
  return sideFile(`prompts/${prompt.dataset.name}/${prompt.number}`);
}

function textFile(response) {
  return sideFile(`texts/${response.prompt.dataset.name}/${response.model}/${response.number}`);
}

/** All rows of a list file, which may go on in further files. */
async function listFile(path) {
  const { rows, more } = await sideFile(path);
  const further = await Promise.all(Array.from({ length: more }, (_, i) => sideFile(`${path}.${i + 1}`)));
  return [rows, ...further.map((file) => file.rows)].flat();
}

/** What went wrong, in words; errors of this program as they are. */
function inWords(error) {
  return error instanceof Trouble ? error.message : `This page has a mistake: ${error.message}`;
}
