"""Counts the words of all responses and scores their lengths.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet. Writes: lengths.parquet beside
the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longhand.program.command import run
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS
from longhand.text.health import Health, health
from longhand.text.language import count
from longhand.text.length import BY_LONGBENCH_WRITE, COUNTERS, LENGTH_RULES
from longhand.text.requirement import COLUMNS, requirement_of


def length_rows(prompts: Path, responses: Path, rule: str) -> Iterator[Row]:
    """One row per response: its words by every counter, its score by every length rule that applies, its health.

    A model that wrote nothing scores 0. There is no score where no length is required, nor for what failed: `failed`
    says that a question got no answer, or that a recorded one is missing, and nothing of the model.
    """
    rows = list(read_rows(prompts, PROMPTS, ["prompt_id", "language", *COLUMNS]))
    requirements = {row["prompt_id"]: requirement_of(row) for row in rows}
    languages = {row["prompt_id"]: row["language"] for row in rows}
    for row in read_rows(responses, RESPONSES, ["prompt_id", "sample", "status", "response"]):
        text = row["response"] or ""
        counts = count(text)
        requirement = None if row["status"] == "failed" else requirements[row["prompt_id"]]
        words = {counter: counter.words(counts) for counter in COUNTERS}
        scores = {each: requirement and each.score(requirement, words[each.counter]) for each in LENGTH_RULES.values()}
        chosen = LENGTH_RULES[rule]
        yield {
            "prompt_id": row["prompt_id"],
            "sample": row["sample"],
            "language": counts.language if words[BY_LONGBENCH_WRITE] else None,
            "words": words[chosen.counter],
            **{counter.column: number for counter, number in words.items()},
            "score_l": scores[chosen],
            **{each.column: score for each, score in scores.items()},
            **(health(text, languages[row["prompt_id"]])._asdict() if text else dict.fromkeys(Health._fields)),
        }


def main(*, prompts: Path, responses: Path, rule: str, out: Path) -> None:
    """Writes the lengths table; `rule` is the dataset's own length rule."""
    write_table(out, length_rows(prompts, responses, rule), LENGTHS, "score_length", made_with(settings={"rule": rule}))


if __name__ == "__main__":
    run(main)
