"""Collects the responses to a dataset's prompts from one or several models, with their rewards.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/scores.parquet of each model. Writes:
results/preferences/{name}/candidates.parquet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from longhand.command import run
from longhand.errors import LonghandError
from longhand.pairs import reward_of
from longhand.tables import PROMPTS, SCORES, Row, read_rows, read_table, with_dimensions, write_table
from longhand.training_tables import CANDIDATES


def candidate_rows(prompts: Path, scores: list[Path], judge: str | None, weights: dict[str, float]) -> Iterator[Row]:
    """One row per response, prompt by prompt, in the order of the models and their samples.

    Raises:
        LonghandError: a model's scores hold no verdicts of the judge, though quality has a weight.
    """
    found: dict[str, list[Row]] = defaultdict(list)
    for path in scores:
        rows = read_table(path, SCORES).to_pylist()
        judges = {row["judge"] for row in rows}
        wanted = judge if judge is not None else next(iter(judges), None)  # S_L is the same beside every judge
        if wanted not in judges and rows:
            raise LonghandError(f"there are no verdicts of judge '{judge}'", str(path))
        for row in rows:
            if row["judge"] == wanted:
                found[row["prompt_id"]].append(row | {"model": path.parent.name, "reward": reward_of(row, weights)})
    for prompt in read_rows(prompts, PROMPTS, ["prompt_id"]):
        yield from found[prompt["prompt_id"]]


def main(*, prompts: Path, scores: list[Path], judge: str | None = None, reward: str, out: Path) -> None:
    """Writes the candidates; `reward` (JSON) has the weights of length and quality."""
    dimensions = list(dict.fromkeys(name for path in scores for name in read_table(path).schema.names[len(SCORES) :]))
    schema = with_dimensions(CANDIDATES, dimensions)
    rows = candidate_rows(prompts, scores, judge, json.loads(reward))
    write_table(out, ({name: row.get(name) for name in schema.names} for row in rows), schema, "collect_candidates")


if __name__ == "__main__":
    run(main)
