"""A step that asks: its order, and what else the run has planned."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table
from longhand.jobs.order import Order
from longhand.jobs.planned import PlannedRun
from longhand.jobs.work import method_settings


def run_order(order: Order, schema: pa.Schema, journal: Path, server_log: Path) -> None:
    """Asks what an order asks for, and writes its table.

    Args:
        order: of the step.
        schema: of the table.
        journal: the folder of the journal.
        server_log: for the output of servers.

    Raises:
        LonghandError: too few rows were answered (their answers are kept), or the job could not go on.
    """
    planned = PlannedRun.current()
    work = planned.work_of(order)
    table = Table(Path(order.out), schema, order.step, method_settings(order))
    faults = FaultNotes(order.step, work.entry.name, order.dataset)
    coverage = run_job(work, table, journal, server_log, faults, lambda: planned.others(work, order.out))
    print(f"{order.out} is complete: {coverage}", file=sys.stderr)
