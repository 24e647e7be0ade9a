"""How the report says things: numbers, clipped texts, and the sentences under its tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from longhand.program.printable import visible
from longhand.results.remarks import MISSING
from longhand.text.requirement import aimed_at

DASH = "—"

_ODD_SPACE = re.compile(r"[\x0b\x0c\x1c-\x1f\x85]")  # HTML does not allow them


class RuleWords(NamedTuple):
    """What the report says of a length rule: its formula, and how it counts words where there is more to say."""

    formula: str
    counting: str | None = None


RULE_WORDS = {
    "longbench-write": RuleWords(
        "S_L compares the words written, y, with the words required, x, be they a bound: 100·max(0, 1 − (y/x − 1)/3) "
        "where y is over x, 100·max(0, 1 − (x/y − 1)/2) where it is under; a response without words scores 0, and a "
        "range has no S_L."
    ),
    "longen": RuleWords(
        "S_L is 100 where the words written, y, lie in the allowed [a, b], 100·max(2y/a − 1, 0) under it and "
        "100·max(3 − 2y/b, 0) over it. About T words allow [0.8T, 1.2T], over T [T, 1.5T], under T [0.5T, T], a range "
        "itself."
    ),
    "lifebench": RuleWords(
        "S_L decays with the deviation d = (y − x)/x of the words written, y, from the words required, x: "
        "100·exp(5d) under it, 100·exp(−2d) over it; a kept limit scores 100, a response without words 0, and a range "
        "has no S_L.",
        "LongBench-Write's counter, as it has published none",
    ),
}

PUBLISHED = {"neutral": "as published (EvalScope)", "drop": "as published (LongWriter)"}
"""What numbers are called that count missing verdicts in a published way."""

QUALITY = {
    "rubric": "S_Q is the mean of the judge's dimensions, each rescaled to 0–100.",
    "criteria": "S_Q is the weighted mean of the scores by the criteria of the prompt, each rescaled to 0–100.",
}
"""What S_Q is, by how a judge judges."""
REWARD = (
    "S_Q of {judges} is a reward: ten times the mean of four grades of 0–10 that an answer to a question about a long "
    "text gets. Helpfulness: does it answer the question. Logicality: do its parts fit each other. Faithfulness: what "
    "share of its statements is supported by the passages of the text that are nearest to them; one that they support "
    "in part counts half. Completeness: how much it has of what the text says on the question. Where one of the four "
    "is missing there is no reward."
)
"""What is said of judges whose grades are a reward."""

STATUS_WORDS = {
    "no_statements": "no_statements: the judge has read the text, and it states nothing that could be held against its "
    "context.",
    "no_context": "no_context: the prompt has no context that the text could be held against.",
}
"""Statuses of verdicts that a reader may not know."""

LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}


def number(value: Any) -> float | None:
    """A finite number, or None for null and for what is not a number."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def fixed(value: Any, digits: int = 1) -> str:
    """`82.3`; a dash for what was not measured."""
    known = number(value)
    return DASH if known is None else f"{round(known, digits) + 0.0:,.{digits}f}"


def integer(value: Any) -> str:
    """`12,345`; a dash for what was not counted."""
    return fixed(value, 0)


def money(value: Any) -> str:
    """US dollars, with more places for amounts under a cent."""
    known = number(value)
    return DASH if known is None else f"${known:,.4f}" if 0 < abs(known) < 0.01 else f"${known:,.2f}"


def heat(value: Any) -> str:
    """A background for a 0–100 score, from white to a blue that dark text is still read on."""
    share = min(max((number(value) or 0.0) / 100, 0.0), 1.0)
    red, green, blue = (round(255 + (full - 255) * share) for full in (132, 186, 225))
    return f"#{red:02x}{green:02x}{blue:02x}"


def short(value: float) -> str:
    """A length for an axis: `50`, `2k`, `1.5k`; `1,024` where thousands would need more than one decimal."""
    if value < 1000:
        return f"{value:g}"
    return f"{value:,.0f}" if value % 100 else f"{value / 1000:g}k"


def range_name(label: str) -> str:
    """A range for an axis: `500–2k` for `[500,2000)`, `4k+` for `[4000,∞)`; other labels as they are."""
    ends = re.fullmatch(r"\[(\d+),(?:(\d+)|∞)\)", label)
    if ends is None:
        return label
    return f"{short(int(ends[1]))}–{short(int(ends[2]))}" if ends[2] else f"{short(int(ends[1]))}+"


def required(prompt: Mapping[str, Any]) -> str:
    """What a row of the prompts table asks for: `2,500–3,500 words required`, `Over 2,500 words required`."""
    length = aimed_at(prompt)
    if length is None:
        return "No required length"
    if prompt["constraint"] == "range":
        return f"{integer(prompt['required_min'])}–{integer(prompt['required_max'])} words required"
    bound = {"above": "Over ", "below": "Under "}.get(prompt["constraint"], "")
    return f"{bound}{counted(round(length), 'word')} required"


