// Side files: classic scripts that call longhand.load(path, packed). A page that is opened from a file may load
// scripts, but no other files.

const KEPT_FILES = 80; // unpacked, so that going back and forth reads nothing twice

/** What went wrong, in words for the reader of the page. */
class Trouble extends Error {}

const packedFiles = new Map(); // path -> base64, between the script's run and its unpacking
const keptFiles = new Map(); // path -> promise of its content; the one used last stands last

window.longhand = Object.freeze({
  load(path, packed) {
    packedFiles.set(path, packed);
  },
});

/** The content of browse/{path}.js. Rejects with a Trouble that names the file. */
function sideFile(path) {
  const content = keptFiles.get(path) ?? readSideFile(path);
  keptFiles.delete(path);
  keptFiles.set(path, content);
  content.catch(() => keptFiles.delete(path));
  if (keptFiles.size > KEPT_FILES) keptFiles.delete(keptFiles.keys().next().value);
  return content;
}

async function readSideFile(path) {
  if (typeof DecompressionStream === "undefined") {
    throw new Trouble(
      "This browser cannot unpack the texts: it lacks DecompressionStream. " +
        "Chrome 80, Firefox 113, Safari 16.4 and later have it.",
    );
  }
  await runScript(path);
  const packed = packedFiles.get(path);
  packedFiles.delete(path);
  if (typeof packed !== "string") {
    throw new Trouble(`The file browse/${path}.js is damaged: it holds no texts. Make the pages again.`);
  }
  try {
    return JSON.parse(await unpacked(packed));
  } catch {
    throw new Trouble(`The file browse/${path}.js is damaged: it cannot be unpacked. Make the pages again.`);
  }
}

/** Adds the script of a side file to the page and waits until it has run. */
function runScript(path) {
  const script = document.createElement("script");
  script.src = `${path.split("/").map(encodeURIComponent).join("/")}.js`;
  const done = new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => {
      reject(new Trouble(`The file browse/${path}.js is missing. It belongs beside this page: copy the whole folder.`));
    });
  });
  document.head.append(script);
  return done.finally(() => script.remove());
}

/** The text in base64 of gzip of UTF-8. */
function unpacked(packed) {
  const letters = atob(packed);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
