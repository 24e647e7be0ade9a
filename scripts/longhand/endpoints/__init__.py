"""How a model is reached: over HTTP at a given address, or at a server that the job starts.

Whatever goes wrong is one of four things: Transient (send it again), FormatRefused (ask for less structure),
Unanswered (this row gets a status), LonghandError (the job ends: no other row would fare better).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
import openai

from longhand.endpoints.managed import ManagedServer
from longhand.errors import LastingError
from longhand.identity import Serving
from longhand.lasting import FaultNotes

_TRANSIENT = {408, 409, 425, 429}
_BUSY = {429, 503, 529}
_CONNECT = 30.0  # seconds until an address counts as dead
_LONGEST_WAIT = 600.0  # seconds; a Retry-After may ask for less
_FORMAT = re.compile(r"response_format|json.?schema|json_object|guided|structured.?output|grammar error", re.I)
_TOO_LONG = re.compile(r"maximum context length|context window|context_length|prompt is too long|too many tokens", re.I)
_FILTERED = re.compile(r"content.?(filter|management policy|policy)", re.I)


class Transient(Exception):
    """A fault that may pass. `retry_after`: seconds that the server asks to wait. `busy`: it is asked too much."""

    def __init__(self, message: str, retry_after: float = 0.0, busy: bool = False):
        super().__init__(message)
        self.retry_after, self.busy = retry_after, busy


class FormatRefused(Exception):
    """The server does not know the response_format that a request named."""


class Unanswered(Exception):
    """A request that gets no answer: `status` is too_long, refused or failed, the message says why."""

    def __init__(self, status: str, message: str, attempts: int = 1):
        super().__init__(message)
        self.status, self.attempts = status, attempts


class Endpoint:
    """Sends requests to the model. A server of its own starts with the first one, and stops on exit.

    Args:
        serving: where the model is, or how it is served.
        server_log: file for the output of a server that is started.
        faults: what other jobs of the run noted; it is looked at before anything is sent or started.
    """

    def __init__(self, serving: Serving, server_log: Path, faults: FaultNotes):
        self._serving, self._faults = serving, faults
        self._server = None if serving.backend == "openai" else ManagedServer(serving, server_log)
        self._http: openai.AsyncOpenAI | None = None
        self._starting = asyncio.Lock()
        self._key = ""

    async def __aenter__(self) -> Endpoint:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()
        if self._server is not None:
            await self._server.stop()

    @property
    def start_seconds(self) -> list[float]:
        """What each start of a server took."""
        return self._server.start_seconds if self._server is not None else []

    async def send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sends one request and returns the reply's JSON object.

        Args:
            path: /chat/completions or /completions.
            body: the request.

        Raises:
            Transient, FormatRefused, Unanswered, LonghandError: see this module.
        """
        http = await self._connected()
        try:
            async with asyncio.timeout(self._serving.timeout):  # httpx2's own starts anew with every byte
                reply = await http.post(path, cast_to=httpx2.Response, body=body)
            content = json.loads(reply.text)
        except openai.APIStatusError as e:
            raise self._sorted_out(e, body) from None
        except (TimeoutError, openai.APITimeoutError):
            raise Transient(f"no answer within {self._serving.timeout:g} s (timeout)") from None
        except (openai.APIConnectionError, httpx2.HTTPError) as e:
            if self._server is not None:
                await self._server.settle()
            cause = e.__cause__ or e
            raise Transient(self._clean(f"{type(cause).__name__}: {cause}".removesuffix(": "))) from None
        except ValueError:
            raise Transient("the reply is not JSON") from None
        if not isinstance(content, dict) or not content.get("choices"):
            raise Transient(self._clean(f"the reply has no choices: {content}"))
        return content

    async def _connected(self) -> openai.AsyncOpenAI:
        async with self._starting:
            if self._http is None:
                self._faults.check()
                self._key = self._server.api_key if self._server is not None else api_key(self._serving)
                limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
                self._http = openai.AsyncOpenAI(
                    base_url=self._serving.base_url,
                    api_key=self._key or "none",
                    max_retries=0,
                    timeout=openai.Timeout(self._serving.timeout, connect=min(_CONNECT, self._serving.timeout)),
                    http_client=openai.DefaultAsyncHttpxClient(limits=limits, trust_env=self._server is None),
                )
            if self._server is not None and not self._server.runs():
                self._http.base_url = await self._server.start()
        return self._http

    def _sorted_out(self, error: openai.APIStatusError, request: dict[str, Any]) -> Exception:
        """What an HTTP error means for the request."""
        body = error.body if isinstance(error.body, dict) else {}
        code, message = str(body.get("code") or body.get("type") or ""), str(body.get("message") or error.message)
        message, param = self._clean(message), str(body.get("param"))
        said, where = f"HTTP {error.status_code}: {message}", str(self._serving.base_url or self._serving.name)
        if error.status_code in (401, 403):
            variable = self._serving.api_key_env
            fix = f"check the key in ${variable}" if variable else "name the key's variable in api_key_env"
            return LastingError(f"the API refused the key: {message}", where, fix)
        if code == "insufficient_quota" or error.status_code == 402:
            return LastingError(f"the API says that the money is spent: {message}", where)
        if error.status_code in _TRANSIENT or (error.status_code >= 500 and error.status_code != 501):
            wait = retry_after(error.response.headers.get("retry-after"))
            return Transient(said, wait, busy=error.status_code in _BUSY)
        if error.status_code in (404, 501):
            fix = "check `model`, and that base_url is the address up to and with /v1"
            return LastingError(f"model '{self._serving.model}' or its address is unknown: {message}", where, fix)
        if param == "input_tokens" or (not param.startswith("max_") and _TOO_LONG.search(f"{code} {message}")):
            return Unanswered("too_long", said)
        if _FILTERED.search(f"{code} {message}"):
            return Unanswered("refused", said)
        if "response_format" in request and _FORMAT.search(f"{param} {message}"):
            return FormatRefused(said)
        return Unanswered("failed", said)

    def _clean(self, text: str) -> str:
        """Error text for tables and logs: one line, not too long, and never the key."""
        text = " ".join(text.split())
        return (text.replace(self._key, "***") if self._key else text)[:300]


def api_key(serving: Serving) -> str:
    """The key from the environment, or an empty string where none is named.

    Raises:
        LonghandError: the named variable is not set.
    """
    if serving.api_key_env is None:
        return ""
    key = os.environ.get(serving.api_key_env, "").strip()
    where, fix = f"api_key_env of {serving.name}", f"export {serving.api_key_env}=…"
    if not key:
        raise LastingError(f"the environment variable {serving.api_key_env} is not set", where, fix)
    if not re.fullmatch(r"[!-~]+", key):  # it could not be sent, and the error about that would show it
        raise LastingError(f"the environment variable {serving.api_key_env} holds no key", where, fix)
    return key


def retry_after(header: str | None) -> float:
    """Seconds that a Retry-After header asks to wait: a number or an HTTP date, 0 for what is neither."""
    try:
        wait = float(header or 0)
    except ValueError:
        try:
            wait = parsedate_to_datetime(header or "").timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, min(wait, _LONGEST_WAIT)) if wait == wait else 0.0
