"""Criteria of prompts: as users write them, as foreign files have them, by category, with weights and views."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS
from prepare_prompts import main as prepare

DATASET: dict[str, Any] = {"prompt": "query", "criteria": "checklist"}


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def prepared(
    folder: Path,
    *rows: object,
    fields: dict[str, Any] | None = None,
    by_category: object = None,
    views: dict[str, list[object]] | None = None,
    categories: object = (),
    **criteria: object,
) -> list[Row]:
    """The prompts table of rows; `criteria` is the dataset's setting without its files, which are given as values."""
    shared = folder / "by_category.json"
    shared.write_text(json.dumps(by_category), encoding="utf-8")
    files = [written(folder / f"{name}.jsonl", *of_view) for name, of_view in (views or {}).items()]
    prepare(
        name="demo",
        fields=json.dumps(DATASET if fields is None else fields),
        kind="jsonl",
        criteria=json.dumps(criteria),
        views=json.dumps([{"name": name, "kind": "jsonl"} for name in views or {}]),
        categories=json.dumps(categories),
        by_category=() if by_category is None else (shared,),
        view_files=tuple(files),
        file=written(folder / "data.jsonl", *rows),
        out=folder / "prompts.parquet",
    )
    return list(read_rows(folder / "prompts.parquet", PROMPTS))


def row(checklist: object, query: str = "Write.", **columns: object) -> Row:
    return {"query": query, "checklist": checklist} | columns


def criterion(name: str, description: str | None = None, **columns: object) -> Row:
    """A criterion as the table has it."""
    nothing = {"levels": None, "values": None, "weight": 1.0, "views": None}
    return {"name": name, "description": description} | nothing | columns


def test_texts_are_named_by_their_positions(tmp_path: Path) -> None:
    (prompt,) = prepared(tmp_path, row(["Is it clear?", "Is it clear?"]))
    assert prompt["criteria"] == [criterion("1", "Is it clear?"), criterion("2", "Is it clear?")]


def test_a_column_named_criteria_needs_no_setting(tmp_path: Path) -> None:
    whole = {"name": "Tone", "description": "Is it warm?", "levels": {"0": "cold", "1": "warm"}}
    whole |= {"values": [0, 0.5, 1], "weight": 3}
    (prompt, bare) = prepared(
        tmp_path,
        {"prompt": "Write.", "criteria": [whole, {"name": "Length"}]},
        {"prompt": "Write again.", "criteria": None},
        fields={"prompt": "prompt"},
    )
    levels = [{"label": "0", "text": "cold"}, {"label": "1", "text": "warm"}]
    tone = criterion("Tone", "Is it warm?", levels=levels, values=[0, 0.5, 1], weight=3)
    assert prompt["criteria"] == [tone, criterion("Length")]
    assert bare["criteria"] is None


@pytest.mark.parametrize(
    ("needed", "cells", "line"),
    [
        (False, (["A?"], ["B?"], None), "2 prompts have criteria in demo, and its rubric does not judge by them"),
        (False, (["A?"], None), "1 prompt has criteria in demo, and its rubric does not judge by them"),
        (False, (None,), None),
        (True, (["A?"], ["B?"]), None),
    ],
)
def test_criteria_that_nothing_is_judged_by_are_told(
    needed: bool, cells: tuple[object, ...], line: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"prompt": f"Write {number}.", "criteria": cell} for number, cell in enumerate(cells)]
    prepared(tmp_path, *rows, fields={"prompt": "prompt"}, **({"needed": True} if needed else {}))
    lines = [each for each in capsys.readouterr().out.splitlines() if "criteria" in each]
    assert lines == ([] if line is None else [f"{line}; `rubric: checklist` does"])


