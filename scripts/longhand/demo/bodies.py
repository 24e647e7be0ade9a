"""Request bodies of the OpenAI API: what the demo engine reads of them, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_CHOICES = 128
"""Choices per request, prompts of a plain completion included."""


class BadRequest(Exception):
    """A request that the server refuses, as the API says it.

    Args:
        message: what is wrong.
        param: the field that is wrong.
        status: of HTTP.
        code: a word for programs.
    """

    def __init__(self, message: str, param: str | None = None, status: int = 400, code: str | None = None):
        super().__init__(message)
        self.param, self.status, self.code = param, status, code


@dataclass(frozen=True)
class Conversation:
    """What a text is to answer.

    Attributes:
        whole: all that the model is shown, messages joined by blank lines.
        task: what it is to answer: the last message of the user, or the whole of a plain prompt.
        identity: a JSON value that tells this prompt from others; roles are part of it.
        opening: the last message where it is the assistant's: what is to be continued.
    """

    whole: str
    task: str
    identity: object
    opening: str | None = None


@dataclass(frozen=True)
class CompletionRequest:
    """A checked request. `max_tokens` is None where the text may be as long as it likes."""

    conversations: list[Conversation]
    choices: int
    max_tokens: int | None
    temperature: float
    seed: int | None
    body: Mapping[str, Any]


def read_request(raw: bytes, served: str, *, chat: bool) -> CompletionRequest:
    """Checks a body; fields that are not known are left alone.

    Args:
        raw: the body as it came.
        served: the only model's name.
        chat: for chat completions, with `messages`; else plain ones, with `prompt`.

    Raises:
        BadRequest: it is not JSON, a field has a wrong type or value, or the model is not served here.
    """
    body = read_body(raw, served)
    if body.get("stream"):
        raise BadRequest("the demo engine does not stream", "stream")
    conversations = [_conversation(body.get("messages"))] if chat else _plain(body.get("prompt"))
    choices = _whole(body, "n", 1, MOST_CHOICES) or 1
    if choices * len(conversations) > MOST_CHOICES:
        raise BadRequest(f"more than {MOST_CHOICES} choices", "n")
    limits = (_whole(body, "max_completion_tokens", 1), _whole(body, "max_tokens", 1))
    return CompletionRequest(
        conversations=conversations,
        choices=choices,
        max_tokens=next((limit for limit in limits if limit is not None), None),
        temperature=_temperature(body.get("temperature")),
        seed=_whole(body, "seed"),
        body=body,
    )


def read_body(raw: bytes, served: str) -> dict[str, Any]:
    """The JSON object of a request to the model that is served.

    Raises:
        BadRequest: it is none, or names another model.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("name a model", "model")
    if model != served:
        raise BadRequest(f"the model {model[:200]!r} does not exist here", "model", 404, "model_not_found")
    return body


def _conversation(messages: Any) -> Conversation:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list that is not empty", "messages")
    turns = []
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest("a message has a role and content", where)
        turns.append((message["role"], _content(message.get("content"), f"{where}.content")))
    whole = "\n\n".join(text for _, text in turns)
    task = next((text for role, text in reversed(turns) if role == "user"), whole)
    return Conversation(whole, task, turns, turns[-1][1] if turns[-1][0] == "assistant" else None)


def _content(content: Any, where: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise BadRequest("content must be text or a list of parts", where)
    texts = []
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise BadRequest("the demo engine reads text parts only", where)
        texts.append(part["text"])
    return "\n".join(texts)


def _plain(prompt: Any) -> list[Conversation]:
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(prompts, list) or not prompts or not all(isinstance(p, str) for p in prompts):
        raise BadRequest("prompt must be a text or a list of texts (no token ids)", "prompt")
    return [Conversation(p, p, p) for p in prompts]


def _whole(body: Mapping[str, Any], key: str, lowest: int | None = None, highest: int | None = None) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"{key} must be a whole number", key)
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        bounds = f"at least {lowest}" + (f", at most {highest}" if highest is not None else "")
        raise BadRequest(f"{key} is {str(value)[:30]}, but must be {bounds}", key)
    return value


def _temperature(value: Any) -> float:
    if value is None:
        return 1.0  # the API's default
    # The comparison refuses NaN, which Python's JSON reads.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
        raise BadRequest("temperature must be a number from 0 to 2", "temperature")
    return float(value)
