// Elements of the page. Strings become text nodes: no text is ever read as HTML.

const DASH = "—";

const ESCAPES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-Z\\^-~]/g;
const UNSEEN =
  /[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text from outside without what a browser obeys in place of showing it: escapes, controls, marks of direction. */
function visible(text) {
  return String(text ?? "").replace(/\r\n?/g, "\n").replace(ESCAPES, "").replace(UNSEEN, "");
}

/** At most so many characters of a text, in one line. */
function clipped(text, characters = 160) {
  const line = visible(String(text ?? "").slice(0, 4 * characters)).replace(/\s+/g, " ").trim();
  const points = Array.from(line);
  return points.length > characters ? `${points.slice(0, characters - 1).join("").trimEnd()}…` : line;
}

/**
 * An element.
 * @param {string} name its tag, and classes after dots.
 * @param {Object} attributes functions under `onclick` and the like listen; false and null are left out.
 * @param children nodes and strings, also in lists; null, false and true are left out.
 */
function el(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(4).filter((child) => child != null && typeof child !== "boolean"));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of a picture. Widths are attributes: the page's policy forbids style attributes in a saved page. */
function drawn(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A number with its thousands; a dash where there is none. */
function counted(value) {
  return value == null ? DASH : Math.round(value).toLocaleString("en-US");
}

/** `1 prompt`, `24 prompts`. */
function plural(n, one, many = `${one}s`) {
  return `${counted(n)} ${n === 1 ? one : many}`;
}

/** A score with one decimal, halves to the even digit as in the report; a dash where there is none. */
function fixed(value) {
  if (value == null) return DASH;
  const isHalf = Number.isInteger(4 * value) && !Number.isInteger(2 * value);
  if (!isHalf) return value.toFixed(1);
  const below = Math.floor(10 * value);
  return ((below + (below % 2 ? 1 : 0)) / 10).toFixed(1);
}

/** S_L, S_Q or S̄ as it is written. */
function symbol(metric) {
  if (metric === "score") return "S̄";
  return [el("i", {}, "S"), el("sub", {}, metric === "score_l" ? "L" : "Q")];
}

/** A model's name with its mark: colour and shape are the report's. */
function modelName(model) {
  const place = Math.max(allModels().indexOf(model), 0);
  const shapes = document.querySelectorAll("template.shape");
  const shape = shapes[place % shapes.length].content.firstElementChild.cloneNode(true);
  shape.setAttribute("fill", COLOURS[place % COLOURS.length]);
  return el("span.model", {}, shape, model);
}

/** A status or a health mark; `quiet` for those that need no attention. */
function flag(text, quiet = false) {
  return el(quiet ? "span.flag.quiet" : "span.flag", {}, clipped(text, 40));
}

/** Words written against words required, as a bar: marks stand at what is required, at both ends of a range. */
function lengthBar(words, goals) {
  if (!goals.length || words == null) return null;
  const most = Math.max(words, ...goals, 1) * 1.02;
  const at = (value) => ((100 * value) / most).toFixed(2);
  return drawn(
    "svg",
    { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("rect", { class: "track", width: "100", height: "6" }),
    drawn("rect", { class: "written", width: at(words), height: "6" }),
    ...goals.map((goal) => drawn("rect", { class: "goal", x: at(goal * 0.99), width: "1.2", height: "6" })),
  );
}

/** Says something to screen readers, and to nobody else. */
function announce(text) {
  document.getElementById("spoken").textContent = text;
}
