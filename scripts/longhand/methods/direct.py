"""The plain method: one request per response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.tables.files import Row
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.content import content_of
from longhand.wire.replies import Unanswered


class Method:
    """One request per response.

    Args:
        settings: `input`, where prompts over a window lose their middle: `most` tokens by a `tokenizer`.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("input",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        self._input: Mapping[str, Any] | None = settings.get("input")

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt (prompt_id, prompt, context) and which `sample` of its responses is wanted.
        """
        writer, content, cut_tokens = askers["writer"], content_of(row), 0
        if self._input is not None:
            from longhand.text.middle import without_middle  # heavy, and few models have a limit

            content, cut_tokens = without_middle(content, self._input["most"], self._input["tokenizer"])
        question, cut = [{"role": "user", "content": content}], {"cut_tokens": cut_tokens or None}
        try:
            answer = await writer.ask(question, draw=[row["sample"]], step="write")
        except Unanswered as e:
            return [unanswered_row(row, writer.identity.model, e.status, str(e), e.attempts) | cut]
        return [answered_row(row, writer.identity.model, answer) | cut]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the response."""
        return None


def status_of(answer: Answer) -> str:
    """ok, truncated, empty or refused, from what the model wrote and why it stopped."""
    if answer.finish_reason in ("content_filter", "refusal"):
        return "refused"
    if not answer.text.strip():
        return "empty"
    return "truncated" if answer.finish_reason == "length" else "ok"


def answered_row(row: Row, model: str, answer: Answer) -> Row:
    """A row of the responses table. A filtered answer is no text of the model's: it is not stored as one."""
    status = status_of(answer)
    no_text: dict[str, Any] = {
        "refused": f"the server filtered the answer (finish_reason {answer.finish_reason})",
        "empty": f"the answer has no text (finish_reason {answer.finish_reason})",
    }
    return {
        "prompt_id": row["prompt_id"],
        "sample": row["sample"],
        "status": status,
        "error": no_text.get(status),
        "response": None if status in no_text else answer.text,
        "finish_reason": answer.finish_reason,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "cut_tokens": None,
        "seconds": answer.seconds,
        "attempts": answer.attempts,
        "model": model,
        "reported_model": answer.model,
        "server": answer.server,
        "request_id": answer.id,
    }


def unanswered_row(row: Row, model: str, status: str, error: str, attempts: int) -> Row:
    """A row of the responses table for a prompt that got no answer."""
    nothing = dict.fromkeys(
        (
            "response",
            "finish_reason",
            "prompt_tokens",
            "completion_tokens",
            "cut_tokens",
            "seconds",
            "reported_model",
            "server",
            "request_id",
        )
    )
    known = {"prompt_id": row["prompt_id"], "sample": row["sample"], "model": model}
    return {**nothing, **known, "status": status, "error": error, "attempts": attempts}
