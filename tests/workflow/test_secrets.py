"""An API key is nowhere but in the environment and in the requests, whatever the server says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fault_server import DIMENSIONS, VERDICT, FaultServer
from marked_key import KEY, files_with_the_key, watched
from running import Run


def run_against(server: FaultServer, folder: Path) -> Run:
    reached = {"backend": "openai", "base_url": server.url, "api_key_env": "MARKED_KEY", "tries": 2}
    rubric: dict[str, Any] = {"template": VERDICT + " {response}", "scale": [1, 5]}
    return Run(
        folder,
        {
            "datasets": {"longhand-mini": {"rubric": "plain"}},
            "rubrics": {"plain": rubric | {"dimensions": {name: [] for name in DIMENSIONS}}},
            "models": {"m": reached | {"model": "m"}},
            "judges": {"j": reached | {"model": "j"}},
            "evaluate": {"models": ["m"], "judges": ["j"]},
            "scores": {"min_coverage": 0.5},
        },
    )


def test_a_key_that_the_server_echoes(tmp_path: Path) -> None:
    unlucky: set[str] = set()

    def plan(prompt: str, _: int) -> str | None:
        if len(unlucky) < 2:
            unlucky.add(prompt)
        return "echo key" if prompt in unlucky else None

    with FaultServer(plan) as server:
        run = run_against(server, tmp_path)
        status, output = watched(run)
    assert status == 0, output
    errors = [row["error"] for row in run.rows("results/longhand-mini/m/responses.parquet") if row["error"]]
    assert errors and all("what is this: Bearer ***?" in error for error in errors), "it was sent, and echoed"
    assert KEY not in output
    assert files_with_the_key(tmp_path) == []


@pytest.mark.parametrize("fault", ["401"])
def test_a_key_that_the_server_refuses(tmp_path: Path, fault: str) -> None:
    with FaultServer(lambda *_: fault) as server:
        status, output = watched(run_against(server, tmp_path))
    assert status != 0
    assert "error: the API refused the key: Incorrect API key provided: Bearer *** (http" in output
    assert "fix: check the key in $MARKED_KEY" in output
    assert KEY not in output
    assert files_with_the_key(tmp_path) == []
