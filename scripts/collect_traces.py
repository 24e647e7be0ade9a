"""Collects the calls of a method that makes several for a row: each with its step, text, tokens and request.

Reads: results/{dataset}/prompts.parquet, the journal; a judge's also results/{dataset}/{model}/responses.parquet and
work/rubrics/{rubric}.json. Writes: results/{dataset}/{model}/traces.parquet, or a judge's beside its judgements.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from longhand.ask.journal import Journal
from longhand.ask.reader import Reader
from longhand.ask.unanswered import KnownUnanswered
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.order import Order
from longhand.jobs.traces import traces_of
from longhand.jobs.work import work_of
from longhand.program.command import FileText, run
from longhand.tables.files import TableWriter
from longhand.tables.schemas import TRACES


def main(
    *,
    dataset: str,
    model: str,
    judge: str | None = None,
    prompts: Path,
    responses: Path,
    rubric: list[Path] | None = None,
    asks: FileText,
    reached: FileText,
    trained: list[Path] | None = None,
    journal: Path = Path("journal"),
    out: Path,
) -> None:
    """Writes one row per call.

    Args:
        dataset, model, judge: names in the config; a judge's calls are collected where one is named.
        prompts, responses, rubric, asks, reached, trained: as the step that asked was given them.
        journal: the folder of the journal; it is only read.
        out: the traces table.
    """
    order = Order(
        GENERATE if judge is None else JUDGE, dataset, model, "0/1", asks, reached, str(prompts), str(out), judge,
        responses=None if judge is None else str(responses),
        rubric=str(rubric[0]) if rubric else None,
        trained=str(trained[0]) if trained else None,
    )  # fmt: skip
    opened = Journal(journal)
    work, unanswered = work_of(order), KnownUnanswered(opened)
    readers = {role: Reader(entry, opened, unanswered) for role, entry in work.entries.items()}

    async def write() -> None:
        with TableWriter(out, TRACES, "collect_traces") as table:
            async for row in traces_of(work, readers):
                table.write(row)

    asyncio.run(write())


if __name__ == "__main__":
    run(main)
