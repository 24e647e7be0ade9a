"""What the page lists, filters and sorts by: prompts and the scores of their samples, without texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from longhand.browse.side_files import filled, write_side_file
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows, read_table
from longhand.tables.schemas import RESPONSES
from longhand.tables.score_tables import METRICS, SCORES

KEY = ["prompt_id", "sample"]
OF_PROMPT = ("language", "category", "constraint", "required", "required_min", "required_max")
OF_SAMPLE = ("sample", "status", "words", "score_l", "loop_onset", "closed", "other_language")
OF_JUDGE = {"score_q": "score_q", "score": "score", "status": "judge_status"}
"""Column of the page -> of the scores table."""
BEGINS = 200
"""Characters of a prompt in a list."""
_DIGITS = 4

Metric = tuple[str, str | None]
"""Its name and judge."""


@dataclass(frozen=True)
class ModelScores:
    """A model's responses to a dataset, in the order of their table.

    Attributes:
        ids: of their prompts.
        scores: a row for each, whatever its judge.
        judged: by judge, likewise; None where a recorded judge has no verdicts on the model's responses.
        metrics: values by metric and key of the response.
    """

    ids: list[str]
    scores: pa.Table
    judged: dict[str, pa.Table | None]
    metrics: dict[Metric, dict[tuple[str, int], float | None]]


def read_model(responses: Path, scores: Path, metrics: Path | None, judges: Sequence[str]) -> ModelScores:
    """Reads what the page gets of a model.

    Args:
        responses, scores, metrics: its tables; None: it has no such table.
        judges: those of the evaluation.

    Raises:
        LonghandError: the tables do not hold the same responses.
    """
    keys = read_table(responses, RESPONSES, KEY)
    columns = [*KEY, "range", "judge", *OF_SAMPLE, *OF_JUDGE.values()]
    table = read_table(scores, SCORES, list(dict.fromkeys(columns)))
    judged = {judge: table.filter(pc.equal(table["judge"], judge)) for judge in judges}
    of_judges = [rows for rows in judged.values() if len(rows)]
    first = table["judge"][0] if len(table) else pa.scalar(None)
    anyone = pc.equal(table["judge"], first) if first.is_valid else pc.is_null(table["judge"])
    some = next(iter(of_judges), table.filter(anyone))  # each response once, whoever judges it for training data
    for rows in (some, *of_judges):
        if not rows.select(KEY).equals(keys):
            raise LonghandError("responses and scores do not hold the same rows", str(scores), "delete it; run again")
    values: dict[Metric, dict[tuple[str, int], float | None]] = {}
    for row in read_rows(metrics, METRICS) if metrics else ():
        if row["judge"] is None or row["judge"] in judges:
            values.setdefault((row["metric"], row["judge"]), {})[row["prompt_id"], row["sample"]] = row["value"]
    judging = {judge: rows if len(rows) else None for judge, rows in judged.items()}
    return ModelScores(keys["prompt_id"].to_pylist(), some, judging, values)


def write_samples(browse: Path, dataset: str, prompts: Iterator[Row], models: Sequence[ModelScores]) -> int:
    """Writes the files `samples/{dataset}/0` and so on; returns how many there are.

    Args:
        browse: the reader's folder.
        prompts: the rows of the prompts table.
        models: the scores of each model.
    """
    number = first = 0
    for parts in filled(_parts(prompts, models)):
        content: dict[str, Any] = {"first": first}
        for part in parts:
            _extend(content, part)
        write_side_file(browse, f"samples/{dataset}/{number}", content)
        number, first = number + 1, first + len(parts)
    return number


def _parts(prompts: Iterator[Row], models: Sequence[ModelScores]) -> Iterator[dict[str, Any]]:
    """The part of a file that each prompt has."""
    metrics = sorted(
        {metric for model in models for metric in model.metrics}, key=lambda each: (each[0], each[1] or "")
    )
    begun = [0] * len(models)
    for number, prompt in enumerate(prompts):
        samples: dict[str, list[Any]] = {name: [] for name in ("prompt", "model", "number", *OF_SAMPLE)}
        judges: dict[str, dict[str, list[Any]]] = {}
        values: list[list[float | None]] = [[] for _ in metrics]
        lengths = None
        for place, model in enumerate(models):
            start = end = begun[place]
            while end < len(model.ids) and model.ids[end] == prompt["prompt_id"]:
                end += 1
            begun[place] = end
            rows = model.scores.slice(start, end - start).to_pydict()
            lengths = next(iter(rows["range"]), lengths)
            samples["prompt"] += [number] * (end - start)
            samples["model"] += [place] * (end - start)
            samples["number"] += range(start, end)
            for name in OF_SAMPLE:
                samples[name] += map(_short, rows[name])
            for judge, table in model.judged.items():
                verdicts = {} if table is None else table.slice(start, end - start).to_pydict()
                columns = judges.setdefault(judge, {name: [] for name in OF_JUDGE})
                for name, column in OF_JUDGE.items():
                    columns[name] += map(_short, verdicts.get(column, [None] * (end - start)))
            keys = list(zip(rows["prompt_id"], rows["sample"], strict=True))
            for column_of, metric in zip(values, metrics, strict=True):
                column_of += [_short(model.metrics.get(metric, {}).get(key)) for key in keys]
        about = {"id": prompt["prompt_id"], "range": lengths, "begins": prompt["prompt"][:BEGINS]}
        about |= {name: prompt[name] for name in OF_PROMPT}
        named = [{"metric": name, "judge": judge} for name, judge in metrics]
        yield {
            "prompts": {name: [value] for name, value in about.items()},
            "samples": samples,
            "judges": judges,
            "metrics": [name | {"value": column} for name, column in zip(named, values, strict=True)],
        }
    if begun != [len(model.ids) for model in models]:
        raise LonghandError("responses have not the order of their prompts", fix="delete them; run again")


def _extend(content: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Puts the columns of a part below those of the parts before it."""
    for name, value in part.items():
        if name not in content:
            content[name] = value
        elif isinstance(value, dict):
            _extend(content[name], value)
        elif name == "metrics":
            for metric, more in zip(content[name], value, strict=True):
                metric["value"] += more["value"]
        else:
            content[name] += value


def _short(value: Any) -> Any:
    return round(value, _DIGITS) if isinstance(value, float) else value
