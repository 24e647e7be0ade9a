"""What answers took and cost, each request counted once: a question that several answers share was asked once.

Responses and verdicts have the ids of their requests; what a method asks in several calls is in its traces. Of answers
without an id, each counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from longhand.summary.inputs import Source, batches_of
from longhand.tables.files import Row
from longhand.tables.schemas import FACTS, JUDGEMENTS, RESPONSES, TRACES
from longhand.wire.price import BATCH_TOKENS, TOKENS, Price, cost


class Payee(NamedTuple):
    """Who was asked: an entry of a section of the config, and its price."""

    kind: str
    name: str
    price: Price


Payees = Mapping[str, Mapping[str, Payee]]
"""Who is asked for a model or judge, in which role: its name -> role -> payee."""

EMBEDDER = "embedder"


@dataclass(frozen=True)
class Answers:
    """The tables whose answers are counted. Those of `traces` and `judge_traces` stand in for what they are calls of.

    Attributes:
        facts: by dataset and judge.
    """

    responses: Sequence[Source] = ()
    judgements: Sequence[Source] = ()
    traces: Sequence[Source] = ()
    judge_traces: Sequence[Source] = ()
    facts: Mapping[tuple[str, str], Path] = field(default_factory=dict)


@dataclass
class _Sums:
    requests: int = 0
    shared: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    batch_prompt_tokens: int = 0
    batch_completion_tokens: int = 0
    seconds: float = 0.0

    def add(self, use: _Use | None) -> None:
        """Counts a use; None: it is of an answer that was counted before, and took nothing."""
        if use is None:
            self.shared += 1
            return
        self.requests += use.requests
        self.seconds += use.seconds or 0.0
        self.batch_prompt_tokens += use.batch_prompt_tokens or 0
        self.batch_completion_tokens += use.batch_completion_tokens or 0
        if use.prompt_tokens is not None:
            self.prompt_tokens = (self.prompt_tokens or 0) + use.prompt_tokens
        if use.completion_tokens is not None:
            self.completion_tokens = (self.completion_tokens or 0) + use.completion_tokens


class _Use(NamedTuple):
    """A use of an answer: what for, by which payee, the id of its request (the first of several), and what it took."""

    what: str
    payee: Payee
    request: str | None
    requests: int
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float | None
    batch_prompt_tokens: int | None = None
    batch_completion_tokens: int | None = None

    def beside(self, counted: _Use | None) -> _Use | None:
        """What it took beside a use of the same first request that is counted; None: nothing.

        Of two judges with the same questions the one with more attempts goes on where the other one gave up.
        """
        if counted is None:
            return self
        left = {name: _less(getattr(self, name), getattr(counted, name)) for name in _TAKEN}
        return self._replace(**left) if self.requests > counted.requests else None


def _less(whole: Any, part: Any) -> Any:
    return None if whole is None else whole - (part or 0)


def cost_rows(uses: Mapping[str, Answers], models: Payees, judges: Payees) -> Iterator[Row]:
    """The rows of COSTS.

    Args:
        uses: what answers are used for -> the tables with them. A request that two uses share counts for the first.
        models, judges: who is asked for them.
    """
    counted: dict[str, _Use] = {}  # by the first request, the use with most of them
    for used_for, answers in uses.items():
        sums: dict[tuple[str, str, str], _Sums] = {}
        prices: dict[tuple[str, str], Price] = {}
        for use in _uses(answers, models, judges):
            kind, name, price = use.payee
            prices[kind, name] = price
            of_payee = sums.setdefault((use.what, kind, name), _Sums())
            rest = use.beside(counted.get(use.request or ""))
            of_payee.add(rest)
            if use.request is not None and rest is not None:
                counted[use.request] = use
        rows = [_row(what, of_payee, kind, name, prices[kind, name]) for (what, kind, name), of_payee in sums.items()]
        whole = [
            _whole(what, [row for row in rows if row["what"] == what]) for what in dict.fromkeys(k[0] for k in sums)
        ]
        for row in [*rows, *whole, *([_whole("all", rows)] if rows else [])]:
            yield {"used_for": used_for} | row


def _row(what: str, sums: _Sums, kind: str, name: str, price: Price) -> Row:
    tokens = sums.prompt_tokens, sums.completion_tokens
    usd = None
    if price is not None and tokens != (None, None):
        usd = cost(price, tokens[0] or 0, tokens[1] or 0, sums.batch_prompt_tokens, sums.batch_completion_tokens)
    counts = {column: getattr(sums, column) for column in _COUNTED}
    return {"what": what, "kind": kind, "name": name, "cost": usd} | counts


def _whole(what: str, rows: Sequence[Row]) -> Row:
    return {"what": what, "kind": None, "name": None} | sums_of(rows, (*_COUNTED, "cost"))


def sums_of(rows: Sequence[Row], columns: Iterable[str]) -> Row:
    """The sums of some columns over what is known; None where nothing is."""
    known = {column: [row[column] for row in rows if row[column] is not None] for column in columns}
    return {column: sum(values) if values else None for column, values in known.items()}


def _uses(answers: Answers, models: Payees, judges: Payees) -> Iterator[_Use]:
    """All uses, in the order in which they count."""
    traced = {(source.dataset, source.model) for source in answers.traces}
    plain = [source for source in answers.responses if (source.dataset, source.model) not in traced]
    yield from _of_responses(plain, models)
    for source in answers.traces:
        yield from _of_traces(source, "responses", models[source.model])
    traced_judges = {(source.dataset, source.model, source.judge) for source in answers.judge_traces}
    verdicts = [s for s in answers.judgements if (s.dataset, s.model, s.judge) not in traced_judges]
    yield from _of_verdicts(verdicts, judges)
    for source in answers.judge_traces:
        yield from _of_traces(source, "verdicts", judges[source.judge or ""])
    for (_, judge), path in answers.facts.items():
        yield from _of_facts(path, judges[judge])


def _of_responses(tables: Iterable[Source], models: Payees) -> Iterator[_Use]:
    """Nobody is asked for recorded responses, and none of their tokens are paid."""
    for source in tables:
        for payee in models[source.model].values():
            for row in _rows(source.path, RESPONSES, ["request_id", *_TOOK]):
                if row["request_id"] is not None:
                    yield _Use("responses", payee, row["request_id"], 1, *_took(row))


def _of_traces(source: Source, what: str, payees: Mapping[str, Payee]) -> Iterator[_Use]:
    for row in _rows(source.path, TRACES, ["role", "attempts", "request_id", *_TOOK]):
        if row["attempts"] and row["request_id"] is not None:  # else it is a finding, or no answer came
            of_role = "embeddings" if row["role"] == EMBEDDER else what
            yield _Use(of_role, payees[row["role"]], row["request_id"], 1, *_took(row))


def _of_verdicts(tables: Iterable[Source], judges: Payees) -> Iterator[_Use]:
    for source in tables:
        for payee in judges[source.judge or ""].values():
            for row in _rows(source.path, JUDGEMENTS, ["requests", *_TOOK, *BATCH_TOKENS]):
                in_batches = (row[name] for name in BATCH_TOKENS)
                if row["requests"]:  # of two rows with the same first, one's requests are the first ones of the other's
                    yield _Use("verdicts", payee, row["requests"][0], len(row["requests"]), *_took(row), *in_batches)


def _of_facts(path: Path, payees: Mapping[str, Payee]) -> Iterator[_Use]:
    columns = ["request_id", "attempts", *_TOOK, "embedding_tokens", "embedding_requests"]
    for row in _rows(path, FACTS, columns):
        if row["request_id"] is not None:
            yield _Use("facts", payees["judge"], row["request_id"], row["attempts"], *_took(row))
        if requests := row["embedding_requests"]:
            tokens = row["embedding_tokens"]
            yield _Use("embeddings", payees[EMBEDDER], requests[0], len(requests), tokens, None, None)


_COUNTED = ("requests", "shared", *TOKENS, "seconds")
_TOOK = (*TOKENS, "seconds")
_TAKEN = ("requests", *_TOOK, *BATCH_TOKENS)


def _took(row: Row) -> tuple[int | None, int | None, float | None]:
    return row["prompt_tokens"], row["completion_tokens"], row["seconds"]


def _rows(path: Path, schema: pa.Schema, columns: list[str]) -> Iterator[Row]:
    for batch in batches_of(path, schema, columns):
        yield from batch.to_pylist()
