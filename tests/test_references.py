"""Columns of a data file that hold lists, and forms of prompts: what the prompts table makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longhand.config.load import load_config
from longhand.made.responses import prompt_row
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import read_rows
from longhand.tables.schemas import PROMPTS
from prepare_prompts import main as prepare

FIELDS = {"prompt": "input", "context": "context", "reference": "answers", "category": "dataset"}
FORMS = {"report": "Report:\n{context}\n\nSum the report up.", "meeting": "Meeting:\n{context}\n\n{prompt}"}


def row(**columns: object) -> dict:
    return {"input": "Who?", "context": "Long.\n\nText.", "answers": ["Ann"], "dataset": "qa"} | columns


def prepared(folder: Path, *rows: dict, forms: dict | None = None, fields: dict | None = None) -> list[dict]:
    data, out = folder / "data.jsonl", folder / "prompts.parquet"
    data.write_text("\n".join(json.dumps(each) for each in rows))
    settings = {"fields": json.dumps(fields or FIELDS), "forms": json.dumps(forms or {})}
    prepare(name="d", kind="jsonl", file=data, out=out, **settings)
    return list(read_rows(out, PROMPTS))


def test_several_references_and_scored_answers(tmp_path: Path) -> None:
    scored = [{"answer": "Ann B.", "score": 10, "by": "x"}, {"answer": "Bob", "score": "1.5"}]
    rows = prepared(
        tmp_path,
        row(answers=["Ann", "Anne", "Ann", "安"], examples=scored),
        row(input="Which?", answers=["one"], examples=json.dumps(scored[:1])),
        row(input="What?", answers="a text"),
        row(input="Why?", answers=None, examples=None),
    )
    assert [(each["reference"], each["other_references"]) for each in rows] == [
        ("Ann", ["Anne", "安"]),
        ("one", None),
        ("a text", None),
        (None, None),
    ]
    ten = {"answer": "Ann B.", "score": 10.0}
    assert [each["examples"] for each in rows] == [[ten, {"answer": "Bob", "score": 1.5}], [ten], None, None]


def test_lists_of_a_parquet_file(tmp_path: Path) -> None:
    data, out = tmp_path / "data.parquet", tmp_path / "prompts.parquet"
    pq.write_table(pa.Table.from_pylist([row(answers=["a", "b"], examples=[{"answer": "c", "score": 3}])]), data)
    prepare(name="d", fields=json.dumps(FIELDS), kind="parquet", file=data, out=out)
    (made,) = read_rows(out, PROMPTS)
    assert (made["reference"], made["other_references"]) == ("a", ["b"])
    assert made["examples"] == [{"answer": "c", "score": 3.0}]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"answers": []}, "the list of references is empty"),
        ({"answers": ["a", " "]}, "reference 2 of 2 is empty, not a text"),
        ({"answers": ["a", None]}, "reference 2 of 2 is None"),
        ({"answers": [["a"]]}, r"reference 1 of 1 is \['a'\]"),
        ({"answers": {"a": "b"}}, "reference is a mapping"),
        ({"examples": "good"}, "examples are a text that is not JSON"),
        ({"examples": {"answer": "a", "score": 1}}, "not a list"),
        ({"examples": ["a"]}, "example 1 of 1 has no answer and score"),
        ({"examples": [{"answer": "a"}]}, "example 1 of 1 has no answer and score"),
        (
            {"examples": [{"answer": "a", "score": 1}, {"answer": "", "score": 1}]},
            "answer of example 2 of 2 is no text",
        ),
        ({"examples": [{"answer": "a", "score": "good"}]}, "score of example 1 of 1 is 'good', not a number"),
        ({"examples": [{"answer": "a", "score": True}]}, "is True, not a number"),
        ({"examples": [{"answer": "a", "score": "nan"}]}, "not a number"),
    ],
)
def test_what_is_no_list_of_these_is_named_with_its_line(tmp_path: Path, columns: dict, message: str) -> None:
    with pytest.raises(LonghandError, match=rf"{message}.*data\.jsonl line 2"):
        prepared(tmp_path, row(), row(input="Which?", **columns))


def test_a_form_makes_context_and_request(tmp_path: Path) -> None:
    """What LongReward's code does with its prompts: context and query are parted at the last blank line."""
    rows = prepared(
        tmp_path,
        row(),
        row(input="", dataset="report"),
        row(input=" What of {context}? ", context="Said {prompt}.", dataset="meeting"),
        forms=FORMS,
    )
    assert [(each["prompt"], each["context"]) for each in rows] == [
        ("Who?", "Long.\n\nText."),
        ("Sum the report up.", "Report:\nLong.\n\nText."),
        ("What of {context}?", "Meeting:\nSaid {prompt}."),
    ]
    published = FORMS["report"].replace("{context}", "Long.\n\nText.").rsplit("\n\n", 1)
    assert [rows[1]["context"], rows[1]["prompt"]] == published
    assert rows[1]["prompt_id"] == prompt_id("d", rows[1]["prompt"], rows[1]["context"])


def test_a_form_without_its_texts(tmp_path: Path) -> None:
    with pytest.raises(LonghandError, match=r"place for a prompt, and the row has none \(.*line 1"):
        prepared(tmp_path, row(input="", dataset="meeting"), forms=FORMS)
    with pytest.raises(LonghandError, match=r"place for a context, and the row has none"):
        prepared(tmp_path, row(context=None, dataset="report"), forms=FORMS)
    for form in ("{context} and a request", "no context\n\nrequest", "{context}\n\n "):
        with pytest.raises(LonghandError, match=r"the form of 'qa' is not a context and a request \(dataset d forms"):
            load_config({"datasets": {"d": {"path": "d.jsonl", "forms": {"qa": form}}}})


def test_rows_that_the_run_makes_have_no_lists() -> None:
    source = row(prompt="Write.", language="en", other_references=["b"], examples=[{"answer": "c", "score": 3}])
    assert PROMPTS.names == [name for name in PROMPTS.names if name in prompt_row("d", source)]
    assert prompt_row("d", source)["other_references"] is prompt_row("d", source)["examples"] is None
