"""What a server's reply means for its request, where it is no answer.

Four things: Transient (send it again), FormatRefused (ask for less structure), Unanswered (this row gets a status),
LonghandError (the job ends: no other row would fare better).
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from longhand.program.errors import LastingError, LonghandError

_TRANSIENT = {408, 409, 425, 429}
_BUSY = {429, 503, 529}
LONGEST_WAIT = 600.0
"""Seconds between two tries at most, whatever a Retry-After asks for."""
_FORMAT = re.compile(r"response_format|json.?schema|json_object|guided|structured.?output|grammar error", re.I)
_TOO_LONG = re.compile(r"maximum context length|context window|context_length|prompt is too long|too many tokens", re.I)
_TEXT_TOO_LONG = re.compile(r"must have less than \d+ tokens|input .{0,20}\bis (too large|larger than)", re.I)
"""As embedders say it: TEI, llama.cpp."""
_NO_EMBEDDER = re.compile(r"(not support|not allowed to generate|not an?) .{0,20}\bembedding", re.I)
_SPENT = re.compile(r"\binsufficient_quota\b|\bexceeded_current_quota|\barrearage\b", re.I)  # OpenAI, Moonshot, Qwen

# Moderation, first by what error objects have: codes and types (OpenAI, Azure, Moonshot, Qwen, Volcengine, Gemini; 1301
# of Zhipu, 2016 and 2017 of Cloudflare's gateway), or fields (OpenRouter, Azure, Gemini).
_MODERATED_CODE = re.compile(
    r"content.?(filter|polic|moderation)|moderation|inspection.?failed|responsible.?ai|sensitive.?content"
    r"|prohibited.?content|safety|guardrail|\b(1301|2016|2017)\b",
    re.I,
)
_MODERATED_FIELDS = {"flagged_input", "content_filter_result", "blockReason"}
# Else by wording: codes of OpenAI, Anthropic and DeepSeek say no more than "invalid", those of xAI "permission".
_MODERATED = re.compile(
    r"content.?(filter|management polic|polic|moderation)|usage (polic|guideline)|safety (system|reason|filter|check)"
    r"|content exists risk|(inappropriate|sensitive|prohibited|unsafe|harmful) content|considered high risk"
    r"|(input|prompt|request|content) (was|is|has been) flagged|blocked due to security|requires moderation|guardrail"
    r"|敏感内容|不安全",
    re.I,
)
_ACCOUNT = re.compile(  # a blocked account speaks of the same policies
    r"\b(account|organi[sz]ation|project|resource|subscription|access|api.?key)\b.{0,60}"
    r"\b(blocked|suspended|terminated|disabled|deactivated|banned)",
    re.I,
)


class Address(Protocol):
    """Where a model is reached, as messages name it."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def base_url(self) -> str | None: ...
    @property
    def api_key_env(self) -> str | None: ...


class Transient(Exception):
    """A fault that may pass.

    Attributes:
        retry_after: seconds that the server asks to wait.
        busy: the server is asked too much.
        lost: no reply came, or none that can be read: it may have been paid for all the same.
        unreachable: there was no connection.
    """

    def __init__(
        self,
        message: str,
        retry_after: float = 0.0,
        busy: bool = False,
        lost: bool = False,
        unreachable: bool = False,
    ):
        super().__init__(message)
        self.retry_after, self.busy, self.lost, self.unreachable = retry_after, busy, lost, unreachable


class FormatRefused(Exception):
    """The server does not know the response_format that a request named."""


class Unanswered(Exception):
    """A request that gets no answer: `status` is too_long, refused or failed, the message says why.

    `lost` as for Transient. `otherwise`: what ends the job in its place while nothing is answered.
    """

    def __init__(
        self,
        status: str,
        message: str,
        attempts: int = 1,
        lost: bool = False,
        otherwise: LonghandError | None = None,
    ):
        super().__init__(message)
        self.status, self.attempts, self.lost, self.otherwise = status, attempts, lost, otherwise


def no_answer_of_retired(name: str) -> Unanswered:
    """Of an entry that nothing is sent to any more, where the journal has no answer."""
    return Unanswered("failed", f"{name} is retired, and the journal has no answer of it to this question", 0)


