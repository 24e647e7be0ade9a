"""What a run has planned, as its jobs see it: on one machine, or on any node of a cluster.

The main process writes the orders of the run when it starts, and adds what each job has made when it ends. The run's
name travels in the environment. Nothing of this is an input or a parameter of a step, so it makes nothing stale.
Outside a run there are no orders: a job works off its own rows.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from longhand.ask.lasting import FOLDER, RUN
from longhand.ask.servers import server_key
from longhand.ask.work import Work
from longhand.config.serving import Serving
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.order import Order
from longhand.jobs.work import following, work_of
from longhand.program.errors import say_passed_over
from longhand.program.printable import printable

_ORDERS, _MADE = "orders.json", "made"


class PlannedRun:
    """The orders of the run that this process belongs to.

    Args:
        name: of the run; None: there is none.
    """

    def __init__(self, name: str | None):
        self._folder = None if name is None else FOLDER / name
        self._orders: list[Order] = []
        self._anew: Collection[str] = ()
        if self._folder is not None and (path := self._folder / _ORDERS).exists():
            try:
                planned = json.loads(path.read_text(encoding="utf-8"))
                self._orders, self._anew = [Order(**order) for order in planned["orders"]], set(planned["makes"])
            except (OSError, ValueError, TypeError, LookupError) as e:
                _say(f"{path} cannot be read ({type(e).__name__}): the job asks nothing ahead for others")
        self._left: list[Order] | None = None  # orders at a job's servers that were not given yet
        self._followers: dict[str, Work | None] = {}  # None: it cannot be read

    @classmethod
    def current(cls) -> PlannedRun:
        """The one that the environment names."""
        return cls(os.environ.get(RUN))

    def others(self, work: Work, out: str) -> list[Work]:
        """Works of other jobs at the servers of a job that can be asked now; each is given once.

        Args:
            work: of the job that asks for more; `out`: its table.
        """
        if self._left is None:  # a run may have thousands, and this is looked at every second
            servers = _servers(entry.serving for entry in work.entries.values())
            others = (order for order in self._orders if order.out != out)
            self._left = [
                order for order in others if servers & _servers(serving for _, serving in order.servings().values())
            ]
        made, left, works = self._made(), [], []
        for order in self._left:
            if not self._ready(order, made):
                left.append(order)
            elif order.out not in made:
                try:
                    works.append(self.work_of(order))
                except Exception as e:  # whatever its tables are, it must not fail this job
                    _say_left(order, e)
        self._left = left
        return works

    def work_of(self, order: Order) -> Work:
        """The work of an order; the judges by API that the run will ask about its responses follow it.

        Not those that are asked in batches: these are made once all responses are there.
        """
        work = work_of(order)
        judges = [
            judging
            for judging in self._orders
            if (judging.step, judging.dataset, judging.model) == (JUDGE, order.dataset, order.model)
            and all(_at_hand(serving) and not serving.batch for _, serving in judging.servings().values())
        ]
        if order.step == GENERATE:
            work.followers = lambda: self._following(judges, work.number)
        return work

    def _following(self, judges: Collection[Order], responses: int) -> list[Work]:
        """The works of those judges that can be asked now: their rubrics are there."""
        for judging in judges:
            if judging.out not in self._followers and self._can_follow(judging):
                self._followers[judging.out] = None
                try:
                    self._followers[judging.out] = following(judging, responses)
                except Exception as e:  # a rubric that is none, say: it must not fail the writer
                    _say_left(judging, e)
        followers = [self._followers.get(judging.out) for judging in judges]
        return [work for work in followers if work is not None]

    def _can_follow(self, judging: Order) -> bool:
        made = self._made()
        return all(self._there(path, made) for path in judging.inputs if path != judging.responses)

    def _ready(self, order: Order, made: Collection[str]) -> bool:
        """Whether the inputs are there, and no job of the run will still make them anew."""
        return all(self._there(path, made) for path in order.inputs)

    def _there(self, path: str, made: Collection[str]) -> bool:
        return (path not in self._anew or path in made) and Path(path).exists()

    def _made(self) -> set[str]:
        """What jobs of the run have made so far."""
        try:
            made = (self._folder / _MADE).read_text(encoding="utf-8", errors="replace") if self._folder else ""
            return set(made.splitlines())
        except OSError:
            return set()


def _servers(servings: Iterable[Serving]) -> set[str]:
    """Keys of the vLLM servers among these."""
    return {server_key(serving) for serving in servings if serving.backend == "vllm"}


def _at_hand(serving: Serving) -> bool:
    """Whether a judge is reached by API, and its key is here: its own job's, since others' are taken from each step."""
    return serving.backend == "openai" and (serving.api_key_env is None or bool(os.environ.get(serving.api_key_env)))


def _say_left(order: Order, error: Exception) -> None:
    say_passed_over(f"{order.out} is left to its own job", error)


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)


def write_orders(name: str, orders: Iterable[Order], makes: Iterable[str]) -> None:
    """Notes what a run has planned.

    Args:
        name: of the run.
        orders: of its ask jobs.
        makes: the outputs of all its jobs.
    """
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    planned: Mapping[str, object] = {"orders": [order.to_json() for order in orders], "makes": sorted(makes)}
    partial = folder / f".{_ORDERS}.partial"
    partial.write_text(json.dumps(planned), encoding="utf-8")
    partial.replace(folder / _ORDERS)


def note_made(name: str, outputs: Iterable[str]) -> None:
    """Notes that a job has ended and made these."""
    with contextlib.suppress(OSError), (FOLDER / name / _MADE).open("a", encoding="utf-8") as file:
        file.write("".join(f"{path}\n" for path in outputs))


def forget(name: str) -> None:
    """Removes the notes of a run that has ended."""
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    with contextlib.suppress(OSError):  # another run has some
        FOLDER.rmdir()
