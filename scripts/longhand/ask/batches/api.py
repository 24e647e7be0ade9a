"""OpenAI's API of files and batches, called at a judge's address."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from longhand.ask import sending
from longhand.ask.batches.state import is_id
from longhand.ask.endpoints import Endpoint, ErrorReplied
from longhand.config.serving import Serving
from longhand.program.errors import LonghandError, NotFinished
from longhand.wire.replies import LONGEST_WAIT, Transient, Unanswered, parsed

LINE_URL = "/v1/chat/completions"
"""What each line of an input file is for, and the whole batch."""
KEY_FIELD, WORK_FIELD = "longhand", "longhand_work"
"""Of a batch's metadata: our key, and whose requests it has."""
COMPLETED = "completed"
OVER = frozenset((COMPLETED, "failed", "expired", "cancelled"))
"""Last states of a batch."""
_WINDOW = "24h"
_PAGE, MOST_PAGES = 100, 1000  # batches of a page, pages of the list of batches
_LONGEST_LINE = 32 * 2**20  # bytes
_UNKNOWN, _FAULT = {404, 405, 410, 501}, 500
_MAYBE_DONE = {408}
_OF_THIS_CALL = _UNKNOWN | {400, 409, 413, 415, 422}  # no word about the key, the address or the server

Result = TypeVar("Result")
Batch = Mapping[str, Any]


class Unknown(LonghandError):
    """The server does not know a batch or a file, or has no such API."""


class MaybeCreated(Exception):
    """A batch was to be created, and no reply says whether it was."""


