"""The rule import_verdicts: verdicts that stand beside responses, as rows of the judgements table."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from import_responses import main as import_responses
from import_verdicts import main as import_verdicts
from longhand.judging.recorded import RecordedRubric, RecordedVerdicts, VerdictColumns
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts
from longhand.prompts.matched import ResponseFile
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS

CRITERIA = [{"name": "Story", "weight": 3}, {"name": "Style", "values": [0, 1]}]
PROMPT = {"prompt": "Rain.", "criteria": CRITERIA}
KEYS = {"position": "checklist_id", "first": 0, "score": "evaluation_score", "reason": "why"}
PLAIN = {"position": None, "first": 1, "score": "score", "reason": "reason"}
QUARTERS = {"scale": [0, 1], "dimensions": None, "values": [0, 0.25, 0.5, 0.75, 1]}
FIVE = {"scale": [1, 5], "dimensions": ["Clarity", "Depth"], "values": None}


def item(number: object, score: object, why: str | None = None) -> Row:
    return {"checklist_id": number, "evaluation_score": score, "why": why}


def written(path: Path, content: Any) -> Path:
    path.write_text("\n".join(map(json.dumps, content)) if isinstance(content, list) else json.dumps(content))
    return path


def judged(folder: Path, recorded: list[Row], **changes: Any) -> list[Row]:
    """The verdicts that a file gives.

    Args:
        folder: for the tables.
        recorded: the rows of the file.
        changes: `prompts` of the dataset, `samples`, `fields`, `keys`, `rubric`, `min_coverage`, `other`: rows of the
            file that the responses table was made of, if it is another.
    """
    rows = changes.get("prompts", [PROMPT])
    made = prepare_prompts("d", {"prompt": "prompt"}, written(folder / "prompts.jsonl", rows), "jsonl")
    tables = {"prompts": folder / "prompts.parquet", "responses": folder / "responses.parquet"}
    write_table(tables["prompts"], made, PROMPTS, "test")
    fields = {"prompt": "prompt", "response": "response", "verdicts": "verdicts"} | changes.get("fields", {})
    fields = {key: value for key, value in fields.items() if value is not None}
    import_responses(
        prompts=tables["prompts"],
        recorded=written(folder / "responses.jsonl", changes.get("other", recorded)),
        fields=json.dumps(fields),
        samples=changes.get("samples", 1),
        min_coverage=0.0,
        name="m",
        out=tables["responses"],
    )
    import_verdicts(
        **tables,
        recorded=written(folder / "verdicts.jsonl", recorded),
        kind="jsonl",
        fields=json.dumps(fields),
        verdicts=json.dumps(changes.get("keys", KEYS)),
        rubric=json.dumps(changes.get("rubric", QUARTERS)),
        judge="people",
        min_coverage=changes.get("min_coverage", 0.0),
        out=folder / "judgements.parquet",
    )
    return list(read_rows(folder / "judgements.parquet", JUDGEMENTS))


def one(folder: Path, verdicts: Any, **changes: Any) -> list[tuple[Any, ...]]:
    """What comes of a verdict: number of the criterion, score, status and error."""
    rows = judged(folder, [{"prompt": "Rain.", "response": "It rains.", "verdicts": verdicts}], **changes)
    return [(row["dimension"], row["score"], row["status"], row["error"]) for row in rows]


def test_items_become_rows_of_their_criteria(tmp_path: Path) -> None:
    verdicts = [item(1, 1, "plain words"), item(0, 0.75, "a good plot")]
    story, style = judged(tmp_path, [{"prompt": " Rain. ", "response": "It rains.", "verdicts": verdicts}])
    assert [story[key] for key in ("dimension", "score", "score_100", "weight")] == ["1", 0.75, 75.0, 3.0]
    assert [style[key] for key in ("dimension", "score", "score_100", "weight")] == ["2", 1.0, 100.0, 1.0]
    assert (story["reason"], style["reason"], story["reply"]) == ("a good plot", "plain words", None)
    for row in (story, style):
        assert (row["status"], row["judge"], row["repeat"], row["sample"]) == ("ok", "people", 0, 0)
        nothing = ("error", "prompt_tokens", "completion_tokens", "seconds", "reported_model", "server")
        assert row["attempts"] == 0 and not row["requests"] and not any(row[key] for key in nothing)


@pytest.mark.parametrize(
    ("score", "reading"),
    [
        ("0.5", (0.5, "ok", None)),
        (" 1 ", (1.0, "ok", None)),
        (1.25, (None, "out_of_scale", "the score is 1.25, not within 0-1")),
        (-1, (None, "out_of_scale", "the score is -1, not within 0-1")),
        (0.6, (None, "out_of_scale", "the score is 0.6, not one of 0, 0.25, 0.5, 0.75, 1")),
        ("good", (None, "unparsed", 'the score is "good", no number')),
        ("1/2", (None, "unparsed", 'the score is "1/2", no number')),
        (True, (None, "unparsed", "the score is true, no number")),
        (None, (None, "unparsed", "the score is null, no number")),
        (float("nan"), (None, "unparsed", "the score is NaN, no number")),
        ("inf", (None, "unparsed", 'the score is "inf", no number')),
        ([1], (None, "unparsed", 'the score is "a list", no number')),
        (10**400, (None, "unparsed", f"the score is 1{'0' * 79}…, no number")),
        ("9" * 500, (None, "unparsed", f'the score is "{"9" * 79}…, no number')),
    ],
)
def test_a_score_that_is_none(tmp_path: Path, score: object, reading: tuple[Any, ...]) -> None:
    assert one(tmp_path, [item(0, score), item(1, 0)]) == [("1", *reading), ("2", 0.0, "ok", None)]


def test_a_criterion_has_values_of_its_own(tmp_path: Path) -> None:
    assert one(tmp_path, [item(0, 0.5), item(1, 0.5)])[1][2:] == ("out_of_scale", "the score is 0.5, not one of 0, 1")


def test_items_that_are_missing_doubled_or_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    no_item = (None, "unparsed", "the verdict has no item on it")
    assert one(tmp_path, [item(1, 1)]) == [("1", *no_item), ("2", 1.0, "ok", None)]
    assert one(tmp_path, [item(0, 0.5), item("0", "0.50"), item(1, 1)])[0] == ("1", 0.5, "ok", None)
    assert "verdicts.jsonl: items that stand there twice: 1" in capsys.readouterr().err
    doubled = (None, "unparsed", "it has more than one score: 0.5 and 1")
    assert one(tmp_path, [item(0, 0.5), item(1, 1), item(0, 1)])[0] == ("1", *doubled)
    capsys.readouterr()
    strange = [item(2, 1), item(-1, 1), item("x", 1), item(None, 1), item(0.5, 1), {"evaluation_score": 1}, "?"]
    assert one(tmp_path, [item(0.0, 1), *strange, item("1", 0)]) == [("1", 1.0, "ok", None), ("2", 0.0, "ok", None)]
    assert "verdicts.jsonl: items on a criterion that does not exist: 7" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verdicts", "status", "error"),
    [
        (None, "failed", "the file has no verdict on it"),
        ("I would say 0.5.", "unparsed", 'the verdict is no list: "I would say 0.5."'),
        ({"0": 1}, "unparsed", 'the verdict is no list: "an object"'),
        ('{"0": 1}', "unparsed", 'the verdict is no list: "an object"'),
        ("[" * 100_000, "unparsed", f'the verdict is no list: "{"[" * 79}…'),
        ([], "unparsed", "the verdict has no item on it"),
    ],
)
def test_a_verdict_without_items(tmp_path: Path, verdicts: object, status: str, error: str) -> None:
    assert one(tmp_path, verdicts) == [(number, None, status, error) for number in "12"]


def test_a_list_may_be_json_text_and_plain_numbers(tmp_path: Path) -> None:
    read = [("1", 0.25, "ok", None), ("2", 1.0, "ok", None)]
    assert one(tmp_path, json.dumps([item(0, 0.25), item(1, 1)])) == read
    assert one(tmp_path, "[0.25, 1]", keys=PLAIN) == read
    assert one(tmp_path, [{"score": 0.25}, 1], keys=PLAIN) == read
    assert one(tmp_path, [item(2, 1), item(1, 0.25)], keys=KEYS | {"first": 1}) == read


def test_cells_of_a_parquet_file(tmp_path: Path) -> None:
    """It has decimals, and may have anything else that is no JSON."""
    path = tmp_path / "labels.parquet"
    columns = {"prompt": ["Rain."] * 2, "response": ["a", "b"], "clear": [Decimal("4.5"), Decimal("9")]}
    pq.write_table(pa.table(columns | {"deep": [b"3", b"3"]}), path)
    form = VerdictColumns.of({"scores": {"Clarity": "clear", "Depth": "deep"}}, PLAIN)
    rubric = RecordedRubric((1, 5), ["Clarity", "Depth"], None)
    prompts = [{"prompt_id": "p", "prompt": "Rain.", "context": None}]
    file = ResponseFile(path, "parquet", {"prompt": "prompt", "response": "response"}, prompts)
    known = RecordedVerdicts(file, form, rubric)
    given = [known.of("p", sample) for sample in range(3)]
    scores = [[item.score for item in each.items or ()] for each in given if each]
    assert known.count("p") == 2 and given[2] is None and scores == [["4.5", "b'3'"], ["9.0", "b'3'"]]


def test_scores_of_dimensions_in_columns(tmp_path: Path) -> None:
    fields = {"verdicts": None, "scores": {"Depth": "deep", "Clarity": "clear"}, "reason": "note"}
    rows = [
        {"prompt": "Rain.", "response": "a", "clear": "4", "deep": 2, "note": "Dull."},
        {"prompt": "Snow.", "response": "b", "clear": float("nan"), "deep": 9, "note": float("nan")},
        {"prompt": "Hail.", "response": "c", "clear": None, "deep": None, "note": None},
    ]
    prompts = [{"prompt": row["prompt"]} for row in rows]
    clear, deep, *others = judged(tmp_path, rows, prompts=prompts, fields=fields, keys=PLAIN, rubric=FIVE)
    assert [(row["dimension"], row["score"], row["score_100"]) for row in (clear, deep)] == [
        ("Clarity", 4.0, 75.0),
        ("Depth", 2.0, 25.0),
    ]
    assert clear["reply"] == deep["reply"] == "Dull." and clear["weight"] is None
    assert [row["status"] for row in others] == ["unparsed", "out_of_scale", "failed", "failed"]
    assert others[0]["error"] == "the verdict has no item on it", "NaN is null"
    assert [row["reply"] for row in others] == [None] * 4


def test_the_first_of_equal_rows_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """HelloBench's judge goes through all rows again after a restart, and its program reads the first."""
    row = {"prompt": "Rain.", "response": "It rains.", "verdicts": [item(0, 1), item(1, 1)]}
    again = row | {"verdicts": [item(0, 0), item(1, 0)]}
    assert [each["score"] for each in judged(tmp_path, [row, again, again])] == [1.0, 1.0]
    assert "verdicts.jsonl: rows with a further response to a prompt: 2" in capsys.readouterr().err
    other = again | {"response": "It pours."}
    twice = judged(tmp_path, [row, other], samples=2)
    assert [(each["sample"], each["score"]) for each in twice] == [(0, 1.0), (0, 1.0), (1, 0.0), (1, 0.0)]
    assert "further" not in capsys.readouterr().err


