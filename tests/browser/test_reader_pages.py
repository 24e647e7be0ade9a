"""The reader's looks, what it saves, and what it says where files are missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import browse_example
import pytest
from browse_example import HOSTILE
from browser.chromium import Chromium
from browser.reading import STICKING_OUT, Reader

from longhand.browse.page import reader_page
from longhand.browse.side_files import write_side_file

ADDRESSES = {
    "grid": "#/set/p3",
    "response": "#/set/p3/one/0",
    "two": "#/set/p5/two/0/three/0",
    "words": "#/set?words=grey",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    browse = tmp_path_factory.mktemp("results") / "browse"
    browse_example.main(browse)
    (browse / "index.html").write_text(reader_page(), encoding="utf-8")
    return browse


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "browse"))


@pytest.fixture
def downloads(chromium: Chromium, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "downloads"
    chromium.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    yield folder
    chromium.send("Browser.setDownloadBehavior", behavior="deny")


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out(made: Path, chromium: Chromium, pictures: Path, width: int, scheme: str) -> None:
    reader = Reader(chromium, made)
    for name, address in ADDRESSES.items():
        reader.open(address, width, scheme)
        chromium.screenshot(pictures / f"reader-{name}-{scheme}-{width}.png")
        assert reader.value("document.documentElement.scrollWidth") == width, name
        assert reader.value(STICKING_OUT) == [], name
        assert chromium.alarms == []
    background, ink = (reader.value(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    assert (brightness(background) < brightness(ink)) == (scheme == "dark")


def brightness(colour: str) -> int:
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


@pytest.mark.parametrize("address", ["#/set/p2/one/0", "#/set/p2/one/0/two/0"])
def test_a_response_is_saved_as_one_page_without_a_script(
    made: Path, chromium: Chromium, downloads: Path, pictures: Path, address: str
) -> None:
    reader = Reader(chromium, made)
    reader.open(address)
    chromium.evaluate(
        "[...document.querySelectorAll('button')].find(b => b.textContent === 'Save as one file').click()"
    )
    reader.wait("document.getElementById('spoken').textContent === 'The page is saved.'")
    for _ in range(100):
        if saved := list(downloads.glob("*.html")):
            break
        chromium.evaluate("new Promise((done) => setTimeout(done, 50))")
    page = saved[0]
    assert page.name.startswith("set-p2-one")
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "&lt;script&gt;window.hacked=1" in html
    assert re.search(r"<meta[^>]*Content-Security-Policy[^>]*default-src 'none'; style-src 'sha256-[^']+'\"", html)
    chromium.open(page, 1300)
    chromium.screenshot(pictures / f"{page.stem}.png")
    assert chromium.requests == [page.resolve().as_uri()] and chromium.alarms == []
    text = chromium.evaluate("document.body.textContent")
    for words in ("Response of one to prompt 2.", "It rains in Paris.", "Relevance", "Since 1.", "section", "A fact."):
        assert words in text, words
    assert text.count("The text loops from here on") == address.count("/0")
    assert browse_example.CONTEXT[:60] in text, "boxes that were never opened are there too"
    assert chromium.evaluate("document.querySelectorAll('button, select, a, [onclick]').length") == 0
    assert chromium.evaluate("getComputedStyle(document.querySelector('.response')).display") != "inline"


@pytest.mark.parametrize(
    ("missing", "address", "rest"),
    [
        ("run", "#/", ""),
        ("samples/set/1", "#/", "Response of one to prompt 0."),
        ("prompts/set/1", "#/set/p1", "520 of 600 words"),
        ("prompts/set/1", "#/set/p1/one/0", "Response of one to prompt 1."),
        ("texts/set/one/1", "#/set/p1/one/0", "Relevance"),
        ("verdicts/set/one/1", "#/set/p1/one/0", "Response of one to prompt 1."),
    ],
)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_side_file_that_is_missed_is_named(
    folder: Path, chromium: Chromium, missing: str, address: str, rest: str, how: str
) -> None:
    path = folder / f"{missing}.js"
    if how == "missing":
        path.unlink()
    else:
        path.write_text(f'longhand.load("{missing}", "bm8gZ3ppcA==");', encoding="utf-8")
    reader = Reader(chromium, folder)
    reader.open(address)
    reader.wait("document.querySelector('.banner')?.offsetParent")
    assert any(f"The file browse/{missing}.js is {how}" in banner for banner in reader.texts(".banner"))
    assert rest in reader.main


def test_a_search_goes_on_without_the_index_of_a_model(folder: Path, chromium: Chromium) -> None:
    shutil.rmtree(folder / "words" / "set" / "two")
    reader = Reader(chromium, folder)
    reader.open("#/set?words=paris")
    assert reader.count == "15 responses."
    assert "browse/words/set/two/" in reader.texts("#troubles")[0] and "is missing" in reader.texts("#troubles")[0]


def test_a_browser_that_cannot_unpack_is_told(made: Path, chromium: Chromium) -> None:
    script = chromium.send("Page.addScriptToEvaluateOnNewDocument", source="delete window.DecompressionStream")
    reader = Reader(chromium, made)
    try:
        reader.open()
    finally:
        chromium.send("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    assert "it lacks DecompressionStream" in reader.main


def test_the_policy_forbids_what_slips_through(folder: Path, chromium: Chromium) -> None:
    page = folder / "index.html"
    slipped = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'></body>"
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", slipped), encoding="utf-8")
    reader = Reader(chromium, folder)
    reader.open()
    assert reader.value("window.hacked === undefined")
    assert reader.texts(".grid > li"), "the page itself runs"
    assert any("Content Security Policy" in alarm for alarm in chromium.alarms)


def test_a_text_of_30_000_words_does_not_freeze_the_page(folder: Path, chromium: Chromium) -> None:
    """Opened and scrolled to its end within few times what a short text takes, with its words in few elements."""
    sentence = f"It rained on word {HOSTILE} 中文。 "
    lines = "\n\n".join(sentence * 30 for _ in range(100))
    row = {"id": "p0", "sample": 0, "status": "ok", "calls": 0, "cut": True, "loop": len(lines) // 2}
    write_side_file(folder, "texts/set/one/0", row | {"text": lines + "x" * 100_000})
    reader = Reader(chromium, folder)
    short, long = reader.open("#/set/p0/two/0"), reader.open("#/set/p0/one/0")
    longest = """new Promise((done) => {
      const start = performance.now();
      document.querySelector('.written-text .text').lastElementChild.scrollIntoView();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
    })"""
    to_end = reader.value(longest)
    print(
        f"\na text of {len(lines.split()):,} words: shown in {long:.2f} s (short: {short:.2f} s), "
        f"at its end in {to_end:.0f} ms"
    )
    assert long < 1 + 10 * short
    assert reader.value("document.querySelectorAll('.written-text *').length") < 250
    assert reader.value("document.querySelector('.written-text').textContent.match(/It rained/g).length") == 3000
    assert reader.texts(".text .mark")[-1].startswith("The text was cut off here")


def test_the_link_to_a_response_is_copied(made: Path, chromium: Chromium) -> None:
    reader = Reader(chromium, made)
    reader.open("#/set/p3/one/0")
    chromium.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}})"
    )
    reader.click(".copy-link")
    assert reader.value("window.copied") == f"{(made / 'index.html').resolve().as_uri()}#/set/p3/one/0"
    assert chromium.alarms == []
