"""Makes preference pairs from candidates, in the form that trainers read.

Reads: results/preferences/{name}/candidates.parquet, results/{dataset}/prompts.parquet, and
results/{dataset}/{model}/responses.parquet of each model; with `min_margin: noise` the judge's judgements.
Writes: pairs.parquet and outcomes.parquet beside the first.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Literal

from longhand.preferences.noise import Noise, measured_noise, read_verdicts
from longhand.preferences.pairs import PromptOutcome, outcome_of, require_pairs
from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.results.certified import check_certified, pair_standings, read_certifications
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows, read_table, write_table
from longhand.tables.schemas import RESPONSES
from longhand.tables.training_tables import CANDIDATES, OUTCOMES, PAIRS
from longhand.wire.content import content_of

Texts = dict[tuple[str, int], str | None]  # by model and sample
_PAIRING = ["prompt_id", "model", "sample", "status", "words", "reward", "no_reward", "text_sha256"]
_PAIRING += ["prompt_tokens", "completion_tokens", "language", "range", "required"]


def texts_by_prompt(prompts: Path, responses: list[Path]) -> Iterator[tuple[Row, Texts]]:
    """Each prompt with the texts of its responses; those of one prompt in memory at a time."""
    columns = ["prompt_id", "sample", "response"]
    of_models = [
        rows_by_prompt(read_rows(prompts, columns=["prompt_id"]), read_rows(path, RESPONSES, columns), str(path))
        for path in responses
    ]
    for prompt, *groups in zip(read_rows(prompts, columns=["prompt_id", "prompt", "context"]), *of_models, strict=True):
        yield (
            prompt,
            {
                (path.parent.name, row["sample"]): row["response"]
                for path, (_, rows) in zip(responses, groups, strict=True)
                for row in rows
            },
        )


def pair_rows(
    prompts: Path, responses: list[Path], outcomes: Mapping[str, PromptOutcome], system: str | None
) -> Iterator[Row]:
    """The rows of the pairs table, in the order of the prompts.

    Raises:
        LonghandError: the responses are not those that the candidates were collected from.
    """
    for prompt, texts in texts_by_prompt(prompts, responses):
        prompt_id = prompt["prompt_id"]
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": content_of(prompt)})
        for chosen, rejected in outcomes[prompt_id].pairs if prompt_id in outcomes else ():
            row: Row = {"prompt": messages, "prompt_id": prompt_id}
            for side, candidate in (("chosen", chosen), ("rejected", rejected)):
                text = texts.get((candidate["model"], candidate["sample"]))
                if text is None:
                    what = f"sample {candidate['sample']} of {candidate['model']} to prompt {prompt_id} has no text"
                    raise LonghandError(what, fix="delete candidates.parquet; it will be made again")
                row[side] = [{"role": "assistant", "content": text}]
                row |= {f"{side}_{key}": candidate[key] for key in ("model", "sample", "reward", "words", "status")}
                row[f"{side}_tokens"] = candidate["completion_tokens"]
            row |= {key: chosen[key] for key in ("prompt_tokens", "language", "range", "required")}
            yield row | {"margin": chosen["reward"] - rejected["reward"]}


def judge_noise(judgements: list[Path], reward: str) -> Noise:
    """The noise of the judge that margins are held against.

    Raises:
        LonghandError: the repeats that are there do not say how much that is.
    """
    noise = measured_noise(read_verdicts(judgements), json.loads(reward))
    if noise is None:
        what = "min_margin is noise, and no response has two verdicts that could be read"
        fix = "raise the judge's repeats or attempts, or give min_margin in points"
        raise LonghandError(what, ", ".join(map(str, judgements)), fix)
    return noise


def least_margins(rows: Mapping[str, list[Row]], noise: Noise) -> dict[str, float]:
    """By prompt, the margin that its pairs must exceed to be more than the noise, in points.

    It is that of the best and the worst also where the rejected one is drawn: a prompt makes a pair as soon as any of
    its answers is far enough from the best.
    """
    numbers = {prompt_id: max(2, len(_texts(of_prompt))) for prompt_id, of_prompt in rows.items()}
    limits = {number: noise.limit(number, "worst") for number in sorted(set(numbers.values()))}
    shown = ", ".join(f"{limit:.2f} points for {number} texts" for number, limit in limits.items())
    print(f"margins must be over the judge's noise on {noise.responses} responses: {shown}")
    return {prompt_id: limits[number] for prompt_id, number in numbers.items()}


def _texts(candidates: list[Row]) -> set[str]:
    """The different texts with a reward. Equal ones are one answer: the judge was asked about it once."""
    return {row["text_sha256"] for row in candidates if row["no_reward"] is None}


def outcome_row(prompt_id: str, candidates: list[Row], outcome: PromptOutcome, min_margin: float) -> Row:
    """A row of the outcomes table, of a prompt's rows of the candidates table."""
    return {
        "prompt_id": prompt_id,
        "outcome": outcome.name,
        "responses": len(candidates),
        "candidates": sum(row["text_sha256"] is not None for row in candidates),
        "scored": sum(row["no_reward"] is None for row in candidates),
        "texts": len(_texts(candidates)),
        "pairs": len(outcome.pairs),
        "min_margin": min_margin,
    }


