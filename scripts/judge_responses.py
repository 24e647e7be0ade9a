"""Asks a judge about a model's responses, or about one shard of them.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet, work/rubrics/{rubric}.json, the
journal. Writes: the journal, and results/{dataset}/{model}/judgements/{judge}.parquet or
work/{dataset}/{model}/judgements/{judge}/{shard}.parquet.
"""

from __future__ import annotations

from pathlib import Path

from longhand.jobs.method import JUDGE
from longhand.jobs.order import Order
from longhand.jobs.run import run_order
from longhand.program.command import FileText, run
from longhand.tables.schemas import JUDGEMENTS


def main(
    *,
    dataset: str,
    model: str,
    judge: str,
    shard: str = "0/1",
    prompts: Path,
    responses: Path,
    rubric: list[Path] | None = None,
    submitted: list[Path] | None = None,
    asks: FileText,
    reached: FileText,
    journal: Path = Path("journal"),
    server_log: Path,
    out: Path,
) -> None:
    """Writes the verdicts.

    Args:
        dataset, model, judge: names in the config.
        shard: which shard of the responses, of how many.
        prompts, responses: the tables.
        rubric: the rubric's file; none for a judge that does not judge by one.
        submitted: which batches were submitted, of a judge that is asked in batches.
        asks: JSON of what decides the verdicts: method, settings, identities (longhand.jobs.order).
        reached: JSON of where and how the judge is reached.
        journal: the folder of the journal.
        server_log: for the output of a server that the job starts.
        out: the judgements table.
    """
    tables = {"prompts": str(prompts), "responses": str(responses), "out": str(out)}
    if rubric:
        tables["rubric"] = str(rubric[0])
    order = Order(JUDGE, dataset, model, shard, asks, reached, judge=judge, **tables)
    run_order(order, JUDGEMENTS, journal, server_log, submitted[0] if submitted else None)


if __name__ == "__main__":
    run(main)
