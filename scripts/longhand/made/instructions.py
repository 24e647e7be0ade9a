"""What self-instruct wrote, as prompts: in the order of the slots, without near-duplicates, up to the number wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from longhand.made.responses import NO_TEXT, Dropped, Response, prompt_row, with_text
from longhand.program.errors import LonghandError
from longhand.prompts.required_length import read_required
from longhand.tables.files import Row
from longhand.text.language import language_of
from longhand.text.requirement import COLUMNS

FILTERS = (*NO_TEXT, "equal", "near_duplicates", "over_number")


def instruction_rows(
    name: str, responses: Iterable[Response], settings: Mapping[str, Any], dropped: Dropped
) -> Iterator[Row]:
    """The rows of the prompts table, in the order of the slots. A length that an instruction states is required of it.

    Args:
        name: of the dataset.
        responses: of self-instruct. What is imagined is taken for an instruction like no other.
        settings: `number` of instructions wanted; `near_duplicates`: the least similarity that drops the later of two,
            null: only equal ones are dropped.
        dropped: counts.
    """
    from longhand.text.near_duplicates import near_duplicates  # needs SciPy, which takes half a second

    dropped.filters = FILTERS
    rows = list(_distinct(name, responses, dropped))
    threshold = settings["near_duplicates"]
    written = [row["prompt"] for row, imagined in rows if not imagined] if threshold is not None else []
    originals = near_duplicates(written, threshold) if written else iter(())
    number = 0
    for row, imagined in rows:
        if threshold is not None and not imagined and next(originals) is not None:
            dropped.counts["near_duplicates"] += 1
        elif number == settings["number"]:
            dropped.counts["over_number"] += 1
        else:
            number += 1
            yield row


def require_enough(name: str, settings: Mapping[str, Any], dropped: Dropped) -> None:
    """Raises LonghandError when fewer instructions are left than the least share of the number wanted."""
    number, least = settings["number"], settings["least_share"]
    if dropped.left < least * number:
        what = (
            f"{dropped.left} instructions are left of {dropped.total} responses, {number} are wanted and "
            f"{least:g} of them needed: {dropped.summary()}"
        )
        fix = f"raise `number` of dataset {settings['dataset']}, or lower `number` or `least_share` here"
        raise LonghandError(what, f"dataset {name}", fix)


def _distinct(name: str, responses: Iterable[Response], dropped: Dropped) -> Iterator[tuple[Row, bool]]:
    """The rows of all different instructions, and whether they are imagined."""
    seen: set[str] = set()
    for response, text in with_text(responses, dropped):
        prompt = text.strip()
        requirement = None if response.imagined else read_required(prompt)
        lengths = requirement._asdict() if requirement else dict.fromkeys(COLUMNS)
        columns = {"prompt": prompt, "language": language_of(prompt), **lengths}
        row = prompt_row(name, response.prompt, **columns)
        if row["prompt_id"] in seen:
            dropped.counts["equal"] += 1
        else:
            seen.add(row["prompt_id"])
            yield row, response.imagined
