"""The reader of a run with faults, as the steps write it: two datasets, three models, three judges, hostile texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from browse_run import JUDGES, MODELS, make_judged_run, write_browse
from browser.chromium import Chromium
from browser.reading import STICKING_OUT, Reader
from report_run import Run

from longhand.tables.files import read_table

HOSTILE = "</script><script>window.hacked=1</script>\"><img src=x onerror='window.hacked=1'>`${hacked}`\u202e\x1b[31m"

CARDS = """[...document.querySelectorAll('.grid > li')].map(card => ({
  name: card.querySelector('.model').textContent,
  facts: [...card.querySelectorAll('.facts')].map(e => e.textContent).join(' ').replaceAll('\u00a0', ' '),
  scores: [...card.querySelectorAll('tbody tr')].map(row => [...row.children].map(e => e.firstChild.textContent)),
}))"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_judged_run(tmp_path_factory.mktemp("run"), HOSTILE)


@pytest.fixture(scope="module")
def browse(run: Run) -> Path:
    return write_browse(run)


def test_scores_are_those_of_the_tables(run: Run, browse: Path, chromium: Chromium) -> None:
    """Of every model and judge, for a prompt of each dataset; a model that wrote twice has a card for each text."""
    reader = Reader(chromium, browse)
    for dataset in run.settings["datasets"]:
        prompts = read_table(run.folder / f"results/{dataset}/prompts.parquet").to_pylist()
        prompt = prompts[3]["prompt_id"]
        expected = []
        for model in MODELS:
            table = read_table(run.folder / f"results/{dataset}/{model}/scores.parquet").to_pylist()
            of_prompt = [row for row in table if row["prompt_id"] == prompt]
            for sample in sorted({row["sample"] for row in of_prompt}):
                rows = {row["judge"]: row for row in of_prompt if row["sample"] == sample}
                row = rows[JUDGES[0]]
                shown = {
                    judge: (shown_score(rows[judge]["score_q"]), shown_score(rows[judge]["score"])) for judge in JUDGES
                }
                expected.append((model, f"{row['words']:,}", shown_score(row["score_l"]), shown))
        reader.open(f"#/{dataset}/{prompt}")
        cards = reader.value(CARDS)
        assert [card["name"] for card in cards] == [model for model, *_ in expected]
        for card, (_, words, length, scores) in zip(cards, expected, strict=True):
            assert f"{words} of " in card["facts"] or f"{words} words" in card["facts"]
            assert card["facts"].endswith(f"SL {length}")
            assert {judge: tuple(rest) for judge, *rest in card["scores"]} == scores
    assert chromium.alarms == []


def shown_score(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


@pytest.mark.parametrize("width", [1300, 390])
def test_hostile_texts_run_nothing_on_any_page(browse: Path, chromium: Chromium, pictures: Path, width: int) -> None:
    reader = Reader(chromium, browse)
    addresses = ["#/", "#/longen", "#/longbench-write?words=hacked", "#/longbench-write?list=responses&sort=lowest"]
    reader.open("#/longbench-write")
    prompt = reader.value("new URL(document.querySelector('#list a').href).hash")
    for model in MODELS:
        addresses.append(f"{prompt}/{model}/0")
    addresses.append(f"{prompt}/{MODELS[0]}/1/{MODELS[1]}/0")
    for i, address in enumerate(addresses if width > 600 else addresses[2::2]):
        reader.open(address, width)
        for _ in range(2):
            reader.value("document.querySelectorAll('details').forEach(box => box.open = true)")
            reader.wait("!document.querySelector('main').innerText.includes('Loading …')")
        chromium.screenshot(pictures / f"reader-hostile-{i}-{width}.png")
        assert reader.value(STICKING_OUT) == [], address
        assert reader.value("document.documentElement.scrollWidth") == width, address
        assert reader.value(
            "window.hacked === undefined && document.images.length === 0 && document.scripts.length === 1"
        )
        assert reader.texts(".banner") == [] and chromium.alarms == []
        assert all(url.startswith((browse.as_uri(), "data:", "about:")) for url in chromium.requests)
