"""Collects what a judge took out of contexts: a row per prompt and chunk, once for all responses to the prompt.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/judgements/{judge}.parquet, the journal. Writes:
results/{dataset}/{judge}.facts.parquet.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from longhand.ask.journal import Journal
from longhand.ask.reader import Reader
from longhand.ask.unanswered import KnownUnanswered
from longhand.jobs.facts import facts_of, judged_prompts
from longhand.jobs.method import JUDGE
from longhand.jobs.order import Order
from longhand.program.command import FileText, run
from longhand.tables.files import TableWriter
from longhand.tables.schemas import FACTS


def main(
    *,
    dataset: str,
    judge: str,
    prompts: Path,
    judgements: list[Path],
    asks: FileText,
    reached: FileText,
    journal: Path = Path("journal"),
    out: Path,
) -> None:
    """Writes one row per prompt that was judged and chunk of its context.

    Args:
        dataset, judge: names in the config.
        prompts: the table, with the contexts.
        judgements: the judge's tables, of all models whose responses it judged.
        asks, reached: as the step that asked was given them.
        journal: the folder of the journal; it is only read.
        out: the facts table.
    """
    order = Order(JUDGE, dataset, "", "0/1", asks, reached, str(prompts), str(out), judge)
    opened = Journal(journal)
    unanswered = KnownUnanswered(opened)
    readers = {role: Reader(entry, opened, unanswered) for role, entry in order.entries().items()}

    async def write() -> None:
        with TableWriter(out, FACTS, "collect_facts") as table:
            async for row in facts_of(order, readers, judged_prompts(judgements)):
                table.write(row)

    asyncio.run(write())


if __name__ == "__main__":
    run(main)
