"""What answers cost: tokens, requests, seconds and money, read from the journal; and a budget that is kept.

The journal has every answer once, whichever leg of a job paid for it. What was sent and got no reply, as in a killed
leg, is in the ledger: it counts as the most that it can cost.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.ask.batches.held import Open
from longhand.ask.batches.state import BATCHES
from longhand.ask.entry_files import EntryFiles
from longhand.ask.growing import Growing, is_written
from longhand.ask.ledger import Unsettled, unsettled_beside
from longhand.ask.lines import checksum_of_ends, read_answers
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer
from longhand.wire.price import BATCH_TOKENS, Price, cost

_POLL = 0.2  # seconds
_REPORT = ".spend.json"
_NOTHING = 1e-9  # USD; sums of floats do not come back to 0


@dataclass
class Spend:
    """Sums over answers. `requests` counts the retries that led to an answer; `seconds` add up over all in flight.

    `batch_…` are those of the tokens that came in batches.
    """

    answers: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    batch_prompt_tokens: int = 0
    batch_completion_tokens: int = 0

    def add(self, answer: Answer) -> None:
        """Counts an answer."""
        self.answers += 1
        self.requests += answer.attempts
        self.prompt_tokens += answer.prompt_tokens or 0
        self.completion_tokens += answer.completion_tokens or 0
        self.seconds += answer.seconds
        if answer.batch:
            self.batch_prompt_tokens += answer.prompt_tokens or 0
            self.batch_completion_tokens += answer.completion_tokens or 0

    def plus(self, other: Spend) -> None:
        """Counts other sums."""
        self.answers += other.answers
        self.requests += other.requests
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.seconds += other.seconds
        self.batch_prompt_tokens += other.batch_prompt_tokens
        self.batch_completion_tokens += other.batch_completion_tokens

    def usd(self, price: Price) -> float | None:
        """The money, None without a price."""
        return None if price is None else _usd(price, self)


def spent_in(journal_file: Path, spend: Spend, start: int = 0) -> int:
    """Adds what the answers in one job's journal file cost, from byte `start` on; returns where they end."""
    for answer, end in read_answers(journal_file, start):
        spend.add(answer)
        start = end
    return start


def paid_in(files: EntryFiles) -> tuple[Spend, Unsettled]:
    """What the jobs of an entry paid: for their answers, and perhaps for what they sent that is not settled."""
    spend, unsettled = Spend(), Open(files.folder / BATCHES).reserved()
    for path in files.all():
        of_job, start = reported(path)
        spent_in(path, of_job, start)
        spend.plus(of_job)
        for most in unsettled_beside(path):
            unsettled = unsettled.plus(most)
    return spend, unsettled


def usd_at_most(spend: Spend, unsettled: Unsettled, price: Price) -> float | None:
    """The money for answers, and the most that what is not settled can cost; None without a price."""
    return None if price is None else _usd(price, spend) + _usd(price, unsettled)


def report(journal_file: Path, price: Price) -> dict[str, Any]:
    """What one job cost, over all its legs, as a file keeps it.

    `maybe_paid` are requests that got no reply; `usd_at_most` has the most that these can cost. `journal` has the bytes
    of the journal file that are counted, and a checksum.
    """
    spend, unsettled = Spend(), Unsettled()
    end = spent_in(journal_file, spend)
    for most in unsettled_beside(journal_file):
        unsettled = unsettled.plus(most)
    usd = spend.usd(price)
    return {
        "answers": spend.answers,
        "maybe_paid": unsettled.requests,
        "requests": spend.requests,
        "retries": spend.requests - spend.answers,
        "prompt_tokens": spend.prompt_tokens,
        "completion_tokens": spend.completion_tokens,
        **{name: tokens for name in BATCH_TOKENS if (tokens := getattr(spend, name))},
        "seconds": round(spend.seconds, 3),
        "usd": None if usd is None else round(usd, 6),
        "usd_at_most": None if price is None or usd is None else round(usd + _usd(price, unsettled), 6),
        "journal": [end, checksum_of_ends(journal_file, end)],
    }