def test_criteria_in_csv_are_json_text(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(
            [["prompt", "criteria"], ["Write.", '["Is it, \\"really\\", clear?"]'], ["Go on.", ""]]
        )
    prepare(name="demo", fields='{"prompt": "prompt"}', kind="csv", file=file, out=tmp_path / "prompts.parquet")
    first, second = read_rows(tmp_path / "prompts.parquet", PROMPTS)
    assert first["criteria"] == [criterion("1", 'Is it, "really", clear?')] and second["criteria"] is None


def test_keys_and_levels_of_a_foreign_file(tmp_path: Path) -> None:
    item = {"title": "Tone", "text": "Is it warm?", "1-2": "cold", "3-4": "warm", "share": 2, "id": 7}
    (prompt,) = prepared(tmp_path, row([item]), name="title", description="text", levels=["3-4", "1-2"], weight="share")
    levels = [{"label": "3-4", "text": "warm"}, {"label": "1-2", "text": "cold"}]
    assert prompt["criteria"] == [criterion("Tone", "Is it warm?", levels=levels, weight=2)]


def test_criteria_and_weights_by_category(tmp_path: Path) -> None:
    rows = (
        row(None, "Write a poem.", category="poem"),
        row(["Does it rhyme?", "Is it short?"], "Write a rhyme.", category="poem"),
        row(None, "Write a letter.", category="letter"),
    )
    shared = {"poem": ["Is it a poem?", "Is it new?"], "letter": ["Is it polite?"]}
    weights = {"poem": [75, 25], "letter": [100.0]}
    poem, rhyme, letter = prepared(tmp_path, *rows, by_category=shared, weights=weights)
    assert poem["criteria"] == [criterion("1", "Is it a poem?", weight=75), criterion("2", "Is it new?", weight=25)]
    assert rhyme["criteria"] == [criterion("1", "Does it rhyme?", weight=75), criterion("2", "Is it short?", weight=25)]
    assert letter["criteria"] == [criterion("1", "Is it polite?", weight=100)]


def test_a_row_without_criteria_needs_no_weights(tmp_path: Path) -> None:
    """Its category has no criteria, and no weights are given for it."""
    weights = {"poem": [1.0]}
    (prompt,) = prepared(tmp_path, row(None, category="letter"), by_category={"poem": ["Is it new?"]}, weights=weights)
    assert prompt["criteria"] is None


def test_a_category_is_read_from_how_the_prompt_begins(tmp_path: Path) -> None:
    begins = [{"begins": "Sum up this", "category": "summary"}, {"begins": "Sum", "category": "other"}]
    rows = (row(None, "Sum up this talk."), row(None, "Summon."), row(None, "Dance.", category="dance"))
    texts = [prompt["category"] for prompt in prepared(tmp_path, *rows, categories=begins)]
    assert texts == ["summary", "other", "dance"], "the first that fits, and none where the row has one"
    with pytest.raises(LonghandError, match=r"begins as none of the dataset's `categories`.*line 2"):
        prepared(tmp_path, row(None, "Sum."), row(None, "Sing."), categories=begins)


def test_views_are_matched_by_prompt_and_name(tmp_path: Path) -> None:
    items = [{"name": "Length"}, {"name": "Tone"}]
    rows = (row(items, "Write."), row(items, "Write more."))
    views = {"C": [row([{"name": "Length"}], "Write more.")], "A": [row(items, "Write more."), row(items, "Write.")]}
    first, second = prepared(tmp_path, *rows, views=views)
    assert [each["views"] for each in first["criteria"]] == [["A"], ["A"]]
    assert [{*each["views"]} for each in second["criteria"]] == [{"A", "C"}, {"A"}]
    items = [{"name": "Length", "1-2": "short"}, {"name": "Tone", "1-2": "cold"}]
    only_named = {"C": [row([{"name": "Tone"}])]}
    (prompt,) = prepared(tmp_path, row(items), levels=["1-2"], views=only_named)
    assert [each["views"] for each in prompt["criteria"]] == [None, ["C"]], "names are enough"


@pytest.mark.parametrize(
    ("checklist", "message"),
    [
        ([], r"the list of criteria is empty \(.*line 2\)"),
        ("Is it clear?", r"criteria are a text that is not JSON \(.*line 2\)"),
        ("[" * 100_000, "criteria are a text that is not JSON"),
        ({"name": "Tone"}, r"criteria are \{'name': 'Tone'\}, not a list"),
        (7, "criteria are 7, not a list"),
        (["Is it clear?", " "], r"criterion 2 of 2 is empty.*line 2"),
        ([{"weight": 2}], "criterion 1 of 1 is empty"),
        ([{"name": 5}], "the name of criterion 1 of 1 is 5, not a text"),
        ([["Is it clear?"]], r"criterion 1 of 1 is \['Is it clear\?'\], not a text or a mapping"),
        ([{"name": "a", "wieght": 2}], r"criterion 1 of 1 has 'wieght', did you mean 'weight'\? \(.*line 2\)"),
        ([{"name": "a", "weight": 0}], r"the weight of criterion 1 of 1 is 0, not a number over 0 .*\(.*line 2\)"),
        ([{"name": "a", "weight": "3"}], "the weight of criterion 1 of 1 is '3', not a number over 0"),
        ([{"name": "a", "weight": True}], "the weight of criterion 1 of 1 is True"),
        ([{"name": "a", "weight": float("inf")}], "the weight of criterion 1 of 1 is inf"),
        ([{"name": "a", "weight": 1e307}], "the weight of criterion 1 of 1 is 1e[+]307, not a number over 0"),
        ([{"name": "a", "weight": 10**400}], "the weight of criterion 1 of 1 is 1000"),
        ([{"name": "a", "values": [1, 1]}], r"the values of criterion 1 of 1 are \[1, 1\]"),
        ([{"name": "a", "values": 3}], "the values of criterion 1 of 1 are 3"),
        ([{"name": "a", "values": [0, float("nan")]}], "the values of criterion 1 of 1"),
        ([{"name": "a", "levels": ["x"]}], "the levels of criterion 1 of 1 are"),
        ([{"name": "a", "levels": {"1": 2}}], "level '1' of criterion 1 of 1 is 2, not a text"),
    ],
)
def test_what_is_no_criterion_is_named_by_line_and_item(tmp_path: Path, checklist: object, message: str) -> None:
    with pytest.raises(LonghandError, match=message):
        prepared(tmp_path, row(["Is it clear?"], "Go on."), row(checklist))


def test_errors_of_categories_weights_and_views(tmp_path: Path) -> None:
    two = row(["a", "b"], category="poem")
    with pytest.raises(LonghandError, match=r"category 'poem' has 3 weights, and the row 2 criteria \(.*line 1\)"):
        prepared(tmp_path, two, weights={"poem": [1, 2, 3]})
    with pytest.raises(LonghandError, match=r"there are no weights for category 'poem'"):
        prepared(tmp_path, two, weights={"letter": [1, 2]})
    with pytest.raises(LonghandError, match=r"the row has no category, which weights are by"):
        prepared(tmp_path, row(["a"]), weights={"letter": [1]})
    with pytest.raises(LonghandError, match=r"criterion 1 of 1 has no 'share'"):
        prepared(tmp_path, row([{"name": "a"}]), weight="share")
    with pytest.raises(LonghandError, match=r"line 1, criteria of category 'poem'"):
        prepared(tmp_path, row(None, category="poem"), by_category={"poem": []})
    with pytest.raises(LonghandError, match="criteria by category are no JSON object"):
        prepared(tmp_path, row(None), by_category=["a"])
    named = row([{"name": "Tone"}, {"name": "Tone"}])
    with pytest.raises(LonghandError, match=r"view C has the criterion 'Size', and the prompt has only: Tone, Tone"):
        prepared(tmp_path, named, views={"C": [row([{"name": "Size"}])]})
    with pytest.raises(LonghandError, match=r"view C has the criterion 'Tone', and the prompt has several criteria"):
        prepared(tmp_path, named, views={"C": [row([{"name": "Tone"}])]})
    with pytest.raises(LonghandError, match=r"has no name, which a view needs \(.*C.jsonl line 1\)"):
        prepared(tmp_path, named, views={"C": [row(["Tone"])]})
    with pytest.raises(LonghandError, match="view C has a prompt that the dataset lacks: 'Dance.'"):
        prepared(tmp_path, named, views={"C": [row([{"name": "Tone"}], "Dance.")]})
    with pytest.raises(LonghandError, match="there is no column 'checklist', which the dataset has"):
        prepared(tmp_path, named, views={"C": [{"query": "Write."}]})


def test_hostile_cells_become_text_of_the_table(tmp_path: Path) -> None:
    """Half a surrogate cannot be stored; marks of the terminal and of pages are stored as they are."""
    (prompt,) = prepared(tmp_path, row([{"name": "\ud83d{prompt}</script>\x1b[2J", "description": "a\0b"}]))
    assert prompt["criteria"][0]["name"] == "?{prompt}</script>\x1b[2J"
