"""Which responses are kept for supervised fine-tuning: the filters, in the order in which they are applied."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import tee
from pathlib import Path
from typing import Any

from longhand.made.drop_short import kept_of_each_language
from longhand.preferences.candidates import NO_REWARD, has_text, no_length_score
from longhand.program.errors import LonghandError
from longhand.prompts.required_length import read_required
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows
from longhand.tables.filtered import filtered_rows
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.text.check_response import check_response
from longhand.text.length import count_longbench_write
from longhand.text.repetition import repeated_share

SCORED = [
    *("prompt_id", "sample", "judge", "status", "language", "required", "words", "words_longbench_write"),
    *("score_l", "score_q", "loop_onset", "other_language"),
]
"""Columns of the scores table that the filters need, or the table of conversations."""
PROMPT_TEXTS, TEXTS = ["prompt_id", "prompt", "language", "context"], ["prompt_id", "sample", "response"]

FILTERS = {
    "rejected": "rejected by the checks of the model's method",
    "no_text": NO_REWARD["no_text"],
    "truncated": "cut off",
    "language": "in another language than the prompt",
    "loops": "goes round in circles",
    "max_repeated_share": "more than {max_repeated_share:g} of its 13-grams repeated",
    "check_response punctuation": "check_response ({check_response}): punctuation",
    "check_response stopword": "check_response ({check_response}): stopword",
    "check_response n_gram": "check_response ({check_response}): n_gram",
    "min_growth": "words not over {min_growth:g} times those of the context",
    "one_stated_length": "its prompt does not state exactly one length",
    "no_required_length": NO_REWARD["no_required_length"],
    "no_length_score": NO_REWARD["no_length_score"],
    "min_length_score": "S_L under {min_length_score:g}",
    "no_quality_score": NO_REWARD["no_quality_score"],
    "min_quality": "S_Q under {min_quality:g}",
    "near_duplicates": "{near_duplicates:g} or more similar to an earlier one",
    "per_prompt": "not among the best {per_prompt} of its prompt",
    "drop_short": "among the shorter ones (drop-short)",
}
"""What drops a response, in words that its setting is put into. A response counts under the first that drops it.

