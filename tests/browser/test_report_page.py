"""The report in a real browser: wide and narrow, hostile and plain; pictures for people to look at.

The pictures lie in `LONGHAND_SCREENSHOTS`, or in the test's temporary folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", [small, large, longen, hostile, made, rewarded])
def test_page(case: Callable[[Path], Run], width: int, chromium: Chromium, pictures: Path, tmp_path: Path) -> None:
    arguments = case(tmp_path).arguments()
    main(**arguments)
    page = arguments["out"]
    chromium.open(page, width)
    chromium.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    chromium.screenshot(pictures / f"report-{case.__name__}-{width}.png")

    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert chromium.evaluate(STICKING_OUT) == []
    # No script stood in the page, none ran, nothing was asked for, and the policy had nothing to forbid.
    assert chromium.evaluate("document.scripts.length + document.images.length") == 0
    assert "owned" not in chromium.evaluate("document.title").split("'")[0]
    assert chromium.requests == [page.resolve().as_uri()]
    assert chromium.alarms == []

    font = chromium.evaluate("getComputedStyle(document.querySelector('.plot text')).fontFamily")
    assert font.startswith("system-ui")
    sizes = "[...document.querySelectorAll('.plot')].map(e => e.getBoundingClientRect().width)"
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
    assert chromium.evaluate("document.scripts.length") == 1
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