class BatchApi:
    """The calls. What may pass is tried again, except for the creation of a batch.

    Args:
        endpoint: where they go.
        serving: of the judge.
    """

    def __init__(self, endpoint: Endpoint, serving: Serving):
        self._endpoint, self._serving = endpoint, serving

    def clean(self, text: str) -> str:
        """What the provider says, fit to be shown and kept: one line, not too long, without the key."""
        return self._endpoint.clean(text)

    async def upload(self, name: str, file: BinaryIO) -> str:
        """Uploads an input file; returns its id. What is uploaded twice costs nothing."""

        async def call() -> str:
            file.seek(0)
            reply = await self._endpoint.call(
                "POST",
                "/files",
                data={"purpose": "batch"},
                files={"file": (name, file, "application/jsonl")},
                headers={"Content-Type": f"multipart/form-data; boundary={secrets.token_hex(16)}"},
            )
            return id_of(self._object(reply))

        return await self._tried(call, "an input file")

    async def create(self, file: str, metadata: Mapping[str, str]) -> Batch:
        """Creates a batch. It is tried again only where it surely was not created.

        Raises:
            MaybeCreated: no reply says whether it was.
            LonghandError: it was not.
        """
        body = {"input_file_id": file, "endpoint": LINE_URL, "completion_window": _WINDOW, "metadata": metadata}

        async def call() -> Batch:
            try:
                batch = self._object(await self._endpoint.call("POST", "/batches", content=json.dumps(body).encode()))
                id_of(batch)
                return batch
            except (Transient, Unanswered) as e:
                if isinstance(e, Transient) and e.unreachable:
                    raise
                raise MaybeCreated(str(e)) from None
            except ErrorReplied as e:
                if e.error.status in _MAYBE_DONE or e.error.status >= _FAULT:
                    raise MaybeCreated(str(e)) from None
                raise

        return await self._tried(call, "a batch")

    async def listed(self) -> AsyncIterator[Batch]:
        """All batches of the key's account, page by page. Raises LonghandError where they are none, or do not end."""
        query: dict[str, Any] = {"limit": _PAGE}
        pages = set[str]()
        while True:
            page = await self._got("/batches", "the list of batches", query)
            listed = page.get("data", "none")
            if not isinstance(listed, list | None):  # not for an empty one: what it hides would be paid again
                fix = f"check base_url; or take `batch` out of judge {self._serving.name}"
                raise LonghandError("the reply is no list of batches", self._serving.base_url, fix)
            batches = [batch for batch in listed or () if _has_id(batch)]
            for batch in batches:
                yield batch
            last = id_of(batches[-1]) if batches else ""
            if page.get("has_more") is not True:
                return
            if not last or last in pages or len(pages) == MOST_PAGES:
                fix = f"tell the provider, and run again; or take `batch` out of judge {self._serving.name}"
                raise LonghandError("the list of batches does not end", self._serving.base_url, fix)
            pages.add(last)
            query = {"limit": _PAGE, "after": last}

    async def retrieve(self, batch: str) -> Batch:
        """A batch as it is now. Raises Unknown where the server does not know it."""
        return await self._got(f"/batches/{quote(batch, safe='')}", f"batch {batch}")

    async def cancel(self, batch: str) -> None:
        """Has a batch end; one that is over stays as it is. Raises Unknown where the server does not know it."""
        try:
            path = f"/batches/{quote(batch, safe='')}/cancel"
            await self._tried(lambda: self._endpoint.call("POST", path), f"to cancel batch {batch}")
        except Unknown:
            raise
        except LonghandError:
            if batch_status(await self.retrieve(batch)) not in OVER:
                raise

    async def lines(self, file: str, take: Callable[[bytes], None]) -> None:
        """Reads a file line by line. Where that breaks off, it begins again: a line may be given twice."""
        path = f"/files/{quote(file, safe='')}/content"

        async def call() -> None:
            rest = bytearray()

            def read(piece: bytes) -> None:
                *whole, last = piece.split(b"\n")
                for line in whole:
                    take(bytes(rest + line))
                    rest.clear()
                rest.extend(last)
                if len(rest) > _LONGEST_LINE:
                    raise Transient(f"a line is larger than {_LONGEST_LINE // 2**20} MB")

            await self._endpoint.call("GET", path, read)
            take(bytes(rest))

        await self._tried(call, f"the content of file {file}")

    def _object(self, body: bytes) -> dict[str, Any]:
        """What a reply says, without the key. Raises Transient where it is no JSON object."""
        try:
            reply = parsed(body)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise Transient("the reply is no JSON object", lost=True)
        without_key: dict[str, Any] = json.loads(self._endpoint.without_key(json.dumps(reply)))
        return without_key

    async def _got(self, path: str, what: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        async def call() -> dict[str, Any]:
            return self._object(await self._endpoint.call("GET", path, params=query or {}))

        return await self._tried(call, what)

    async def _tried(self, call: Callable[[], Awaitable[Result]], what: str) -> Result:
        """What a call gives. Raises LonghandError where the server refuses it, or nothing comes in as many tries."""

        async def attempt() -> Result:
            try:
                return await call()
            except ErrorReplied as e:
                raise self._failure(e, what) from None

        try:
            async for round_ in AsyncRetrying(
                stop=stop_after_attempt(self._serving.tries),
                retry=retry_if_exception_type(Transient),
                wait=_pause,
                reraise=True,
            ):
                with round_:
                    return await attempt()
        except (Transient, Unanswered) as e:
            raise self._gave_up(e) from None
        raise AssertionError("unreachable")

    def _gave_up(self, reason: Exception) -> LonghandError:
        where = self._serving.base_url or self._serving.name
        return LonghandError(f"the batch API gives no answer: {reason}", where, "run again: what came is kept")

    def _failure(self, replied: ErrorReplied, what: str) -> Exception:
        """What an error means: Transient, or why the job ends."""
        error = replied.error
        if error.status in _OF_THIS_CALL:
            kind = Unknown if error.status in _UNKNOWN else LonghandError
            fix = f"if it has no batches: take `batch` out of judge {self._serving.name}"
            return kind(f"the batch API refuses {what}: {replied}", self._serving.base_url, fix)
        meaning = error.meaning(self._serving, {})
        if isinstance(meaning, Transient) and error.retry_after > LONGEST_WAIT:
            return NotFinished(f"the server asks to wait {error.retry_after:,.0f} s", self._serving.base_url)
        if isinstance(meaning, Unanswered):
            meaning = meaning.otherwise or LonghandError(f"the batch API refuses {what}: {replied}")
        return meaning


def metadata_of(batch: Batch, name: str) -> str | None:
    """A text of a batch's metadata, which anybody may have written."""
    metadata = batch.get("metadata")
    text = metadata.get(name) if isinstance(metadata, dict) else None
    return text if isinstance(text, str) else None


def request_count(batch: Batch, name: str) -> int:
    """A count of a batch's requests: total, completed or failed; 0 where it says none."""
    counts = batch.get("request_counts")
    count = counts.get(name) if isinstance(counts, dict) else None
    return count if type(count) is int and count > 0 else 0


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return getattr(error, "retry_after", 0.0) + sending.BACK_OFF(state)


def _has_id(batch: object) -> bool:
    return isinstance(batch, dict) and is_id(batch.get("id"))


def id_of(reply: Batch) -> str:
    """The id of a batch or a file. Raises Transient where it has none."""
    if not _has_id(reply):
        raise Transient("the reply has no id", lost=True)
    return str(reply["id"])


def batch_status(batch: Batch) -> str:
    """The state of a batch, in the provider's word."""
    return str(batch.get("status"))
