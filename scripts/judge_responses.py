"""Asks a judge about one shard of a model's responses.

Reads: work/{dataset}/prompts/{shard}.parquet, work/{dataset}/{model}/responses/{shard}.parquet,
work/rubrics/{rubric}.json, the judge's journal.
Writes: the journal, work/{dataset}/{model}/judgements/{judge}/{shard}.parquet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from longhand.ask.asking import AskJob, run_job
from longhand.ask.client import Client
from longhand.config.serving import Serving
from longhand.judging.rubric import Rubric, judge
from longhand.judging.unreadable import Unreadable
from longhand.program.command import FileText, run
from longhand.tables.files import Row, open_table, read_rows
from longhand.tables.schemas import JUDGEMENTS, RESPONSES
from longhand.wire.identity import Identity


def main(
    *,
    prompts: Path,
    responses: Path,
    rubric: Path,
    identity: FileText,
    serving: FileText,
    repeats: int,
    attempts: int,
    journal: Path,
    shard: str,
    server_log: Path,
    out: Path,
) -> None:
    """Writes `repeats` verdicts on each response.

    Args:
        prompts, responses: the shard.
        rubric: the rubric's file.
        identity: JSON of what decides the verdicts.
        serving: JSON of where and how the judge is reached.
        repeats: verdicts per response.
        attempts: replies asked for until one can be read.
        journal: the folder of all journals.
        shard: this job's own file in it, without ending.
        server_log: for the output of a server that the job starts.
        out: the judgements table of the shard.
    """
    chosen = Rubric.load(rubric)
    judge_serving = Serving.from_json(serving)
    columns = ["prompt_id", "prompt", "context", "reference"]
    prompt_rows = {row["prompt_id"]: row for row in read_rows(prompts, columns=columns)}
    settings = {"repeats": repeats, "attempts": attempts, "rubric": json.loads(rubric.read_text(encoding="utf-8"))}
    with open_table(responses, RESPONSES) as table:
        job = AskJob(journal, shard, server_log, out, JUDGEMENTS, "judge_responses", table.metadata.num_rows, settings)

    def rows() -> Iterator[Row]:
        for row in read_rows(responses, columns=["prompt_id", "sample", "response"]):
            yield prompt_rows[row["prompt_id"]] | row

    unreadable = Unreadable(judge_serving.name, shard.split("/", 2)[2], job.rows)

    async def method(client: Client, row: Row) -> list[Row]:
        verdicts = await judge(client, row, chosen, judge_serving.name, repeats, attempts)
        unreadable.note(verdicts)
        return verdicts

    run_job(job, Identity.from_json(identity), judge_serving, rows, rows, method)


if __name__ == "__main__":
    run(main)
