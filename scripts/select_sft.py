"""Selects responses for supervised fine-tuning, as conversations that TRL reads.

Reads: results/{dataset}/prompts.parquet, of one model scores.parquet and responses.parquet. Writes: of
results/sft/{name}, train.parquet, train.jsonl, llama_factory/ and README.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.preferences.candidates import rows_of_judge
from longhand.preferences.exports import (
    DATASET_INFO,
    card,
    llama_factory_info,
    llama_factory_line,
    turns,
    write_json_list,
    write_jsonl,
)
from longhand.preferences.selection import best_of_each, dropped_for
from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import RESPONSES
from longhand.tables.training_tables import SFT
from longhand.wire.content import content_of

_SCORED = ["prompt_id", "sample", "judge", "status", "language", "required", "words", "score_l", "score_q"]
_TEXTS = ["prompt_id", "sample", "response"]


def passing(
    scores: list[Row], responses: Path, filters: Mapping[str, Any]
) -> tuple[dict[tuple[str, int], Row], Counter[str]]:
    """The rows of the scores table that are kept, by prompt and sample, and how many were dropped for which reason.

    The texts are read, not kept.

    Raises:
        LonghandError: the tables do not hold the same responses.
    """
    by_response = {(row["prompt_id"], row["sample"]): row for row in scores}
    left: list[Row] = []
    dropped = Counter[str]()
    for response in read_rows(responses, RESPONSES, _TEXTS):
        if (score := by_response.pop((response["prompt_id"], response["sample"]), None)) is None:
            raise _mismatch(responses)
        if (reason := dropped_for(response["response"], score, filters)) is None:
            left.append(score)
        else:
            dropped[reason] += 1
    if by_response:
        raise _mismatch(responses)
    kept = {(row["prompt_id"], row["sample"]): row for row in best_of_each(left, filters.get("per_prompt"))}
    if beaten := len(left) - len(kept):
        dropped["not among the best of its prompt"] = beaten
    return kept, dropped


def _mismatch(responses: Path) -> LonghandError:
    fix = "delete scores.parquet; it will be made again"
    return LonghandError("scores and responses do not hold the same rows", str(responses), fix)


def sft_rows(prompts: Path, responses: Path, kept: Mapping[tuple[str, int], Row], system: str | None) -> Iterator[Row]:
    """The rows of the table; the texts of one prompt in memory at a time."""
    of_prompts = read_rows(prompts, columns=["prompt_id", "prompt", "context"])
    for prompt, rows in rows_by_prompt(of_prompts, read_rows(responses, RESPONSES, _TEXTS), str(responses)):
        for row in rows:
            if score := kept.get((row["prompt_id"], row["sample"])):
                messages = [{"role": "system", "content": system}] if system else []
                messages.append({"role": "user", "content": content_of(prompt)})
                messages.append({"role": "assistant", "content": row["response"]})
                yield {name: score.get(name) for name in SFT.names} | {"messages": messages}


def plain_lines(table: Path) -> Iterator[Row]:
    """The conversations of the table as plain text."""
    for row in read_rows(table, SFT):
        texts = turns(row["messages"])
        yield {"prompt": texts["user"], "response": texts["assistant"], "system": texts.get("system", "")}


def main(
    *,
    name: str,
    prompts: Path,
    responses: Path,
    scores: Path,
    judge: str | None = None,
    filters: str,
    system: FileText,
    settings: FileText,
    out: Path,
) -> None:
    """Writes the data into the folder `out`.

    Args:
        name: of the data.
        prompts, responses, scores: the tables.
        judge: whose S_Q the filters are about.
        filters: JSON; see the config.
        system: JSON of the system message that the model had, or null.
        settings: JSON: heading -> what the card says under it.
        out: the folder.
    """
    rows = rows_of_judge(scores, judge, _SCORED)
    kept, dropped = passing(rows, responses, json.loads(filters))
    counts = {"kept": len(kept)} | {f"dropped, {reason}": n for reason, n in sorted(dropped.items())}
    summary = ", ".join(f"{n} {reason}" for reason, n in counts.items())
    print(summary)
    if not kept:
        raise LonghandError(
            f"not one of {len(rows)} responses is left ({summary})", f"sft {name}", "loosen its filters"
        )
    table, lists = out / "train.parquet", out / "llama_factory"
    lists.mkdir(parents=True, exist_ok=True)
    write_table(table, sft_rows(prompts, responses, kept, json.loads(system)), SFT, "select_sft")
    write_jsonl(out / "train.jsonl", plain_lines(table))
    write_json_list(lists / f"{name}.json", map(llama_factory_line, plain_lines(table)))
    (lists / DATASET_INFO).write_text(json.dumps(llama_factory_info(name, ranking=False), indent=1) + "\n")
    what = "Conversations for supervised fine-tuning, selected by Longhand."
    (out / "README.md").write_text(card(name, what, json.loads(settings), counts, "train.parquet"), encoding="utf-8")


if __name__ == "__main__":
    run(main)
