"""The ask-once client: every answer is journaled as it comes, and no question is asked twice."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from longhand.endpoints import Endpoint, FormatRefused, Transient, Unanswered
from longhand.identity import Identity, canonical
from longhand.journal import Answer, Journal
from longhand.progress import Progress
from longhand.sending import Sender
from longhand.spend import Budget

Message = dict[str, str]

_CLAIM_POLL = 0.5  # seconds
_SIMPLER = {"json_schema": {"type": "json_object"}}  # what is asked for when a server refuses; else nothing is


def request_id(identity: Identity, messages: Sequence[Message], draw: Sequence[int], extra: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of all that decides an answer.

    Args:
        identity: the model's.
        messages: the conversation as sent.
        draw: which of several answers to the same question (sample; or repeat and attempt).
        extra: further request fields (a response format).
    """
    asked = [identity.to_json(), list(messages), list(draw), dict(extra)]
    return hashlib.sha256(canonical(asked).encode("utf-8", "surrogatepass")).hexdigest()


class Client:
    """Asks one model.

    Once everything was asked, asking again costs nothing: answers come from the journal, and what could not
    be answered fails in the same way. So a job first asks in the best order, then writes in row order.
    """

    def __init__(
        self,
        identity: Identity,
        endpoint: Endpoint,
        sender: Sender,
        journal: Journal,
        progress: Progress,
        budget: Budget | None = None,
    ):
        self.identity = identity
        self._endpoint, self._sender, self._journal = endpoint, sender, journal
        self._progress, self._budget = progress, budget
        self._asking: dict[str, asyncio.Event] = {}
        self._unanswered: dict[str, Unanswered] = {}
        self._refused: set[str] = set()  # types of response_format

    async def ask(
        self, messages: Sequence[Message], *, draw: Sequence[int], extra: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer to a question: from the journal, or from the model.

        Where the server refuses the response_format in `extra`, a simpler one is sent, then none. The answer counts
        as the one to the question as it was put: what a server can do is a matter of where the model is served.

        Raises:
            Unanswered: there is none, with a status that says why.
            LonghandError: the job cannot go on (a refused key, a dead server, a full disk, a spent budget).
        """
        extra = extra or {}
        key = request_id(self.identity, messages, draw, extra)
        while True:
            if (known := self._journal.get(key)) is not None:
                self._progress.found(key)
                return known
            if key in self._unanswered:
                raise self._unanswered[key]
            if (other := self._asking.get(key)) is not None:  # equal questions at the same time are asked once
                await other.wait()
            elif self._journal.claim(key):
                break
            else:  # by another job
                await asyncio.sleep(_CLAIM_POLL)
        self._asking[key] = finished = asyncio.Event()
        try:
            return await self._paid(key, self._body(key, messages, extra))
        except Unanswered as e:
            self._unanswered[key] = e
            raise
        finally:
            del self._asking[key]
            self._journal.release(key)
            finished.set()

    async def _paid(self, key: str, body: dict[str, Any]) -> Answer:
        async with self._budget.set_aside(body) if self._budget is not None else contextlib.nullcontext():
            answer = await self._sender.send(lambda attempt: self._send(key, body, attempt))
            self._journal.add(answer)
        self._progress.done(answer)
        return answer

    async def _send(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        path = "/chat/completions" if self.identity.api == "chat" else "/completions"
        while True:
            start, sent = time.monotonic(), self._accepted(body)
            try:
                reply = await self._endpoint.send(path, sent)
            except FormatRefused as e:
                self._refuse(sent["response_format"]["type"], str(e))
            else:
                return read_reply(reply, key, time.monotonic() - start, attempt)

    def _accepted(self, body: dict[str, Any]) -> dict[str, Any]:
        """`body` with the best response_format that the server did not refuse."""
        wanted = body.get("response_format")
        while wanted is not None and wanted["type"] in self._refused:
            wanted = _SIMPLER.get(wanted["type"])
        others = {name: value for name, value in body.items() if name != "response_format"}
        return others if wanted is None else others | {"response_format": wanted}

    def _refuse(self, kind: str, said: str) -> None:
        if kind not in self._refused:
            self._refused.add(kind)
            instead = _SIMPLER.get(kind, {}).get("type", "text")
            print(
                f"the server refuses response_format {kind}, asking for {instead}: {said}", file=sys.stderr, flush=True
            )

    def _body(self, key: str, messages: Sequence[Message], extra: Mapping[str, Any]) -> dict[str, Any]:
        """The request, every sampling setting explicit."""
        system = [{"role": "system", "content": self.identity.system}] if self.identity.system else []
        asked: dict[str, Any] = {"messages": [*system, *messages]}
        if self.identity.api == "completions":
            asked = {"prompt": "\n\n".join(message["content"] for message in asked["messages"])}
        seed = {} if self.identity.seed is None else {"seed": int(key[:8], 16) >> 1}
        return {"model": self.identity.model, **asked, **self.identity.sampling, **seed, **extra}


def read_reply(reply: Mapping[str, Any], key: str, seconds: float, attempt: int) -> Answer:
    """An answer from the JSON of a (chat) completion.

    Raises:
        Transient: there is no choice in it, or the server was stopped while it wrote (finish_reason abort).
    """
    try:
        choice = reply["choices"][0]
        message = choice.get("message") or {}
        text = choice.get("text") if "text" in choice else message.get("content")
        finish, refusal = choice.get("finish_reason"), message.get("refusal")
    except (LookupError, TypeError, AttributeError):
        raise Transient("the reply's choice cannot be read") from None
    if finish == "abort":
        raise Transient("the server stopped while it wrote")
    if text is not None and not isinstance(text, str):
        raise Transient("the reply's content is no text")
    usage = reply.get("usage")
    counts = [(usage if isinstance(usage, dict) else {}).get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt_tokens, completion_tokens = (n if isinstance(n, int) else None for n in counts)
    return Answer(
        id=key,
        # Half a surrogate pair cannot be stored as UTF-8.
        text=(text or "").encode("utf-8", "replace").decode("utf-8"),
        finish_reason="refusal" if refusal and not text else None if finish is None else str(finish),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=round(seconds, 3),
        attempts=attempt,
        model=str(reply["model"]) if reply.get("model") else None,
    )
