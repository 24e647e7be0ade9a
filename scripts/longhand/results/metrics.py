"""Further measures of responses: overlap with the references, and grades as a benchmark publishes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from longhand.results.overlap import f1, rouge_l
from longhand.tables.files import Row

OVERLAP: Mapping[str, Callable[[str, str, str], float | None]] = {"f1": f1, "rouge-l": rouge_l}
AS_PUBLISHED = "published"
"""The metric of a grade on the scale on which a benchmark publishes it; a view's name may follow it."""

Chosen = Sequence[str] | Mapping[str, Sequence[str]]
"""Metrics of a dataset, or of each category."""


NO_WEIGHT: Mapping[str, None] = dict.fromkeys(("weight", "lowest", "highest"))
"""Of a metric on 0-100 whose mean counts all prompts alike."""


@dataclass(frozen=True)
class Published:
    """How a benchmark publishes scores of its rubric: factor × score + offset.

    Attributes:
        scale: lowest and highest score of the rubric.
    """

    factor: float
    offset: float
    scale: tuple[float, float]

    def value(self, score: float) -> float:
        """Of a score, or of a mean of scores."""
        return self.factor * score + self.offset


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


def mean_over_prompts(values: Iterable[Sequence[tuple[float, float]]]) -> float | None:
    """The mean over prompts, samples of a prompt averaged first; None without any value.

    Args:
        values: of each prompt, with their weights; those of a prompt are alike.
    """
    of_prompts = [of_prompt for of_prompt in values if of_prompt]
    means = [(sum(value for value, _ in each) / len(each), each[0][1]) for each in of_prompts]
    weight = sum(weight for _, weight in means)
    return sum(mean * weight for mean, weight in means) / weight if means else None


def published_rows(
    judgements: Iterable[Row], criteria: Mapping[str, Sequence[Row] | None], published: Published
) -> Iterator[Row]:
    """Rows for each response that a judge was to judge: its score as published, and that of each view of its criteria.

    A score by criteria is their weighted mean, repeats averaged first; there is none where a criterion has no readable
    score. A score by dimensions is the mean of those that are there.

    Args:
        judgements: of one judge, those of a response together.
        criteria: prompt_id -> the prompt's, with `weight` and `views`; None: it is judged by dimensions.
        published: how scores are published.
    """
    for (prompt_id, _), group in groupby(judgements, key=itemgetter("prompt_id", "sample")):
        verdicts = list(group)
        of_prompt = criteria.get(prompt_id)
        if of_prompt is None:
            scores = [row["score"] for row in verdicts if row["score"] is not None]
            yield _published(verdicts[0], AS_PUBLISHED, _mean([(score, 1.0) for score in scores]), published)
            continue
        means = _criterion_means(verdicts, of_prompt)
        yield _published(verdicts[0], AS_PUBLISHED, _mean(means), published)
        for view in dict.fromkeys(view for criterion in of_prompt for view in criterion["views"] or ()):
            part = [mean for mean, each in zip(means, of_prompt, strict=True) if view in (each["views"] or ())]
            yield _published(verdicts[0], f"{AS_PUBLISHED} {view}", _mean(part), published) | {"weight": len(part)}


def _criterion_means(verdicts: Iterable[Row], criteria: Sequence[Row]) -> list[tuple[float | None, float]]:
    """The mean score of each criterion over repeats, and its weight."""
    scores: dict[str, list[float]] = {}
    for row in verdicts:
        if row["score"] is not None:
            scores.setdefault(row["dimension"], []).append(row["score"])
    of_criteria = [scores.get(str(position), []) for position in range(1, len(criteria) + 1)]
    means = [sum(each) / len(each) if each else None for each in of_criteria]
    return [(mean, criterion["weight"]) for mean, criterion in zip(means, criteria, strict=True)]


def _mean(scores: Sequence[tuple[float | None, float]]) -> float | None:
    """The weighted mean; None without any score, or where one is None."""
    weighted = [(score, weight) for score, weight in scores if score is not None]
    if not weighted or len(weighted) < len(scores):
        return None
    return sum(score * weight for score, weight in weighted) / sum(weight for _, weight in weighted)


def _published(verdict: Row, metric: str, score: float | None, published: Published) -> Row:
    lowest, highest = map(published.value, published.scale)
    row = _row(verdict, verdict["judge"], metric, None if score is None else published.value(score))
    return row | {"lowest": lowest, "highest": highest}


def _row(response: Row, judge: str | None, metric: str, value: float | None) -> Row:
    of_response = {key: response[key] for key in ("prompt_id", "sample")}
    return of_response | {"judge": judge, "metric": metric, "value": value, **NO_WEIGHT}
