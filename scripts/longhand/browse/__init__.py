"""The reader: a page beside the report in which all prompts, responses and verdicts of a run are read and searched.

`results/browse/index.html` works from a file, without a network. It reads side files, which are classic scripts. Each
is one call, `longhand.load("PATH", "BASE64");`: PATH is its place in `results/browse` without `.js`, BASE64 is gzip of
a JSON object in UTF-8. So no text of a model is ever code. Equal tables give equal bytes. This room reads tables and
writes side files; it imports none of the rooms that ask.

Common to all side files:
- D, M and J are the names of a dataset, a model and a judge, as in `results/`; K and N are numbers from 0.
- A prompt's number is its place in `prompts.parquet`. A response's number is its place in the model's
  `responses.parquet`.
- Offsets count UTF-16 units of the text as it is delivered, as JavaScript does.
- Scores are those of the tables, rounded to 4 digits. Status words are those of the tables.
- "Columns" are lists of equal length, with null where there is no value. A "row" is an object; what has no value is
  left out of it.
- Keys may be any word, such as `constructor`: look them up with `Object.hasOwn`.
- A file is at most 2 MB, unless one text in it is longer.
- A "list file" is `{rows: [...], more: m}`. Rows that do not fit stand in PATH.1 to PATH.m, each `{rows: [...]}`.

`run` - what there is:
    title, version;
    words: {pattern, longest}: how texts become words, see below;
    datasets: [{name, description or null, length_rule or null, n_prompts,
        models: [name] in the order of the config, judges: [{name, dimensions: [name]}],
        samples: number of files `samples/D/K`, prompt_words: number of files `prompt-words/D/K`,
        words: [number of files `words/D/M/K`, for each model]}]

`samples/D/K` - what lists, filters and the grid of models need. A file has whole prompts, in order, with the samples
of all models:
    first: number of its first prompt; the prompts' numbers follow each other;
    prompts: columns id, language, category, constraint, range, required, required_min, required_max, begins (the first
        200 characters);
    samples: columns prompt (its number), model (place in `models` of the dataset), sample, number (of the response),
        status, words, score_l, loop_onset (words before a loop), closed, other_language;
    judges: {J: columns score_q, score (mean of score_l and score_q), status (of the verdicts)}, as long as `samples`;
        nulls where it does not judge the model;
    metrics: [{metric, judge or null, value: [...]}], as long as `samples`.
    `status` is "truncated" where the response was cut off at its limit of tokens.

`prompts/D/N` - a prompt: a row with id, prompt, language, category, constraint, required, required_min, required_max,
    context, reference, other_references: [text], examples: [{answer, score}], criteria: [row: name, description,
        levels: [row: label, text], values: [the scores that are allowed], weight, views: [name]], in their order: what
        judges by criteria grade by;
    excerpts: columns model (place), sample, begins (the first 240 characters of the response), as far as there is text;
    facts: {J: [row: chunk, start, end (offsets into the context), status, error, facts: [text]]}: what a judge took out
        of the context.

`texts/D/M/N` - a response: a row with id (of the prompt), sample, status, error, text, finish_reason, prompt_tokens,
    completion_tokens, cut_tokens (cut out of the prompt's middle), seconds, attempts, reported_model, server;
    cut: whether it was cut off at its limit of tokens; the cut is at the end of the text;
    loop: offset into the text at which it starts to loop, or null;
    calls: number of rows in `texts/D/M/N.calls`.
    There is one for each response, whether it has a text or not.

`texts/D/M/N.calls` - a list file, where a method makes several calls for a text: rows role, step (plan, section …),
    number, status, error, required, words, text, finish_reason, prompt_tokens, completion_tokens, seconds, attempts.

`verdicts/D/M/N` - a list file: what all judges say of a response. There is one for each response to a dataset that is
    judged. `kind` tells its rows apart:
    "verdict": judge, repeat, reply (the judge's whole reply), scores: [row: dimension, or criterion (its place among
        those of the prompt, from 1), score (on the rubric's scale), score_100, status, error, reason (for this score
        alone)], attempts, words_cut (of the response, that the judge was not shown), reported_model, server. A reply
        that scores several dimensions or criteria stands once.
    "statement": judge, repeat, part (of the response), grade, status, error, text (the judge's reply),
        passages: [[start, end]] (offsets into the context of the prompt), number.
    "call": judge, repeat, and what a row of `.calls` has.

`words/D/M/K` - which texts of a model have a word: {word: [numbers of responses]}, each number but the first as its
    difference from the one before. Of S files (`words` in `run`), a word's file is K = floor(crc32(word) * S / 2**32),
    where crc32 is zlib's, of the word's UTF-8 bytes, unsigned.
`prompt-words/D/K` - likewise, which prompts have a word: numbers of prompts. Contexts are not in it.

Words of a text, or of a query, in Python and JavaScript alike:
1. `text.normalize("NFKC").toLowerCase()`, and every U+03C2 becomes U+03C3.
2. Matches of `words.pattern` (flags `gu`): either a run of characters without blanks between words (Chinese, Japanese,
   Korean, Thai …), which is group 1, or a word.
3. A word is cut to its first `words.longest` characters. A run becomes each of its characters, and each two neighbours;
   characters are code points.
A text has a query's words where it has all of them; that is where to look for the phrase itself. For a query, the pairs
of a run are enough, or its one character.
"""
