"""Responses that were made elsewhere, matched to prompts by their text."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from longhand.errors import LonghandError
from longhand.journal import Answer
from longhand.methods.direct import answered_row, unanswered_row
from longhand.sources import read_source, text_of
from longhand.tables import Row


def match_responses(
    prompts: Sequence[Row], file: Path, prompt_column: str, response_column: str, samples: int, model: str
) -> Iterator[Row]:
    """Rows of the responses table for `prompts`, from the rows of `file` in their order.

    A prompt whose responses are fewer than `samples` gets status failed for the rest; the counts of what is missing
    and what is too much go to the log.

    Raises:
        LonghandError: a column is missing, or prompts there are but not one has a response.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for place, row in read_source(file, file.suffix.lstrip(".")):
        for column in (prompt_column, response_column):
            if column not in row:
                known = ", ".join(map(str, row))
                raise LonghandError(
                    f"there is no column '{column}', only: {known}", f"{file} {place}", "name it in `fields`"
                )
        response = row[response_column]
        if response is not None and not isinstance(response, str):
            said = f"'{response_column}' is {type(response).__name__}, not text"
            raise LonghandError(said, f"{file} {place}", "name the column with the response's text in `fields`")
        if response is not None:  # null says that there is none; an empty text is one
            found[(text_of(row[prompt_column]) or "").strip()].append(text_of(response) or "")
    responses = {row["prompt_id"]: found.get(row["prompt"].strip(), []) for row in prompts}
    missing = sum(max(0, samples - len(texts)) for texts in responses.values())
    spare = sum(max(0, len(texts) - samples) for texts in responses.values())
    wanted = len(prompts) * samples
    print(
        f"{wanted - missing} of {wanted} responses are in {file}; {missing} are not (status failed); {spare} more than "
        f"{samples} to a prompt are not used",
        file=sys.stderr,
    )
    if prompts and found and not any(responses.values()):
        raise LonghandError("not one of its prompts is a prompt of the dataset", str(file))
    for row in prompts:
        texts = responses[row["prompt_id"]]
        for sample in range(samples):
            asked = row | {"sample": sample}
            if sample < len(texts):
                answer = Answer("", texts[sample], None, None, None, 0.0, 0)
                yield answered_row(asked, model, answer) | {"request_id": None, "seconds": None}
            else:
                yield unanswered_row(asked, model, "failed", f"no response in {file.name}", 0)
