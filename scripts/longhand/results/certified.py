"""Which judges are certified for which rows: why not, in words, and what a row of the leaderboard may say.

Apart from the statistics, since what shows tables needs none.
"""

from __future__ import annotations

from longhand.results.doubts import FEWEST_PROMPTS
from longhand.tables.files import Row

CERTIFIED, NOT_CERTIFIED, NOT_TESTED = "certified", "not_certified", "not_tested"
"""What the leaderboard says of a row's judge. Not tested: no labels by people, or too few, for what the row is of."""

REASONS = {
    "not_by_people": "the labels were not made by people",
    "few_pairs": "{n} pairs are fewer than {least}",
    "few_prompts": f"{{n_prompts}} prompts are under {FEWEST_PROMPTS}, so there is no interval",
    "under_threshold": "the lower end {low:.2f} is not over the threshold {threshold:.2f}",
    "under_baseline": 'the lower end {low:.2f} is not over {baseline:.2f}, which "the longer text wins" reaches',
}
"""Why a judge is not certified, in the order in which they are looked at."""
_UNTESTED = ("not_by_people", "few_pairs", "few_prompts")


def reason_of(figures: Row) -> str | None:
    """The first of REASONS for which a slice does not certify its judge; None where it does."""
    low = figures["low"]
    failed = {
        "not_by_people": not figures["people"],
        "few_pairs": figures["n"] < figures["least"],
        "few_prompts": low is None,
        "under_threshold": low is not None and low <= figures["threshold"],
        "under_baseline": low is not None and low <= figures["baseline"],
    }
    return next((reason for reason in REASONS if failed[reason]), None)


def mark_of(row: Row) -> str:
    """What a row of the table of certifications makes of its judge: CERTIFIED, NOT_CERTIFIED or NOT_TESTED."""
    if row["certified"]:
        return CERTIFIED
    return NOT_TESTED if row["reason"] in _UNTESTED else NOT_CERTIFIED


def in_words(row: Row) -> str:
    """The verdict on a row of the table of certifications: "not certified: 12 pairs are fewer than 100"."""
    return "certified" if row["certified"] else f"not certified: {REASONS[row['reason']].format(**row)}"
