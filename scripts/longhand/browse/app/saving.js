// Links to what is shown, and pages of one file for colleagues.

/** A button that copies the address of what is shown. */
function linkButton() {
  return el("button", { type: "button", class: "copy-link", onclick: copyLink }, "Copy link");
}

async function copyLink() {
  const done = await copied(location.href.replace(/#.*/s, "") + addressOf(place));
  const words = done ? "Link copied" : "Not copied: take it from the address line";
  const button = document.querySelector(".copy-link");
  if (button) button.textContent = words;
  announce(words);
  setTimeout(() => button && (button.textContent = "Copy link"), 3000);
}

/** Copies a text; false where the browser does not let us. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "hidden" }, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

/** A button that saves what is shown as one page: no script, no side files, nothing that is loaded. */
function saveButton(title) {
  return el("button", { type: "button", onclick: () => save(title) }, "Save as one file");
}

async function save(title) {
  await fillAll(byId("main"));
  const page = new Blob(["<!doctype html>\n", savedPage(title).outerHTML], { type: "text/html" });
  const link = el("a", { href: URL.createObjectURL(page), download: fileName(title) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  announce("The page is saved.");
}

/** What is shown, as a document of its own. Its policy forbids all but this page's style. */
function savedPage(title) {
  const policy = document.querySelector("meta[http-equiv]").content;
  const [style] = /style-src '[^']+'/.exec(policy);
  const saved = document.implementation.createHTMLDocument(`${title} – Longhand`);
  saved.documentElement.lang = "en";
  saved.head.prepend(
    el("meta", { charset: "utf-8" }),
    el("meta", { "http-equiv": "Content-Security-Policy", content: `default-src 'none'; ${style}` }),
    el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    el("meta", { name: "referrer", content: "no-referrer" }),
  );
  saved.head.append(document.querySelector("style").cloneNode(true));
  const main = byId("main").cloneNode(true);
  for (const control of main.querySelectorAll("button, select, .bar-line")) control.remove();
  for (const link of main.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  for (const box of main.querySelectorAll("details")) box.open = true;
  saved.body.className = "saved";
  saved.body.append(main);
  return saved.documentElement;
}

/** A name that every file system takes. */
function fileName(title) {
  return `${title.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+/, "").slice(0, 100)}.html`;
}
