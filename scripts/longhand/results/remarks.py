"""What a reader must know of the leaderboard's means: their order, and in sentences unit, doubts, unread verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from longhand.results.certified import BY_PEOPLE, CERTIFIED, LACKING, NOT_CERTIFIED, NOT_TESTED
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS, ZEROS_DECIDE
from longhand.tables.files import Row

METRIC_SYMBOLS = {"score": "S̄", "score_l": "S_L", "score_q": "S_Q"}

UNIT = (
    "The unit is the prompt: a judge's repeats are averaged first, then the samples of a prompt, then prompts. "
    "So all prompts weigh the same."
)
INTERVALS = (
    "Intervals are of 95%, by Student's t over prompts. They say how far other prompts of this kind would move a mean, "
    "not how far a judge can be trusted."
)
LEADERS = "Bold: all models that cannot be told apart from the best of the table."

MISSING = {
    "exclude": "Responses without a readable verdict are left out of S_Q and counted (column judged).",
    "neutral": "Responses without a readable verdict count as the middle of the scale, as published (EvalScope).",
    "drop": "Responses without a readable verdict are left out of every mean, S_L too, as published (LongWriter).",
}
"""What becomes of them, by `scores.missing`."""

_REASONS = {
    FEW_PROMPTS: f"{{prompts}}, under {FEWEST_PROMPTS}",
    ALL_EQUAL: "all {n} prompts have the same score",
    ZEROS_DECIDE: "{zeros} of {n} prompts have 0, and these make the mean",
}


def doubt(row: Row, metric: str) -> str | None:
    """Why a mean of the leaderboard has no interval, with the counts: "no interval: 6 prompts, under 8"."""
    reason = row[f"{metric}_doubt"]
    if reason is None or row[metric] is None:
        return None
    n, zeros = row[f"n_prompts_{metric}"], row[f"n_zeros_{metric}"]
    return "no interval: " + _REASONS[reason].format(n=n, prompts=f"{n} prompt{'s' * (n != 1)}", zeros=zeros)


def unread_bounds(row: Row) -> str | None:
    """What the means would be at worst and at best, where verdicts are unread; None where none is."""
    known = [name for name in ("score_q", "score") if row[f"{name}_worst"] is not None]
    if not row["n_unread"] or not known:
        return None
    responses = "1 response" if row["n_unread"] == 1 else f"{row['n_unread']:,} responses"
    low, high = (
        ", ".join(f"{METRIC_SYMBOLS[name]} {row[f'{name}_{end}']:.1f}" for name in known) for end in ("worst", "best")
    )
    return f"{responses} without a readable verdict: if all scored 0, {low}; if all scored 100, {high}"


_STANDINGS = {
    CERTIFIED: "certified",
    NOT_CERTIFIED: "not certified",
    NOT_TESTED: "not tested against enough labels by people",
    BY_PEOPLE: "what others are held against: people made its verdicts",
}


def certified_note(rows: Iterable[Row]) -> str | None:
    """Whether a judge is certified: "Judge j is certified. Not certified: [4000,∞) words, zh."

    Args:
        rows: of the leaderboard, of one dataset and judge. None where nothing is certified in the run.
    """
    slices = {(row["slice_kind"], row["slice"]): row for row in rows if row["certified"]}
    if ("all", "all") not in slices:
        return None
    whole = slices["all", "all"]
    apart: dict[str, list[str]] = {}
    for (kind, label), row in slices.items():
        if kind in ("language", "range") and row["certified"] != whole["certified"]:
            apart.setdefault(row["certified"], []).append(f"{label} words" if kind == "range" else label)
    others = [f" {_STANDINGS[status].capitalize()}: {', '.join(labels)}." for status, labels in apart.items()]
    return _standing(whole) + "".join(others)


def uncertified_note(rows: Iterable[Row]) -> str | None:
    """That a judge is not certified: "Judge j is not certified."

    Args:
        rows: of the leaderboard, of one judge; of several datasets the worst counts. None where it is certified for
            all, needs no certificate, or nothing is certified in the run.
    """
    lacking = [row for row in rows if row["slice_kind"] == "all" and row["certified"] in LACKING]
    return _standing(min(lacking, key=lambda row: LACKING.index(row["certified"]))) if lacking else None


def _standing(row: Row) -> str:
    return f"{'Panel' if row['panel'] else 'Judge'} {row['judge']} is {_STANDINGS[row['certified']]}."


def best_first(row: Row) -> tuple[Any, ...]:
    """Sorts a judge's rows of one slice. Highest S̄ first; without one, highest S_L, then S_Q; then by name."""
    score, *parts = (row[name] for name in METRIC_SYMBOLS)
    return score is None, -(score or 0.0), *(-(part or 0.0) for part in parts), row["model"]


def whose_verdicts(row: Row) -> str:
    """Whose verdicts a row of the leaderboard is of: "judged by a", "judged by panel p (mean of a, b)"."""
    if row["judge"] is None:
        return "not judged"
    return f"judged by panel {row['judge']} (mean of {row['panel']})" if row["panel"] else f"judged by {row['judge']}"