@dataclass(frozen=True)
class ErrorReply:
    """What a server says of a request that it did not answer.

    Attributes:
        status: of HTTP.
        message: in one line, fit to be shown.
        codes: all codes and types, as text.
        param: the request's field that it is about.
        location: where a redirect points to.
        retry_after: seconds that the server asks to wait.
        moderated: it is about the content of the prompt or of the answer.
    """

    status: int
    message: str
    codes: str = ""
    param: str = ""
    location: str = ""
    retry_after: float = 0.0
    moderated: bool = False

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], body: bytes, clean: Callable[[str], str]) -> ErrorReply:
        """From a reply; `clean` makes its texts fit to be shown.

        The error may be an object, a text, the first of a list, or the whole reply.
        """
        text = body.decode("utf-8", "replace")
        try:
            reply = parsed(body)
        except ValueError:
            reply = None
        parts = list(_parts(reply))
        message = next(_texts(parts, "message", "detail", "error"), text)
        message = clean(": ".join([message, *_texts(parts, "raw")])) or "no message"  # a gateway quotes its provider
        codes = clean(" ".join(_texts(parts, "code", "type", "status", "blockReason")))
        moderated = bool(_MODERATED_CODE.search(codes)) or any(_MODERATED_FIELDS & part.keys() for part in parts)
        if not moderated and parts and not _ACCOUNT.search(message):
            moderated = bool(_MODERATED.search(message))
        param = next(_texts(parts, "param"), "")
        location = clean(re.split(r"[?#]", headers.get("location", ""))[0])  # what follows may hold a key
        return cls(status, message, codes, param, location, retry_after(headers.get("retry-after")), moderated)

    def meaning(self, serving: Address, request: Mapping[str, Any]) -> Exception:
        """What it means for the request, as something to raise."""
        where, line = str(serving.base_url or serving.name), f"HTTP {self.status}: {self.message}"
        if 300 <= self.status < 400:
            goal = f"to {self.location}" if self.location else "without saying where"
            fix = "make base_url the address that answers itself: no redirect is followed"
            return LastingError(f"the address redirects {goal} (HTTP {self.status})", where, fix)
        variable = serving.api_key_env
        fix = f"check the key in ${variable}" if variable else "name the key's variable in api_key_env"
        refused = f"the API refused the key: {self.message}"
        if self.status == 401:
            return LastingError(refused, where, fix)
        if self.status == 402 or _SPENT.search(self.codes):
            return LastingError(f"the API says that the money is spent: {self.message}", where)
        if self.moderated and self.status not in _TRANSIENT:
            return Unanswered("refused", line)
        if self.status == 403:  # a key without rights, or a gateway's opinion of one prompt
            return Unanswered("failed", line, otherwise=LonghandError(refused, where, fix))
        if "input" in request and (of_texts := self._of_embeddings(serving)) is not None:
            return of_texts
        if self.status in _TRANSIENT or (self.status >= 500 and self.status != 501):
            return Transient(line, min(self.retry_after, LONGEST_WAIT), busy=self.status in _BUSY)
        if self.status in (404, 501):
            fix = "check `model`, and that base_url is the address up to and with /v1"
            return LastingError(f"model '{serving.model}' or its address is unknown: {self.message}", where, fix)
        too_long = not self.param.startswith("max_") and _TOO_LONG.search(f"{self.codes} {self.message}")
        if self.param == "input_tokens" or too_long:
            return Unanswered("too_long", line)
        if "response_format" in request and _FORMAT.search(f"{self.param} {self.message}"):
            return FormatRefused(line)
        return Unanswered("failed", line)

    def _of_embeddings(self, serving: Address) -> Exception | None:
        """What it means for texts that were to be embedded, where it is about that."""
        if _TEXT_TOO_LONG.search(self.message):
            return Unanswered("too_long", f"HTTP {self.status}: {self.message}")
        if self.status in (404, 405, 501) or _NO_EMBEDDER.search(self.message):
            what = f"model '{serving.model}' gives no embeddings at this address: {self.message}"
            fix = "check `model`, that it is an embedder and served as one, and that base_url ends with /v1"
            return LastingError(what, str(serving.base_url or serving.name), fix)
        return None


def parsed(body: bytes) -> Any:
    """What JSON says. Raises ValueError for what is none, or is nested too deep."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _parts(reply: Any) -> Iterator[dict[str, Any]]:
    """The objects of a reply that may say what is wrong: the error itself first."""
    whole = reply[0] if isinstance(reply, list) and reply else reply
    if not isinstance(whole, dict):
        return
    error = whole.get("error")
    parts = [error[0] if isinstance(error, list) and error else error, whole]
    for part in parts[:2]:
        if isinstance(part, dict):
            parts += [part.get(key) for key in ("innererror", "metadata", "promptFeedback")]
    yield from (part for part in parts if isinstance(part, dict))


def _texts(parts: Iterable[Mapping[str, Any]], *keys: str) -> Iterator[str]:
    """What the parts have under these keys, as far as it is text or a number."""
    for part in parts:
        yield from (str(part[key]) for key in keys if isinstance(part.get(key), str | int) and part[key])


def retry_after(header: str | None) -> float:
    """Seconds that a Retry-After header asks to wait: a number or an HTTP date, 0 for what is neither."""
    try:
        wait = float(header or 0)
    except ValueError:
        try:
            wait = parsedate_to_datetime(header or "").timestamp() - time.time()
        except (ValueError, OverflowError, TypeError, IndexError, OSError):
            return 0.0
    return max(0.0, wait) if math.isfinite(wait) else 0.0
