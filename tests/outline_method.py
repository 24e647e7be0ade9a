"""A method of many calls, as a user would add one: a plan, its parts at the same time, and a call that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.methods.direct import answered_row, unanswered_row
from longhand.tables.files import Row
from longhand.wire.answer import totals
from longhand.wire.asker import Asker, Call, together
from longhand.wire.replies import Unanswered


class Method:
    """Plans, writes the parts, joins them."""

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ()
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        pass

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """One row; a call that fails fails the row."""
        writer, draw = askers["writer"], [row["sample"]]

        def question(text: str) -> list[dict[str, str]]:
            return [{"role": "user", "content": text}]

        try:
            plan = await writer.ask(question(f"PLAN {row['prompt']}"), draw=draw, step="plan")
            lines = plan.text.splitlines()
            parts = await together(
                writer.ask(question(f"PART {line}"), draw=draw, step="part", number=number)
                for number, line in enumerate(lines)
            )
            texts = "\n".join(part.text for part in parts)
            whole = await writer.ask(question(f"JOIN {texts}"), draw=draw, step="join")
        except Unanswered as e:
            return [unanswered_row(row, writer.identity.model, e.status, str(e), e.attempts)]
        return [answered_row(row, writer.identity.model, whole) | totals([plan, *parts, whole])]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Three parts of fifty words."""
        return {"plan": "the start\nthe middle\nthe end", "part": "word " * 50}.get(call.step)
