"""General conversations that are mixed into fine-tuning data: messages, ShareGPT's conversations, or two columns."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from longhand.program.errors import LonghandError
from longhand.prompts.sources import read_source
from longhand.tables.files import Row
from longhand.wire.identity import canonical

Messages = list[dict[str, str]]

ROLES = {"system": "system"}
ROLES |= dict.fromkeys(("user", "human", "prompter"), "user")
ROLES |= dict.fromkeys(("assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard", "chatglm"), "assistant")
"""What chat sets call those who speak -> ours."""
_LISTS = ("messages", "conversations", "conversation")
"""Columns that hold whole conversations; the first of them that a row has."""


class ChatSet(NamedTuple):
    """A set of general conversations.

    Attributes:
        name: of the set.
        file: its data.
        kind: jsonl, json, csv or parquet.
        share: of all rows of the table that it goes into, above 0 and under 1.
        fields: its columns, ours -> theirs: `messages`, or `prompt` and `response`, `system` beside either.
    """

    name: str
    file: Path
    kind: str
    share: float
    fields: Mapping[str, str]

    @property
    def where(self) -> str:
        """For messages."""
        return f"mix {self.name}: {self.file}"


def rows_wanted(number: int, shares: Mapping[str, float]) -> dict[str, int]:
    """How many rows of each set make up its share of a table with `number` rows of other origin."""
    exact = {name: Fraction(str(share)) for name, share in shares.items()}
    rest = 1 - sum(exact.values())
    return {name: round(number * share / rest) for name, share in exact.items()}


def draw(chat: ChatSet, wanted: int, seed: int) -> tuple[Iterator[Messages], int]:
    """So many conversations of a set, drawn without replacement, in its order; they are read as they are taken.

    Args:
        chat: the set. It is read twice, and not kept.
        wanted: how many.
        seed: of the draw.

    Returns:
        The conversations, and how many rows of the set are no conversation with an answer: they take no part.

    Raises:
        LonghandError: there are too few, or the file is not what it should be.
    """
    usable = [messages is not None for messages in _conversations(chat)]
    places = [place for place, is_usable in enumerate(usable) if is_usable]
    if len(places) < wanted:
        unusable = f", {len(usable) - len(places)} rows beside them have no answer" if len(places) < len(usable) else ""
        what = f"{wanted} conversations are needed for a share of {chat.share:g}, there are {len(places)}{unusable}"
        raise LonghandError(what, chat.where, "lower its share, or take a larger set")
    rng = random.Random(hashlib.sha256(canonical([seed, chat.name]).encode()).digest())
    drawn = set(rng.sample(places, wanted))
    rows = (messages for place, messages in enumerate(_conversations(chat)) if place in drawn and messages)
    return rows, len(usable) - len(places)


def check_first(chat: ChatSet) -> None:
    """Raises LonghandError when the first row of a set is not what it should be."""
    next(_conversations(chat), None)


def _conversations(chat: ChatSet) -> Iterator[Messages | None]:
    """Each row of a set as a conversation; None where it is none that a model can learn from."""
    for place, row in read_source(chat.file, chat.kind):
        yield answered(_turns(row, chat.fields, f"{chat.where} {place}"))


def answered(turns: Messages) -> Messages | None:
    """The conversation up to its last answer; None where user and assistant do not take turns, or one says nothing."""
    while turns and turns[-1]["role"] != "assistant":
        turns = turns[:-1]
    spoken = turns[1:] if turns[:1] and turns[0]["role"] == "system" else turns
    in_turn = all(turn["role"] == ("user", "assistant")[n % 2] for n, turn in enumerate(spoken))
    return turns if spoken and in_turn and all(turn["content"].strip() for turn in turns) else None


def _turns(row: Row, fields: Mapping[str, str], where: str) -> Messages:
    """What a row of a chat set says, in order."""
    listed = fields.get("messages")
    if not fields.keys() & {"messages", "prompt", "response"}:
        listed = next((name for name in _LISTS if name in row), None)
    if listed is not None:
        turns = [_turn(each, where) for each in _list(_cell(row, listed, where), listed, where)]
    else:
        sides = (("prompt", "user"), ("response", "assistant"))
        turns = [_message(role, _cell(row, fields.get(side, side), where), where) for side, role in sides]
    system = _cell(row, fields["system"], where) if "system" in fields else row.get("system")
    if turns[:1] and turns[0]["role"] == "system":
        return turns if turns[0]["content"].strip() else turns[1:]
    return [_message("system", system, where), *turns] if system else turns


def _cell(row: Row, name: str, where: str) -> object:
    if name not in row:
        columns = ", ".join(map(str, row))
        raise LonghandError(f"there is no column '{name}', only: {columns}", where, "name its columns in `fields`")
    return row[name]


def _list(value: object, name: str, where: str) -> list[object]:
    if not isinstance(value, list):
        raise LonghandError(f"column '{name}' holds no list of messages", where, "see Mixing in config/README.md")
    return value


def _turn(value: object, where: str) -> dict[str, str]:
    if isinstance(value, dict):
        for role, text in (("role", "content"), ("from", "value")):
            if role in value and text in value:
                return _message(value[role], value[text], where)
    raise LonghandError("a message has neither role and content nor from and value", where)


def _message(role: object, text: object, where: str) -> dict[str, str]:
    if not isinstance(role, str) or role not in ROLES:
        shown = str(role)[:40]
        raise LonghandError(f"a message is by '{shown}', which is none of {', '.join(ROLES)}", where)
    if not isinstance(text, str | None):
        raise LonghandError("a message is no text", where, "text only: no images, no calls of tools")
    return {"role": ROLES[role], "content": (text or "").encode("utf-8", "replace").decode("utf-8")}
