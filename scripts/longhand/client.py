"""The ask-once client: every answer is journaled as it comes, and no question is asked twice."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from longhand.endpoints import Endpoint, Transient, Unanswered
from longhand.errors import LonghandError
from longhand.identity import Identity, Serving, canonical
from longhand.journal import Answer, Journal
from longhand.progress import Progress

Message = dict[str, str]

_BACK_OFF = wait_random_exponential(multiplier=1, max=60)
_LOST_IN_A_ROW = 5  # requests that ran out of tries, with no answer in between: the server is gone


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
    """Asks one model, at most `concurrency` requests at a time.

    Once everything was asked, asking again costs nothing: answers come from the journal, and what could not
    be answered fails in the same way. So a job first asks in the best order, then writes in row order.
    """

    def __init__(self, identity: Identity, serving: Serving, endpoint: Endpoint, journal: Journal, progress: Progress):
        self.identity, self._serving = identity, serving
        self._endpoint, self._journal, self._progress = endpoint, journal, progress
        self._slots = asyncio.Semaphore(serving.concurrency)
        self._asking: dict[str, asyncio.Event] = {}
        self._unanswered: dict[str, Unanswered] = {}
        self._lost = 0

    async def ask(
        self, messages: Sequence[Message], *, draw: Sequence[int], extra: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer to a question: from the journal, or from the model.

        Raises:
            Unanswered: there is none, with a status that says why.
            LonghandError: the job cannot go on (a refused key, a dead server, a full disk).
        """
        extra = extra or {}
        key = request_id(self.identity, messages, draw, extra)
        if (known := self._journal.get(key)) is not None:
            self._progress.found(key)
            return known
        if key in self._unanswered:
            raise self._unanswered[key]
        if (other := self._asking.get(key)) is not None:  # equal questions at the same time are asked once
            await other.wait()
            return await self.ask(messages, draw=draw, extra=extra)
        self._asking[key] = finished = asyncio.Event()
        try:
            return await self._ask(key, self._body(key, messages, extra))
        finally:
            del self._asking[key]
            finished.set()

    async def _ask(self, key: str, body: dict[str, Any]) -> Answer:
        attempt = 0
        try:
            async with self._slots:
                async for round_ in AsyncRetrying(
                    stop=stop_after_attempt(self._serving.tries),
                    retry=retry_if_exception_type(Transient),
                    wait=self._wait,
                    reraise=True,
                ):
                    with round_:
                        attempt = round_.retry_state.attempt_number
                        answer = await self._send(key, body, attempt)
        except Unanswered as e:
            e.attempts = attempt
            self._unanswered[key] = e
            self._progress.failed()
            raise
        except Transient as e:
            self._lost += 1
            if self._lost >= _LOST_IN_A_ROW or not self._progress.answered:
                where = self._serving.base_url or self._serving.name
                raise LonghandError(
                    f"gave up: no answer in {attempt} tries, {e}", where, "check the server, then start again"
                ) from None
            self._unanswered[key] = Unanswered("failed", f"no answer in {attempt} tries: {e}", attempt)
            self._progress.failed()
            raise self._unanswered[key] from None
        self._lost = 0
        self._journal.add(answer)
        self._progress.done(answer)
        return answer

    async def _send(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        path = "/chat/completions" if self.identity.api == "chat" else "/completions"
        start = time.monotonic()
        reply = await self._endpoint.send(path, body)
        return read_reply(reply, key, time.monotonic() - start, attempt)

    def _wait(self, state: RetryCallState) -> float:
        self._progress.retries += 1
        error = state.outcome.exception() if state.outcome else None
        return max(_BACK_OFF(state), getattr(error, "retry_after", 0.0))

    def _body(self, key: str, messages: Sequence[Message], extra: Mapping[str, Any]) -> dict[str, Any]:
        """The request as it is sent, every sampling setting explicit."""
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
        said = reply.get("error") if isinstance(reply.get("error"), dict) else {}
        raise Transient(f"the reply has no choices: {str(said.get('message', ''))[:200]}") from None
    if finish == "abort":
        raise Transient("the server stopped while it wrote")
    if text is not None and not isinstance(text, str):
        raise Transient("the reply's content is no text")
    usage = reply.get("usage") if isinstance(reply.get("usage"), dict) else {}
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
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
