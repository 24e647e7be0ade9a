"""A sample of a dataset's prompts, with all that they have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from longhand.made.draws import draw
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row
from longhand.wire.identity import canonical


def drawn_rows(name: str, read: Callable[[], Iterable[Row]], settings: Mapping[str, Any], seed: int) -> Iterator[Row]:
    """The rows of the prompts table, in the order of the source's.

    Args:
        name: of the dataset.
        read: gives the rows of the source's prompts table, each time anew.
        settings: `number` of prompts, `series`: others draw another sample.
        seed: of the draw.
    """
    chosen = _chosen(read(), settings["number"], f"{seed} {settings['series']}")
    for row in read():
        if row["prompt_id"] in chosen:
            yield row | {"prompt_id": prompt_id(name, row["prompt"], row["context"])}


def _chosen(rows: Iterable[Row], number: int, series: str) -> set[str]:
    """The ids of the sample: of each language and category a part, by their shares.

    A prompt's place in its part depends on nothing but the draw and its id.
    """
    parts: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for row in rows:
        place = draw(0, canonical([series, row["prompt_id"]]))
        parts[canonical([row["language"], row["category"]])].append((place, row["prompt_id"]))
    shares = _shares({part: len(of_part) for part, of_part in parts.items()}, number)
    return {row for part, of_part in parts.items() for _, row in sorted(of_part)[: shares[part]]}


def _shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """How many are drawn of each part: one at least where that is possible, the rest by largest remainders."""
    number = min(number, sum(sizes.values()))
    least = int(number >= len(sizes))
    spare, total = number - least * len(sizes), sum(size - least for size in sizes.values())
    exact = {part: spare * (size - least) / total if total else 0.0 for part, size in sizes.items()}
    shares = {part: least + int(share) for part, share in exact.items()}
    by_rest = sorted(exact, key=lambda part: (int(exact[part]) - exact[part], -sizes[part], part))
    for part in by_rest[: number - sum(shares.values())]:
        shares[part] += 1
    return shares
