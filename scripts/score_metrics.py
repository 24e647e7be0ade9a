"""Measures the responses of a model in further ways: F1 and ROUGE-L against references, grades as they are published.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet, judgements/{judge}.parquet.
Writes: metrics.parquet beside the responses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.results.metrics import Chosen, Published, metrics_of, overlap_rows, published_rows
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import METRICS

OF_PROMPT = ["prompt_id", "language", "category", "reference", "other_references"]
OF_RESPONSE = ["prompt_id", "sample", "status", "response"]
OF_VERDICT = ["prompt_id", "sample", "judge", "dimension", "score"]


def metric_rows(prompts: Path, responses: Path, chosen: Chosen) -> Iterator[Row]:
    """The overlap of each response with its references, a few at a time in memory."""
    if not chosen:
        return
    texts = read_rows(responses, RESPONSES, OF_RESPONSE)
    for prompt, rows in rows_by_prompt(read_rows(prompts, PROMPTS, OF_PROMPT), texts, str(responses)):
        for response in rows:
            yield from overlap_rows(prompt, response, metrics_of(chosen, prompt["category"]))


def main(
    *,
    prompts: Path,
    responses: Path,
    judgements: list[Path],
    metrics: FileText = "[]",
    published: FileText = "null",
    out: Path,
) -> None:
    """Writes the metrics table.

    Args:
        prompts, responses: the tables.
        judgements: of judges by the dataset's rubric, where that publishes grades in another way.
        metrics: JSON: names of metrics, or category -> names.
        published: JSON of that way: {factor, offset, scale: [lowest, highest]}; null: there is none.
        out: the table.
    """
    chosen, way = json.loads(metrics), json.loads(published)

    def rows() -> Iterator[Row]:
        for row in metric_rows(prompts, responses, chosen):
            if row["value"] is None:
                without[row["metric"]] = without.get(row["metric"], 0) + 1
            yield row
        if way is None:
            return
        of_prompts = {
            row["prompt_id"]: row["criteria"] for row in read_rows(prompts, PROMPTS, ["prompt_id", "criteria"])
        }
        for path in judgements:
            yield from published_rows(read_rows(path, JUDGEMENTS, OF_VERDICT), of_prompts, Published(**way))

    without: dict[str, int] = {}
    made = made_with("rouge", "jieba", settings={"metrics": chosen, "published": way}, sources=[responses])
    number = write_table(out, rows(), METRICS, "score_metrics", made)
    print(f"{number} values; without one: {without or 'none'}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
