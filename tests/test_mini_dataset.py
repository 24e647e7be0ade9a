"""longhand-mini: the prompts are what their columns say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from longhand.demo.requested import requested_words
from longhand.text.language import language_of

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "datasets"
ROWS = [json.loads(line) for line in (FOLDER / "longhand-mini.jsonl").read_text(encoding="utf-8").splitlines()]
RANGES = [0, 500, 2000, 4000]
TYPES = {
    "Literature and Creative Writing",
    "Academic and Monograph",
    "Popular Science",
    "Functional Writing",
    "News Report",
    "Community Forum",
    "Education and Training",
}


def test_every_range_and_language_has_three() -> None:
    def lower_end(length: int) -> int:
        return max(low for low in RANGES if low <= length)

    counts = Counter((language_of(row["prompt"]), lower_end(row["length"])) for row in ROWS)
    assert counts == {(language, low): 3 for language in ("en", "zh") for low in RANGES}
    assert max(row["length"] for row in ROWS) <= 20_000
    assert len({row["length"] for row in ROWS}) >= 12


def test_types() -> None:
    counts = Counter(row["type"] for row in ROWS)
    assert counts.keys() == TYPES
    assert min(counts.values()) >= 2


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["prompt"][:20])
def test_the_prompt_states_its_length(row: dict) -> None:
    assert list(row) == ["prompt", "type", "length"]
    assert type(row["length"]) is int
    assert row["prompt"] == row["prompt"].strip()
    assert requested_words(row["prompt"]) == row["length"]


def test_no_prompt_stands_twice() -> None:
    assert len({row["prompt"] for row in ROWS}) == len(ROWS) == 24
    assert len({row["prompt"][:12] for row in ROWS if language_of(row["prompt"]) == "zh"}) == 12


def test_registry_entry() -> None:
    entry = yaml.safe_load((FOLDER / "longhand-mini.yaml").read_text(encoding="utf-8"))
    assert entry["path"] == "longhand-mini.jsonl"
    assert entry["fields"] == {"prompt": "prompt", "category": "type", "required": "length"}
    assert entry["ranges"] == RANGES
