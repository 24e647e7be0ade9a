"""What a test server replies: answers, and the faults that it shows when it is told to."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

DIMENSIONS = ("Clarity", "Depth")
VERDICT = "Give a verdict."

Fault = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def text_for(prompt: str) -> str:
    """What the server answers: a few words or, where a verdict is asked for, JSON."""
    digest = hashlib.sha256(prompt.encode()).digest()
    if VERDICT in prompt:
        return json.dumps({name: 1 + digest[i] % 5 for i, name in enumerate(DIMENSIONS)})
    return f"{prompt[:40]} " + " ".join(f"word{byte}" for byte in digest)


def completion(text: str | None, finish: str = "stop", **message: Any) -> web.Response:
    """A chat completion as it looks when all is well; 10 tokens in, 20 out."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    return web.json_response({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})


def error(status: int, message: str, headers: dict[str, str] | None = None, **fields: Any) -> web.Response:
    """An error in the form of the API."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": None, **fields}}
    return web.json_response(body, status=status, headers=headers)


def _says(make: Callable[[str], web.StreamResponse]) -> Fault:
    async def fault(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return make(text_for(prompt_of(body)))

    return fault


async def _reset(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _hang(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def _trickle(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    """Sends a byte now and then and never ends: no read ever times out."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def _cut(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    """Half of the promised bytes."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    return await _reset(request, {})


async def _echo_key(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    return error(500, f"what is this: {request.headers.get('Authorization')}?")


async def _refuse_key(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    return error(401, f"Incorrect API key provided: {request.headers.get('Authorization')}", code="invalid_api_key")


async def _no_format(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Refuses structured output, otherwise answers."""
    if kind := body.get("response_format", {}).get("type"):
        return error(400, f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.")
    return completion(text_for(prompt_of(body)))


async def _no_schema(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Knows json_object, but no json_schema."""
    if body.get("response_format", {}).get("type") == "json_schema":
        return error(400, "guided decoding: json_schema is not available", param="response_format")
    return completion(text_for(prompt_of(body)))


_VLLM_TOO_LONG = "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 …"
_VLLM_MAX_TOKENS = "max_tokens=5000 cannot be greater than max_model_len=4096. Please request fewer output tokens."

FAULTS: dict[str, Fault] = {
    "500": _says(lambda _: error(500, "Internal server error")),
    "503": _says(lambda _: error(503, "The engine is currently busy")),
    "429": _says(lambda _: error(429, "Rate limit reached", {"Retry-After": "0.3"})),
    "429 bare": _says(lambda _: error(429, "Rate limit reached")),
    "429 spent": _says(lambda _: error(429, "You exceeded your current quota", code="insufficient_quota")),
    "reset": _reset,
    "cut": _cut,
    "hang": _hang,
    "trickle": _trickle,
    "not JSON": _says(lambda _: web.Response(text="<html>Bad gateway</html>")),
    "not UTF-8": _says(lambda _: web.Response(body=b'{"choices": "\xff"}', content_type="application/json")),
    "JSON list": _says(lambda _: web.json_response([1, 2])),
    "no choices": _says(lambda _: web.json_response({"id": "x", "choices": []})),
    "no message": _says(lambda _: web.json_response({"choices": [None]})),
    "error in 200": _says(lambda _: web.json_response({"error": {"message": "upstream failed"}})),
    "abort": _says(lambda text: completion(text[:5], "abort")),
    "null": _says(lambda _: completion(None)),
    "empty": _says(lambda _: completion(" \n")),
    "length": _says(lambda text: completion(text, "length")),
    "filter": _says(lambda text: completion(text, "content_filter")),
    "refusal": _says(lambda _: completion(None, refusal="I will not.")),
    "filter 400": _says(
        lambda _: error(400, "The response was filtered by the content management policy", code="content_filter")
    ),
    "too long vllm": _says(lambda _: error(400, _VLLM_TOO_LONG, type="BadRequestError", param="input_tokens")),
    "too long openai": _says(lambda _: error(400, "Too large.", code="context_length_exceeded", param="messages")),
    "max_tokens": _says(lambda _: error(400, _VLLM_MAX_TOKENS, type="BadRequestError", param="max_tokens")),
    "400": _says(lambda _: error(400, "messages: this cannot be read")),
    "401": _refuse_key,
    "501": _says(lambda _: error(501, "Unsupported method")),
    "404": _says(lambda _: error(404, "The model `m` does not exist.", code="model_not_found")),
    "echo key": _echo_key,
    "no json_schema": _no_schema,
    "no response_format": _no_format,
    # Replies of judges.
    "fenced": _says(lambda text: completion(f"Here you are:\n```json\n{text}\n```\nGood luck!")),
    "prose": _says(lambda _: completion("I like it very much.")),
    "broken": _says(lambda text: completion(text[: len(text) // 2])),
    "of five": _says(lambda text: completion(json.dumps({k: f"{n}/5" for k, n in json.loads(text).items()}))),
    "missing": _says(lambda text: completion(json.dumps({DIMENSIONS[0]: json.loads(text)[DIMENSIONS[0]]}))),
    "out of scale": _says(lambda _: completion(json.dumps(dict.fromkeys(DIMENSIONS, 11)))),
}


def prompt_of(body: dict[str, Any]) -> str:
    """The last message of a request."""
    return str(body["messages"][-1]["content"])
