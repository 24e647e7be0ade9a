"""Collects what batches gave: answers go into the judge's journal as live ones do, by the ids of their requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from longhand.ask.batches.api import COMPLETED, OVER, Batch, Unknown, batch_status, request_count
from longhand.ask.batches.desk import Desk
from longhand.ask.batches.state import CREATING, FAILED, BatchState
from longhand.ask.batches.submit import check_address, look_for, submit
from longhand.ask.journal import Journal, JournalFile
from longhand.program.errors import LonghandError, NotFinished
from longhand.wire.answer import read_reply
from longhand.wire.replies import Transient, parsed

_OK = 200


@dataclass
class BatchCounts:
    """How far the batches of a work are.

    Attributes:
        number: of batches; open_ones: of those that are not over.
        requests: of all; done: of them, answered or refused.
    """

    number: int = 0
    open_ones: int = 0
    requests: int = 0
    done: int = 0

    def line(self, *, cancelling: bool) -> str:
        """What is told of it."""
        are = ("is" if self.open_ones == 1 else "are") + (" being cancelled" if cancelling else " under way")
        batches = f"{self.open_ones} of {self.number} batch" + "es" * (self.number != 1)
        progress = f"{self.done:,} of {self.requests:,} requests done"
        return f"{batches} {are} ({progress})"


async def collect(desk: Desk, file: JournalFile, without_key: Callable[[str], str]) -> None:
    """Collects a work's batches that are over. After it, what has no answer may be asked live.

    A judge that is asked in batches no longer has those under way cancelled first.

    Args:
        desk: of the work.
        file: of the job in the judge's journal, open.
        without_key: takes the API key out of a text.

    Raises:
        NotFinished: batches are under way.
        LonghandError: the provider refused one.
    """
    in_batches = desk.work.entry.serving.batch
    states = desk.states()
    if in_batches and (desk.lost or any(state.status in (CREATING, FAILED) for state in states)):
        states = await submit(desk)
    standing, refusals, incomplete = BatchCounts(number=len(states)), list[str](), list[str]()
    for state in states:
        number = len(state.requests)
        standing.requests += number
        batch = await _looked_at(desk, state)
        if batch is None:
            standing.done += number
        elif batch_status(batch) not in OVER:
            standing.open_ones += 1
            standing.done += min(number, request_count(batch, "completed") + request_count(batch, "failed"))
        elif batch_status(batch) == FAILED and in_batches:
            refusals.append(_refused(desk, state, batch))
        else:
            standing.done += number
            if line := await _taken(desk, state, batch, file, without_key):
                incomplete.append(line)
    if refusals:
        fix = f"mend the cause and run again: it is submitted anew; or take `batch` out of judge {desk.work.entry.name}"
        raise LonghandError(f"the provider refused a batch: {refusals[0]}", desk.work.what, fix)
    if standing.open_ones:
        raise NotFinished(standing.line(cancelling=not in_batches))
    if incomplete:
        raise NotFinished(incomplete[0])


async def _looked_at(desk: Desk, state: BatchState) -> Batch | None:
    """A batch as it is now; None where it holds nothing any more. One that is given up is cancelled."""
    given_up = not desk.work.entry.serving.batch
    if state.status == FAILED:
        desk.write(state.settled(status=FAILED, error=state.error))
        return None
    if state.status == CREATING:
        if (listed := await look_for(desk, state)) is None:
            return None
        state = listed
    check_address(desk, state)
    name = str(state.batch)
    try:
        batch = await desk.api.retrieve(name)
        if given_up and batch_status(batch) not in OVER | {"cancelling"}:
            await desk.api.cancel(name)
            batch = await desk.api.retrieve(name)
        return batch
    except Unknown as e:
        if not given_up:
            fix = f"check the key; or take `batch` out of judge {desk.work.entry.name}, which asks live what it holds"
            raise LonghandError(e.what, e.where, fix) from None
        desk.write(state.settled(status="unknown"))
        return None


def _refused(desk: Desk, state: BatchState, batch: Batch) -> str:
    """Notes that the provider did not take an input file; says why."""
    errors = batch.get("errors")
    data = errors.get("data") if isinstance(errors, dict) else None
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    words = [str(first[name]) for name in ("code", "message") if first.get(name)]
    reason = desk.api.clean(": ".join(words)) or "it does not say why"
    desk.write(state.to(FAILED, error=reason, most=(0, 0, 0)))
    return reason


async def _taken(
    desk: Desk, state: BatchState, batch: Batch, file: JournalFile, without_key: Callable[[str], str]
) -> str | None:
    """Takes what a batch that is over gave; returns why it is not settled yet, if so."""
    output, in_batches = _Output(state, desk.journal, file, without_key), desk.work.entry.serving.batch
    should, is_none = request_count(batch, "completed"), False
    for kind in ("output_file_id", "error_file_id"):
        name = batch.get(kind)
        if isinstance(name, str) and name:
            try:
                await desk.api.lines(name, output.take)
            except Unknown:
                if in_batches:
                    raise
        is_none = is_none or (kind == "output_file_id" and not output.lines and bool(should or output.unreadable))
    came = len(output.came)
    if batch_status(batch) == COMPLETED:  # each request came to something, whatever the count says by now
        failed = max(request_count(batch, "failed"), len(output.refused - output.came))
        should = max(should, len(state.requests) - failed)
        is_none = is_none or (should > 0 and not output.lines)
    if came < min(should, len(state.requests)) and (state.seen is None or came > state.seen):
        desk.write(replace(state, seen=came))
        return f"batch {state.batch} has answered {should:,} requests, and its output has {came:,} of them"
    if is_none and in_batches:
        what = f"batch {state.batch} has answered {should:,} requests, and nothing of its output can be read"
        fix = f"run again later; or take `batch` out of judge {desk.work.entry.name}, which asks and pays for them anew"
        raise LonghandError(what, desk.work.what, fix)
    file.sync()  # or a power cut might leave the note without the answers
    result = output.result()
    desk.write(state.settled(status=batch_status(batch), **result))
    words = ", ".join(f"{number:,} {name}" for name, number in result.items() if number)
    desk.say(f"batch {state.batch} is {batch_status(batch)}: {words or 'nothing came'}")
    return None


@dataclass
class _Output:
    """What the lines of a batch's files say. A line is taken by its id alone: in any order, and once.

    Attributes:
        state: of the batch.
        came: requests that were answered; answered: those of them whose answers can be kept.
        refused: those with an error. They are asked live.
        lines: with a request's id, ours or not.
        unreadable: lines without a request's id, or that are no JSON.
        foreign: lines of other requests.
    """

    state: BatchState
    journal: Journal
    file: JournalFile
    without_key: Callable[[str], str]
    came: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    lines: int = 0
    unreadable: int = 0
    foreign: int = 0

    def __post_init__(self) -> None:
        self._held = frozenset(self.state.requests)

    def take(self, line: bytes) -> None:
        """Takes one line."""
        if not line.strip():
            return
        try:
            record = parsed(line)
        except ValueError:
            record = None
        request = record.get("custom_id") if isinstance(record, dict) else None
        if not isinstance(request, str):
            self.unreadable += 1
            return
        self.lines += 1
        if request not in self._held:
            self.foreign += 1
        elif request not in self.answered:
            self._note(request, record)

    def _note(self, request: str, record: Mapping[str, Any]) -> None:
        response = record.get("response")
        if isinstance(response, dict) and response.get("status_code") == _OK:
            self.came.add(request)
            try:
                body = response.get("body")
                answer = read_reply(body if isinstance(body, dict) else {}, request, 0.0, 1, self.without_key)
            except Transient:
                self.refused.add(request)
                return
            if self.journal.get(request) is None:
                self.file.add(replace(answer, batch=True))
            self.answered.add(request)
            self.refused.discard(request)
        else:
            self.refused.add(request)

    def result(self) -> dict[str, int]:
        """Counts, as the state keeps them."""
        missing = len(self._held - self.answered - self.refused)
        return {
            "answers": len(self.answered),
            "errors": len(self.refused),
            "missing": missing,
            "foreign": self.foreign,
            "unreadable": self.unreadable,
        }
