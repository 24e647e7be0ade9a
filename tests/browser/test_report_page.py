"""The report in a real browser: wide and narrow, hostile and plain; pictures for people to look at.

The pictures lie in `LONGHAND_SCREENSHOTS`, or in the test's temporary folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from browser.chromium import Chromium
from browser.report_cases import CASES, MADE, made_page
from report_run import make_run
from test_report_certification import row as certification

from build_report import main
from longhand.tables.certification_tables import CERTIFICATION
from longhand.tables.files import write_table

WIDTHS = (1400, 390)

# Elements that stick out of the window although no box around them scrolls.
STICKING_OUT = """
[...document.body.querySelectorAll('*')].filter(e => {
  if (e.closest('.scroll, .panels') || e.closest('details:not([open])') || e.closest('svg')) return false;
  const box = e.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.tagName + '.' + e.className)
"""


Pages = Callable[[str], Path]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The page of a case with its figures, made once; nobody changes it."""

    @cache
    def page(case: str) -> Path:
        return made_page(MADE[case](tmp_path_factory.mktemp(case)))

    return page


def draw_charts(chromium: Chromium) -> int:
    """Looks at each figure until a script has drawn it. Returns how many there are."""
    figures: int = chromium.evaluate("document.querySelectorAll('figure.chart').length")
    for i in range(figures):
        chromium.evaluate(f"document.querySelectorAll('figure.chart')[{i}].scrollIntoView()")
        end = time.monotonic() + 20
        while not chromium.evaluate(f"document.querySelectorAll('figure.chart')[{i}].hasAttribute('data-drawn')"):
            assert time.monotonic() < end, f"figure {i} is not drawn; alarms: {chromium.alarms}"
            time.sleep(0.02)
    chromium.evaluate("window.scrollTo(0, 0)")
    return figures


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", CASES)
def test_page(case: str, width: int, chromium: Chromium, pictures: Path, page_of: Pages) -> None:
    page = page_of(case)
    chromium.open(page, width)
    chromium.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    draw_charts(chromium)
    chromium.screenshot(pictures / f"report-{case}-{width}.png")

    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert chromium.evaluate(STICKING_OUT) == []
    # No script ran but the page's own two, nothing was asked for, and the policy had nothing to forbid.
    figures = chromium.evaluate("document.querySelectorAll('figure.chart').length")
    assert chromium.evaluate("[...document.scripts].filter(script => !script.type).length") == (2 if figures else 1)
    assert chromium.evaluate("[...document.images].filter(image => !image.src.startsWith('data:')).length") == 0
    assert "owned" not in chromium.evaluate("document.title").split("'")[0]
    assert [address for address in chromium.requests if not address.startswith("data:")] == [page.resolve().as_uri()]
    assert chromium.alarms == []

    if case == "failed":
        assert figures == 0, "there is nothing to draw"
        return
    font = chromium.evaluate("getComputedStyle(document.querySelector('.plot text')).fontFamily")
    assert font.startswith("system-ui")
    sizes = "[...document.querySelectorAll('.chart')].map(e => e.getBoundingClientRect().width)"
    assert min(chromium.evaluate(sizes)) > 200


@pytest.mark.parametrize("width", WIDTHS)
def test_words_over_columns_are_not_broken_and_captions_fit(width: int, chromium: Chromium, page_of: Pages) -> None:
    chromium.open(page_of("rewarded"), width)
    lines = "const words = document.createRange(); words.selectNodeContents(e); return words.getClientRects().length"
    heads = f"[...document.querySelectorAll('th.dimension .sort')].map(e => {{ {lines} }})"
    assert set(chromium.evaluate(heads)) == {1}
    captions = "Math.max(...[...document.querySelectorAll('caption')].map(e => e.getBoundingClientRect().right))"
    assert chromium.evaluate(captions) <= width


def test_whether_a_judge_is_certified_is_in_sight_on_a_phone(chromium: Chromium, tmp_path: Path) -> None:
    run, table = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"]), tmp_path / "certification.parquet"
    rows = [certification("people", "all", "all"), certification("people", "range", "[4000,∞)", reason="no_gain")]
    write_table(table, [row | {"certified": row["reason"] is None} for row in rows], CERTIFICATION, "certify_judges")
    arguments = run.arguments()
    main(**arguments, certification=[table])
    chromium.open(arguments["out"], 390)
    cells = "[...document.querySelectorAll('#certification tr > :nth-child(3)')]"
    assert chromium.evaluate(f"{cells}.map(e => e.firstChild.textContent.trim())") == ["certified", "yes", "no"]
    assert chromium.evaluate(f"Math.max(...{cells}.map(e => e.getBoundingClientRect().right))") <= 390


def test_policy_forbids_what_slips_through(chromium: Chromium, page_of: Pages, tmp_path: Path) -> None:
    """Should escaping ever fail: a script and an address put into the page do nothing."""
    page = tmp_path / "broken.html"
    script = "document.title='owned'"
    slipped = f"<script>{script}</script><img src='file:///x.png' onerror=\"{script}\"></main>"
    whole = page_of("small").read_text(encoding="utf-8")
    page.write_text(whole.replace("</main>", slipped), encoding="utf-8")
    chromium.open(page, 1400)
    assert chromium.evaluate("document.title").startswith("Long-form generation")
    assert any("Content Security Policy" in alarm for alarm in chromium.alarms)


def test_print_shows_all(chromium: Chromium, pictures: Path, page_of: Pages) -> None:
    chromium.open(page_of("small"), 1000)
    chromium.print(pictures / "report-small.pdf")
    assert (pictures / "report-small.pdf").read_bytes().startswith(b"%PDF")
    chromium.send("Emulation.setEmulatedMedia", media="print")
    quotes = "[...document.querySelectorAll('.quote')].every(e => e.getBoundingClientRect().height > 0)"
    assert chromium.evaluate(quotes)  # closed samples are printed open
    chromium.send("Emulation.setEmulatedMedia", media="")


LEADERBOARD = "document.querySelector('[aria-label=Leaderboard]')"


def names(chromium: Chromium) -> list[str]:
    """The models of the leaderboard that are shown, from top to bottom."""
    rows = f"[...{LEADERBOARD}.querySelectorAll('tbody tr')].filter(row => !row.hidden)"
    return chromium.evaluate(f"{rows}.map(row => row.querySelector('.model').textContent.trim())")


def test_tables_sort_and_filter(chromium: Chromium, tmp_path: Path) -> None:
    """By numbers as numbers, by names as names, both ways; with the keyboard, too."""
    models = [f"model-{letter}" for letter in "badcfe"]
    run = make_run(tmp_path, models, [], prompts=12)
    arguments = run.arguments()
    main(**arguments)
    chromium.open(arguments["out"], 1400)
    whole = [row for row in pq.read_table(run.leaderboard).to_pylist() if row["slice_kind"] == "all"]
    button = f"{LEADERBOARD}.querySelectorAll('.sort')"
    column = f"[...{button}].findIndex(head => head.textContent === 'words')"
    by_words = [row["model"] for row in sorted(whole, key=lambda row: row["words_mean"])]
    assert len({round(row["words_mean"]) for row in whole}) == len(models), "nothing is a tie"
    chromium.evaluate(f"{button}[{column}].click()")
    assert names(chromium) == by_words[::-1], "the most comes first"
    assert chromium.evaluate(f"{LEADERBOARD}.querySelector('[aria-sort]').getAttribute('aria-sort')") == "descending"
    chromium.evaluate(f"{button}[{column}].click()")
    assert names(chromium) == by_words
    chromium.evaluate(f"{button}[0].focus()")
    for kind in ("keyDown", "keyUp"):
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        chromium.send("Input.dispatchKeyEvent", type=kind, **enter)
    assert names(chromium) == sorted(models)
    box = f"{LEADERBOARD}.previousElementSibling.querySelector('input')"
    chromium.evaluate(f"{box}.value = 'Model-D'; {box}.dispatchEvent(new Event('input'))")
    assert names(chromium) == ["model-d"]
    assert chromium.evaluate(f"{box}.nextSibling.textContent") == "1 of 6 rows"
    chromium.evaluate(f"{box}.value = ''; {box}.dispatchEvent(new Event('input'))")
    assert names(chromium) == sorted(models) and chromium.alarms == []


def test_marks_of_a_figure_say_what_they_are(chromium: Chromium, tmp_path: Path) -> None:
    """In plain text, also where a name is hostile; and a click on a name of the legend keeps that model."""
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], prompts=24)
    run.draw()
    standing = run.figures / "longbench-write/standing.json"
    hostile = "<img src=x onerror=document.title='owned'>"
    standing.write_text(standing.read_text().replace("writer-a", hostile))
    arguments = run.arguments()
    main(**arguments)
    chromium.open(arguments["out"], 1400)
    assert draw_charts(chromium) == 7
    seen = []
    for i in range(chromium.evaluate("document.querySelectorAll('.chart .mark-symbol path').length")):
        mark = f"document.querySelectorAll('.chart .mark-symbol path')[{i}]"
        chromium.evaluate(f"{mark}.scrollIntoView({{block: 'center'}})")
        x, y = chromium.evaluate(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({mark}.getBoundingClientRect())")
        chromium.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        if not chromium.evaluate("document.getElementById('tip').hidden"):
            seen.append(chromium.evaluate("document.getElementById('tip').textContent"))
        if len(seen) > 5:
            break
    whole = [row for row in pq.read_table(run.leaderboard).to_pylist() if row["slice_kind"] == "all"]
    for row in whole:
        name = hostile if row["model"] == "writer-a" else row["model"]
        start = f"model {name}mean {row['score']:.1f}95% from {row['score_low']:.1f}to {row['score_high']:.1f}"
        assert any(text.startswith(start) for text in seen), (start, seen)
    assert chromium.evaluate("document.images.length") == 0 and chromium.alarms == []
    assert "owned" not in chromium.evaluate("document.title")


def test_without_scripts_the_page_shows_the_same(chromium: Chromium, page_of: Pages) -> None:
    chromium.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(page_of("small"), 1400)
        shown = (
            "[...document.querySelectorAll('.chart svg')].filter(e => e.getBoundingClientRect().height > 100).length"
        )
        assert chromium.evaluate(shown) == chromium.evaluate("document.querySelectorAll('figure.chart').length") > 4
        assert chromium.evaluate("document.querySelectorAll('.sort').length") == 0
    finally:
        chromium.send("Emulation.setScriptExecutionDisabled", value=False)


def test_the_page_is_read_in_the_dark(chromium: Chromium, pictures: Path, page_of: Pages) -> None:
    """Words and marks of figures stand out from the ground: no ink of the light page is left on the dark one."""
    page = page_of("small")
    chromium.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    try:
        chromium.open(page, 1400)
        draw_charts(chromium)
        chromium.screenshot(pictures / "report-small-dark.png")
        light = "c => c.match(/\\d+/g).slice(0, 3).reduce((sum, x) => sum + Number(x), 0) / 3"
        fills = "[...document.querySelectorAll('.chart text')].map(e => getComputedStyle(e).fill)"
        assert chromium.evaluate(f"Math.min(...{fills}.map({light}))") > 120
        assert chromium.evaluate(f"({light})(getComputedStyle(document.body).backgroundColor)") < 40
    finally:
        chromium.send("Emulation.setEmulatedMedia", features=[])
