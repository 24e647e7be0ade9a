"""Counts the words of all responses and scores their lengths.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet. Writes: lengths.parquet beside
the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longhand.command import run
from longhand.language import count
from longhand.length import RULES, words_longen
from longhand.tables import LENGTHS, PROMPTS, RESPONSES, Row, read_rows, write_table


def length_rows(prompts: Path, responses: Path, rule: str) -> Iterator[Row]:
    """One row per response. A model that wrote nothing scores 0.

    There is no score where no length is required, nor for what failed: `failed` says that a question got no answer, or
    that a recorded one is missing, and nothing of the model.
    """
    required = {row["prompt_id"]: row["required"] for row in read_rows(prompts, PROMPTS, ["prompt_id", "required"])}
    own, published = RULES[rule], RULES["longbench-write"]
    for row in read_rows(responses, RESPONSES, ["prompt_id", "sample", "status", "response"]):
        text, wanted = row["response"] or "", required[row["prompt_id"]]
        if row["status"] == "failed":
            wanted = None
        counts = count(text)
        words, published_words = own.words(counts), published.words(counts)
        yield {
            "prompt_id": row["prompt_id"],
            "sample": row["sample"],
            "language": counts.language if published_words else None,
            "words": words,
            "words_longbench_write": published_words,
            "words_longen": words_longen(counts),
            "score_l": None if wanted is None else own.score(wanted, words),
            "longbench_write": None if wanted is None else published.score(wanted, published_words),
        }


def main(*, prompts: Path, responses: Path, rule: str, out: Path) -> None:
    """Writes the lengths table; `rule` is the dataset's own length rule."""
    write_table(out, length_rows(prompts, responses, rule), LENGTHS, "score_length")


if __name__ == "__main__":
    run(main)
