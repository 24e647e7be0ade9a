"""Further measures of responses: overlap with the references, and grades as a benchmark publishes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from longhand.results.overlap import f1, rouge_l
from longhand.tables.files import Row

OVERLAP: Mapping[str, Callable[[str, str, str], float | None]] = {"f1": f1, "rouge-l": rouge_l}
AS_PUBLISHED = "published"
"""The metric of a grade on the scale on which a benchmark publishes it."""

Chosen = Sequence[str] | Mapping[str, Sequence[str]]
"""Metrics of a dataset, or of each category."""


def metrics_of(chosen: Chosen, category: str | None) -> Sequence[str]:
    """The metrics of a prompt's category."""
    return chosen.get(category or "", ()) if isinstance(chosen, Mapping) else chosen


def overlap_rows(prompt: Row, response: Row, metrics: Iterable[str]) -> Iterator[Row]:
    """A row for each metric of a response: the highest over the references of its prompt.

    A model that wrote nothing scores 0. There is no value where the prompt has no reference or the response `failed`,
    which says nothing of the model, nor where a text is too long for a metric.
    """
    references = [each for each in (prompt["reference"], *(prompt["other_references"] or ())) if each is not None]
    text, language = response["response"] or "", prompt["language"]
    for metric in metrics:
        measure = OVERLAP[metric]
        values = [] if response["status"] == "failed" else [measure(text, each, language) for each in references]
        known = [value for value in values if value is not None]
        yield _row(response, None, metric, max(known) if known and len(known) == len(values) else None)


def mean_over_prompts(values: Iterable[Sequence[float]]) -> float | None:
    """The mean over prompts, samples of a prompt averaged first; None without any value."""
    means = [sum(of_prompt) / len(of_prompt) for of_prompt in values if of_prompt]
    return sum(means) / len(means) if means else None


def published_rows(judgements: Iterable[Row], factor: float) -> Iterator[Row]:
    """A row for each response that a judge was to judge: the mean of its scores times `factor`.

    Args:
        judgements: of one judge, those of a response together.
        factor: what a score is multiplied by.
    """
    for _, group in groupby(judgements, key=itemgetter("prompt_id", "sample")):
        verdicts = list(group)
        scores = [row["score"] for row in verdicts if row["score"] is not None]
        value = factor * sum(scores) / len(scores) if scores else None
        yield _row(verdicts[0], verdicts[0]["judge"], AS_PUBLISHED, value)


def _row(response: Row, judge: str | None, metric: str, value: float | None) -> Row:
    of_response = {key: response[key] for key in ("prompt_id", "sample")}
    return of_response | {"judge": judge, "metric": metric, "value": value}
