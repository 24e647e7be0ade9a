"""What tests share: reference data that is used where it lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def golden():
    """Reads a file of reference outputs; the test is skipped where the files are not there."""

    def read(name: str) -> list[dict]:
        path = SHARED / "golden" / name
        if not path.exists():
            pytest.skip(f"reference outputs are not beside the checkout: {name}")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return read
