"""An API key is nowhere but in the environment of what needs it and in the requests, whatever the server says.

The run of the first tests has texts that are too long for a command line as well, and one that looks like an option.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fault_replies import DIMENSIONS, VERDICT
from fault_server import FaultServer
from marked_key import KEY, Seen, files_with_the_key, watched
from running import Run

SYSTEM = "-" + "字" * 50_000  # fewer characters than Snakemake allows, more bytes than the kernel does
TEMPLATE = VERDICT + "'x" * 100_000 + " {response}"


def run_against(server: FaultServer, folder: Path) -> Run:
    reached = {"backend": "openai", "base_url": server.url, "tries": 2}
    rubric: dict[str, Any] = {"template": TEMPLATE, "scale": [1, 5]}
    return Run(
        folder,
        {
            "datasets": {"longhand-mini": {"rubric": "plain"}},
            "rubrics": {"plain": rubric | {"dimensions": {name: [] for name in DIMENSIONS}}},
            "models": {"m": reached | {"model": "m", "api_key_env": "MARKED_KEY", "system": SYSTEM}},
            "judges": {"j": reached | {"model": "j", "api_key_env": "KEY_OF_JUDGE"}},
            "evaluate": {"models": ["m"], "judges": ["j"]},
            "sft": {"s": {"dataset": "longhand-mini", "model": "m", "filters": {"min_length_score": 0}}},
            "scores": {"min_coverage": 0.5},
        },
    )


class Echoed(NamedTuple):
    """A finished run against a server that repeats the key in its errors."""

    run: Run
    status: int
    output: str
    seen: Seen
    bodies: list[dict[str, Any]]


@pytest.fixture(scope="module")
def echoed(tmp_path_factory: pytest.TempPathFactory) -> Echoed:
    unlucky: set[str] = set()

    def plan(prompt: str, _: int) -> str | None:
        if len(unlucky) < 2:
            unlucky.add(prompt)
        return "echo key" if prompt in unlucky else None

    with FaultServer(plan) as server:
        run = run_against(server, tmp_path_factory.mktemp("a run"))
        return Echoed(run, *watched(run, KEY_OF_JUDGE="sk-of-judge", OPENAI_API_KEY="sk-other"), server.bodies)


def test_a_key_that_the_server_echoes(echoed: Echoed) -> None:
    assert echoed.status == 0, echoed.output[-6000:]
    errors = [row["error"] for row in echoed.run.rows("results/longhand-mini/m/responses.parquet") if row["error"]]
    assert errors and all("what is this: Bearer ***?" in error for error in errors), "it was sent, and echoed"
    assert KEY not in echoed.output
    assert files_with_the_key(echoed.run.folder) == []


def test_a_step_has_no_key_but_its_own(echoed: Echoed) -> None:
    secrets = {"MARKED_KEY", "KEY_OF_JUDGE", "OPENAI_API_KEY"}
    held = {script: names & secrets for script, names in echoed.seen.environments.items()}
    assert held.pop("generate_responses.py") == {"MARKED_KEY", "KEY_OF_JUDGE"}, "verdicts are asked while answers come"
    assert held.pop("judge_responses.py") == {"KEY_OF_JUDGE"}
    assert held.keys() >= {"prepare_prompts.py", "join_scores.py", "build_report.py"}
    assert not any(held.values()), held


def test_long_texts_arrive_whole(echoed: Echoed) -> None:
    systems = {body["messages"][0]["content"] for body in echoed.bodies if body["model"] == "m"}
    assert systems == {SYSTEM}
    judged = [body["messages"][-1]["content"] for body in echoed.bodies if body["model"] == "j"]
    assert judged and all(text.startswith(TEMPLATE.removesuffix("{response}")) for text in judged)
    (first, *_) = echoed.run.rows("results/sft/s/train.parquet")
    assert first["messages"][0] == {"role": "system", "content": SYSTEM}


@pytest.mark.parametrize("fault", ["401"])
def test_a_key_that_the_server_refuses(tmp_path: Path, fault: str) -> None:
    with FaultServer(lambda *_: fault) as server:
        status, output, _ = watched(run_against(server, tmp_path), KEY_OF_JUDGE="sk-of-judge")
    assert status != 0
    assert "error: the API refused the key: Incorrect API key provided: Bearer *** (http" in output
    assert "fix: check the key in $MARKED_KEY" in output
    assert KEY not in output
    assert files_with_the_key(tmp_path) == []
