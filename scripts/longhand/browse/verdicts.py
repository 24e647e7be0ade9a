"""Verdicts as the page reads them: replies, statements and the passages that they were held against, calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path

from longhand.browse.offsets import Offsets
from longhand.browse.side_files import without_nulls, write_list_file
from longhand.browse.texts import KEY, OF_CALL
from longhand.tables.files import Row, read_rows
from longhand.tables.in_step import rows_in_step
from longhand.tables.prompt_rows import PromptRows
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES, TRACES, subschema

OF_REPLY = ("repeat", "reply", "attempts", "words_cut", "reported_model", "server")
OF_SCORE = ("score", "score_100", "status", "error", "reason")
SCORED = ("dimension", "weight")
OF_STATEMENT = ("repeat", "number", "part", "grade", "status", "error", "text")


def write_verdicts(
    browse: Path, place: str, prompts: Path, responses: Path, judgements: Mapping[str, Path], traces: Mapping[str, Path]
) -> None:
    """Writes `verdicts/{place}`: what all judges say of a model's responses, one of these in memory at a time.

    Args:
        browse: the reader's folder.
        place: dataset and model, with a slash between them.
        prompts, responses: the tables that were judged.
        judgements: by judge.
        traces: by judge, of those that make several calls for a verdict.
    """
    keys = [(row["prompt_id"], row["sample"]) for row in read_rows(responses, RESPONSES, [*KEY])]
    contexts = PromptRows(prompts, subschema(PROMPTS, ["prompt_id", "context"]))
    verdicts, calls = (
        {
            judge: rows_in_step(keys, read_rows(path, schema, [*KEY, *columns]), KEY, str(path))
            for judge, path in tables.items()
        }
        for tables, schema, columns in (
            (judgements, JUDGEMENTS, [*OF_REPLY, *SCORED, *OF_SCORE, "requests"]),
            (traces, TRACES, list(dict.fromkeys((*OF_STATEMENT, *OF_CALL, "passages")))),
        )
    )
    for number, (prompt_id, _) in enumerate(keys):
        rows: list[Row] = []
        for judge in judgements:
            rows += verdict_rows(judge, next(verdicts[judge]))
            of_judge = next(calls[judge]) if judge in calls else []
            if of_judge:
                rows += call_rows(judge, of_judge, contexts.of(prompt_id)["context"] or "")
        write_list_file(browse, f"verdicts/{place}/{number}", rows)


def verdict_rows(judge: str, rows: Sequence[Row]) -> Iterator[Row]:
    """The replies of a judge about one response, each with all that was read in it."""
    # Two calls may get the same reply ("4"): the first row of each names its requests.
    numbers = accumulate(bool(row["requests"]) for row in rows)
    for _, group in groupby(
        zip(numbers, rows, strict=True), key=lambda each: (each[1]["repeat"], each[1]["reply"], each[0])
    ):
        scored = [row for _, row in group]
        scores = [_scored(row) | without_nulls({name: row[name] for name in OF_SCORE}) for row in scored]
        reply = {name: scored[0][name] for name in OF_REPLY}
        yield {"kind": "verdict", "judge": judge} | without_nulls(reply) | {"scores": scores}


def _scored(row: Row) -> Row:
    """What a score is of: a dimension, or a criterion of the prompt, by its position."""
    return {"dimension": row["dimension"]} if row["weight"] is None else {"criterion": int(row["dimension"])}


def call_rows(judge: str, rows: Sequence[Row], context: str) -> Iterator[Row]:
    """The calls of a judge about one response, and the statements that it graded."""
    offsets = Offsets(context)
    for row in rows:
        kind, names = ("call", ("repeat", *OF_CALL)) if row["part"] is None else ("statement", OF_STATEMENT)
        shown = {"kind": kind, "judge": judge} | without_nulls({name: row[name] for name in names})
        if kind == "statement":
            passages = row["passages"] or []
            shown["passages"] = [[offsets.of(each["start"]), offsets.of(each["end"])] for each in passages]
        yield shown
