"""An answer of a model: read from a server's reply, kept as a line of the journal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longhand.program.printable import printable
from longhand.wire.replies import Transient
from longhand.wire.vectors import encode, vectors_in

_MOST = 10**12  # tokens, seconds: sums of them still fit a table's columns
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: no UTF-8
_CUT_OFF = {"abort", "error", "network_error"}  # finish reasons: of vLLM, OpenRouter, Zhipu
_FILTERED = re.compile(r"content.?filter|sensitive|safety|prohibited_content|blocklist|recitation|guardrail", re.I)
_MOST_TOKENS = 10**9  # of an answer; what says more has counted something else
_LONGEST_NAME = 200  # characters of a finish reason or a model's name


@dataclass(frozen=True)
class Answer:
    """One finished answer of a model, as the server gave it.

    Attributes:
        id: the request's id, a SHA-256 in hex.
        text: what the model wrote, possibly empty; of an embedder its vectors, as longhand.wire.vectors writes them.
        finish_reason: stop, length, content_filter …, as reported.
        prompt_tokens, completion_tokens: as reported, or None.
        seconds: from sending the request that succeeded until its answer was complete.
        attempts: requests sent until this answer came, faults included.
        model: the model's name as the server reported it.
        server: what served it, `vllm 0.14.0`, where the job started it and it says so.
        batch: it came in a batch, whose tokens may have a price of their own.
    """

    id: str
    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    attempts: int
    model: str | None = None
    server: str | None = None
    batch: bool = False

    def fits(self) -> bool:
        """Whether the fields have their types and can be stored in a table."""
        texts = [
            self.id,
            self.text,
            *(name for name in (self.finish_reason, self.model, self.server) if name is not None),
        ]
        counts = [self.attempts, *(n for n in (self.prompt_tokens, self.completion_tokens) if n is not None)]
        return (
            all(isinstance(text, str) and not _HALF.search(text) for text in texts)
            and all(type(count) is int and 0 <= count < _MOST for count in counts)
            and type(self.seconds) in (int, float)
            and 0 <= self.seconds < _MOST
            and type(self.batch) is bool
        )

    @classmethod
    def read(cls, line: bytes) -> Answer | None:
        """What a line of the journal holds.

        None if it is damaged, or no table could hold it: as good as never answered.
        """
        try:
            record = json.loads(line)
            del record["v"]
            answer = cls(**record)
            return answer if answer.fits() else None
        except (ValueError, TypeError, RecursionError):
            return None


def totals(answers: Sequence[Answer]) -> dict[str, int | float | None]:
    """What several answers took, as a row of a table holds it: prompt_tokens, completion_tokens, seconds.

    A sum is over what is known, and None where nothing is.
    """

    def total(figures: Iterable[int | None]) -> int | None:
        known = [figure for figure in figures if figure is not None]
        return sum(known) if known else None

    return {
        "prompt_tokens": total(answer.prompt_tokens for answer in answers),
        "completion_tokens": total(answer.completion_tokens for answer in answers),
        "seconds": sum(answer.seconds for answer in answers) if answers else None,
    }


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


def read_embeddings(
    reply: Mapping[str, Any],
    key: str,
    texts: int,
    seconds: float,
    attempt: int,
    without_key: Callable[[str], str] = str,
) -> Answer:
    """An answer from the JSON of embeddings, whatever the server sends: `texts` vectors, in the order of the texts.

    For the other arguments see `read_reply`.

    Raises:
        Transient: there are others, or vectors that are none.
    """
    try:
        vectors = encode(vectors_in(reply.get("data"), texts))
    except ValueError as e:
        raise Transient(f"the reply's embeddings cannot be read: {e}", lost=True) from None
    return Answer(
        id=key,
        text=vectors,
        finish_reason=None,
        prompt_tokens=_count(reply.get("usage"), "prompt_tokens"),
        completion_tokens=None,
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
