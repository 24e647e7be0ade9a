"""Asks a model for its responses to a dataset's prompts, or to one shard of them.

Reads: results/{dataset}/prompts.parquet, the journal. Writes: the journal, and
results/{dataset}/{model}/responses.parquet or work/{dataset}/{model}/responses/{shard}.parquet.
"""

from __future__ import annotations

from pathlib import Path

from longhand.jobs.method import GENERATE
from longhand.jobs.order import Order
from longhand.jobs.run import run_order
from longhand.program.command import FileText, run
from longhand.tables.schemas import RESPONSES


def main(
    *,
    dataset: str,
    model: str,
    shard: str = "0/1",
    prompts: Path,
    asks: FileText,
    reached: FileText,
    trained: list[Path] | None = None,
    journal: Path = Path("journal"),
    server_log: Path,
    out: Path,
) -> None:
    """Writes the responses.

    Args:
        dataset, model: names in the config.
        shard: which shard of the prompts, of how many.
        prompts: the dataset's table.
        asks: JSON of what decides the responses: method, settings, identities (longhand.jobs.order).
        reached: JSON of where and how each model that the method asks is reached.
        trained: the manifest of a model that was trained here; none for others.
        journal: the folder of the journal.
        server_log: for the output of a server that the job starts.
        out: the responses table.
    """
    manifest = str(trained[0]) if trained else None
    order = Order(GENERATE, dataset, model, shard, asks, reached, str(prompts), str(out), trained=manifest)
    run_order(order, RESPONSES, journal, server_log)


if __name__ == "__main__":
    run(main)
