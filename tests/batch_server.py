"""A server with OpenAI's files, batches and chat completions, which goes on with its batches when it is told to.

In a test: `with BatchServer() as server`, then `server.work("complete")` and the like; or `at_look="complete"`, which
does that whenever a client looks at batches. Results come in another order than requests. Lines meet the same faults
as live requests do (`plan`), and the calls of the API have faults of their own (`calls`).
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import BodyPartReader, web
from fault_replies import FAULTS, Fault, completion, error, prompt_of, text_for
from fault_server import FaultServer, Plan, no_fault
from provider_batch import OVER, File, ProviderBatch

Calls = Callable[[str, int], str | Fault | None]
"""From a call ("files.create", "batches.list" …) and how often it came before to what goes wrong: a fault or its name,
which happens before the server does anything, or after it has done its work where " after" follows. "half after"
breaks off in the middle of the reply; "kill", "kill after" and "kill half after" end the client there."""

ANY = {"messages": [{"content": ""}]}  # the faults of replies want a request


def no_client() -> None:
    """Nothing to kill."""


class BatchServer(FaultServer):
    """Serves from a thread while used as a context manager.

    Args:
        plan: which fault a request meets, live or as a line of a batch.
        calls: which fault a call about files or batches meets.
        at_look: what happens to all batches whenever one is retrieved or they are listed (see `work`).
        lag: in so many lists after its creation a batch is not shown yet.
        most: requests of a batch.
        page: batches of a list, at most.

    Attributes:
        files, batches: all of them, in the order of their creation.
        called: how often each call came.
        paid: how often a request's body got an answer that costs money, live or in a batch, whether or not it was
            collected; paid_by_batch: those in a batch.
        kill: ends the client; for the test to set.
    """

    def __init__(
        self,
        plan: Plan = no_fault,
        calls: Calls = no_fault,
        at_look: str | None = None,
        lag: int = 0,
        most: int = 50_000,
        page: int = 100,
        text: Callable[[str], str] = text_for,
    ):
        super().__init__(plan, text=text)
        self.calls, self.at_look, self.lag, self.most, self.page = calls, at_look, lag, most, page
        self.files: dict[str, File] = {}
        self.batches: dict[str, ProviderBatch] = {}
        self.called, self.paid, self.paid_by_batch = Counter[str](), Counter[str](), Counter[str]()
        self.kill: Callable[[], None] = no_client
        self._order = random.Random(1)

    def work(self, what: str) -> None:
        """Goes on with all batches that are not over: what is left of the way to the state that is named.

        Args:
            what: "validate"; "half" (of the requests that wait are answered, also while a batch is being cancelled);
                "finalize" (all are); "complete"; "expire"; "cancelled" (those that are to be cancelled).
        """
        asyncio.run_coroutine_threadsafe(self._work(what), self._loop).result()

    async def _work(self, what: str) -> None:
        for batch in self.batches.values():
            if batch.status == "validating":
                batch.validate(self.files[batch.input_file_id].content, self.most)
            if batch.status == "cancelling" and what in ("cancelled", "complete"):
                self._end(batch, "cancelled")
            goes_on = {"in_progress": ("half", "finalize", "complete"), "cancelling": ("half",)}
            if what in goes_on.get(batch.status, ()):
                names = self._order.sample(sorted(batch.waiting), len(batch.waiting))
                for name in names[: len(names) // 2] if what == "half" else names:
                    await self._answer(batch, name)
                if what != "half":
                    batch.becomes("finalizing")
            if batch.status == "finalizing" and what == "complete":
                self._end(batch, "completed")
            if batch.status in ("in_progress", "finalizing") and what == "expire":
                self._end(batch, "expired")

    async def _answer(self, batch: ProviderBatch, custom_id: str) -> None:
        body = batch.waiting[custom_id]
        prompt = prompt_of(body)
        fault = self.plan(prompt, self.received[prompt])
        self.received[prompt] += 1
        self.bodies.append(body)
        reply: Any = completion(self.text(prompt))
        if fault is not None:
            reply = await (FAULTS[fault] if isinstance(fault, str) else fault)(reply, body)
        else:
            self.answered[prompt] += 1
        try:
            shown = json.loads(reply.text)
        except ValueError:
            shown = reply.text
        batch.note(custom_id, reply.status, shown)
        if reply.status == 200:
            self.paid[key_of(body)] += 1
            self.paid_by_batch[key_of(body)] += 1

    def _end(self, batch: ProviderBatch, status: str) -> None:
        batch.end(status)
        for purpose, lines in (("output", batch.output), ("error", batch.errors)):
            if lines:
                content = "".join(json.dumps(line) + "\n" for line in lines).encode()
                made = self._keep(f"{batch.id}_{purpose}.jsonl", "batch_output", content)
                setattr(batch, f"{purpose}_file_id", made.id)

    def _keep(self, name: str, purpose: str, content: bytes) -> File:
        made = File(f"file-{len(self.files):04d}", name, purpose, content)
        self.files[made.id] = made
        return made

    def application(self) -> web.Application:
        """The routes."""
        application = super().application()
        routes = {
            "files.create": ("POST", "/v1/files", self._create_file),
            "files.retrieve": ("GET", "/v1/files/{id}", self._retrieve_file),
            "files.content": ("GET", "/v1/files/{id}/content", self._content),
            "batches.create": ("POST", "/v1/batches", self._create_batch),
            "batches.list": ("GET", "/v1/batches", self._list),
            "batches.retrieve": ("GET", "/v1/batches/{id}", self._retrieve_batch),
            "batches.cancel": ("POST", "/v1/batches/{id}/cancel", self._cancel),
        }
        for call, (method, path, handler) in routes.items():
            application.router.add_route(method, path, self._with_faults(call, handler))
        return application

    def _with_faults(self, call: str, handler: Callable[[web.Request], Awaitable[web.Response]]) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self.calls(call, self.called[call])
            self.called[call] += 1
            self.headers.append(dict(request.headers))
            after = isinstance(fault, str) and fault.endswith(" after")
            reply = await handler(request) if fault is None or after else None
            if fault is None:
                return reply or web.Response()
            return await self._fault(fault.removesuffix(" after") if isinstance(fault, str) else fault, request, reply)

        return handle

    async def _fault(self, fault: str | Fault, request: web.Request, reply: web.Response | None) -> web.StreamResponse:
        if isinstance(fault, str) and fault.endswith("half") and reply is not None:
            assert isinstance(reply.body, bytes)
            broken = web.StreamResponse(headers={"Content-Length": str(len(reply.body))})
            await broken.prepare(request)
            await broken.write(reply.body[: len(reply.body) // 2])
            await asyncio.sleep(0.05)  # until the client has it
        if isinstance(fault, str) and fault.startswith("kill"):
            self.kill()
        if fault in ("half", "kill", "kill half"):
            fault = "reset"
        return await (FAULTS[fault] if isinstance(fault, str) else fault)(request, ANY)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        reply = await super()._complete(request)
        if reply.status == 200:
            self.paid[key_of(await request.json())] += 1
        return reply

    async def _create_file(self, request: web.Request) -> web.Response:
        fields: dict[str, bytes] = {}
        name = ""
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            fields[part.name or ""] = bytes(await part.read())
            name = part.filename or name
        if fields.get("purpose") != b"batch" or "file" not in fields or not name.endswith(".jsonl"):
            return error(400, "a file of JSON lines for batches is wanted", param="purpose")
        return web.json_response(self._keep(name, "batch", fields["file"]).to_json())

    async def _retrieve_file(self, request: web.Request) -> web.Response:
        kept = self.files.get(request.match_info["id"])
        return web.json_response(kept.to_json()) if kept else error(404, "No such File object")

    async def _content(self, request: web.Request) -> web.Response:
        kept = self.files.get(request.match_info["id"])
        return web.Response(body=kept.content) if kept else error(404, "No such File object")

    async def _create_batch(self, request: web.Request) -> web.Response:
        body = await request.json()
        metadata = body.get("metadata") or {}
        if body["input_file_id"] not in self.files or body["completion_window"] != "24h":
            return error(400, "the input file or the completion window is not valid", param="input_file_id")
        if len(metadata) > 16 or any(len(key) > 64 or len(text) > 512 for key, text in metadata.items()):
            return error(400, "metadata: too many or too long", param="metadata")
        name = f"batch_{len(self.batches):04d}"
        batch = ProviderBatch(name, body["input_file_id"], body["endpoint"], "24h", metadata, self.lag)
        self.batches[name] = batch
        return web.json_response(batch.to_json())

    async def _look(self) -> None:
        if self.at_look:
            await self._work(self.at_look)

    async def _retrieve_batch(self, request: web.Request) -> web.Response:
        await self._look()
        batch = self.batches.get(request.match_info["id"])
        return web.json_response(batch.to_json()) if batch else error(404, "No batch found with this id")

    async def _list(self, request: web.Request) -> web.Response:
        """Newest first."""
        await self._look()
        shown = [batch for batch in reversed(self.batches.values()) if not batch.lag]
        for batch in self.batches.values():
            batch.lag = max(0, batch.lag - 1)
        if after := request.query.get("after"):
            shown = shown[[batch.id for batch in shown].index(after) + 1 :]
        limit = min(self.page, int(request.query.get("limit", 20)))
        data = [batch.to_json() for batch in shown[:limit]]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
        return web.json_response({"object": "list", "data": data, "has_more": len(shown) > limit, **ends})

    async def _cancel(self, request: web.Request) -> web.Response:
        batch = self.batches.get(request.match_info["id"])
        if batch is None:
            return error(404, "No batch found with this id")
        if batch.status in OVER:
            return error(409, f"Cannot cancel a batch with status '{batch.status}'.")
        batch.becomes("cancelling")
        return web.json_response(batch.to_json())


def key_of(body: dict[str, Any]) -> str:
    """What makes two requests the same."""
    return json.dumps(body, sort_keys=True)
