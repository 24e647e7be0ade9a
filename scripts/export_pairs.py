"""Writes preference pairs as other trainers read them, with a card that says where they come from.

Reads: of results/preferences/{name}, pairs.parquet and outcomes.parquet. Writes beside them: pairs.jsonl,
llama_factory/{name}.json with its dataset_info.json, README.md.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from longhand.command import FileText, run
from longhand.exports import (
    DATASET_INFO,
    card,
    llama_factory_info,
    llama_factory_line,
    preference_line,
    write_json_list,
    write_jsonl,
)
from longhand.tables import read_rows
from longhand.training_tables import OUTCOMES, PAIRS


def main(*, name: str, pairs: Path, outcomes: Path, settings: FileText, out: Path) -> None:
    """Writes the exports into the folder `out`; `settings` (JSON): heading -> what the card says under it."""
    lists = out / "llama_factory"
    lists.mkdir(parents=True, exist_ok=True)
    number = write_jsonl(out / "pairs.jsonl", map(preference_line, read_rows(pairs, PAIRS)))
    write_json_list(
        lists / f"{name}.json", (llama_factory_line(preference_line(row)) for row in read_rows(pairs, PAIRS))
    )
    (lists / DATASET_INFO).write_text(json.dumps(llama_factory_info(name, ranking=True), indent=1) + "\n")
    counts = Counter(row["outcome"] for row in read_rows(outcomes, OUTCOMES))
    rows = {"pairs": number} | {f"prompts {outcome}": n for outcome, n in sorted(counts.items())}
    what = (
        "Preference pairs for direct preference optimization, made by Longhand; `audit.parquet` says how good they are."
    )
    (out / "README.md").write_text(card(name, what, json.loads(settings), rows, "pairs.parquet"), encoding="utf-8")


if __name__ == "__main__":
    run(main)
