"""The plain method with a check: a text is asked for until it passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.methods.tries import Tries, draw_of
from longhand.tables.files import Row
from longhand.text.checks import failed_check
from longhand.wire.asker import Asker, Call
from longhand.wire.content import content_of
from longhand.wire.replies import Unanswered


class Method:
    """One request per try; the first text that passes is the response.

    Args:
        settings: `checked`: attempts, check.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("checked",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        self._attempts, self._check = settings["checked"]["attempts"], settings["checked"]["check"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt and which `sample` of its responses is wanted.
        """
        tries, question = Tries(askers["writer"], row), [{"role": "user", "content": content_of(row)}]
        try:
            for attempt in range(self._attempts):
                draw = draw_of(row, attempt)
                answer = await tries.ask(question, draw=draw, step="write", number=attempt, required=row["required"])
                if answer is None:
                    continue
                if (reason := failed_check(answer.text, self._check)) is None:
                    return [tries.made(answer, answer.text)]
                tries.refuse(answer, reason)
        except Unanswered as e:
            return [tries.unanswered(e)]
        return [tries.rejected()]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the response, if it passes."""
        return None
