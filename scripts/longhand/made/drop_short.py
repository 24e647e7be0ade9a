"""Self-Lengthen's drop-short: of many texts the shorter ones are left out, the shortest always."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress

from longhand.made.draws import draw

KEPT = 0.75 * 0.5 ** (1 / 3)
"""The share that is kept of texts of many lengths: the integral of 1 - min(1, 2 r^3) over ranks r, 59.5%."""


def drop_short(characters: Sequence[int], keys: Sequence[str], seed: int) -> list[bool]:
    """Which texts are kept.

    A text's rank is 1 - position / n in ascending order of length, equal lengths at the first position of theirs. It is
    dropped with probability min(1, 2 * rank^3): 59.5% are kept, and of the shortest 20.6% none. Source:
    QwenLM/Self-Lengthen at 004e880; arXiv 2410.23933.

    Args:
        characters: of each text.
        keys: names of the texts. A text's draw depends on its key and the seed alone, so that other texts move its rank
            and not its luck.
        seed: of the draws.

    Returns:
        For each text, True: it is kept.
    """
    ordered = sorted(characters)
    return [
        draw(seed, key) >= min(1.0, 2 * (1 - bisect_left(ordered, length) / len(ordered)) ** 3)
        for length, key in zip(characters, keys, strict=True)
    ]


def kept_of_each_language(texts: Iterable[tuple[str, str, int]], seed: int) -> set[str]:
    """The keys of the texts that drop-short keeps where each language is ranked by itself.

    An English text has several times the characters of a Chinese one that says the same.

    Args:
        texts: language, key and characters of each.
        seed: of the draws.
    """
    by_language = defaultdict[str, list[tuple[str, int]]](list)
    for language, key, characters in texts:
        by_language[language].append((key, characters))
    kept: set[str] = set()
    for some in by_language.values():
        keys = [key for key, _ in some]
        kept.update(compress(keys, drop_short([characters for _, characters in some], keys, seed)))
    return kept