def test_a_verdict_stands_by_the_text_that_it_is_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"prompt": "Rain.", "response": "It pours.", "verdicts": [1, 1]}]
    other = [rows[0] | {"response": "It rains."}]
    statuses = {(row["status"], row["error"]) for row in judged(tmp_path, rows, keys=PLAIN, other=other)}
    assert statuses == {("failed", "the file's verdict is on another text")}
    assert "verdicts.jsonl: verdicts on another text than the responses have: 1" in capsys.readouterr().err


def test_responses_without_a_text_or_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = [PROMPT, PROMPT | {"prompt": "Snow."}]
    rows = [{"prompt": "Rain.", "response": " ", "verdicts": [1, 1]}]
    judgements = judged(tmp_path, rows, prompts=prompts, keys=PLAIN)
    assert [row["status"] for row in judgements] == ["no_response"] * 4
    assert "verdicts.jsonl: verdicts on responses without a text: 1" in capsys.readouterr().err


def test_too_few_verdicts_end_the_step(tmp_path: Path) -> None:
    rows = [
        {"prompt": name, "response": "r", "verdicts": [1, 1] if name == "Rain." else None} for name in ("Rain.", "x")
    ]
    prompts = [PROMPT, PROMPT | {"prompt": "x"}]
    judged(tmp_path, rows, prompts=prompts, keys=PLAIN, min_coverage=0.5)
    with pytest.raises(LonghandError, match=r"1 of 2 rows have no answer from people.*add the missing verdicts"):
        judged(tmp_path, rows, prompts=prompts, keys=PLAIN, min_coverage=0.6)


def test_what_the_file_or_the_prompts_lack(tmp_path: Path) -> None:
    row = {"prompt": "Rain.", "response": "r"}
    with pytest.raises(
        LonghandError, match=r"no column 'verdicts', only: prompt, response \(.*verdicts.jsonl line 1\)"
    ):
        judged(tmp_path, [row])
    with pytest.raises(LonghandError, match="the prompt has no criteria"):
        judged(tmp_path, [row | {"verdicts": []}], prompts=[{"prompt": "Rain."}])
