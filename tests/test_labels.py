"""Label tables: what becomes of each row, and which two texts a pair is of."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from list_labels import main as list_labels
from longhand.program.errors import LonghandError
from longhand.tables.certification_tables import LABELS
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS
from prepare_prompts import main as prepare_prompts

SIDES = {"chosen": "chosen", "rejected": "rejected"}


def prepared(
    folder: Path, file: Path, labels: dict[str, str] | None = None, **fields: str | None
) -> tuple[list[Row], list[Row]]:
    """The rows of both tables that are made of a file: its texts, and its pairs."""
    kind, columns = file.suffix[1:], json.dumps({"prompt": "prompt", "reference": None} | fields)
    of_texts = json.dumps(labels or SIDES)
    prompts, pairs = folder / "prompts.parquet", folder / "labels.parquet"
    prepare_prompts(name="people", fields=columns, kind=kind, labels=of_texts, file=file, out=prompts)
    list_labels(name="people", fields=columns, labels=of_texts, kind=kind, file=file, out=pairs)
    return list(read_rows(prompts, PROMPTS)), list(read_rows(pairs, LABELS))


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def pair(chosen: Any, rejected: Any, prompt: str = "Write.", **more: Any) -> dict[str, Any]:
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected} | more


def texts_of(texts: list[Row], labels: list[Row]) -> list[tuple[str, str, str]]:
    """Of each row that is a pair: its prompt, its chosen and its rejected text, by the tables alone."""
    by_id = {row["prompt_id"]: row for row in texts}
    assert len(by_id) == len(texts)
    kept = [(by_id[row["chosen"]], by_id[row["rejected"]]) for row in labels if row["outcome"] == "pair"]
    return [(chosen["prompt"], chosen["reference"], rejected["reference"]) for chosen, rejected in kept]


def test_a_text_of_several_pairs_is_one_row_and_each_pair_knows_its_own(tmp_path: Path) -> None:
    rows = [pair("a", "b"), pair("a", "c"), pair("c", "b"), pair("a", "b", "Sing."), pair("a", "b", context="On it.")]
    texts, labels = prepared(tmp_path, written(tmp_path, *rows))
    assert texts_of(texts, labels) == [(row["prompt"], row["chosen"], row["rejected"]) for row in rows]
    assert [(row["prompt"], row["context"], row["reference"]) for row in texts] == [
        *(("Write.", None, text) for text in "abc"),
        *(("Sing.", None, text) for text in "ab"),
        *(("Write.", "On it.", text) for text in "ab"),
    ], "each text once, in the order of the file"
    first, second, third, sung, on_it = (row["prompt"] for row in labels)
    assert first == second == third and len({first, sung, on_it}) == 3, "pairs of one prompt and context"
    assert [row["place"] for row in labels] == [f"line {n}" for n in range(1, 6)]


def test_what_is_no_pair_stays_as_a_row_with_the_reason(tmp_path: Path) -> None:
    rows = {
        "pair": pair("good", "bad"),
        "equal": pair("same ", " same"),
        "empty": pair("good", "  \n"),
        "repeated": pair("good", "bad"),
        "contradicted": pair("x", "y"),
        "contradicted too": pair("y", "x"),
        "empty too": pair(None, "bad"),
    }
    texts, labels = prepared(tmp_path, written(tmp_path, *rows.values()))
    assert [row["outcome"] for row in labels] == [name.removesuffix(" too") for name in rows]
    assert texts_of(texts, labels) == [("Write.", "good", "bad")]
    assert "same" not in {row["reference"] for row in texts}, "nobody is asked about texts that are in no pair"


def test_nan_of_pandas_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "pairs.parquet"
    pd.DataFrame([pair("good", "bad"), pair("good", float("nan")), pair(float("nan"), "bad")]).to_parquet(file)
    _, labels = prepared(tmp_path, file)
    assert [row["outcome"] for row in labels] == ["pair", "empty", "empty"]


def test_texts_may_be_keys_of_objects_in_a_json_list(tmp_path: Path) -> None:
    """The form of WritingPreferenceBench."""
    sides = {"chosen": {"response": "好的故事", "score": 3}, "rejected": {"response": "坏的故事", "score": 1}}
    rows = [{"prompt": "请写一个故事。", "prompt_id": "1", "tag": "故事"} | sides]
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    named = {"chosen": "chosen.response", "rejected": "rejected.response"}
    texts, labels = prepared(tmp_path, file, named, category="tag")
    assert texts_of(texts, labels) == [("请写一个故事。", "好的故事", "坏的故事")]
    assert {(row["language"], row["category"]) for row in texts} == {("zh", "故事")}


def test_columns_of_a_csv_with_language_and_criteria(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    criteria = json.dumps([{"name": "plot", "weight": 2}, "style"])
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerows([["prompt", "better", "worse", "lang", "criteria"], ["Write.", "a", "b", "zh", criteria]])
    texts, labels = prepared(tmp_path, file, {"chosen": "better", "rejected": "worse"}, language="lang")
    assert texts_of(texts, labels) == [("Write.", "a", "b")]
    assert [(row["language"], [each["name"] for each in row["criteria"]]) for row in texts] == [
        ("zh", ["plot", "2"])
    ] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "Write.", "chosen": "a"}, "there is no column 'rejected', only: prompt, chosen .*line 2"),
        (pair(["a"], "b"), "'chosen' is list, not text .*line 2.*chosen.text"),
        (pair("a", 3), "'rejected' is int, not text .*line 2"),
        (pair("a", "b", ""), "the prompt is empty .*line 2"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(LonghandError, match=message):
        prepared(tmp_path, written(tmp_path, pair("good", "bad"), row))


def test_a_file_without_any_pair_is_an_error(tmp_path: Path) -> None:
    columns, file = json.dumps({"prompt": "prompt"}), written(tmp_path, pair("a", "b"), pair("b", "a"))
    with pytest.raises(LonghandError, match="no row of it is a pair of different texts"):
        list_labels(
            name="p", fields=columns, labels=json.dumps(SIDES), kind="jsonl", file=file, out=tmp_path / "l.parquet"
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [("{}", "not a JSON list"), ("[1]", "not a JSON object .*row 1"), ("[", "not JSON"), ("[" * 10**5, "not JSON")],
)
def test_a_json_file_that_is_no_list_of_objects(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "pairs.json"
    file.write_text(content)
    with pytest.raises(LonghandError, match=message):
        prepared(tmp_path, file)
