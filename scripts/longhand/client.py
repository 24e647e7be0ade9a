"""The ask-once client: every answer is journaled as it comes, and no question is asked twice."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from longhand.endpoints import Endpoint, FormatRefused, Transient, Unanswered
from longhand.errors import LonghandError
from longhand.identity import Identity, canonical
from longhand.journal import Answer, Journal
from longhand.ledger import Ledger
from longhand.printable import printable
from longhand.progress import Progress
from longhand.sending import Sender
from longhand.unanswered import KnownUnanswered

Message = dict[str, str]

_CLAIM_POLL = 0.5  # seconds
_SIMPLER = {"json_schema": {"type": "json_object"}}  # what is asked for when a server refuses; else nothing is
_CUT_OFF = {"abort", "error", "network_error"}  # finish reasons: of vLLM, OpenRouter, Zhipu
_FILTERED = re.compile(r"content.?filter|sensitive|safety|prohibited_content|blocklist|recitation|guardrail", re.I)
_MOST_TOKENS = 10**9  # of an answer; what says more has counted something else
_LONGEST_NAME = 200  # characters of a finish reason or a model's name


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

    Attributes:
        postpones: what got no answer in earlier legs fails as it did then, without being asked; set to False to ask it.
        postponed: there was such a request.
    """

    def __init__(
        self,
        identity: Identity,
        endpoint: Endpoint,
        sender: Sender,
        journal: Journal,
        ledger: Ledger,
        known_unanswered: KnownUnanswered,
        progress: Progress,
    ):
        self.identity, self.postpones, self.postponed = identity, True, False
        self._endpoint, self._sender, self._progress = endpoint, sender, progress
        self._journal, self._ledger, self._known_unanswered = journal, ledger, known_unanswered
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
            if self.postpones and (reason := self._known_unanswered.reason(key)) is not None:
                self.postponed = True
                raise reason
            if (other := self._asking.get(key)) is not None:  # equal questions at the same time are asked once
                await other.wait()
            elif self._journal.claim(key):
                break
            else:  # by another job
                await asyncio.sleep(_CLAIM_POLL)
        self._asking[key] = finished = asyncio.Event()
        try:
            return await self._answered(key, self._body(key, messages, extra))
        except (Unanswered, LonghandError) as e:
            met = e if isinstance(e, Unanswered) else e.__cause__
            if isinstance(met, Unanswered):
                self._unanswered[key] = met
                self._known_unanswered.add(key, met)
            raise
        finally:
            del self._asking[key]
            self._journal.release(key)
            finished.set()

    async def _answered(self, key: str, body: dict[str, Any]) -> Answer:
        known = self._known_unanswered.reason(key) is not None
        answer = await self._sender.send(lambda attempt: self._send(key, body, attempt), known=known)
        self._progress.done(answer)
        return answer

    async def _send(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        while True:
            sent = self._accepted(body)
            try:
                return await self._paid(key, sent, attempt)
            except FormatRefused as e:
                self._refuse(sent["response_format"]["type"], str(e))

    async def _paid(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        """One request that may cost money, and its answer in the journal."""
        path = "/chat/completions" if self.identity.api == "chat" else "/completions"
        await self._endpoint.connect()
        async with self._ledger.sending(key, body) as entry:
            start = time.monotonic()
            try:
                reply = await self._endpoint.send(path, body)
                seconds = time.monotonic() - start
                answer = read_reply(reply, key, seconds, attempt, self._endpoint.without_key)
                answer = dataclasses.replace(answer, server=self._endpoint.server)
            except Exception as e:
                entry.settled = not getattr(e, "lost", False)
                raise
            self._journal.add(answer)
            entry.settled = True
        return answer

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


def read_reply(
    reply: Mapping[str, Any], key: str, seconds: float, attempt: int, without_key: Callable[[str], str] = str
) -> Answer:
    """An answer from the JSON of a (chat) completion: whatever the server sends, it fits the journal and the tables.

    Args:
        reply: what the server sent.
        key: the request's id.
        seconds, attempt: what the answer took.
        without_key: takes the API key out of a text.

    Raises:
        Transient: there is no choice in it, or the server was stopped while it wrote (finish_reason abort).
    """
    try:
        choice = reply["choices"][0]
        message = choice.get("message") or {}
        text = choice.get("text") if "text" in choice else message.get("content")
        finish, refusal = choice.get("finish_reason"), message.get("refusal")
    except (LookupError, TypeError, AttributeError):
        raise Transient("the reply's choice cannot be read", lost=True) from None
    if isinstance(finish, str) and finish.lower() in _CUT_OFF:
        raise Transient(f"the server stopped while it wrote (finish_reason {finish})", lost=True)
    if text is not None and not isinstance(text, str):
        raise Transient("the reply's content is no text", lost=True)
    if refusal and not text:
        finish = "refusal"
    elif isinstance(finish, str) and _FILTERED.match(finish):
        finish = "content_filter"
    usage = reply.get("usage")
    prompt_tokens, completion_tokens = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
    return Answer(
        id=key,
        # Half a surrogate pair cannot be stored as UTF-8.
        text=without_key((text or "").encode("utf-8", "replace").decode("utf-8")),
        finish_reason=_name(finish, without_key),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=round(seconds, 3),
        attempts=attempt,
        model=_name(reply.get("model"), without_key),
    )


def _count(usage: Any, name: str) -> int | None:
    """Tokens, None where what is reported cannot be a count."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and 0 <= count <= _MOST_TOKENS else None


def _name(value: Any, without_key: Callable[[str], str]) -> str | None:
    """A word of the server's, fit to be shown; None for what is none."""
    if not isinstance(value, str):
        return None
    start = without_key(value)[:_LONGEST_NAME]  # in this order: half a key would stay where it is cut
    return without_key(printable(start)) or None
