"""A few prompts with the opening of each model's response: the same prompts for all models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.prompts import Prompts
from longhand.summary.inputs import Source, rows_of
from longhand.tables.files import Row
from longhand.tables.schemas import RESPONSES
from longhand.tables.score_tables import SCORES

_OF_SCORES = ["prompt_id", "sample", "judge", "words", "score_l", "score_q"]
_OF_RESPONSES = ["prompt_id", "sample", "status", "error", "response"]


@dataclass(frozen=True)
class Excerpt:
    """One model's response to a prompt: its row, and its rows of scores, one per judge."""

    mark: Mark
    response: Row
    scores: list[Row]


@dataclass(frozen=True)
class Sample:
    """A prompt and what each model made of it."""

    prompt: Row
    excerpts: list[Excerpt]


def read_samples(
    prompts: Prompts,
    responses: dict[str, Source],
    scores: dict[str, Source],
    marks: dict[str, Mark],
    judges: Collection[str],
) -> list[Sample]:
    """The chosen prompts with each model's first sample, and what `judges` say of it."""
    ids = {row["prompt_id"] for row in prompts.chosen}
    texts: dict[tuple[str, str], Row] = {}
    scored: dict[tuple[str, str, int], list[Row]] = {}
    for model, source in responses.items():
        for row in rows_of(source.path, RESPONSES, ids, _OF_RESPONSES):
            first = texts.setdefault((model, row["prompt_id"]), row)
            if row["sample"] < first["sample"]:
                texts[model, row["prompt_id"]] = row
    for model, source in scores.items():
        for row in rows_of(source.path, SCORES, ids, _OF_SCORES):
            shown = row if row["judge"] in judges else row | {"judge": None, "score_q": None}
            scored.setdefault((model, row["prompt_id"], row["sample"]), []).append(shown)
    samples = []
    for prompt in prompts.chosen:
        rows = [(model, texts.get((model, prompt["prompt_id"]))) for model in responses]
        excerpts = [
            Excerpt(marks[model], row, scored.get((model, row["prompt_id"], row["sample"]), []))
            for model, row in rows
            if row
        ]
        samples.append(Sample(prompt, excerpts))
    return [sample for sample in samples if sample.excerpts]
