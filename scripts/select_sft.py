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

from longhand.command import FileText, run
from longhand.errors import LonghandError
from longhand.exports import (
    DATASET_INFO,
    card,
    llama_factory_info,
    llama_factory_line,
    turns,
    write_json_list,
    write_jsonl,
)
from longhand.methods.direct import content_of
from longhand.selection import best_of_each, dropped_for
from longhand.tables import RESPONSES, SCORES, Row, read_rows, read_table, write_table
from longhand.training_tables import SFT


def sft_rows(
    prompts: Path, responses: Path, scores: list[Row], filters: Mapping[str, Any], system: str | None
) -> tuple[Iterator[Row], Counter[str]]:
    """The rows of the table, and how many of the rest were dropped for which reason; texts are read twice, not kept."""
    texts = (row["response"] for row in read_rows(responses, RESPONSES, ["response"]))
    reasons = [dropped_for(text, score, filters) for text, score in zip(texts, scores, strict=True)]
    best = best_of_each(
        [s for s, reason in zip(scores, reasons, strict=True) if reason is None], filters.get("per_prompt")
    )
    kept = {(row["prompt_id"], row["sample"]): row for row in best}
    dropped = Counter(reason for reason in reasons if reason is not None)
    if beaten := reasons.count(None) - len(kept):
        dropped["not among the best of its prompt"] = beaten

    def rows() -> Iterator[Row]:
        columns = ["prompt_id", "prompt", "context"]
        asked = {row["prompt_id"]: content_of(row) for row in read_rows(prompts, columns=columns)}
        for row in read_rows(responses, RESPONSES, ["prompt_id", "sample", "response"]):
            if score := kept.get((row["prompt_id"], row["sample"])):
                messages = [{"role": "system", "content": system}] if system else []
                messages.append({"role": "user", "content": asked[row["prompt_id"]]})
                messages.append({"role": "assistant", "content": row["response"]})
                yield {name: score.get(name) for name in SFT.names} | {"messages": messages}

    return rows(), dropped


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
    rows = read_table(scores, SCORES).to_pylist()
    wanted = judge if judge is not None or not rows else rows[0]["judge"]
    rows = [row for row in rows if row["judge"] == wanted]
    found, dropped = sft_rows(prompts, responses, rows, json.loads(filters), json.loads(system))
    kept = len(rows) - dropped.total()
    counts = {"kept": kept} | {f"dropped, {reason}": n for reason, n in sorted(dropped.items())}
    told = ", ".join(f"{n} {reason}" for reason, n in counts.items())
    print(told)
    if not kept:
        raise LonghandError(f"not one of {len(rows)} responses is left ({told})", f"sft {name}", "loosen its filters")
    table, lists = out / "train.parquet", out / "llama_factory"
    lists.mkdir(parents=True, exist_ok=True)
    write_table(table, found, SFT, "select_sft")
    lines = [dict(turns(row["messages"]), prompt_id=row["prompt_id"]) for row in read_rows(table, SFT)]
    plain = [
        {"prompt": line["user"], "response": line["assistant"], "system": line.get("system", "")} for line in lines
    ]
    write_jsonl(out / "train.jsonl", plain)
    write_json_list(lists / f"{name}.json", map(llama_factory_line, plain))
    (lists / DATASET_INFO).write_text(json.dumps(llama_factory_info(name, ranking=False), indent=1) + "\n")
    what = "Conversations for supervised fine-tuning, selected by Longhand."
    (out / "README.md").write_text(card(name, what, json.loads(settings), counts, "train.parquet"), encoding="utf-8")


if __name__ == "__main__":
    run(main)
