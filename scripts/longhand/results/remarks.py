"""What a reader must know of the leaderboard's means, in sentences: their unit, doubts, unread verdicts."""

from __future__ import annotations

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


def unread(row: Row) -> str | None:
    """What the means would be at worst and at best, where verdicts are unread; None where none is."""
    known = [name for name in ("score_q", "score") if row[f"{name}_worst"] is not None]
    if not row["n_unread"] or not known:
        return None
    ends = [f"{METRIC_SYMBOLS[name]} {row[f'{name}_worst']:.1f} to {row[f'{name}_best']:.1f}" for name in known]
    verdicts = "1 verdict is" if row["n_unread"] == 1 else f"{row['n_unread']:,} verdicts are"
    return f"{verdicts} unread; were they all 0, or all 100: {', '.join(ends)}"
