"""Makes preference pairs from candidates, in the form that trainers read.

Reads: results/preferences/{name}/candidates.parquet, results/{dataset}/prompts.parquet, and
results/{dataset}/{model}/responses.parquet of each model. Writes: pairs.parquet and outcomes.parquet beside the first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from longhand.command import FileText, run
from longhand.errors import LonghandError
from longhand.methods.direct import content_of
from longhand.pairs import Outcome, by_prompt, outcome_of, require_pairs
from longhand.tables import RESPONSES, Row, read_rows, read_table, write_table
from longhand.training_tables import CANDIDATES, OUTCOMES, PAIRS

Texts = dict[tuple[str, int], str | None]  # by model and sample


def texts_by_prompt(responses: list[Path]) -> Iterator[tuple[str, Texts]]:
    """The texts of each prompt's responses, prompt by prompt: tables of responses have the order of the prompts."""
    columns = ["prompt_id", "sample", "response"]
    streams = {
        path.parent.name: groupby(read_rows(path, RESPONSES, columns), key=lambda row: str(row["prompt_id"]))
        for path in responses
    }
    for groups in zip(*streams.values(), strict=True):
        ids = {prompt_id for prompt_id, _ in groups}
        if len(ids) != 1:
            raise LonghandError("the models' responses are not to the same prompts", str(responses[0]))
        texts = {
            (model, row["sample"]): row["response"]
            for model, (_, rows) in zip(streams, groups, strict=True)
            for row in rows
        }
        yield ids.pop(), texts


def pair_rows(prompts: Path, responses: list[Path], pairs: dict[str, Outcome], system: str | None) -> Iterator[Row]:
    """The rows of the pairs table, in the order of the prompts; the texts of one prompt in memory at a time."""
    asked = read_rows(prompts, columns=["prompt_id", "prompt", "context"])
    for prompt, (prompt_id, texts) in zip(asked, texts_by_prompt(responses), strict=True):
        if prompt_id != prompt["prompt_id"]:
            raise LonghandError("prompts and responses do not hold the same rows", str(prompts))
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": content_of(prompt)})
        for chosen, rejected in pairs[prompt_id].pairs:
            row: Row = {"prompt": messages, "prompt_id": prompt_id}
            for side, candidate in (("chosen", chosen), ("rejected", rejected)):
                text = texts[candidate["model"], candidate["sample"]]
                row[side] = [{"role": "assistant", "content": text}]
                row |= {f"{side}_{key}": candidate[key] for key in ("model", "sample", "reward", "words", "status")}
                row[f"{side}_tokens"] = candidate["completion_tokens"]
            row |= {key: chosen[key] for key in ("prompt_tokens", "language", "range", "required")}
            yield row | {"margin": chosen["reward"] - rejected["reward"]}


def main(
    *,
    candidates: Path,
    prompts: Path,
    responses: list[Path],
    rejected: str,
    min_margin: float,
    min_candidates: int,
    pairs_per_prompt: int,
    seed: int,
    system: FileText,
    out: Path,
    outcomes: Path,
) -> None:
    """Writes the pairs, and what became of each prompt.

    Args:
        candidates, prompts, responses: the tables.
        rejected, min_margin, min_candidates, pairs_per_prompt: see `longhand.pairs.outcome_of`.
        seed: of the choice of the rejected.
        system: JSON of the system message that the models had, or null.
        out: the pairs.
        outcomes: one row per prompt.
    """
    rows = dict(by_prompt(read_table(candidates, CANDIDATES).to_pylist()))
    found = {
        prompt_id: outcome_of(
            here,
            rejected=rejected,
            min_margin=min_margin,
            min_candidates=min_candidates,
            most=pairs_per_prompt,
            seed=f"{seed} {prompt_id}",
        )
        for prompt_id, here in rows.items()
    }
    counts = Counter(outcome.name for outcome in found.values())
    print(*(f"{number} {name}" for name, number in sorted(counts.items())), sep=", ")
    require_pairs(counts, str(candidates))
    told = (
        {
            "prompt_id": prompt_id,
            "outcome": outcome.name,
            "candidates": len(rows[prompt_id]),
            "scored": sum(row["reward"] is not None for row in rows[prompt_id]),
            "pairs": len(outcome.pairs),
        }
        for prompt_id, outcome in found.items()
    )
    write_table(outcomes, told, OUTCOMES, "build_pairs")
    write_table(out, pair_rows(prompts, responses, found, json.loads(system)), PAIRS, "build_pairs")


if __name__ == "__main__":
    run(main)
