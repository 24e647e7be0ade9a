"""Collects the responses to a dataset's prompts from one or several models, with their rewards.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/scores.parquet and responses.parquet of each model.
Writes: results/preferences/{name}/candidates.parquet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from longhand.preferences.candidates import no_reward, reward_of, rows_of_judge, text_digest
from longhand.program.command import run
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.tables.score_tables import with_dimensions
from longhand.tables.training_tables import CANDIDATES


def scored_rows(scores: Path, responses: Path, judge: str | None, weights: dict[str, float]) -> Iterator[Row]:
    """One row per response of a model, with its reward; the texts are read, not kept.

    Raises:
        LonghandError: there are no verdicts of the judge, or the tables do not match.
    """
    columns = ["prompt_id", "sample", "response"]
    digests = {
        (row["prompt_id"], row["sample"]): text_digest(row["response"])
        for row in read_rows(responses, RESPONSES, columns)
    }
    for row in rows_of_judge(scores, judge):
        key = (row["prompt_id"], row["sample"])
        if key not in digests:
            raise LonghandError("scores and responses do not hold the same rows", str(scores), "delete it; run again")
        reason = no_reward(row, weights, text=digests[key] is not None)
        reward = reward_of(row, weights) if reason is None else None
        known = {"model": scores.parent.name, "text_sha256": digests[key]}
        yield row | known | {"no_reward": reason, "reward": reward}


def candidate_rows(
    prompts: Path, scores: list[Path], responses: list[Path], judge: str | None, weights: dict[str, float]
) -> Iterator[Row]:
    """One row per response, prompt by prompt, in the order of the models and their samples."""
    by_prompt: dict[str, list[Row]] = defaultdict(list)
    for of_scores, of_responses in zip(scores, responses, strict=True):
        for row in scored_rows(of_scores, of_responses, judge, weights):
            by_prompt[row["prompt_id"]].append(row)
    for prompt in read_rows(prompts, PROMPTS, ["prompt_id"]):
        yield from by_prompt[prompt["prompt_id"]]


def main(
    *,
    prompts: Path,
    scores: list[Path],
    responses: list[Path],
    judge: str | None = None,
    dimensions: list[str] | None = None,
    reward: str,
    out: Path,
) -> None:
    """Writes the candidates.

    Args:
        prompts: the table; scores, responses: of each model, in the same order.
        judge: whose S_Q is in the reward; dimensions: what it scores.
        reward: JSON, the weights of length and quality.
        out: the candidates.
    """
    schema = with_dimensions(CANDIDATES, dimensions or [])
    rows = candidate_rows(prompts, scores, responses, judge, json.loads(reward))
    write_table(out, ({name: row.get(name) for name in schema.names} for row in rows), schema, "collect_candidates")


if __name__ == "__main__":
    run(main)
