"""The report in a real browser: wide and narrow, hostile and plain; pictures for people to look at.

The pictures lie in `LONGHAND_SCREENSHOTS`, or in the test's temporary folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from browser.chromium import Chromium
from report_made import add_self_lengthen
from report_run import Run, make_run
from report_support import add_long_reward
from report_traces import add_agentwrite

from build_report import main

HOSTILE = "<script>document.title='owned'</script>\"><img src=x onerror=\"document.title='owned'\">" + "W" * 300
WIDTHS = (1400, 390)

# Elements that stick out of the window although no box around them scrolls.
STICKING_OUT = """
[...document.body.querySelectorAll('*')].filter(e => {
  if (e.closest('.scroll, .panels') || e.closest('details:not([open])') || e.closest('svg')) return false;
  const box = e.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.tagName + '.' + e.className)
"""


def small(folder: Path) -> Run:
    names = ("demo-long", "demo-short", "demo-judge")
    return make_run(folder, list(names[:2]), [names[2]], datasets=("longhand-mini",), demo=names)


def large(folder: Path) -> Run:
    models = ["Llama-3.1-8B-Instruct", "GLM-4-9B-chat", "LongWriter-9B", "LongWriter-9B-DPO", "Qwen2.5-7B-Instruct"]
    models += ["an-api-model-2025-01-01", "tiny", "a-model-with-a-long-name.and_parts-checkpoint-2025-12-31-step-4000"]
    return make_run(folder, models, ["first-judge", "strict-judge"], prompts=120)


def longen(folder: Path) -> Run:
    """All kinds of constraints, so that rules do not apply to the same responses."""
    models = ["LongWriter-9B", "GLM-4-9B-chat", "Qwen2.5-7B-Instruct", "an-api-model-2025-01-01"]
    return make_run(folder, models, ["judge"], datasets=("longen",), prompts=60, rule="longen")


def hostile(folder: Path) -> Run:
    return make_run(folder, ["writer-" + "w" * 90, "writer-b"], ["judge-" + "j" * 90], hostile=HOSTILE)


def made(folder: Path) -> Run:
    """Texts of many sections, and data made here, with hostile text in all of it."""
    run = make_run(folder, ["writer-a", "writer-b"], [], prompts=30)
    add_agentwrite(run, ["writer-b"], HOSTILE)
    add_self_lengthen(run, HOSTILE)
    return run


def rewarded(folder: Path) -> Run:
    """Rewards for long contexts, with hostile statements, contexts and facts."""
    run = make_run(folder, ["writer-a", "writer-b"], [], prompts=30)
    add_long_reward(run, ["writer-a", "writer-b"], HOSTILE)
    return run


def made_page(run: Run) -> Path:
    """The page of a run, with its figures."""
    run.draw()
    arguments = run.arguments()
    main(**arguments)
    out: Path = arguments["out"]
    return out


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
@pytest.mark.parametrize("case", [small, large, longen, hostile, made, rewarded])
def test_page(case: Callable[[Path], Run], width: int, chromium: Chromium, pictures: Path, tmp_path: Path) -> None:
    page = made_page(case(tmp_path))
    chromium.open(page, width)
    chromium.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    draw_charts(chromium)
    chromium.screenshot(pictures / f"report-{case.__name__}-{width}.png")

    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert chromium.evaluate(STICKING_OUT) == []
    # No script ran but the page's own two, nothing was asked for, and the policy had nothing to forbid.
    assert chromium.evaluate("[...document.scripts].filter(script => !script.type).length") == 2
    assert chromium.evaluate("[...document.images].filter(image => !image.src.startsWith('data:')).length") == 0
    assert "owned" not in chromium.evaluate("document.title").split("'")[0]
    assert [address for address in chromium.requests if not address.startswith("data:")] == [page.resolve().as_uri()]
    assert chromium.alarms == []

    font = chromium.evaluate("getComputedStyle(document.querySelector('.plot text')).fontFamily")
    assert font.startswith("system-ui")
    sizes = "[...document.querySelectorAll('.chart')].map(e => e.getBoundingClientRect().width)"
    assert min(chromium.evaluate(sizes)) > 200


@pytest.mark.parametrize("width", WIDTHS)
def test_words_over_columns_are_not_broken_and_captions_fit(width: int, chromium: Chromium, tmp_path: Path) -> None:
    arguments = rewarded(tmp_path).arguments()
    main(**arguments)
    chromium.open(arguments["out"], width)
    lines = "const words = document.createRange(); words.selectNodeContents(e); return words.getClientRects().length"
    heads = f"[...document.querySelectorAll('th.dimension')].map(e => {{ {lines} }})"
    assert set(chromium.evaluate(heads)) == {1}
    captions = "Math.max(...[...document.querySelectorAll('caption')].map(e => e.getBoundingClientRect().right))"
    assert chromium.evaluate(captions) <= width


def test_policy_forbids_what_slips_through(chromium: Chromium, tmp_path: Path) -> None:
    """Should escaping ever fail: a script and an address put into the page do nothing."""
    arguments = small(tmp_path).arguments()
    main(**arguments)
    page = tmp_path / "broken.html"
    script = "document.title='owned'"
    slipped = f"<script>{script}</script><img src='file:///x.png' onerror=\"{script}\"></main>"
    page.write_text(arguments["out"].read_text(encoding="utf-8").replace("</main>", slipped), encoding="utf-8")
    chromium.open(page, 1400)
    assert chromium.evaluate("document.scripts.length") == 2
    assert chromium.evaluate("document.title").startswith("Long-form generation")
    assert any("Content Security Policy" in alarm for alarm in chromium.alarms)


def test_print_shows_all(chromium: Chromium, pictures: Path, tmp_path: Path) -> None:
    arguments = small(tmp_path).arguments()
    main(**arguments)
    chromium.open(arguments["out"], 1000)
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


def test_without_scripts_the_page_shows_the_same(chromium: Chromium, tmp_path: Path) -> None:
    page = made_page(small(tmp_path))
    chromium.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(page, 1400)
        shown = (
            "[...document.querySelectorAll('.chart svg')].filter(e => e.getBoundingClientRect().height > 100).length"
        )
        assert chromium.evaluate(shown) == chromium.evaluate("document.querySelectorAll('figure.chart').length") > 4
        assert chromium.evaluate("document.querySelectorAll('.sort').length") == 0
    finally:
        chromium.send("Emulation.setScriptExecutionDisabled", value=False)


def test_the_page_is_read_in_the_dark(chromium: Chromium, pictures: Path, tmp_path: Path) -> None:
    """Words and marks of figures stand out from the ground: no ink of the light page is left on the dark one."""
    page = made_page(small(tmp_path))
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
