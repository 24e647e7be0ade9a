"""A step that asks: its order, and what else the run has planned."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa

from longhand.ask.batches.job import collect_batches, submit_batches
from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table
from longhand.jobs.method import JUDGE
from longhand.jobs.order import Order
from longhand.jobs.planned import PlannedRun
from longhand.jobs.work import method_settings, work_of
from longhand.program.errors import LonghandError


def run_order(order: Order, schema: pa.Schema, journal: Path, server_log: Path, submitted: Path | None = None) -> None:
    """Asks what an order asks for, and writes its table.

    Args:
        order: of the step.
        schema: of the table.
        journal: the folder of the journal.
        server_log: for the output of servers.
        submitted: what `submit_order` wrote, of a judge that is asked in batches.

    Raises:
        NotFinished: batches of it are under way.
        LonghandError: too few rows were answered (their answers are kept), or the job could not go on.
    """
    planned = PlannedRun.current()
    work = planned.work_of(order)
    table = Table(Path(order.out), schema, order.step, method_settings(order))
    faults = FaultNotes(order.step, work.entry.name, order.dataset)
    if order.step == JUDGE and not work.entry.serving.retired:
        collect_batches(work, journal, faults, () if submitted is None else _keys_in(submitted))
    coverage = run_job(work, table, journal, server_log, faults, lambda: planned.others(work, order.out))
    print(f"{order.out} is complete: {coverage}", file=sys.stderr)


def submit_order(order: Order, journal: Path) -> None:
    """Submits what a judge's order asks for as batches, and writes which ones there are.

    Args:
        order: of the judging step; its table is the file that is written.
        journal: the folder of the journal.

    Raises:
        NotFinished: a batch may have been created, and cannot be found yet.
        LonghandError: the provider takes none, or the budget does not suffice.
    """
    work = work_of(order)
    states = submit_batches(work, journal, FaultNotes(order.step, work.entry.name, order.dataset))
    requests = sum(len(state.requests) for state in states)
    out = Path(order.out)
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(json.dumps({"batches": [state.key for state in states], "requests": requests}) + "\n")
    partial.replace(out)
    number = f"{len(states)} batch" + "es" * (len(states) != 1)
    print(f"{work.what}: {number} under way, {requests:,} requests", file=sys.stderr)


def _keys_in(submitted: Path) -> list[str]:
    """The keys of the batches that were submitted. Raises LonghandError where the file does not say which."""
    try:
        return [str(key) for key in json.loads(submitted.read_bytes())["batches"]]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        fix = "delete it; it will be made again"
        raise LonghandError("it cannot be read which batches were submitted", str(submitted), fix) from None
