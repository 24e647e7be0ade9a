"""A judge that is asked in batches, in this process: the two steps on twelve responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from batch_server import BatchServer
from jobs import ROWS, RUBRIC, prompts

from longhand.ask.batches.job import collect_batches, submit_batches
from longhand.ask.batches.state import BatchState, states_in
from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table, Work
from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.judging import rubric
from longhand.tables.schemas import JUDGEMENTS
from longhand.wire.identity import Identity

FAULTS = FaultNotes("judge_responses", "j", "d")


def judging(server: BatchServer, rows: int = ROWS, file: str = "d/m/000", repeats: int = 1, **settings: Any) -> Work:
    """The work of the judging step."""
    reached = {"base_url": server.url, "concurrency": 4, "tries": 3, "batch": True, "timeout": 20}
    identity = Identity("openai", "j", sampling={"max_tokens": 100})
    judge = Entry("judges", identity, Serving("j", "openai", "j", **reached | settings))
    responses = [row | {"response": f"response {row['prompt_id']}"} for row in prompts(rows)]
    method = rubric.Method({"repeats": repeats, "attempts": 2, "rubric": RUBRIC})
    return Work(f"j on {file}", {"judge": judge}, file, rows, lambda: responses, lambda: responses, method.make)


def submit(folder: Path, work: Work) -> list[BatchState]:
    """The submitting step."""
    return submit_batches(work, folder / "journal", FAULTS)


def collect(folder: Path, work: Work) -> Path:
    """The collecting step, as the judge's job has it; returns its table."""
    collect_batches(work, folder / "journal", FAULTS)
    table = Table(folder / "judgements.parquet", JUDGEMENTS, "judge_responses")
    run_job(work, table, folder / "journal", folder / "server.log", FAULTS)
    return table.out


def states(folder: Path) -> list[BatchState]:
    """What the journal says of batches."""
    return states_in(folder / "journal/judges/j/batches")


def change(folder: Path, **fields: Any) -> None:
    """Changes the file of the only batch, as if it had been left so."""
    (path,) = (folder / "journal/judges/j/batches").glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")
