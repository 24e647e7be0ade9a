"""Prompts for self-instruct: each shows a few instructions that are drawn from seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from longhand.made.draws import by_share, turn
from longhand.made.responses import prompt_row
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import LANGUAGES
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row
from longhand.wire.identity import canonical

SEEDS = Path(__file__).resolve().parents[3] / "resources/prompts/seeds.jsonl"
"""Ours."""
Seeds = Mapping[str, Sequence[str]]
"""Language -> instructions, in the order of the file."""


def read_seeds(file: Path) -> Seeds:
    """The seed instructions of a file.

    Args:
        file: jsonl, json, csv or parquet with columns `instruction` and `language`.

    Raises:
        LonghandError: a column is missing, an instruction is no text, empty or stands there twice, or there are none.
    """
    seeds: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    places: dict[str, str] = {}
    for place, row in read_source(file, file.suffix.lstrip(".")):
        where = f"{file} {place}"
        if isinstance(row.get("instruction"), list | dict):
            raise LonghandError(f"'instruction' is {type(row['instruction']).__name__}, not text", where)
        instruction, language = (text_of(row.get(key)) for key in ("instruction", "language"))
        if instruction is None or not instruction.strip():
            raise LonghandError("there is no 'instruction'", where, "each seed needs `instruction` and `language`")
        if language not in seeds:
            shown = language and language[:40]
            raise LonghandError(f"language is {shown!r}, not one of {', '.join(LANGUAGES)}", where)
        if (earlier := places.setdefault(instruction.strip(), place)) != place:
            raise LonghandError(f"the seed stands in {earlier} already", where, "remove one")
        seeds[language].append(instruction.strip())
    if not places:
        raise LonghandError("the file has no seeds", str(file))
    return {language: some for language, some in seeds.items() if some}


def slot_rows(name: str, seeds: Seeds, settings: Mapping[str, Any], seed: int) -> Iterator[Row]:
    """The rows of the prompts table, in the order of the slots.

    A slot depends on the seed and its number, so that a larger number changes none of those before. Seeds that are
    added change the slots that draw them, and few others.

    Args:
        name: of the dataset.
        seeds: by language.
        settings: `number` of slots; `examples` in each; `pool`: seeds of a language that they are drawn from, null:
            all; `series`: others draw other examples.
        seed: of all draws.

    Raises:
        LonghandError: a language has fewer seeds than a slot has examples.
    """
    least = settings["examples"]
    for language, some in seeds.items():
        if len(some) < least:
            what = f"there are too few seeds of language {language}: {len(some)}, and a slot shows {least}"
            raise LonghandError(what, f"dataset {name}", "add seeds, or lower `examples`")
    pools = {key: _drawn(some, settings["pool"] or len(some), [seed, "pool"]) for key, some in seeds.items()}
    shares = {language: len(some) for language, some in seeds.items()}
    for number in range(settings["number"]):
        language = by_share(turn(number), shares)
        examples = _drawn(pools[language], least, [seed, settings["series"], number])
        first = number * len(examples) + 1  # numbered through, so that no two prompts are equal
        text = "\n\n".join(f"{first + place}. {example}" for place, example in enumerate(examples))
        yield prompt_row(name, {"prompt": text, "language": language})


def _drawn(some: Iterable[str], number: int, draw: list[object]) -> list[str]:
    """So many of some texts, in an order of their own. A text that is added takes one place, if any."""

    def place(text: str) -> bytes:
        return hashlib.sha256(canonical([draw, text]).encode("utf-8", "surrogatepass")).digest()

    return sorted(some, key=place)[:number]
