"""What an old judge would give, in words: for the page, the terminal and model cards."""

from __future__ import annotations

from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS, ZEROS_DECIDE
from longhand.tables.files import Row

DOUBTS = {
    FEW_PROMPTS: f"under {FEWEST_PROMPTS} prompts",
    "few_systems": "under 3 anchors",
    "systems_alike": "the anchors' scores cannot be told apart",
    ALL_EQUAL: "all prompts have the same score",
    ZEROS_DECIDE: "a few prompts with 0 make the mean",
    "language": "it has prompts in a language that the anchors do not have",
    "category": "it has prompts of a category that the anchors do not have",
    "length": "its texts are shorter or longer than the anchors'",
    "mean": "its S_Q is outside of the anchors'",
}
"""Why there is no bridged score, as the leaderboard and the table of lines name it."""
FEW_ANCHORS = "exploratory: under 5 anchors"


def why_not(doubt: str) -> str:
    """The reasons of one or more doubts that commas part."""
    return ", and ".join(DOUBTS[reason] for reason in doubt.split(", "))


def bridged_estimate(row: Row) -> str | None:
    """A bridged score of the leaderboard with its interval: "62.1 [53.5, 70.8]"; None where there is none."""
    if row["bridged"] is None:
        return None
    return f"{row['bridged']:.1f} [{row['bridged_low']:.1f}, {row['bridged_high']:.1f}]"


def bridged_words(row: Row) -> str | None:
    """What the old judge would give to a row of the leaderboard; None where no judge takes another's place."""
    if row["bridged_to"] is None:
        return None
    if (estimate := bridged_estimate(row)) is None:
        return f"what {row['bridged_to']} would give is not said: {why_not(row['bridged_doubt'])}"
    few = f" ({FEW_ANCHORS})" if row["bridged_doubt"] else ""
    return f"{row['bridged_to']} would give S_Q {estimate}{few}"
