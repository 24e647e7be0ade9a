"""A few prompts with the opening of each model's response: the same prompts for all models."""

from __future__ import annotations

from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.tables.files import Row


@dataclass(frozen=True)
class Excerpt:
    """One model's response to a prompt: its row of SAMPLES, and its S_Q by judge."""

    mark: Mark
    row: Row
    scores: list[Row]


@dataclass(frozen=True)
class Sample:
    """A prompt and what each model made of it."""

    prompt: Row
    excerpts: list[Excerpt]


def samples(page: Page, dataset: str) -> list[Sample]:
    """The prompts of a dataset that are shown, with each model's first response."""
    rows = {(row["prompt_id"], row["model"]): row for row in page.summary("samples", dataset=dataset)}
    scores: dict[tuple[str, str], list[Row]] = {}
    for row in page.summary("sample_scores", dataset=dataset):
        scores.setdefault((row["prompt_id"], row["model"]), []).append(row)
    shown = []
    for prompt in page.summary("shown_prompts", dataset=dataset):
        keys = [(mark, (prompt["prompt_id"], mark.name)) for mark in page.marks.values()]
        excerpts = [Excerpt(mark, rows[key], scores.get(key, [])) for mark, key in keys if key in rows]
        shown.append(Sample(prompt, excerpts))
    return [sample for sample in shown if sample.excerpts]
