"""The demo engine over HTTP: `python -m longhand.demo.server --port 8123 --served-model-name demo`.

POST /v1/chat/completions, /v1/completions and /v1/embeddings, GET /v1/models and /health. A text depends only on the
engine's seed and model name and on the request's prompt, seed, temperature and choice index; `created` is the time of
day. Fields that it does not know are ignored, as vLLM does. Where `VLLM_API_KEY` is set, /v1 wants it as a bearer
token.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web

from longhand.demo.bodies import BadRequest, read_request
from longhand.demo.embeddings import embeddings
from longhand.demo.engine import Engine
from longhand.demo.judge import Judge
from longhand.demo.ngram import bundled_model
from longhand.demo.writer import Writer
from longhand.program.command import run
from longhand.program.errors import LonghandError

LARGEST_BODY = 64 * 1024**2
"""Bytes."""
_FAREWELL = 2.0
"""Seconds that a stopping server gives to answers under way."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def main(
    *,
    port: int,
    host: str = "127.0.0.1",
    served_model_name: str = "demo",
    max_words: int = 2500,
    seed: int = 0,
    latency: float = 0.0,
    loop_share: float = 0.0,
    max_model_len: int = 131_072,
) -> None:
    """Serves the demo engine, which is no language model, until SIGTERM or Ctrl-C.

    Args:
        port: TCP port to listen on.
        host: address to listen on.
        served_model_name: the model's name in requests and answers.
        max_words: the length in words (Chinese: characters) past which its texts do not grow.
        seed: another seed is another author and judge.
        latency: seconds that every answer is held back.
        loop_share: share of paragraphs, 0 to 1, that repeat an earlier one.
        max_model_len: tokens that a prompt and its answer may have together.
    """
    for name, value, allowed, says in (
        ("port", port, 1 <= port <= 65_535, "from 1 to 65535"),
        ("max-words", max_words, max_words >= 1, "1 or more"),
        ("latency", latency, 0 <= latency <= 3600, "from 0 to 3600 seconds"),
        ("loop-share", loop_share, 0 <= loop_share < 1, "from 0 to below 1"),
        ("max-model-len", max_model_len, max_model_len >= 1, "1 or more"),
    ):
        if not allowed:
            raise LonghandError(f"--{name} is {value}, but must be {says}")
    writer = Writer(seed, served_model_name, max_words, loop_share)
    application = make_application(
        Engine(writer, Judge(seed, served_model_name), max_model_len), latency, os.environ.get("VLLM_API_KEY", "")
    )

    def announce(_: str) -> None:
        address = f"Longhand demo engine (no language model): {served_model_name} at http://{host}:{port}/v1"
        print(address, file=sys.stderr, flush=True)

    try:
        web.run_app(
            application, host=host, port=port, print=announce, access_log=None, shutdown_timeout=_FAREWELL, backlog=1024
        )
    except OSError as e:
        raise LonghandError(f"cannot listen: {e.strerror or e}", f"{host}:{port}", "choose another port") from e


def make_application(engine: Engine, latency: float = 0.0, api_key: str = "") -> web.Application:
    """The routes of the server.

    Args:
        engine: answers the requests.
        latency: seconds that every answer is held back.
        api_key: what /v1 wants as a bearer token; empty: nothing.
    """
    name, started = engine.writer.model, int(time.time())
    # One worker: the work is pure Python, so more would not be faster, and the loop stays free for others.
    worker = ThreadPoolExecutor(1, "demo")

    async def answered(request: web.Request, answer: Callable[[bytes], dict[str, Any]]) -> web.Response:
        raw = await request.read()
        begun = time.monotonic()
        response = await asyncio.get_running_loop().run_in_executor(worker, lambda: web.json_response(answer(raw)))
        await asyncio.sleep(max(latency - (time.monotonic() - begun), 0))
        return response

    async def chat_completions(request: web.Request) -> web.Response:
        return await answered(request, lambda raw: engine.answer(read_request(raw, name, chat=True), chat=True))

    async def completions(request: web.Request) -> web.Response:
        return await answered(request, lambda raw: engine.answer(read_request(raw, name, chat=False), chat=False))

    async def embedded(request: web.Request) -> web.Response:
        return await answered(request, lambda raw: embeddings(raw, name, engine.writer.seed, engine.max_model_len))

    async def models(_: web.Request) -> web.Response:
        entry = {"id": name, "object": "model", "created": started, "owned_by": "longhand-demo"}
        return web.json_response({"object": "list", "data": [entry | {"max_model_len": engine.max_model_len}]})

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    async def learn(_: web.Application) -> None:
        bundled_model("en"), bundled_model("zh")

    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Lets in who has the key, and tells every failure in the form of the API."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if api_key and request.path.startswith("/v1") and not hmac.compare_digest(token.encode(), api_key.encode()):
            return _error("the key is wrong or missing", 401, code="invalid_api_key")
        try:
            return await handler(request)
        except BadRequest as e:
            return _error(str(e), e.status, e.param, e.code)
        except web.HTTPException as e:
            return _error(f"{e.reason}: {request.method} {request.path[:200]}", e.status)

    application = web.Application(client_max_size=LARGEST_BODY, middlewares=[guard])
    application.add_routes(
        [
            web.post("/v1/chat/completions", chat_completions),
            web.post("/v1/completions", completions),
            web.post("/v1/embeddings", embedded),
            web.get("/v1/models", models),
            web.get("/health", health),
        ]
    )
    application.on_startup.append(learn)
    return application


def _error(message: str, status: int, param: str | None = None, code: str | None = None) -> web.Response:
    kind = "authentication_error" if status == 401 else "invalid_request_error"
    body = {"message": message, "type": kind, "param": param, "code": code}
    return web.json_response({"error": body}, status=status)


if __name__ == "__main__":
    run(main)