def main(
    *,
    candidates: Path,
    prompts: Path,
    responses: list[Path],
    rejected: str,
    min_margin: float | Literal["noise"],
    judgements: list[Path] | None = None,
    reward: str = "{}",
    min_candidates: int,
    pairs_per_prompt: int,
    seed: int,
    system: FileText,
    certification: list[Path] | None = None,
    rubrics: str = "{}",
    require_certified: str | None = None,
    out: Path,
    outcomes: Path,
) -> None:
    """Writes the pairs, and what became of each prompt.

    Args:
        candidates, prompts, responses: the tables.
        rejected, min_margin, min_candidates, pairs_per_prompt: see `longhand.preferences.pairs.outcome_of`.
        judgements, reward: with min_margin noise, those of the judge, and the weights of length and quality as JSON.
        seed: of the choice of the rejected.
        system: JSON of the system message that the models had, or null.
        certification, rubrics: with require_certified, the table of certifications; JSON: the dataset -> its rubric.
        require_certified: the judge that must be certified for all these prompts.
        out: the pairs.
        outcomes: one row per prompt.
    """
    table = read_table(candidates, CANDIDATES, _PAIRING).to_pylist()
    rows = {prompt_id: list(group) for prompt_id, group in groupby(table, key=lambda row: str(row["prompt_id"]))}
    certifications = read_certifications(certification or [], json.loads(rubrics))
    if require_certified is not None and certifications is not None:
        for language, label, standing in pair_standings(table, require_certified, certifications):
            words = "" if label is None else f", {label} words"
            check_certified(require_certified, f"pairs in {language}{words}", standing)
    if min_margin == "noise":
        limits = least_margins(rows, judge_noise(judgements or [], reward))
        least = {
            prompt_id: math.nextafter(limit, math.inf) for prompt_id, limit in limits.items()
        }  # not just the noise
    else:
        limits = least = dict.fromkeys(rows, min_margin)
    by_prompt = {
        prompt_id: outcome_of(
            of_prompt,
            rejected=rejected,
            min_margin=least[prompt_id],
            min_candidates=min_candidates,
            most=pairs_per_prompt,
            seed=f"{seed} {prompt_id}",
        )
        for prompt_id, of_prompt in rows.items()
    }
    counts = Counter(outcome.name for outcome in by_prompt.values())
    print(*(f"{number} {name}" for name, number in sorted(counts.items())), sep=", ")
    require_pairs(counts, str(candidates))
    what_became = (
        outcome_row(prompt_id, rows[prompt_id], each, limits[prompt_id]) for prompt_id, each in by_prompt.items()
    )
    write_table(outcomes, what_became, OUTCOMES, "build_pairs")
    write_table(out, pair_rows(prompts, responses, by_prompt, json.loads(system)), PAIRS, "build_pairs")


if __name__ == "__main__":
    run(main)
