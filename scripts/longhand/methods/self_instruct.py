"""Makes new instructions from examples (Self-Lengthen): one is asked for, then whether it suits a long text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.methods.tries import SUITS, Tries
from longhand.prompts.new_request import request_in
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.text.imagined import made_up
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.request import Message

INSTRUCT = "instruct"
_IMAGINED_WORDS = 60


class Method:
    """Asks for an instruction until one can be read and suits a text of over 2,000 words, by the model's own word.

    Args:
        settings: `self_instruct`: attempts, words; `prompts`.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("self_instruct",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {INSTRUCT: ("examples",), SUITS: ("instruction",)}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        self._settings, self._templates = settings["self_instruct"], settings["prompts"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """An instruction, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt that holds the examples, and which `sample` of its responses is wanted.
        """
        tries = Tries(askers["writer"], row)
        made = await tries.suiting(
            self._settings["attempts"],
            INSTRUCT,
            self._question(row, INSTRUCT, examples=row["prompt"]),
            lambda answer: self._read(tries, answer, row),
            lambda instruction: self._question(row, SUITS, instruction=instruction),
        )
        return [made]

    def _question(self, row: Row, step: str, **texts: str) -> list[Message]:
        return [{"role": "user", "content": fill(self._templates[step][row["language"]], **texts)}]

    def _read(self, tries: Tries, answer: Answer, row: Row) -> str | None:
        """The instruction of an answer; None where it has none that can be used."""
        instruction = request_in(answer.text)
        least, most = self._settings["words"]
        if instruction is None:
            tries.refuse(answer, "several")
        elif not least <= (words := count_longbench_write(instruction)) <= most:
            tries.refuse(answer, "wrong_length", f"{words} words")
        elif language_of(instruction) != row["language"]:
            tries.refuse(answer, "other_language")
        elif instruction in row["prompt"]:
            tries.refuse(answer, "copied")
        else:
            return instruction
        return None

    def imagine(self, call: Call, row: Row) -> str | None:
        """An instruction, and that it suits."""
        if call.step == SUITS:
            return "是" if row["language"] == "zh" else "yes"
        least, most = self._settings["words"]
        return made_up(min(max(_IMAGINED_WORDS, least), most), row["language"])