The order: what the text says by itself, what it is to its prompt, its scores, the other texts that are left.
"""
_SETTING = {"no_required_length": "min_length_score", "no_length_score": "min_length_score"}
_SETTING |= {"no_quality_score": "min_quality"}

Key = tuple[str, int]
"""prompt_id and sample of a response."""


def applied(filters: Mapping[str, Any]) -> dict[str, str]:
    """The filters that these settings apply: name -> what they drop, in order."""
    names = [name for name in FILTERS if name in ("rejected", "no_text") or _asked(name, filters)]
    return {name: FILTERS[name].format(**filters) for name in names}


def _asked(name: str, filters: Mapping[str, Any]) -> bool:
    value = filters.get(_SETTING.get(name, name.split()[0]))
    return not value if name == "truncated" else value is not None and value is not False


def select(
    prompts: Path, responses: Path, scores: list[Row], filters: Mapping[str, Any], seed: int
) -> tuple[dict[Key, Row], list[Row]]:
    """Applies the filters. Texts are read, not kept.

    Args:
        prompts, responses: the tables.
        scores: one row per response, with the columns SCORED.
        filters: settings of an entry; a filter that is not named drops nothing.
        seed: of drop_short.

    Returns:
        The rows of `scores` that are left, by prompt and sample, and the rows of the table FILTERED.

    Raises:
        LonghandError: the tables do not hold the same responses, or a prompt lacks what a filter needs.
    """
    dropped = Counter[str]()
    passing = _passing(prompts, responses, scores, filters, dropped)
    if "near_duplicates" in filters:
        passing = _distinct(passing, filters["near_duplicates"], dropped)
    characters = {_key(score): (score, len(text)) for score, text in passing}
    left = best_of_each([score for score, _ in characters.values()], filters.get("per_prompt"))
    dropped["per_prompt"] = len(characters) - len(left)
    if filters.get("drop_short"):
        names = {_key(score): f"{score['prompt_id']}/{score['sample']}" for score in left}
        texts = ((score["language"], names[_key(score)], characters[_key(score)][1]) for score in left)
        kept = kept_of_each_language(texts, seed)
        dropped["drop_short"] = len(left) - len(kept)
        left = [score for score in left if names[_key(score)] in kept]
    return {_key(score): score for score in left}, list(filtered_rows(len(scores), [*applied(filters)], dropped))


def _passing(
    prompts: Path, responses: Path, scores: list[Row], filters: Mapping[str, Any], dropped: Counter[str]
) -> Iterator[tuple[Row, str]]:
    """The rows of `scores` whose responses pass by themselves, with their texts; counts the others by filter."""
    by_response = {_key(row): row for row in scores}
    rows = read_rows(responses, RESPONSES, TEXTS)
    for prompt, of_prompt in rows_by_prompt(read_rows(prompts, PROMPTS, PROMPT_TEXTS), rows, str(responses)):
        for row in of_prompt:
            if (score := by_response.pop(_key(row), None)) is None:
                raise _mismatch(responses)
            if (name := dropped_by(row["response"], prompt, score, filters)) is None:
                yield score, row["response"]
            else:
                dropped[name] += 1
    if by_response:
        raise _mismatch(responses)


def _distinct(passing: Iterator[tuple[Row, str]], threshold: float, dropped: Counter[str]) -> Iterator[tuple[Row, str]]:
    """Those whose texts are no near-duplicates of earlier ones."""
    from longhand.text.near_duplicates import near_duplicates  # needs SciPy, which takes half a second

    rows, texts = tee(passing)
    for row, original in zip(rows, near_duplicates((text for _, text in texts), threshold), strict=True):
        if original is None:
            yield row
        else:
            dropped["near_duplicates"] += 1


def _key(row: Row) -> Key:
    return row["prompt_id"], row["sample"]


def _mismatch(responses: Path) -> LonghandError:
    fix = "delete scores.parquet; it will be made again"
    return LonghandError("scores and responses do not hold the same rows", str(responses), fix)


def dropped_by(text: str | None, prompt: Row, score: Row, filters: Mapping[str, Any]) -> str | None:
    """The first filter that drops a response for what it is by itself: a key of FILTERS; None where it passes.

    Args:
        text: of the response.
        prompt: its row of the prompts table, with `prompt` and `context`.
        score: its row of the scores table.
        filters: settings of an entry.

    Raises:
        LonghandError: min_growth is set, and the prompt has no context.
    """
    return next(_objections(text, prompt, score, filters), None)


def _objections(text: str | None, prompt: Row, score: Row, filters: Mapping[str, Any]) -> Iterator[str]:
    """The filters that drop a response, in order; each is worked out when it is asked for."""
    if score["status"] == "rejected":
        yield "rejected"
    if text is None or not has_text(text):
        yield "no_text"
        return
    if score["status"] == "truncated" and not filters.get("truncated"):
        yield "truncated"
    if filters.get("language") and score["other_language"]:
        yield "language"
    if filters.get("loops") and score["loop_onset"] is not None:
        yield "loops"
    if "max_repeated_share" in filters and repeated_share(text) > filters["max_repeated_share"]:
        yield "max_repeated_share"
    if "check_response" in filters and (failed := check_response(text, filters["check_response"])) is not None:
        yield f"check_response {failed}"
    if "min_growth" in filters and score["words_longbench_write"] <= filters["min_growth"] * _context_words(prompt):
        yield "min_growth"
    if filters.get("one_stated_length") and not _states_one(prompt["prompt"]):
        yield "one_stated_length"
    if "min_length_score" in filters:
        if (lacking := no_length_score(score)) is not None:
            yield lacking
        elif score["score_l"] < filters["min_length_score"]:
            yield "min_length_score"
    if "min_quality" in filters:
        if score["score_q"] is None:
            yield "no_quality_score"
        elif score["score_q"] < filters["min_quality"]:
            yield "min_quality"


def _context_words(prompt: Row) -> int:
    if prompt["context"] is None:
        what = f"the prompt '{prompt['prompt'][:40]}' has no context, with which min_growth compares the response"
        raise LonghandError(what, f"prompt {prompt['prompt_id']}", "leave out min_growth")
    return count_longbench_write(prompt["context"])


def _states_one(prompt: str) -> bool:
    """Whether a prompt states one length, be it a bound; a range is two."""
    requirement = read_required(prompt)
    return requirement is not None and requirement.stated is not None


def best_of_each(scores: Sequence[Row], most: int | None) -> list[Row]:
    """The best `most` rows of each prompt by the sum of S_L and S_Q, of equals the first; all rows without `most`."""
    by_prompt: dict[str, list[Row]] = defaultdict(list)
    for row in scores:
        by_prompt[row["prompt_id"]].append(row)
    for rows in by_prompt.values():
        rows.sort(key=lambda row: -((row["score_l"] or 0) + (row["score_q"] or 0)))
    return [row for rows in by_prompt.values() for row in rows[:most]]
