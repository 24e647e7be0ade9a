"""Counts the words of all responses and scores their lengths.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet. Writes: lengths.parquet beside
the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longhand.command import run
from longhand.language import language_of
from longhand.length import RULES, count_longen
from longhand.tables import LENGTHS, PROMPTS, RESPONSES, Row, read_rows, write_table


def length_rows(prompts: Path, responses: Path, rule: str) -> Iterator[Row]:
    """One row per response. No text is zero words; no required length is no score."""
    required = {row["prompt_id"]: row["required"] for row in read_rows(prompts, PROMPTS, ["prompt_id", "required"])}
    own, published = RULES[rule], RULES["longbench-write"]
    for row in read_rows(responses, RESPONSES, ["prompt_id", "sample", "response"]):
        text, wanted = row["response"] or "", required[row["prompt_id"]]
        words = published.count(text)
        yield {
            "prompt_id": row["prompt_id"],
            "sample": row["sample"],
            "language": language_of(text) if words else None,
            "words": own.count(text),
            "words_longbench_write": words,
            "words_longen": count_longen(text),
            "score_l": None if wanted is None else own.score(wanted, own.count(text)),
            "longbench_write": None if wanted is None else published.score(wanted, words),
        }


def main(*, prompts: Path, responses: Path, rule: str, out: Path) -> None:
    """Writes the lengths table; `rule` is the dataset's own length rule."""
    write_table(out, length_rows(prompts, responses, rule), LENGTHS, "score_length")


if __name__ == "__main__":
    run(main)
