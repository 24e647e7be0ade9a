"""The reader on criteria of prompts and verdicts by them: in order, repeats side by side, hostile texts as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browse_example
import pytest
from browse_example import HOSTILE
from browser.chromium import Chromium
from browser.reading import STICKING_OUT, Reader

from longhand.browse.page import reader_page
from longhand.browse.side_files import write_list_file, write_side_file

NUMBER = 12
ARABIC = "\u202bهل النص واضح؟\u202c"
LONG = "An endless criterion. " * 1000


def criteria() -> list[dict[str, Any]]:
    """Twelve: more than nine, so that an order by text is seen; a hostile one, an Arabic one, a long one."""
    first = {"name": f"Depth {HOSTILE}", "description": HOSTILE, "weight": 2.5, "views": ["C"], "values": [0, 0.25, 1]}
    first["levels"] = [{"label": HOSTILE, "text": f"Shallow. {HOSTILE}"}, {"label": "9-10"}]
    named = [{"name": ARABIC, "weight": 1.0}, {"name": LONG, "description": LONG, "weight": 1.0}]
    return [
        first,
        *named,
        *({"name": str(n), "description": f"Item of place {n}?", "weight": 1.0} for n in range(4, 13)),
    ]


def scores(repeat: int) -> list[dict[str, Any]]:
    """From the last criterion to the first; the second is not read in repeat 1."""
    rows: list[dict[str, Any]] = []
    for place in range(NUMBER, 0, -1):
        row = {"criterion": place, "score": place + repeat / 4, "score_100": 50.0, "status": "ok"}
        row["reason"] = f"Reason {repeat}/{place}. {LONG if place == 3 else HOSTILE}"
        unread = {"criterion": place, "status": "unparsed", "error": HOSTILE}
        rows.append(unread if (place, repeat) == (2, 1) else row)
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    browse = tmp_path_factory.mktemp("results") / "browse"
    browse_example.main(browse)
    (browse / "index.html").write_text(reader_page(), encoding="utf-8")
    excerpts = {"model": [0], "sample": [0], "begins": ["It"]}
    row = {"id": "p2", "prompt": "Write text number 2.", "language": "en", "excerpts": excerpts, "facts": {}}
    write_side_file(browse, "prompts/set/2", row | {"criteria": criteria()})
    verdict = {"kind": "verdict", "judge": "judge", "words_cut": 1234}
    rows: list[dict[str, Any]] = [
        verdict | {"repeat": repeat, "reply": f"All of {repeat}", "scores": scores(repeat)} for repeat in (0, 1)
    ]
    apart = {"kind": "verdict", "judge": "strict", "repeat": 0}
    rows += [apart | {"reply": f"Of {score['criterion']}", "scores": [score]} for score in scores(0)]
    write_list_file(browse, "verdicts/set/one/2", rows)
    return browse


@pytest.fixture
def reader(folder: Path, chromium: Chromium) -> Iterator[Reader]:
    """What a test shows must run nothing, load nothing from elsewhere and complain of nothing."""
    yield Reader(chromium, folder)
    assert chromium.alarms == []
    assert chromium.evaluate("window.hacked === undefined && !document.querySelector('b, [onclick]')")


def opened(reader: Reader, width: int = 1300) -> None:
    reader.open("#/set/p2/one/0", width)
    for _ in range(2):  # boxes in boxes
        reader.value("document.querySelectorAll('main details').forEach(box => box.open = true)")
        reader.wait("!document.getElementById('main').innerText.includes('Loading')")


def test_a_prompt_shows_its_criteria(reader: Reader) -> None:
    opened(reader)
    assert "12 criteria" in reader.texts("details.box summary")
    shown = reader.texts("ol.criteria > li")
    assert len(shown) == NUMBER and shown[11] == "Item of place 12?"
    assert shown[0].startswith("Depth </script><script>window.hacked=1</script>")
    assert "weight 2.5 · scores: 0, 0.25, 1 · in C" in shown[0] and "Shallow." in shown[0] and "—" in shown[0]
    assert "weight" not in shown[1] and "هل النص واضح؟" in shown[1] and "\u202b" not in shown[1]
    assert shown[2].count("An endless criterion.") > 1000, "a long text is shown whole, in a box that scrolls"


def test_each_criterion_has_its_scores_and_reasons_repeats_side_by_side(reader: Reader) -> None:
    opened(reader)
    (first, second) = (f"section[aria-label='Verdict of {judge}'] ul.criteria > li" for judge in ("judge", "strict"))
    names = reader.texts(f"{first} > .name")
    assert [int(name.split(".")[0]) for name in names] == [*range(1, NUMBER + 1)]
    assert names[0].startswith("1. Depth") and names[3] == "4. Item of place 4?" and len(names[2]) < 100
    cells = reader.texts(f"{first} .repeats > li")
    assert len(cells) == 2 * NUMBER and "Reason 1/12." in cells[23]
    assert cells[22].startswith("repeat 0: 12") and cells[23].startswith("repeat 1: 12.25")
    assert cells[3].startswith("repeat 1: — unparsed")
    lefts = "[...document.querySelectorAll('.repeats > li')].slice(0, 2).map(e => e.getBoundingClientRect().left)"
    left, right = reader.value(lefts)
    assert left < right
    assert reader.texts("section[aria-label='Verdict of judge'] > .facts") == [
        "The judge was not shown the last 1,234 words."
    ]
    alone = reader.texts(f"{second} .repeats > li")
    assert len(alone) == NUMBER and alone[0].startswith("1\n") and "repeat" not in alone[0]
    boxes = reader.texts("section[aria-label='Verdict of strict'] summary")
    assert boxes[0] == "The judge's 12 replies" and any(
        box.startswith("The judge's reply, 4. Item of") for box in boxes
    )


@pytest.mark.parametrize("width", [1300, 390])
def test_nothing_sticks_out(reader: Reader, width: int) -> None:
    opened(reader, width)
    assert reader.value(STICKING_OUT) == []