def keep_report(journal_file: Path, figures: Mapping[str, Any]) -> None:
    """Puts a report beside the journal file, whole or not at all; a full disk was reported before."""
    path = journal_file.with_suffix(_REPORT)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(json.dumps(figures) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()


def reported(journal_file: Path) -> tuple[Spend, int]:
    """What the report beside a journal file counts, and up to which byte; nothing where it does not fit the file.

    So that a budget of a million answers need not read them all.
    """
    names = ("answers", "requests", "prompt_tokens", "completion_tokens")
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
        figures = json.loads(journal_file.with_suffix(_REPORT).read_bytes())
        counts, (end, checksum) = {name: figures[name] for name in names}, figures["journal"]
        counts |= {name: figures.get(name, 0) for name in BATCH_TOKENS}
        whole = all(type(count) is int and count >= 0 for count in (*counts.values(), end))
        if whole and journal_file.stat().st_size >= end and checksum_of_ends(journal_file, end) == checksum:
            return Spend(**counts, seconds=float(figures["seconds"])), end
    return Spend(), 0


def in_words(figures: Mapping[str, Any]) -> str:
    """A report in one line."""
    more = f", up to {figures['maybe_paid']} more paid for" if figures["maybe_paid"] else ""
    usd, at_most = figures["usd"], figures["usd_at_most"]
    money = "" if usd is None else f", {usd} USD" + (f" (at most {at_most})" if at_most != usd else "")
    counts = {key: figures[key] for key in ("requests", "retries", "prompt_tokens", "completion_tokens", "seconds")}
    others = ", ".join(f"{value} {name}" for name, value in counts.items())
    return f"{figures['answers']} answers{more}, {others}{money}"


def _usd(price: Mapping[str, float], taken: Spend | Unsettled) -> float:
    in_batches = taken.batch_prompt_tokens, taken.batch_completion_tokens
    return cost(price, taken.prompt_tokens, taken.completion_tokens, *in_batches)


class Budget:
    """Keeps what one model costs within a budget, over all jobs that write its journal, at the same time too.

    The most that a request can cost is set aside by noting it in its job's ledger, before it is sent.

    Args:
        usd: the budget.
        price: of the model.
        files: of the model; this job is among their writers.
    """

    def __init__(self, usd: float, price: Mapping[str, float], files: EntryFiles):
        self._usd, self._price, self._files = usd, price, files
        self._batches = Open(files.folder / BATCHES)
        self._growing, self._spent, self._read = Growing(files.root), Spend(), dict[Path, int]()
        self._unsettled: dict[Path, tuple[Unsettled, Unsettled]] = {}
        self._queue = asyncio.Lock()

    async def affords(self, most: Unsettled, note: Callable[[], None]) -> None:
        """Waits until a request can be afforded, and notes it.

        Raises:
            LonghandError: the budget does not suffice.
        """
        async with self._queue:
            while not self._reserve(most, note):
                await asyncio.sleep(_POLL)

    def _reserve(self, most: Unsettled, note: Callable[[], None]) -> bool:
        """Notes what can be afforded; False while that has to wait for what others in flight really cost."""
        usd = _usd(self._price, most)
        with self._alone():
            self._catch_up()
            spent = self._spent.usd(self._price) or 0.0
            sent = [*(most for both in self._unsettled.values() for most in both), self._batches.reserved()]
            unsettled = sum(_usd(self._price, most) for most in sent)
            if spent + unsettled + usd <= self._usd + _NOTHING:
                note()
                return True
        running = [path for path, (in_flight, _) in self._unsettled.items() if in_flight.requests and is_written(path)]
        if running:
            return False
        what = "request" if most.requests == 1 else "batch"
        lost = f", up to {unsettled:.4f} more for requests without a reply" if unsettled > _NOTHING else ""
        sums = f"{spent:.4f} are spent{lost}, the next {what} may cost {usd:.4f}"
        fix = "raise it and start again: finished answers are kept"
        raise LonghandError(f"the budget of {self._usd:g} USD ends here: {sums}", f"budget of {self._files.name}", fix)

    def _catch_up(self) -> None:
        for path in filter(self._files.__contains__, self._growing.look()):
            # First: an answer that comes meanwhile must not be missed by both; counted twice, it only lets others wait.
            in_flight, lost = unsettled_beside(path)
            self._unsettled.pop(path, None)
            if in_flight.requests or lost.requests:
                self._unsettled[path] = in_flight, lost
            if path not in self._read:
                spend, self._read[path] = reported(path)
                self._spent.plus(spend)
            self._read[path] = spent_in(path, self._spent, self._read[path])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other job of the model sets money aside meanwhile."""
        path = self._files.folder / ".budget"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as e:
            raise LonghandError(f"cannot keep the budget: {e.strerror}", str(path)) from e
