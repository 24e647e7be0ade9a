"""The prompts that benches run on: LongBench-Write's 120 where they lie beside the checkout, else our own 24."""

from __future__ import annotations

import json
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PUBLISHED = CHECKOUT.parent / "shared/upstream/longbench_write.jsonl"
FILE = PUBLISHED if PUBLISHED.exists() else CHECKOUT / "resources/datasets/longhand-mini.jsonl"
WORDS: dict[str, int] = {
    row["prompt"]: row["length"] for row in map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
}
"""Prompt -> required words."""


def bench_config(url: str, generate: int, judge: int) -> dict:
    """A run on the bench's prompts against a server.

    Args:
        url: the server.
        generate, judge: requests in flight.
    """
    reached = {"backend": "openai", "base_url": url}
    return {
        "datasets": {"bench": {"path": str(FILE), "fields": {"category": "type", "required": "length"}}},
        "models": {"bench-model": {**reached, "model": "bench", "concurrency": generate}},
        "judges": {"bench-judge": {**reached, "model": "bench-judge", "concurrency": judge}},
        "evaluate": {"datasets": ["bench"], "models": ["bench-model"], "judges": ["bench-judge"]},
    }
