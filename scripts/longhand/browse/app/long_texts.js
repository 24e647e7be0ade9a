// Long texts, fast: blocks of some thousand characters, which the browser lays out when they come into sight.

const BLOCK = 3000; // characters; a block ends with a line, or at a space where a line is much longer
const MOST_HITS = 2000; // marked in one text

/** Where the blocks of a text end. */
function blockEnds(text) {
  const ends = [];
  for (let start = 0; start < text.length; start = ends.at(-1)) {
    let end = text.indexOf("\n", start + BLOCK) + 1;
    if (end === 0 || end > start + 5 * BLOCK) {
      end = Math.min(start + 5 * BLOCK, text.length);
      const space = end < text.length ? text.lastIndexOf(" ", end) + 1 : 0;
      if (space > start + BLOCK) end = space;
      else if (/[\ud800-\udbff]/.test(text[end - 1]) && end < text.length) end -= 1;
    }
    ends.push(end);
  }
  return ends;
}

/**
 * A text as blocks.
 * @param {string} text as it came.
 * @param {Object} options
 *   language: of the text; marks: [{at, label}], at in UTF-16 units of the text; pattern: what is marked as a hit.
 */
function longText(text, { language = null, marks = [], pattern = null } = {}) {
  const ends = blockEnds(text);
  const box = el(ends.length > 8 ? "div.text.long" : "div.text", { lang: language });
  const places = marks.filter((mark) => mark.at < text.length).sort((a, b) => a.at - b.at);
  let start = 0;
  let hits = 0;
  for (const end of ends) {
    const block = el("p", { dir: "auto" });
    for (const mark of places.filter((each) => each.at >= start && each.at < end)) {
      hits += addMarked(block, visible(text.slice(start, mark.at)), pattern, hits);
      block.append(el("span.mark", { role: "note" }, mark.label));
      start = mark.at;
    }
    hits += addMarked(block, visible(text.slice(start, end)), pattern, hits);
    box.append(block);
    start = end;
  }
  for (const mark of marks.filter((each) => each.at >= text.length)) {
    box.append(el("p", {}, el("span.mark", { role: "note" }, mark.label)));
  }
  return box;
}

/** Adds a text to a block, with what the pattern matches as marks; returns how many. */
function addMarked(block, text, pattern, before) {
  let start = 0;
  let hits = 0;
  for (const match of pattern ? text.matchAll(pattern) : []) {
    if (!match[0] || before + hits >= MOST_HITS) break;
    block.append(text.slice(start, match.index), el("mark", {}, match[0]));
    start = match.index + match[0].length;
    hits += 1;
  }
  block.append(text.slice(start));
  return hits;
}
