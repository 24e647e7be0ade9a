"""Label tables: pairs of texts for a prompt, of which one is preferred.

Each text is a row of the prompts table, with the text as its reference: so a judge is asked about it once, however many
pairs it is in. The table of labels has a row for each row of the file, which says which of them are its two texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row

PAIR, EMPTY, EQUAL, REPEATED, CONTRADICTED = "pair", "empty", "equal", "repeated", "contradicted"
"""What becomes of a row: it is a pair; a text is empty; both are equal; an earlier row says the same; another one says
the opposite."""
SIDES = ("chosen", "rejected")


def text_id(dataset: str, prompt: str | None, context: str | None, text: str) -> str:
    """The id of the row of a text: 16 hex digits, the same wherever the text stands."""
    content = json.dumps([dataset, prompt, context, text], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text_rows(dataset: str, rows: Iterable[Row], source: Row, labels: Mapping[str, str], where: str) -> Iterator[Row]:
    """The rows of the prompts table for both texts of a pair; none where it has not two different texts.

    Args:
        dataset: its name.
        rows: of the prompts table, of the pair's prompt.
        source: of the file.
        labels: columns of the texts, ours -> theirs: `chosen`, `rejected`.
        where: for messages.

    Raises:
        LonghandError: a column is missing, or holds no text.
    """
    texts = _texts(source, labels, where)
    for row in rows:
        for text in texts if _lacking(texts) is None else ():
            of_text = text_id(dataset, row["prompt"], row["context"], text)
            yield row | {"prompt_id": of_text, "reference": text, "other_references": None}


def label_rows(
    dataset: str, file: Path, kind: str, fields: Mapping[str, str | None], labels: Mapping[str, str]
) -> Iterator[Row]:
    """The rows of the table of labels, in the file's order.

    Args:
        dataset: its name.
        file, kind: the data.
        fields: columns, ours -> theirs; `context` is read under our name too, unless it is null.
        labels: columns of the texts.

    Raises:
        LonghandError: see text_rows; no row is a pair.
    """
    rows: list[Row] = []
    prompt_column, context_column = fields.get("prompt") or "prompt", fields.get("context", "context")
    for place, source in read_source(file, kind):
        texts = _texts(source, labels, f"{file} {place}")
        prompt = text_of(source.get(prompt_column))
        context = None if context_column is None else text_of(source.get(context_column))
        ids = [text_id(dataset, prompt, context, text) for text in texts]
        row = {"place": place, "prompt": text_id(dataset, prompt, context, ""), "outcome": _lacking(texts) or PAIR}
        rows.append(row | dict(zip(SIDES, ids, strict=True)))
    orders = {(row["chosen"], row["rejected"]) for row in rows if row["outcome"] == PAIR}
    earlier: set[tuple[str, str]] = set()
    for row in rows:
        order = row["chosen"], row["rejected"]
        if row["outcome"] == PAIR and order[::-1] in orders:
            row["outcome"] = CONTRADICTED
        elif row["outcome"] == PAIR and order in earlier:
            row["outcome"] = REPEATED
        earlier.add(order)
    if not any(row["outcome"] == PAIR for row in rows):
        raise LonghandError("no row of it is a pair of different texts that no other row contradicts", str(file))
    yield from ({"pair": number} | row for number, row in enumerate(rows))


def _texts(source: Row, labels: Mapping[str, str], where: str) -> tuple[str, str]:
    chosen, rejected = (_text(source, labels[side], where) for side in SIDES)
    return chosen, rejected


def _text(source: Row, column: str, where: str) -> str:
    value = _value(source, column, where)
    if isinstance(value, float) and value != value:  # NaN: pandas' way of saying null
        value = None
    if value is not None and not isinstance(value, str):
        what = f"'{column}' is {type(value).__name__}, not text"
        raise LonghandError(what, where, "name the text in `fields`; of an object a key, `chosen: chosen.text`")
    return (text_of(value) or "").strip()


def _value(source: Row, column: str, where: str) -> Any:
    """A cell; of `chosen.text` the value of a key in one, unless a column has this name."""
    value: Any = source
    for key in [column] if column in source else column.split("."):
        if not isinstance(value, Mapping) or key not in value:
            keys = ", ".join(map(str, value)) if isinstance(value, Mapping) else type(value).__name__
            raise LonghandError(f"there is no column '{column}', only: {keys}", where, "name it in `fields`")
        value = value[key]
    return value


def _lacking(texts: tuple[str, str]) -> str | None:
    """Why two texts are no pair; None where they are."""
    if "" in texts:
        return EMPTY
    return EQUAL if texts[0] == texts[1] else None
