"""Submits what a judge has to be asked about a model's responses to its provider's batch API.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet, work/rubrics/{rubric}.json, the
journal. Writes: journal/judges/{judge}/batches/, and work/{dataset}/{model}/batches/{judge}.json, which names them.
"""

from __future__ import annotations

from pathlib import Path

from longhand.jobs.method import JUDGE
from longhand.jobs.order import Order
from longhand.jobs.run import submit_order
from longhand.program.command import FileText, run


def main(
    *,
    dataset: str,
    model: str,
    judge: str,
    shard: str = "0/1",
    prompts: Path,
    responses: Path,
    rubric: list[Path] | None = None,
    asks: FileText,
    reached: FileText,
    journal: Path = Path("journal"),
    out: Path,
) -> None:
    """Makes batches of what the journal has no answer to.

    Args:
        dataset, model, judge: names in the config.
        shard: which shard of the responses, of how many.
        prompts, responses: the tables.
        rubric: the rubric's file.
        asks: JSON of what decides the verdicts: method, settings, identities (longhand.jobs.order).
        reached: JSON of where and how the judge is reached.
        journal: the folder of the journal.
        out: a JSON file with the keys of the batches.
    """
    tables = {"prompts": str(prompts), "responses": str(responses), "out": str(out)}
    if rubric:
        tables["rubric"] = str(rubric[0])
    submit_order(Order(JUDGE, dataset, model, shard, asks, reached, judge=judge, **tables), journal)


if __name__ == "__main__":
    run(main)
