"""Responses that were made elsewhere, matched to prompts by prompt and context."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from longhand.methods.direct import answered_row, unanswered_row
from longhand.program.errors import LonghandError
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row
from longhand.wire.answer import Answer


def match_responses(
    prompts: Sequence[Row],
    dataset: Iterable[Row],
    file: Path,
    fields: Mapping[str, str | None],
    samples: int,
    model: str,
) -> Iterator[Row]:
    """Rows of the responses table for `prompts`, from the rows of `file` in their order.

    Spaces around a prompt or a context do not count. A prompt whose responses are fewer than `samples` gets status
    failed for the rest; the counts of what is missing and what is too much go to the log.

    Args:
        prompts: the shard.
        dataset: all prompts of the dataset (prompt and context): a response may fit one in another shard, too.
        file: the responses.
        fields: columns of `file`, ours -> theirs. A column `context` that its first row has is read without being
            named, unless `fields` has null for it. Where there is none, the prompt's text alone decides.
        samples: responses per prompt.
        model: name of the model.

    Raises:
        LonghandError: a column is missing, a response fits several prompts, or there are prompts and responses but not
            one response is to a prompt of the dataset.
    """
    _, first = next(read_source(file, file.suffix.lstrip(".")), ("", {}))
    context = fields.get("context", "context" if "context" in first else None)
    columns = [str(fields["prompt"]), str(fields["response"])]
    named = columns if fields.get("context") is None else [*columns, str(context)]
    known = Counter(_key(row["prompt"], row["context"] if context else None) for row in dataset)
    wanted = {_key(row["prompt"], row["context"] if context else None): row["prompt_id"] for row in prompts}
    texts, fitting, read = defaultdict[str, list[str]](list), 0, 0
    for place, row in read_source(file, file.suffix.lstrip(".")):
        _check(row, named, f"{file} {place}")
        response = text_of(row[columns[1]])
        if response is None:  # null says that there is none; an empty text is one
            continue
        key = _key(text_of(row[columns[0]]), text_of(row.get(context)) if context else None)
        read, fitting = read + 1, fitting + (key in known)
        if known[key] > 1:
            differ = "spaces around them" if context else "their contexts"
            fix = "make the prompts differ" if context else "add a column `context`, or name it in `fields`"
            what = f"the response fits {known[key]} prompts of the dataset, which differ only in {differ}"
            raise LonghandError(what, f"{file} {place}", fix)
        if key in wanted:
            texts[wanted[key]].append(response)
    if known and read and not fitting:
        hint = f"the column '{context}' counts too; `fields: {{context: null}}` leaves it out" if context else None
        raise LonghandError("not one of its prompts is a prompt of the dataset", str(file), hint)
    yield from _rows(prompts, texts, file, samples, model)


def _key(prompt: str | None, context: str | None) -> bytes:
    """What a response is matched by, short: contexts may be long."""
    both = json.dumps([(prompt or "").strip(), (context or "").strip()])
    return hashlib.sha256(both.encode()).digest()


def _check(row: Row, columns: Sequence[str], where: str) -> None:
    """Raises LonghandError when one of the columns is missing, or the second, the response's, holds no text."""
    for column in columns:
        if column not in row:
            known = ", ".join(map(str, row))
            raise LonghandError(f"there is no column '{column}', only: {known}", where, "name it in `fields`")
    if not isinstance(row[columns[1]], str | None):
        what = f"'{columns[1]}' is {type(row[columns[1]]).__name__}, not text"
        raise LonghandError(what, where, "name the column with the response's text in `fields`")


def _rows(
    prompts: Sequence[Row], responses: Mapping[str, list[str]], file: Path, samples: int, model: str
) -> Iterator[Row]:
    counts = [len(responses.get(row["prompt_id"], [])) for row in prompts]
    missing, spare = (sum(max(0, sign * (samples - count)) for count in counts) for sign in (1, -1))
    wanted = len(prompts) * samples
    print(
        f"{wanted - missing} of {wanted} responses are in {file}; {missing} are not (status failed); {spare} more than "
        f"{samples} to a prompt are not used",
        file=sys.stderr,
    )
    for row in prompts:
        texts = responses.get(row["prompt_id"], [])
        for sample in range(samples):
            asked = row | {"sample": sample}
            if sample < len(texts):
                answer = Answer("", texts[sample], None, None, None, 0.0, 0)
                yield answered_row(asked, model, answer) | {"request_id": None, "seconds": None}
            else:
                yield unanswered_row(asked, model, "failed", f"no response in {file.name}", 0)
