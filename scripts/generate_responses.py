"""Asks a model for its responses to one shard of a dataset's prompts.

Reads: work/{dataset}/prompts/{shard}.parquet, the model's journal. Writes: the journal,
work/{dataset}/{model}/responses/{shard}.parquet.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from longhand.ask.asking import AskJob, run_job
from longhand.config.serving import Serving
from longhand.methods.direct import direct
from longhand.program.command import FileText, run
from longhand.prompts.datasets import longest_first
from longhand.tables.files import read_rows
from longhand.tables.schemas import RESPONSES
from longhand.training.trained import read_trained
from longhand.wire.identity import Identity


def main(
    *,
    prompts: Path,
    identity: FileText,
    serving: FileText,
    trained: list[Path] | None = None,
    samples: int,
    journal: Path,
    shard: str,
    server_log: Path,
    out: Path,
) -> None:
    """Writes `samples` responses to each prompt.

    Args:
        prompts: the shard.
        identity: JSON of what decides the answers.
        serving: JSON of where and how the model is reached.
        trained: the manifest of a model that was trained here; none for others.
        samples: responses per prompt.
        journal: the folder of all journals.
        shard: this job's own file in it, without ending.
        server_log: for the output of a server that the job starts.
        out: the responses table of the shard.
    """
    rows = [row | {"sample": sample} for row in read_rows(prompts) for sample in range(samples)]
    job = AskJob(journal, shard, server_log, out, RESPONSES, "generate_responses", len(rows), {"samples": samples})
    asked, reached = Identity.from_json(identity), Serving.from_json(serving)
    for path in trained or ():
        made = read_trained(path)
        asked = dataclasses.replace(asked, weights=made.digest)
        reached = dataclasses.replace(reached, **made.serving())
    run_job(job, asked, reached, lambda: longest_first(rows), lambda: rows, direct)


if __name__ == "__main__":
    run(main)
