"""From a checked request to its answer: who writes it, how it is cut, what it counted."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from longhand.demo import grounding
from longhand.demo.bodies import BadRequest, CompletionRequest, Conversation
from longhand.demo.draws import fingerprint
from longhand.demo.judge import Judge, is_judging, reply_schema
from longhand.demo.tasks import TASKS
from longhand.demo.tokens import cut_to_tokens
from longhand.demo.writer import Writer
from longhand.text.tokens import TOKENS_PER_CHARACTER, estimate_tokens

_CHARACTERS_PER_TOKEN = 16
"""More than any prose has: what has no English word nor CJK character takes room all the same."""


@dataclass(frozen=True)
class Engine:
    """Answers requests; pure apart from the `created` time.

    Args:
        writer: answers what is no judge request: writing prompts, and the tasks of `TASKS`.
        judge: answers judge requests.
        max_model_len: tokens that a prompt and its answer may have together.
    """

    writer: Writer
    judge: Judge
    max_model_len: int

    def answer(self, request: CompletionRequest, *, chat: bool) -> dict[str, Any]:
        """The body of the answer, with one choice per prompt and `n`.

        Raises:
            BadRequest: a prompt does not fit the context.
        """
        choices: list[dict[str, Any]] = []
        prompt_tokens = completion_tokens = 0
        for conversation in request.conversations:
            counted = max(estimate_tokens(conversation.whole), len(conversation.whole) // _CHARACTERS_PER_TOKEN, 1)
            room = self.max_model_len - counted
            if room < 1:
                raise BadRequest(
                    f"the maximum context length is {self.max_model_len} tokens, the prompt has {counted}",
                    "input_tokens",
                )
            prompt_tokens += counted
            budget = room if request.max_tokens is None else min(request.max_tokens, room)
            for number in range(request.choices):
                text, tokens, cut = cut_to_tokens(self._text(conversation, request, number, budget), budget)
                completion_tokens += tokens
                content = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
                choices.append(
                    {"index": len(choices), **content, "logprobs": None, "finish_reason": "length" if cut else "stop"}
                )
        return {
            "id": self._id(request, chat),
            "object": "chat.completion" if chat else "text_completion",
            "created": int(time.time()),
            "model": self.writer.model,
            "system_fingerprint": "longhand-demo",
            "choices": choices,
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            },
        }

    def _text(self, conversation: Conversation, request: CompletionRequest, number: int, budget: int) -> str:
        # At temperature 0 a model has one answer, whatever the seed and however often it is asked.
        drawn = [request.seed, number] if request.temperature > 0 else []
        judged = grounding.reply(self.judge, conversation, request.body, request.temperature, drawn)
        if judged is not None:
            return judged
        schema = reply_schema(request.body)
        if schema is not None or is_judging(conversation.whole):
            return self.judge.reply(conversation.whole, schema, request.temperature, drawn)
        needed = math.ceil(budget / TOKENS_PER_CHARACTER) + 1
        key = [conversation.identity, request.temperature, *drawn]
        for reply in TASKS:
            if (text := reply(self.writer, conversation, key, needed)) is not None:
                return text
        return self.writer.write(conversation.task, conversation.identity, request.temperature, drawn, needed=needed)

    def _id(self, request: CompletionRequest, chat: bool) -> str:
        identities = [conversation.identity for conversation in request.conversations]
        digest = fingerprint(self.writer.seed, self.writer.model, identities, request.seed, request.temperature)
        return f"{'chatcmpl' if chat else 'cmpl'}-demo-{digest[:16]}"
