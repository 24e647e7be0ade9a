"""Makes a text longer in rounds of two calls (Self-Lengthen): its first half is extended, and opens the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.methods.tries import Tries
from longhand.program.errors import LonghandError
from longhand.tables.files import Row
from longhand.text.checks import failed_check
from longhand.text.fill import fill
from longhand.text.imagined import is_marked, made_up
from longhand.text.length import count_longbench_write
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered
from longhand.wire.request import Message, smaller_answer

HALF, WHOLE = "half", "whole"
"""The steps of a round."""
_START = 20  # characters without white space: what begins with those of the opening starts anew
_PARTS_AT_LINES = 2  # a text of so many paragraphs or fewer is split at its lines
_ANSWER = (
    0.75  # of a text's words: what the plan takes either answer to have, so that a round makes it a quarter longer
)


class Method:
    """Extends the context of a prompt, which is an answer to it.

    Args:
        settings: `extend`: rounds, attempts, min_growth, check, prefix; `prompts`.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("extend",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {"extend": ("instruction", "text")}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        self._settings, self._templates = settings["extend"], settings["prompts"]["extend"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The longer text, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt, with the text as its context, and which `sample` of its responses is wanted.

        Raises:
            LonghandError: there is no text.
        """
        if row["context"] is None:
            raise LonghandError("the prompt has no context to extend", f"prompt {row['prompt_id']}")
        tries, writer = Tries(askers["writer"], row), askers["writer"]
        wanted = self._settings["min_growth"] * count_longbench_write(row["context"])
        try:
            for attempt in range(self._settings["attempts"]):
                text, last = await self._extended(tries, writer.identity, row, attempt)
                if last is not None and count_longbench_write(text) > wanted:
                    return [tries.made(last, text)]
        except Unanswered as e:
            return [tries.unanswered(e)]
        return [tries.rejected()]

    async def _extended(self, tries: Tries, identity: Identity, row: Row, attempt: int) -> tuple[str, Answer | None]:
        """What all rounds of a try make of the text, and the last answer that is in it; None: it is as it was.

        Raises:
            Unanswered: a call got no answer. One that only this longer text does not get ends the rounds.
        """
        text, last = row["context"], None
        for round_ in range(self._settings["rounds"]):
            try:
                grown = await self._round(tries, identity, row, text, attempt * self._settings["rounds"] + round_)
            except Unanswered as e:
                if last is None or e.status not in ("too_long", "refused"):
                    raise
                break
            if grown is not None:
                text, last = grown
        return text, last

    async def _round(
        self, tries: Tries, identity: Identity, row: Row, text: str, number: int
    ) -> tuple[str, Answer] | None:
        """A longer text and the answer that ends it; None where the round failed."""
        draw, before = [row["sample"], number], count_longbench_write(text)
        expected = max(1, round(_ANSWER * before))
        question = self._question(row, first_half(text))
        extra = smaller_answer(identity, question)
        half = await tries.ask(question, draw=draw, step=HALF, number=number, extra=extra, expected=expected)
        if half is None:
            return None
        question, opening = self._question(row, text), opening_of(half.text)
        if opening:
            question.append(self._begun(identity, opening))
            extra = going_on(identity) | smaller_answer(identity, question)
        else:
            extra = smaller_answer(identity, question)
        rest = await tries.ask(question, draw=draw, step=WHOLE, number=number, extra=extra, expected=expected)
        if rest is None:
            return None
        grown = joined(opening, rest.text)
        if opening and _starts_anew(opening, rest.text):
            tries.refuse(rest, "restarted", "it begins as the opening does")
        elif not is_marked(grown) and (reason := failed_check(grown, self._settings["check"])):
            tries.refuse(rest, reason)
        elif (words := count_longbench_write(grown)) <= before:
            tries.refuse(rest, "not_longer", f"{words} words, before {before}")
        else:
            return grown, rest
        return None

    def _question(self, row: Row, text: str) -> list[Message]:
        content = fill(self._templates[row["language"]], instruction=row["prompt"], text=text)
        return [{"role": "user", "content": content}]

    def _begun(self, identity: Identity, opening: str) -> Message:
        """The opening as the assistant's message, which the server is to go on with."""
        message: Message = {"role": "assistant", "content": opening}
        return message | {"prefix": True} if identity.backend == "openai" and identity.api == "chat" else message

    def imagine(self, call: Call, row: Row) -> str | None:
        """Two texts that make the round's a quarter longer: of the first two thirds are used."""
        rounds = self._settings["rounds"]
        if call.step == WHOLE and call.number % rounds == rounds - 1:
            return None
        return made_up(call.expected or 1, row["language"], seed=2 * call.number + (call.step == WHOLE))


def first_half(text: str) -> str:
    """The first half of a text's paragraphs, or of its lines where there are one or two; at least one of them."""
    parts, between = _paragraphs(text), "\n\n"
    if len(parts) <= _PARTS_AT_LINES:
        parts, between = [line for line in text.strip().split("\n") if line.strip()], "\n"
    return between.join(parts[: max(1, len(parts) // 2)])


def opening_of(extended: str) -> str:
    """The first two thirds of the paragraphs of the extended first half; nothing where it has one only."""
    parts = _paragraphs(extended)
    return "\n\n".join(parts[: 2 * len(parts) // 3]).rstrip()


def joined(opening: str, rest: str) -> str:
    """The opening and what goes on from it.

    The opening ends a paragraph and was sent without white space at its end: what the server wrote begins with it, or
    it has taken it away, and a blank line is put there.
    """
    if not opening:
        return rest
    return opening + rest if rest[:1].isspace() else f"{opening}\n\n{rest}"


def going_on(identity: Identity) -> dict[str, Any]:
    """The request fields that make a server go on with the assistant's last message; others take it as it is."""
    if identity.backend != "vllm" or identity.api != "chat":
        return {}
    return {"continue_final_message": True, "add_generation_prompt": False}


def _paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s*\n", text.strip())


def _starts_anew(opening: str, rest: str) -> bool:
    start = "".join(opening.split())[:_START]
    return "".join(rest.split()).startswith(start)
