// Keys: next and previous, search, help. None is taken from a field that is typed in, or with a modifier.

const KEYS = {
  j: () => goAlong(1),
  ArrowRight: () => goAlong(1),
  k: () => goAlong(-1),
  ArrowLeft: () => goAlong(-1),
  "]": () => goToModel(1),
  "[": () => goToModel(-1),
  g: () => place.prompt && goTo({ ...place, shown: [] }),
  n: () => goToMark(),
  c: () => copyLink(),
  "/": () => byId("words").focus(),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  const typing = event.target.closest?.("input, select, textarea, dialog");
  const scrolling = event.key.startsWith("Arrow") && event.target.closest?.(".scroll");
  if (scrolling || event.ctrlKey || event.metaKey || event.altKey || typing || byId("help").open || !place) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

/** Shows the response to the same prompt that stands `step` after the one that is shown. */
function goToModel(step) {
  const [prompt, first] = [currentPrompt(), place.shown[0]];
  if (!prompt) return;
  const order = sortedResponses(prompt);
  const at = order.findIndex((each) => first && each.model === first.model && each.sample === first.sample);
  const next = order[at + step];
  if (next) goTo({ ...place, prompt: prompt.id, shown: [next] });
  else announce(step > 0 ? "This is the last model on this prompt." : "This is the first model on this prompt.");
}

/** Brings the next marked place of the text into sight. */
function goToMark() {
  const all = document.querySelectorAll("main .written-text :is(mark, .mark)");
  const marks = [...all].filter((mark) => mark.offsetParent); // one of two texts is hidden where the window is narrow
  if (!marks.length) return announce("Nothing is marked in this text.");
  const at = marks.findIndex((mark) => mark.classList.contains("current"));
  marks[at]?.classList.remove("current");
  const next = marks[(at + 1) % marks.length];
  next.classList.add("current");
  next.scrollIntoView({ block: "center" });
  return announce(`${counted(((at + 1) % marks.length) + 1)} of ${counted(marks.length)} marked places`);
}
