"""How a model is reached: over HTTP at a given address, or at a server that the job starts.

What replies mean that are no answers is in `replies`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2

from longhand import __version__
from longhand.ask.endpoints.managed import ManagedServer
from longhand.ask.lasting import FaultNotes
from longhand.ask.servers import ServerSlots
from longhand.config.entry import Adapter
from longhand.config.serving import Serving
from longhand.program.errors import LastingError
from longhand.program.printable import printable
from longhand.wire.replies import ErrorReply, FormatRefused, Transient, Unanswered, parsed

__all__ = ["Endpoint", "FormatRefused", "Transient", "Unanswered", "api_key"]

_CONNECT = 30.0  # seconds until an address counts as dead
_LARGEST = 32 * 2**20  # bytes of a reply, unpacked: a hundred times the longest texts
_PACKED = {"", "identity", "gzip", "deflate"}  # no chains of encodings, which unpack without bounds
_SHOWN, _READ = 300, 10_000  # characters of what a server says: that are shown, and looked at
_KEY_LENGTH = 12  # characters; a shorter "key" (EMPTY, token) is none, and may be a word of an answer


Take = Callable[[bytes], None]


class ErrorReplied(Exception):
    """A server's reply to a call that it does not do."""

    def __init__(self, error: ErrorReply):
        super().__init__(f"HTTP {error.status}: {error.message}")
        self.error = error


