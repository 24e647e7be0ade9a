"""What a run says, in words: which model is best, by how much, whether that is real, and at which lengths.

Pure functions of rows of the leaderboard and of the comparison; all numbers are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from longhand.report.differences import signed, turned
from longhand.report.wording import counted, fixed, in_order, listed, number, range_name
from longhand.results.doubts import FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.remarks import METRIC_SYMBOLS, best_first, doubt, unread_bounds
from longhand.tables.files import Row

NAMED = 4
"""Models that are named in a sentence; more of them are counted."""
FEW_BEHIND = 2
"""Models that are named behind those that lead, and of those that lead at some length."""


class Conclusion(NamedTuple):
    """What a judge's scores of a dataset say.

    Attributes:
        headline: the answer in one sentence.
        sentences: by how much, what limits it, and at which lengths it holds; the most important first.
    """

    headline: str
    sentences: list[str]


def verdict(rows: Sequence[Row], pairs: Sequence[Row]) -> Conclusion:
    """The verdict on the models of one dataset by one judge, or by length alone.

    Args:
        rows: of the leaderboard, all slices of one dataset and judge.
        pairs: of the comparison, of the same.
    """
    whole = sorted((row for row in rows if row["slice_kind"] == "all"), key=best_first)
    metric = ranked_by(whole)
    if metric is None:
        return Conclusion(_without_scores(whole), [])
    known = sorted((row for row in whole if number(row[metric]) is not None), key=lambda row: -row[metric])
    ranked = _ranked(known, metric) or known
    sentences = [_difference(ranked, metric, pairs), _limit(ranked, metric, pairs), _unscored(len(whole) - len(known))]
    sentences += [_at_lengths(rows, metric) if len(known) > 1 else "", *_doubts(known, metric)]
    return Conclusion(_headline(ranked, metric), [sentence for sentence in sentences if sentence])


def ranked_by(whole: Sequence[Row]) -> str | None:
    """The mean that models are ranked by: S̄; S_L or S_Q where there is none; None without any score."""
    return next((name for name in METRIC_SYMBOLS if any(number(row[name]) is not None for row in whole)), None)


def _ranked(known: Sequence[Row], metric: str) -> list[Row]:
    """Those that were held against the best: the mean of another, however high, says nothing of who is best."""
    return [row for row in known if row[f"{metric}_leads"] is not None]


def _without_scores(whole: Sequence[Row]) -> str:
    responses, texts = (sum(row[name] for row in whole) for name in ("n", "n_answered"))
    if not responses:
        return "No response was asked for."
    if not texts:
        return f"No model gave a text: {counted(responses, 'response')} asked for, none came."
    return f"No text has a score: {counted(texts, 'text')} of {counted(responses, 'response')} came."


def _headline(known: Sequence[Row], metric: str) -> str:
    best, names = known[0], [row["model"] for row in known]
    prompts = best[f"n_prompts_{metric}"]
    mean = f"{METRIC_SYMBOLS[metric]} {_estimate(best, metric)}"
    if len(known) == 1:
        return f"{names[0]} scores {mean} on {counted(prompts, 'prompt')}; there is no model to compare it with."
    leaders = [row["model"] for row in known if row[f"{metric}_leads"]]
    if not leaders:
        fewest = min(row[f"n_prompts_{metric}"] for row in known)
        few = f"{fewest:,}" if fewest < FEWEST_PROMPTS else f"no model shares {FEWEST_PROMPTS} with {names[0]}"
        takes = f", and it takes {FEWEST_PROMPTS}" if fewest < FEWEST_PROMPTS else ""
        return (
            f"Too few prompts to say which model is best: {few}{takes}. "
            f"{names[0]} has the highest mean, {METRIC_SYMBOLS[metric]} {fixed(best[metric])}."
        )
    if len(leaders) == 1:
        return f"{leaders[0]} is best: {mean} on {counted(prompts, 'prompt')}."
    if len(leaders) == len(known):
        return f"No model is shown to be best: {_some(leaders)} cannot be told apart."
    behind = [row["model"] for row in known if row["model"] not in leaders]
    verb = "is" if len(behind) == 1 else "are"
    behind_them = f"{listed(behind) if len(behind) <= FEW_BEHIND else counted(len(behind), 'model')} {verb} behind them"
    return f"{_some(leaders)} lead and cannot be told apart; {behind_them}."


def _estimate(row: Row, metric: str) -> str:
    """`64.2 [60.1, 68.3]`; the mean alone where it has no interval."""
    low, high = number(row[f"{metric}_low"]), number(row[f"{metric}_high"])
    interval = "" if low is None or high is None else f" [{fixed(low)}, {fixed(high)}]"
    return f"{fixed(row[metric])}{interval}"


def _some(names: Sequence[str], named: int = NAMED) -> str:
    """All names, or the first of them and how many more there are."""
    more = [f"{len(names) - named:,} more"] if len(names) > named + 1 else []
    return listed([*names[:named], *more] if more else list(names))


def _unscored(models: int) -> str:
    return f"{counted(models, 'model')} without a score {'is' if models == 1 else 'are'} left out." if models else ""


def _pair(first: str, second: str, metric: str, pairs: Sequence[Row]) -> Row | None:
    """How much the first model is over the second on all prompts that both have; None where nobody compared them."""
    for row in pairs:
        if row["slice_kind"] == "all" and row["metric"] == metric:
            if (row["model"], row["other"]) == (first, second):
                return row
            if (row["other"], row["model"]) == (first, second):
                return turned(row)
    return None


def _difference(known: Sequence[Row], metric: str, pairs: Sequence[Row]) -> str:
    """By how much the best model is over the next."""
    if len(known) < 2:
        return ""
    best, following = known[0]["model"], known[1]["model"]
    pair = _pair(best, following, metric, pairs)
    if pair is None or number(pair["difference"]) is None:
        return ""
    points = f"{best} over {following}, the next: {signed(pair['difference'], plus=True)} points"
    shared = counted(pair["n_prompts"], "shared prompt")
    if number(pair["low"]) is None:
        return f"{points} on {shared}, without an interval that can be trusted."
    low, high = (signed(pair[end], plus=True) for end in ("low", "high"))
    real = "" if pair["low"] > 0 or pair["high"] < 0 else ", so it may be chance"
    return f"{points} [{low}, {high}] on {shared}{real}."


def _limit(known: Sequence[Row], metric: str, pairs: Sequence[Row]) -> str:
    """How small a difference these prompts can show, where several models lead."""
    leaders = [row["model"] for row in known if row[f"{metric}_leads"]]
    pair = _pair(leaders[0], leaders[1], metric, pairs) if len(leaders) > 1 else None
    if pair is None or number(pair["detectable"]) is None:
        return ""
    shown = f"The smallest difference that these prompts can show is about {fixed(pair['detectable'])} points"
    needed = pair["prompts_needed"]
    which = "this one" if leaders[1] == known[1]["model"] else f"that of {leaders[0]} and {leaders[1]}"
    return f"{shown}; to show {which} would take about {needed:,} prompts." if needed else f"{shown}."


def _doubts(known: Sequence[Row], metric: str) -> list[str]:
    """Sentences on models whose mean has no interval, with the counts."""
    sentences = []
    few = [row for row in known if row[f"{metric}_doubt"] == FEW_PROMPTS]
    if few and len(few) < len(known):
        names = _some([row["model"] for row in few])
        sentences.append(f"{names}: under {FEWEST_PROMPTS} prompts, so no interval and no rank.")
    ranked = _ranked(known, metric)
    apart = [row["model"] for row in known if ranked and row not in ranked and row not in few]
    if apart:
        sentences.append(f"{_some(apart)}: under {FEWEST_PROMPTS} prompts in common with the best, so no rank.")
    for row in known:
        if row not in few and (reason := doubt(row, metric)):
            sentences.append(f"{row['model']} has {reason}.")
    return sentences if len(sentences) <= NAMED else [*sentences[:NAMED], f"{len(sentences) - NAMED} more likewise."]


def _at_lengths(rows: Sequence[Row], metric: str) -> str:
    """Who leads at which required lengths; empty where there is one range, or none."""
    ranges: dict[str, list[Row]] = {}
    for row in rows:
        if row["slice_kind"] == "range" and number(row[metric]) is not None:
            ranges.setdefault(row["slice"], []).append(row)
    outcomes: dict[str, list[str]] = {}
    for label in sorted(ranges, key=in_order):
        outcomes.setdefault(_leading(ranges[label], metric), []).append(range_name(label))
    if len(ranges) < 2:
        return ""
    return " ".join(f"At {listed(labels)} required words {outcome}." for outcome, labels in outcomes.items())


def _leading(of_range: Sequence[Row], metric: str) -> str:
    leaders = [row["model"] for row in sorted(of_range, key=lambda row: -row[metric]) if row[f"{metric}_leads"]]
    if not leaders:
        return "there are too few prompts to say"
    if len(leaders) == 1:
        return f"{leaders[0]} leads"
    if len(leaders) == len(_ranked(of_range, metric)):
        return "no model is shown to be best"
    return f"{_some(leaders, FEW_BEHIND)} lead and cannot be told apart"


def attention(rows: Sequence[Row]) -> list[str]:
    """What a reader of these rows must look at before he believes them, the worst first; empty where nothing is.

    What is about texts is the same for all judges, and is noted once.

    Args:
        rows: of the leaderboard; a note names its dataset and judge where there are several.
    """
    whole = [row for row in rows if row["slice_kind"] == "all"]
    several = [name for name in ("dataset", "judge") if len({row[name] for row in whole}) > 1]
    notes: dict[str, float] = {}
    for row in whole:
        for share, judged, words in _notes(row):
            where = f" on {row['dataset']}" if "dataset" in several else ""
            where += f", judged by {row['judge']}" if "judge" in several and judged else ""
            notes[f"{row['model']}{where}: {words}"] = share
    return sorted(notes, key=lambda note: -notes[note])


def _notes(row: Row) -> list[tuple[float, bool, str]]:
    """Each with the share of responses that it is about, and whether it is about verdicts."""
    n, answered = row["n"], row["n_answered"]
    notes = []
    if answered < n:
        words = f"{n - answered:,} of {counted(n, 'response')} without a text."
        notes.append((1 + (n - answered) / n, False, words))
    if answered and (bounds := unread_bounds(row)):
        notes.append((row["n_unread"] / n, True, f"{bounds}."))
    for column, words in _HEALTH.items():
        if answered and row[column] / answered >= SHARE:
            notes.append((row[column] / answered, False, f"{row[column]:,} of {counted(answered, 'text')} {words}."))
    return notes


SHARE = 0.05
"""Of a model's texts: so many that loop, or are cut, need attention."""

_HEALTH = {
    "n_looped": "fall into repeating themselves",
    "n_truncated": "were cut off when the tokens ran out",
    "n_other_language": "are in another language than the prompt",
}
