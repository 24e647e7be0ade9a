// Words and phrases in the texts, by an index that says which texts have a word.

const READ_AT_ONCE = 200; // texts that are looked into for a phrase before the reader is asked to go on

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** zlib's crc32 of a word's UTF-8. */
function crc32(word) {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(word)) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

/** A text as the index takes it. */
function folded(text) {
  return text.normalize("NFKC").toLowerCase().replaceAll("\u03c2", "\u03c3");
}

/** The terms of a query, folded: words, and phrases in quotation marks. */
function termsOf(query) {
  return [...folded(query).matchAll(/["“”„«»]([^"“”„«»]+)["“”„«»]?|[^\s"“”„«»]+/g)]
    .map((match) => (match[1] ?? match[0]).trim())
    .filter((term) => piecesOf(term).length);
}

/** The runs and words of a folded text: {text, run}. */
function piecesOf(text) {
  const pattern = new RegExp(run.words.pattern, "gu");
  return [...text.matchAll(pattern)].map((match) => ({ text: match[0], run: match[1] !== undefined }));
}

/** The words of the index that a text must have to have a term. */
function wordsOf(term) {
  return piecesOf(term).flatMap((piece) => {
    const letters = Array.from(piece.text);
    if (!piece.run) return [letters.slice(0, run.words.longest).join("")];
    return letters.length < 2 ? letters : letters.slice(1).map((letter, i) => letters[i] + letter);
  });
}

/** Whether the index alone tells that a text has a term: it is one word, or two characters of a run. */
function isInIndex(term) {
  const [piece, ...more] = piecesOf(term);
  const length = Array.from(piece.text).length;
  return !more.length && piece.text === term && length <= (piece.run ? 2 : run.words.longest - 1);
}

/** What matches the terms in a text: whole words, with any marks between the words of a phrase. */
function patternOf(terms) {
  const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const forms = terms.map((term) => {
    const pieces = piecesOf(term);
    const between = pieces.map((piece, i) => escaped(piece.text) + (i + 1 < pieces.length ? "[^\\p{L}\\p{N}]*" : ""));
    const start = pieces[0].run ? "" : "(?<![\\p{L}\\p{N}])";
    return start + between.join("") + (pieces.at(-1).run ? "" : "(?![\\p{L}\\p{N}])");
  });
  return new RegExp(forms.join("|").replaceAll("\u03c3", "[\u03c3\u03c2]"), "giu");
}

/** Numbers out of their differences. */
function summed(differences) {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}

/** The numbers that an index has for all of these words. `files`: how many it has; `path`: its folder. */
async function numbersWith(words, path, files) {
  if (!files) return [];
  const lists = await Promise.all(
    [...new Set(words)].map(async (word) => {
      const file = await sideFile(`${path}/${Math.floor((crc32(word) * files) / 2 ** 32)}`);
      return Object.hasOwn(file, word) ? summed(file[word]) : [];
    }),
  );
  const [shortest, ...others] = lists.sort((a, b) => a.length - b.length);
  const sets = others.map((list) => new Set(list));
  return shortest.filter((number) => sets.every((set) => set.has(number)));
}

/**
 * A search: {terms, pattern, hits: Set of responses or prompts, unread: those that may have the phrase, troubles: what
 * could not be searched, in words}.
 */
async function findWords(dataset, choices) {
  const terms = termsOf(choices.words);
  if (!terms.length) throw new Trouble("The search has no word in it: type letters or digits.");
  const words = terms.flatMap(wordsOf);
  await dataset.loading;
  const troubles = [];
  const candidates = listsResponses(choices)
    ? await responsesWith(words, dataset, choices, troubles)
    : (await numbersWith(words, `prompt-words/${dataset.name}`, dataset.prompt_words)).map((n) => promptAt(dataset, n));
  const known = candidates.filter(Boolean);
  const search = { terms, pattern: patternOf(terms), hits: new Set(), unread: known, troubles };
  if (terms.every(isInIndex)) return { ...search, hits: new Set(known), unread: [] };
  return readFurther(search);
}

async function responsesWith(words, dataset, choices, troubles) {
  const ofModel = async (model, i) => {
    if (choices.model && choices.model !== model) return [];
    try {
      const numbers = await numbersWith(words, `words/${dataset.name}/${model}`, dataset.words[i]);
      return numbers.map((number) => dataset.byNumber[i].get(number));
    } catch (error) {
      troubles.push(inWords(error));
      return [];
    }
  };
  return (await Promise.all(dataset.models.map(ofModel))).flat();
}

function promptAt(dataset, number) {
  return dataset.prompts.find((prompt) => prompt.number === number);
}

/** Looks into the next texts for the phrases of a search. */
async function readFurther(search) {
  const patterns = search.terms.map((term) => patternOf([term]));
  const hits = new Set(search.hits);
  const next = search.unread.slice(0, READ_AT_ONCE);
  for (let i = 0; i < next.length; i += 10) {
    await Promise.all(
      next.slice(i, i + 10).map(async (each) => {
        const text = folded(await textOf(each));
        if (patterns.every((pattern) => text.search(pattern) >= 0)) hits.add(each);
      }),
    );
  }
  return { ...search, hits, unread: search.unread.slice(READ_AT_ONCE) };
}

/** The whole text of a response or a prompt. */
async function textOf(each) {
  const file = await (each.prompt ? textFile(each) : promptFile(each));
  return (each.prompt ? file.text : file.prompt) ?? "";
}

/** Where a text has what is searched: the words around it, with a mark; its beginning where it is written otherwise. */
function snippet(text, pattern) {
  const shown = visible(text);
  const match = shown.matchAll(pattern).next().value;
  if (!match) return [clipped(shown, 120)];
  const end = match.index + match[0].length;
  const before = shown.slice(Math.max(0, match.index - 60), match.index).replace(/\s+/g, " ");
  const after = shown.slice(end, end + 80).replace(/\s+/g, " ");
  return ["… ", before, el("mark", {}, match[0]), after, " …"];
}