class Endpoint:
    """Sends requests to the model. A server of its own starts with the first one, and stops on exit.

    Args:
        serving: where the model is, or how it is served.
        server_log: file for the output of a server that is started.
        faults: what other jobs of the run noted; looked at before anything is sent or started. None for others' rows.
        journals: the folder of all journals of the run. Its servers of one kind are counted there, if vLLM's.
    """

    def __init__(self, serving: Serving, server_log: Path, faults: FaultNotes | None, journals: Path | None = None):
        self._serving, self._faults = serving, faults
        slots = ServerSlots(journals, serving) if journals is not None and serving.backend == "vllm" else None
        self._server = None if serving.backend == "openai" else ManagedServer(serving, server_log, slots)
        self._http: httpx2.AsyncClient | None = None
        self._base_url = serving.base_url or ""
        self._starting = asyncio.Lock()
        self._loaded: set[Adapter] = set()  # at the job's own server
        self._key = ""

    async def __aenter__(self) -> Endpoint:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.aclose()
        if self._server is not None:
            await self._server.stop()

    def may_serve(self) -> bool:
        """Whether `send` need not wait for a server or GPUs that others have; they are this job's then, until `stop`.

        Raises:
            LastingError: this machine has fewer GPUs than the server needs.
        """
        return self._server is None or self._server.may_start()

    async def stop(self) -> None:
        """Stops the job's own server, so that others may have its GPUs. A later `send` starts it again."""
        if self._server is not None:
            async with self._starting:
                self._base_url = ""
                await self._server.stop()

    @property
    def shared(self) -> bool:
        """Whether a server of the job's own may answer for other jobs, too: vLLM, which takes long to load."""
        return self._serving.backend == "vllm"

    def up(self) -> bool:
        """Whether the job's own server is up."""
        return self._server is not None and bool(self._base_url) and self._server.runs()

    @property
    def start_seconds(self) -> list[float]:
        """What each start of a server took."""
        return self._server.start_seconds if self._server is not None else []

    @property
    def server(self) -> str | None:
        """What the job's own server is, `vllm 0.14.0`; None where nobody says so."""
        return self._server.version if self._server is not None else None

    async def send(self, path: str, body: dict[str, Any], adapter: Adapter | None = None) -> dict[str, Any]:
        """Sends one request and returns the reply's JSON object.

        Args:
            path: /chat/completions, /completions or /embeddings.
            body: the request.
            adapter: which of the job's own server answers, in place of the body's model.

        Raises:
            Transient, FormatRefused, Unanswered, LonghandError: see `replies`.
        """
        http = await self.connect(adapter)
        sent = body if adapter is None else body | {"model": adapter.name}
        response, received = await self._posted(http, path, sent)
        if not response.is_success:
            error = ErrorReply.read(response.status_code, response.headers, received, self.clean)
            raise error.meaning(self._serving, body)
        return self._answered(received, "data" if "input" in body else "choices")

    async def call(self, method: str, path: str, take: Take | None = None, **sent: Any) -> bytes:
        """Another call at the address, and the body of its reply; with `take` that is given away piece by piece.

        Args:
            method, path: of HTTP.
            take: is given what comes of a body of any length; then none is returned.
            sent: further arguments of httpx2's request.

        Raises:
            ErrorReplied: the server does not do it.
            Transient: there is no whole reply.
            LonghandError: the address is none, or there is no key.
        """
        response, received = await self._exchanged(await self.connect(), method, path, take, **sent)
        if not response.is_success:
            raise ErrorReplied(ErrorReply.read(response.status_code, response.headers, received, self.clean))
        return received

    async def _posted(self, http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> tuple[httpx2.Response, bytes]:
        """A reply and its body. Raises Transient, Unanswered or LonghandError where there is none."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return await self._exchanged(http, "POST", path, content=content)

    async def _exchanged(
        self, http: httpx2.AsyncClient, method: str, path: str, take: Take | None = None, **sent: Any
    ) -> tuple[httpx2.Response, bytes]:
        """A reply and its body. Raises as `call` and `send` do where there is none."""
        address = self._base_url.rstrip("/") + path
        try:
            async with asyncio.timeout(self._serving.timeout):  # httpx2's own starts anew with every byte
                async with http.stream(method, address, follow_redirects=False, **sent) as response:
                    if take is None or not response.is_success:
                        return response, await _received(response)
                    async for piece in _pieces(response):
                        take(piece)
                    return response, b""
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as e:
            raise LastingError(f"base_url is no address: {e}", self._serving.name) from None
        except (TimeoutError, httpx2.TimeoutException) as e:
            lost = not isinstance(e, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            line = f"no answer within {self._serving.timeout:g} s (timeout)"
            raise Transient(line, lost=lost, unreachable=isinstance(e, httpx2.ConnectTimeout)) from None
        except httpx2.HTTPError as e:
            if self._server is not None:
                await self._server.settle()
            line = self.clean(f"{type(e).__name__}: {e}".removesuffix(": "))
            unreachable = isinstance(e, httpx2.ConnectError)
            lost = not unreachable and not isinstance(e, httpx2.ProxyError)
            raise Transient(line, lost=lost, unreachable=unreachable) from None

    def without_key(self, text: str) -> str:
        """An answer's text without the API key, which some servers echo."""
        return text.replace(self._key, "***") if len(self._key) >= _KEY_LENGTH else text

    def _answered(self, received: bytes, part: str) -> dict[str, Any]:
        """A reply with choices or data. Raises Transient, or Unanswered where moderation left none."""
        try:
            reply = parsed(received)
        except ValueError as e:
            why = "nested too deep" if "nested" in str(e) else "not JSON"
            raise Transient(f"the reply is {why}", lost=True) from None
        if isinstance(reply, dict) and reply.get(part):
            return reply
        error = ErrorReply.read(200, {}, received, self.clean)
        if error.moderated:
            raise Unanswered("refused", error.message)
        raise Transient(self.clean(f"the reply has no {part}: {received.decode('utf-8', 'replace')}"))

    async def connect(self, adapter: Adapter | None = None) -> httpx2.AsyncClient:
        """Makes ready to send: starts the server, if it is one of the job's own and does not run; loads the adapter.

        Raises:
            LonghandError: there is no key, the server does not start, or it does not load the adapter.
            Transient: the server was lost while it loaded it.
        """
        async with self._starting:
            if self._http is None:
                if self._faults is not None:
                    self._faults.check()
                self._key = self._server.api_key if self._server is not None else api_key(self._serving)
                headers = {"Accept-Encoding": "gzip", "User-Agent": f"longhand/{__version__}"}
                headers |= {"Content-Type": "application/json", "Accept": "application/json"}
                self._http = httpx2.AsyncClient(
                    headers=headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {}),
                    limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
                    timeout=httpx2.Timeout(self._serving.timeout, connect=min(_CONNECT, self._serving.timeout)),
                    trust_env=self._server is None,
                    verify=self._server is None,  # its own server speaks no TLS, and reading certificates takes time
                )
            if self._server is not None and not (self._base_url and self._server.runs()):
                self._base_url = ""  # until it is healthy
                self._loaded.clear()
                self._base_url = await self._server.start()
            if adapter is not None and adapter not in self._loaded:
                await self._load(self._http, adapter)
        return self._http

    async def _load(self, http: httpx2.AsyncClient, adapter: Adapter) -> None:
        """Has the job's own server load an adapter."""
        assert self._server is not None
        wanted = {"lora_name": adapter.name, "lora_path": adapter.folder}
        response, received = await self._posted(http, "/load_lora_adapter", wanted)
        if not response.is_success and b"already been loaded" not in received:  # for a request whose reply was lost
            error = ErrorReply.read(response.status_code, response.headers, received, self.clean)
            what = f"the server does not load the adapter {adapter.folder}: {error.message}"
            raise LastingError(what, str(self._server.log), "see the end of that log")
        self._loaded.add(adapter)

    def clean(self, text: str) -> str:
        """Text of a server for tables and logs: one line, not too long, and never the key."""

        def unmarked(text: str) -> str:
            return text.replace(self._key, "***") if self._key else text

        # The key is looked for before a cut, which might leave half of it, and again where nothing unseen parts it.
        return unmarked(printable(unmarked(text)[:_READ]))[:_SHOWN]


async def _pieces(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Transient for one that cannot be unpacked without harm."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _PACKED:
        raise Transient(f"the reply is packed in a way that was not asked for: {printable(encoding, 40)}", lost=True)
    async for piece in response.aiter_bytes():
        yield piece


async def _received(response: httpx2.Response) -> bytes:
    """The body, whatever its length is said to be. Raises Transient or Unanswered for what no answer can be."""
    body = bytearray()
    async for piece in _pieces(response):
        body += piece
        if len(body) > _LARGEST:
            raise Unanswered("failed", f"the reply is larger than {_LARGEST // 2**20} MB", lost=True)
    return bytes(body)


def api_key(serving: Serving) -> str:
    """The key from the environment, or an empty string where none is named, or no API is asked.

    Raises:
        LonghandError: the named variable is not set.
    """
    if serving.api_key_env is None or serving.backend != "openai" or serving.retired:
        return ""
    key = os.environ.get(serving.api_key_env, "").strip()
    where, fix = f"api_key_env of {serving.name}", f"export {serving.api_key_env}=…"
    if not key:
        raise LastingError(f"the environment variable {serving.api_key_env} is not set", where, fix)
    if not re.fullmatch(r"[!-~]+", key):  # it could not be sent, and the error about that would show it
        raise LastingError(f"the environment variable {serving.api_key_env} holds no key", where, fix)
    return key
