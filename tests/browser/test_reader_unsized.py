"""The reader of prompts that require no length: it has neither S_L nor S̄, and no place for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import browse_example
import pytest
from browse_files import unpacked
from browser.chromium import Chromium
from browser.reading import Reader

from longhand.browse.page import reader_page
from longhand.browse.side_files import write_side_file
from longhand.report.reader import READER, worst_first_link

METRIC = "[...document.querySelectorAll('#metric option')].map(each => each.text)"


@pytest.fixture(params=["judged", "not judged"])
def reader(request: pytest.FixtureRequest, tmp_path: Path, chromium: Chromium) -> Iterator[Reader]:
    """The example without lengths, and without judges too."""
    browse = tmp_path / "browse"
    browse_example.main(browse)
    (browse / "index.html").write_text(reader_page(), encoding="utf-8")
    for name in ("samples/set/0", "samples/set/1"):
        file = unpacked(browse, name)
        nothing = dict.fromkeys(("range", "required"), [None] * len(file["prompts"]["id"]))
        file["prompts"] |= nothing
        file["samples"]["score_l"] = [None] * len(file["samples"]["prompt"])
        for columns in file["judges"].values():
            columns["score"] = [None] * len(columns["score_q"])
        if request.param == "not judged":
            file["judges"] = {}
        write_side_file(browse, name, file)
    if request.param == "not judged":
        run = unpacked(browse, "run")
        run["datasets"][0]["judges"] = []
        write_side_file(browse, "run", run)
    yield Reader(chromium, browse)
    assert chromium.alarms == []


@pytest.mark.parametrize("reader", ["judged"], indirect=True)
def test_s_q_stands_alone(reader: Reader) -> None:
    reader.open(worst_first_link("set", "three", "score_q", "strict").removeprefix(READER))
    assert reader.value(METRIC) == ["S_Q"] and reader.value("document.getElementById('metric').hidden")
    entries = reader.texts("#list a .facts")
    assert len(entries) == 8
    assert entries[0].endswith("S_Q 53.0") and entries[-1].endswith("S_Q 60.0"), "the lowest first"
    reader.open("#/set/p3")
    assert reader.texts(".grid > li:first-child th") == ["Judge", "SQ", "judge", "strict"]
    assert reader.texts(".grid > li:first-child td") == ["72.0", "37.0"]
    assert reader.texts(".grid > li:first-child .facts")[-1] == "1,040 words"
    assert "S̄" not in reader.main and "—" not in reader.main


@pytest.mark.parametrize("reader", ["not judged"], indirect=True)
def test_without_judges_there_is_no_score_at_all(reader: Reader) -> None:
    reader.open()
    assert reader.value(METRIC) == []
    assert all(facts.startswith("no required length") and "S_" not in facts for facts in reader.texts("#list .facts"))
    assert len(reader.texts("#list a")) == 8 and reader.texts(".grid table") == []
    reader.choose("sort", "lowest")
    assert len(reader.texts("#list a")) == 8
