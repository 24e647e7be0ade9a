"""A request to a model: its id, and what is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from longhand.text.tokens import TOKENS_PER_CHARACTER, estimate_tokens
from longhand.wire.identity import EMBEDDINGS, Identity, canonical

Message = dict[str, Any]
"""Role and content; what else an API takes with them."""


def request_id(identity: Identity, messages: Sequence[Message], draw: Sequence[int], extra: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of all that decides an answer.

    Args:
        identity: the model's.
        messages: the conversation as sent.
        draw: which of several answers to the same question (sample; or repeat and attempt).
        extra: further request fields (a response format).
    """
    request = [identity.to_json(), list(messages), list(draw), dict(extra)]
    return hashlib.sha256(canonical(request).encode("utf-8", "surrogatepass")).hexdigest()


def request_body(
    identity: Identity, request_id: str, messages: Sequence[Message], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The JSON object that is sent, every sampling setting explicit.

    Of an embedder, each message is a text of its own.
    """
    system = [{"role": "system", "content": identity.system}] if identity.system else []
    question: dict[str, Any] = {"messages": [*system, *messages]}
    if identity.api == "completions":
        question = {"prompt": "\n\n".join(message["content"] for message in question["messages"])}
    elif identity.api == EMBEDDINGS:
        question = {"input": [message["content"] for message in messages]}
    seed = {} if identity.seed is None else {"seed": int(request_id[:8], 16) >> 1}
    return {"model": identity.model, **question, **identity.sampling, **seed, **extra}


_SPARE = 1.25, 200  # an estimate of tokens may be too low by this factor; the chat template adds some


def smaller_answer(identity: Identity, messages: Sequence[Message]) -> dict[str, int]:
    """The request field that keeps an answer within what the prompt leaves of the server's window.

    Servers refuse a prompt and a max_tokens that do not fit together.

    Returns:
        Nothing where they fit by estimate, or the entry does not say how large the window is.
    """
    limit = next((name for name in ("max_tokens", "max_completion_tokens") if identity.sampling.get(name)), None)
    if limit is None or identity.window is None:
        return {}
    sent = "\n".join([identity.system or "", *(message["content"] for message in messages)])
    factor, more = _SPARE
    spare = identity.window - more - identity.sampling[limit]
    if factor * (TOKENS_PER_CHARACTER * len(sent) + 1) <= spare:  # no estimate is higher
        return {}
    room = identity.window - int(factor * estimate_tokens(sent)) - more
    return {limit: max(1, room)} if room < identity.sampling[limit] else {}
