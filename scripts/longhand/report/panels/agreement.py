"""Judges: how far they agree with each other and with themselves, and where the noise of their scores comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.wording import fixed, listed
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.tables.files import Row

S_Q = "score_q"
DOUBTS = {
    FEW_PROMPTS: f"under {FEWEST_PROMPTS} prompts there is no interval",
    ALL_EQUAL: "all scores are equal, or all of a resample, so no interval can be trusted",
    "no_pairs": "no response has two readable verdicts",
    "no_verdicts": "no verdict was readable",
    "one_judge": "there is one judge",
    "one_repeat": "each verdict was asked for once (repeats: 1), so this is not known",
    "one_sample": "each prompt has one sample, so this is not known and stands in the part of the prompt",
    "one_prompt": "each model has one prompt",
    "one_model": "fewer than two models have enough verdicts",
    "few_judges": "with fewer than three judges this is not estimated",
    "negative": "the estimate is negative, which is shown as 0",
}
"""Why a figure is not there, or has no interval."""
MORE = ("now", "more_repeats", "more_samples", "more_prompts", "more_judges")
PARTS = ("prompt", "sample", "repeat")


@dataclass(frozen=True)
class Figure:
    """A number as it is shown: `value` and `interval` are texts, `doubt` is a sentence's end."""

    value: str
    interval: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class JudgePair:
    """Two judges: `lines` are dimensions with alpha, rank correlation and shift; `models` has the shift of each."""

    judges: tuple[str, str]
    lines: list[tuple[str, list[Figure]]]
    models: list[tuple[str, Figure]]


@dataclass(frozen=True)
class JudgeNoise:
    """One judge: what its repeats say, the parts of its noise, and the error of a model's mean with more of each."""

    judge: str
    spread: Figure
    repeated: Figure
    parts: list[Figure]
    errors: list[Figure]


def panel(page: Page, dataset: str) -> Markup:
    """Empty where nothing was judged."""
    rows = page.agreement(dataset)
    if not rows:
        return Markup()
    pairs = _pairs([row for row in rows if row["part"] in ("alpha", "rank", "shift") and row["other"]])
    noise = _noise(rows)
    shared = {row["dimension"]: _figure(row, 2) for row in rows if row["part"] == "alpha" and row["judge"] is None}
    others = {row["figure"]: row for row in rows if row["judge"] is None and row["part"] in ("noise", "next")}
    judges = list(dict.fromkeys(name for row in rows for name in (row["judge"], row["other"]) if name))
    figures = [*shared.values()] if pairs else []
    figures += [each for pair in pairs for _, cells in pair.lines for each in cells]
    figures += [each for pair in pairs for _, each in pair.models]
    figures += [each for of in noise for each in (of.spread, of.repeated, *of.parts, *of.errors)]
    return page.filled(
        "agreement",
        pairs=pairs,
        shared=shared if len(judges) > 2 else {},
        noise=noise,
        by_model=_figure(others["judge_by_model"]),
        errors=[_figure(others[name], 2) for name in ("now", "more_judges") if name in others],
        n_judges=len(judges),
        agreed=_most_and_least(rows, judges),
        same=_same(rows),
        doubts=list(dict.fromkeys(figure.doubt for figure in figures if figure.doubt)),
    )


def _figure(row: Row | None, digits: int = 1, *, plus: bool = False) -> Figure:
    if row is None:
        return Figure(fixed(None))
    interval = None if row["low"] is None else f"{_number(row['low'], digits)} to {_number(row['high'], digits)}"
    value = _number(row["value"], digits)
    signed = f"+{value}" if plus and (row["value"] or 0) > 0 and float(value) else value
    return Figure(signed, interval, DOUBTS.get(row["doubt"], row["doubt"]))


def _number(value: float | None, digits: int) -> str:
    return fixed(value, digits).replace("-", "−")


def _pairs(rows: list[Row]) -> list[JudgePair]:
    shown = []
    for judges, of_pair in _grouped(rows, "judge", "other"):
        dimensions = {
            dimension: {row["part"]: row for row in of_dimension if row["model"] is None}
            for (dimension,), of_dimension in _grouped(of_pair, "dimension")
        }
        lines = [
            (name, [_figure(of["alpha"], 2), _figure(of["rank"], 2), _figure(of["shift"], plus=True)])
            for name, of in dimensions.items()
        ]
        models = [(row["model"], _figure(row, plus=True)) for row in of_pair if row["model"]]
        shown.append(JudgePair((judges[0], judges[1]), lines, models))
    return shown


def _grouped(rows: Iterable[Row], *names: str) -> list[tuple[tuple[str, ...], list[Row]]]:
    """Rows with equal values, in the order in which these come first."""
    keys = dict.fromkeys(tuple(row[name] for name in names) for row in rows)
    return [(key, [row for row in rows if tuple(row[name] for name in names) == key]) for key in keys]


def _noise(rows: list[Row]) -> list[JudgeNoise]:
    shown = []
    for (judge,), of_judge in _grouped([row for row in rows if row["judge"] and row["dimension"] == S_Q], "judge"):
        of = {(row["part"], row["figure"], row["unit"]): row for row in of_judge if row["other"] is None}
        parts = []
        for name in PARTS:
            part = _figure(of.get(("noise", name, "points")))
            share = of.get(("noise", name, "percent"), {}).get("value")
            parts.append(Figure(part.value, None if share is None else f"{fixed(share, 0)}%", part.doubt))
        shown.append(
            JudgeNoise(
                judge,
                _figure(of.get(("retest", "deviation", "points"))),
                _figure(of.get(("retest", "alpha", "")), 2),
                parts,
                [_figure(of.get(("next", name, "points")), 2) for name in MORE[:-1]],
            )
        )
    return shown


def _most_and_least(rows: list[Row], judges: list[str]) -> tuple[str, str, str, str, bool] | None:
    """The dimensions with the highest and the lowest alpha of all judges that share them, each with it.

    The last says whether their intervals lie apart; else the order may be chance.
    """
    pair = (judges[0], judges[1]) if len(judges) == 2 else (None, None)
    known = [
        row
        for row in rows
        if row["part"] == "alpha" and (row["judge"], row["other"]) == pair and row["value"] is not None
    ]
    dimensions = sorted((row for row in known if row["dimension"] != S_Q), key=lambda row: -row["value"])
    if len(dimensions) < 2:
        return None
    most, least = dimensions[0], dimensions[-1]
    apart = None not in (most["low"], least["high"]) and most["low"] > least["high"]
    return most["dimension"], _number(most["value"], 2), least["dimension"], _number(least["value"], 2), apart


def _same(rows: list[Row]) -> list[str]:
    """Sentences on judges that are the same model as another, or as one that they judge."""
    same = [row for row in rows if row["part"] == "same"]
    sentences = []
    for judge, group in groupby(same, lambda row: row["judge"]):
        of_judge = list(group)
        if models := [row["model"] for row in of_judge if row["model"]]:
            sentences.append(
                f"Judge {judge} is the same model as {listed(models)}, which it judges. Judges tend to prefer their "
                "own texts."
            )
        if others := [row["other"] for row in of_judge if row["other"]]:
            sentences.append(
                f"Judge {judge} is the same model as judge {listed(others)}. Their agreement says less than that of "
                "different models."
            )
    return sentences
