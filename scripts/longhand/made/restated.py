"""Queries that were rewritten so that they state a length, as prompts: the length is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from longhand.made.responses import NO_TEXT, Dropped, Response, prompt_row, with_text
from longhand.prompts.datasets import prompt_id
from longhand.prompts.required_length import read_required
from longhand.tables.files import Row
from longhand.text.length import count_longbench_write
from longhand.text.requirement import Requirement

FILTERS = (*NO_TEXT, "no_reference", "no_length", "equal")


def restated_rows(name: str, responses: Iterable[Response], dropped: Dropped) -> Iterator[Row]:
    """The rows of the prompts table. Their reference is the text that has the length.

    Args:
        name: of the dataset.
        responses: of method restate, to prompts whose context is that text. Of what is imagined the text's own length
            is taken for the one that it states.
        dropped: counts.
    """
    dropped.filters = FILTERS
    seen: set[str] = set()
    for response, text in with_text(responses, dropped):
        prompt, reference = text.strip(), response.prompt["context"]
        if reference is None:
            dropped.counts["no_reference"] += 1
            continue
        if response.imagined:
            requirement: Requirement | None = Requirement("about", max(1, count_longbench_write(reference)))
        else:
            requirement = read_required(prompt)
        if requirement is None:
            dropped.counts["no_length"] += 1
            continue
        # Several texts of one instruction may get the same words: with its text each is a row of its own.
        columns = {"prompt_id": prompt_id(name, prompt, reference), "prompt": prompt, "reference": reference}
        row = prompt_row(name, response.prompt, **columns, **requirement._asdict())
        if row["prompt_id"] in seen:
            dropped.counts["equal"] += 1
            continue
        seen.add(row["prompt_id"])
        yield row
