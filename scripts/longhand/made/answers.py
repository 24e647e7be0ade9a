"""Responses with their prompts: the text is the new row's context, to be extended, restated or collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from longhand.made.drop_short import KEPT, kept_of_each_language
from longhand.made.responses import NO_TEXT, Dropped, Response, prompt_row, with_text
from longhand.program.errors import LonghandError
from longhand.tables.files import Row
from longhand.text.checks import failed_check
from longhand.text.length import count_longbench_write

FILTERS = ("check", "min_growth", "words", "equal", "drop_short")


def answer_rows(
    name: str,
    read: Callable[[], Iterable[Response]],
    settings: Mapping[str, Any],
    seed: int,
    dropped: Dropped,
) -> Iterator[Row]:
    """The rows of the prompts table, in the order of the sources.

    Drop-short ranks the texts of each language by themselves. Words are LongBench-Write's.

    Args:
        name: of the dataset.
        read: gives the responses of all sources, each time anew: with drop-short they are read twice, not kept.
        settings: `check`, `min_growth`, `words`, `drop_short`.
        seed: of drop-short.
        dropped: counts.

    Raises:
        LonghandError: min_growth is set, and a source's row has no context.
    """
    dropped.filters = (*NO_TEXT, *(each for each in FILTERS if each == "equal" or settings[each]))
    if not settings["drop_short"]:
        for row, _ in _passing(name, read(), settings, dropped):
            yield row
        return
    texts = [
        (row["language"], row["prompt_id"], len(row["context"]), imagined)
        for row, imagined in _passing(name, read(), settings, dropped)
    ]
    kept = _long_ones(texts, seed)
    dropped.counts["drop_short"] = len(texts) - len(kept)
    again = _passing(name, read(), settings, Dropped())
    yield from (row for row, _ in again if row["prompt_id"] in kept)


def _long_ones(texts: list[tuple[str, str, int, bool]], seed: int) -> set[str]:
    """The ids that drop-short keeps; of what is imagined, whose ranks are not known, the share that it keeps."""
    kept = kept_of_each_language((text[:3] for text in texts if not text[3]), seed)
    imagined = [key for _, key, _, imagined in texts if imagined]
    return kept | {key for n, key in enumerate(imagined) if int((n + 1) * KEPT) > int(n * KEPT)}


def _passing(
    name: str, responses: Iterable[Response], settings: Mapping[str, Any], dropped: Dropped
) -> Iterator[tuple[Row, bool]]:
    """The rows that pass all filters but drop-short, and whether they are imagined: those pass all."""
    seen: set[str] = set()
    for response, text in with_text(responses, dropped):
        reason = None if response.imagined else _failed(name, response, text, settings)
        references = {
            key: response.prompt.get(key) for key in ("reference", "other_references", "examples", "criteria")
        }
        row = prompt_row(name, response.prompt, context=text, **references)
        if reason is None and row["prompt_id"] in seen:
            reason = "equal"
        if reason is not None:
            dropped.counts[reason] += 1
            continue
        seen.add(row["prompt_id"])
        yield row, response.imagined


def _failed(name: str, response: Response, text: str, settings: Mapping[str, Any]) -> str | None:
    if settings["check"] is not None and failed_check(text, settings["check"]) is not None:
        return "check"
    if settings["min_growth"] is None and settings["words"] is None:
        return None
    words = count_longbench_write(text)
    if settings["min_growth"] is not None:
        if (context := response.prompt["context"]) is None:
            what = f"min_growth compares with the context, and prompt {response.prompt['prompt_id']} has none"
            raise LonghandError(what, f"dataset {name}", "remove min_growth, or name a source with contexts")
        if words <= settings["min_growth"] * count_longbench_write(context):
            return "min_growth"
    if settings["words"] is not None and not settings["words"][0] <= words <= settings["words"][1]:
        return "words"
    return None
