"""The rounds in which texts were extended: what was begun, what came through, and words before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from longhand.methods.extend import HALF, opening_of
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import TRACES
from longhand.text.length import count_longbench_write

_OF_CALLS = ["prompt_id", "sample", "step", "number", "status", "words", "text"]


def round_rows(traces: Path, first_words: Mapping[str, int], rounds: int) -> Iterator[Row]:
    """The rounds in a table of traces of method extend: `round`, from 1, and what it began and made.

    A round is two calls. Its text is the opening of what the first gave, and all that the second did. After a round
    that failed the next one is begun with the same text; a new try begins with the first text. Texts are read a few at
    a time.

    Args:
        traces: the table.
        first_words: of the text that is extended, by prompt.
        rounds: of a try.
    """
    begun = [0] * rounds
    words: list[list[tuple[int, int]]] = [[] for _ in range(rounds)]
    for (prompt_id, _), calls in groupby(read_rows(traces, TRACES, _OF_CALLS), itemgetter("prompt_id", "sample")):
        attempt, before, opening = -1, 0, 0
        for call in calls:
            of_attempt, at = divmod(call["number"], rounds)
            if of_attempt != attempt:
                attempt, before = of_attempt, first_words.get(prompt_id, 0)
            if call["step"] == HALF:
                begun[at] += 1
                opening = count_longbench_write(opening_of(call["text"] or ""))
            elif call["status"] == "ok":
                after = opening + call["words"]
                words[at].append((before, after))
                before = after
    for number, (n, pairs) in enumerate(zip(begun, words, strict=True), 1):
        before_after = np.median(np.array(pairs), axis=0).tolist() if pairs else (None, None)
        medians = dict(zip(("before", "after"), before_after, strict=True))
        yield {"round": number, "begun": n, "through": len(pairs)} | medians