FLAGS = {
    "n_looped": "looped",
    "n_truncated": "cut",
    "n_other_language": "in another language",
    "n_no_statements": "without statements",
}
"""What a high score must not hide, by column of the leaderboard."""


def flags(row: Mapping[str, Any]) -> str:
    """`3 looped, 12 cut, 1 in another language` of a row of the leaderboard; empty where there is nothing to tell."""
    return ", ".join(f"{row[name]:,} {what}" for name, what in FLAGS.items() if row[name])


def gaps(row: Mapping[str, Any]) -> str:
    """`2 without a text, 1 verdict missing` of a row of the leaderboard; empty where all was answered and judged."""
    silent = row["n"] - row["n_answered"]
    unjudged = row["n_answered"] - row["n_judged"] - row["n_no_statements"] if row["judge"] is not None else 0
    lacking = [f"{silent:,} without a text"] * bool(silent)
    return ", ".join(lacking + [f"{counted(unjudged, 'verdict')} missing"] * bool(unjudged))


def without_score(prompts: int, no_length: int, no_rule: int, of: str = "prompt") -> list[str]:
    """Sentences on prompts (or responses) that have no S_L by the dataset's length rule, and why."""
    reasons = [
        (no_rule, "a range of words is required, which the dataset's length rule does not score"),
        (no_length, "no length is required"),
    ]
    return [f"{n:,} of {counted(prompts, of)} without S_L: {why}." for n, why in reasons if n]


def seen(value: Any) -> str:
    """A text from outside, as it may be shown: nothing that a browser or a terminal obeys; a dash for none."""
    lines = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    text = _ODD_SPACE.sub(" ", visible(lines))
    return text if text.strip() else DASH


def clipped(text: str, characters: int = 160) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def counted(n: int, one: str, many: str | None = None) -> str:
    """`1 prompt`, `24 prompts`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def spread(sizes: Iterable[int]) -> str:
    """`12`; `10–12` where sizes differ; a dash where there are none."""
    ends = sorted(set(sizes))
    return DASH if not ends else f"{ends[0]:,}–{ends[-1]:,}" if len(ends) > 1 else f"{ends[0]:,}"


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def in_order(label: str) -> tuple[list[float], str]:
    """Sorts labels of ranges by the numbers in them (`[500,2000)`, `2,000–4,000`, `4k+`), then by their letters."""
    plain = label if label[:1] in "[(" else re.sub(r"(?<=\d),(?=\d{3}\b)", "", label)
    return [float(n) * (1000 if k else 1) for n, k in re.findall(r"(\d+(?:\.\d+)?)(k?)", plain)], label


def explained(statuses: Iterable[str]) -> str:
    """Sentences on those of the statuses that a reader may not know, each once."""
    return " ".join(STATUS_WORDS[status] for status in dict.fromkeys(statuses) if status in STATUS_WORDS)


def scoring(rule: str, missing: str, judges: Mapping[str, str | None], sized: bool) -> str:
    """The formulas behind a dataset's leaderboard, in one line.

    Args:
        rule: its length rule.
        missing: what becomes of missing verdicts.
        judges: that were asked -> their methods; None: by the dimensions of a rubric.
        sized: whether any prompt requires a length.
    """
    formula = RULE_WORDS[rule].formula if rule in RULE_WORDS else f"S_L is the length score by the rule {rule}."
    notes = [formula if sized else ""]
    notes += [] if sized else ["No prompt has a required length that is known, so there is no S_L and no S̄."]
    if judges:
        readers = [name for name, method in judges.items() if method == "long-reward"]
        methods = {"rubric" if method is None else method for method in judges.values()}
        notes += [QUALITY[method] for method in QUALITY if method in methods]
        notes += [REWARD.format(judges=listed(readers))] * bool(readers)
        notes += ["S̄ is the mean of S_L and S_Q."] if sized else []
        notes += [MISSING.get(missing, "")]
    else:
        notes += ["These texts were not judged, so there is no S_Q" + (" and no S̄." if sized else ".")]
    return " ".join(sentence for sentence in notes if sentence)


def symbols(text: str) -> Markup:
    """A sentence or heading with S_L and S_Q as they are written: with an index."""
    return Markup(escape(text).replace("S_L", Markup("S<sub>L</sub>")).replace("S_Q", Markup("S<sub>Q</sub>")))


def hours(seconds: float) -> str:
    """`52 s`, `13 min`, `2 h 13 min`."""
    minutes = round(seconds / 60)
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60:,} h {minutes % 60} min"


def demo_notice(models: list[str], writers: list[str], judges: list[str]) -> str:
    """What a reader must know of a page made with the demo engine; empty for a page made without it.

    Args:
        models: all models of the page.
        writers: those of them that run on the demo engine.
        judges: the judges that run on it.
    """
    if not writers and not judges:
        return ""
    what = []
    if writers:
        what.append(f"the texts{'' if writers == models else f' of {listed(writers)}'} are n-gram noise")
    if judges:
        what.append(f"the verdicts of {listed(judges)} are simple text statistics")
    return f"the demo engine: {' and '.join(what)}; numbers show how the workflow works, not how a model writes."
