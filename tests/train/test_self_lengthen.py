"""Self-Lengthen with real parts on CPU: two iterations of a tiny random model, vLLM with adapters, TRL."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from patience import started, wait_for
from running import CHECKOUT, Run
from training_checks import held_at
from vllm_on_cpu import ENGINE, ENVIRONMENT, VLLM, VLLM_ON_CORE, processes_in

from longhand.ask.endpoints.managed import command
from longhand.config.serving import Serving

WORDS = "([a-z]{3,7} )"
LENGTH = "between 10 and 1000 words"
"""The only length that is drawn of these texts: see `restate` below."""
TEXT = rf"Yes, [a-z]{{12}} {LENGTH} {WORDS}{{8,20}}ends\.\n\n{WORDS}{{8,20}}ends\.\n\n{WORDS}{{8,20}}ends\."
"""What a random model writes, as a regular expression: an instruction, a yes, a text with an end, and a restated query,
all in one, so that each step takes it."""
SAMPLING = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 1500, "structured_outputs": {"regex": TEXT}}
STEPS = 12
BOARD = "results/leaderboard.parquet"
TRAININGS = [f"longer.{i}.{role}" for i in (1, 2) for role in ("generator", "extender")] + ["longer"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[str]:
    """A vLLM that serves the base and adapters over it."""
    folder = tmp_path_factory.mktemp("vllm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = Serving("base", "vllm", str(tiny), engine=ENGINE, command=VLLM_ON_CORE, adapter="any", adapter_rank=4)
    environment = os.environ | ENVIRONMENT | {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
    with started(command(serving, port), folder, environment):
        url = f"http://127.0.0.1:{port}"

        def healthy() -> bool:
            try:
                return httpx2.get(f"{url}/health", trust_env=False).status_code == 200
            except httpx2.HTTPError:
                return False

        wait_for(healthy, 240, "vLLM")
        yield url


def config(folder: Path, address: str) -> dict[str, Any]:
    """The recipe, small; writes its seeds and the prompts of the evaluation."""
    seeds = [{"instruction": f"Write a story about river number {n}.", "language": "en"} for n in range(6)]
    (folder / "seeds.jsonl").write_text("\n".join(map(json.dumps, seeds)))
    prompts = [{"prompt": f"Write about {n * 20} words on rivers.", "length": n * 20} for n in range(1, 4)]
    (folder / "prompts.jsonl").write_text("\n".join(map(json.dumps, prompts)))
    stand_in = [sys.executable, f"{CHECKOUT}/tests/shared_vllm.py", "--address", address, "--events", "events"]
    training = {"lora": {"r": 4, "alpha": 8}, "max_steps": STEPS, "batch_size": 2, "save_steps": 2, "warmup": 0}
    training |= {"max_length": 4096, "learning_rate": 0.005}
    return {
        "shards": 1,
        "commands": {"vllm": shlex.join(stand_in), "trl": shlex.quote(f"{VLLM}/trl")},
        "datasets": {"rivers": {"path": "prompts.jsonl", "fields": {"required": "length"}, "rubric": None}},
        "models": {"tiny": {"backend": "vllm", "model": "tiny", "engine": ENGINE, "sampling": SAMPLING}},
        "self_lengthen": {
            "longer": {
                "model": "tiny",
                "iterations": 2,
                "instructions": 4,
                "collect": 3,
                "least_share": 0.5,
                "seeds": "seeds.jsonl",
                "extend": {"rounds": 1, "attempts": 4},
                "restate": {
                    "shares": {"about": 0, "range": 1, "above": 0, "below": 0},
                    "words": [10, 1000],
                    "step": 1000,
                },
                "sampling": SAMPLING | {"top_k": None, "repetition_penalty": None},
                "train": training | {"extra": {"use_cpu": True, "bf16": False, "gradient_checkpointing": False}},
            }
        },
        "evaluate": {"datasets": ["rivers"], "models": ["longer"], "judges": []},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: Path, address: str) -> Run:
    """A finished run, which was killed while the first iteration trained."""
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "tiny").symlink_to(tiny)  # a path that is the same in every run: it decides the seeds
    run = Run(folder, config(folder, address), base=None)
    kill_in_training(run)
    before = {path: path.read_bytes() for path in (folder / "journal").rglob("*.jsonl")}
    run.finish("--unlock")
    run.finish(BOARD, **ENVIRONMENT)
    for path, content in before.items():
        assert path.read_bytes().startswith(content), path
    return run


def kill_in_training(run: Run) -> None:
    """Starts the run and kills it, and what it has started, while a training writes a checkpoint."""
    environment = os.environ | ENVIRONMENT
    snakemake = subprocess.Popen(run.command(BOARD), env=environment, start_new_session=True, cwd=run.folder)
    try:
        torn = held_at(run.folder, 4)
        for process in psutil.Process(snakemake.pid).children(recursive=True):
            if any("train_model.py" in word for word in process.cmdline()):
                process.send_signal(signal.SIGKILL)
    finally:
        os.killpg(snakemake.pid, signal.SIGKILL)
        snakemake.wait()
    wait_for(lambda: not processes_in(run.folder), 45, "end of the run")
    torn.unlink()


def manifest(run: Run, train: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((run.folder / f"results/train/{train}/model.json").read_text())
    return made


def events(run: Run, kind: str) -> list[dict[str, Any]]:
    noted = map(json.loads, (run.folder / "events").read_text().splitlines())
    return [event for event in noted if event["event"] == kind]


def answers(run: Run, model: str = "*") -> list[str]:
    """The ids of the answers in journals."""
    files = run.folder.glob(f"journal/models/{model}/**/*.jsonl")
    return [json.loads(line)["id"] for file in files for line in file.read_text().splitlines()]


def test_nothing_is_asked_or_trained_twice(run: Run) -> None:
    sent = [event["request"] for event in events(run, "/v1/chat/completions")]
    assert len(sent) == len(set(sent)) == len(answers(run)) == len(set(answers(run))) > 50
    resumed = 0
    for train in TRAININGS:
        state = json.loads((run.folder / f"results/train/{train}/trainer_state.json").read_text())
        assert [each["step"] for each in state["log_history"] if "loss" in each] == list(range(1, STEPS + 1))
        log = (run.folder / f"logs/train_model/{train}.log").read_text()
        done = re.search(r"resuming after step (\d+)", log)
        assert log.count("{'loss'") == STEPS - (int(done[1]) if done else 0), train
        resumed += done is not None
    assert resumed == 1
    # One for each job that waits for another: of the base for the instructor, generator and extender of the first
    # iteration and the restater; of adapters for those of the second and of the collection, and for the evaluation.
    assert Counter(event["model"] for event in events(run, "start")) == {"tiny": 4, "base": 5}
    assert run.planned(BOARD) == {}


def test_the_second_iteration_stands_on_the_first(run: Run) -> None:
    for role in ("generator", "extender"):
        first, second = (manifest(run, f"longer.{i}.{role}") for i in (1, 2))
        assert first["base"] == {"model": "tiny", "revision": None, "digest": None, "adapter": None}
        assert second["base"] == first["base"] | {"digest": first["digest"], "adapter": first["folder"]}
        (loaded,) = {event["model"] for event in events(run, "/v1/load_lora_adapter")} & {first["digest"][:32]}
        requests = [event for event in events(run, "/v1/chat/completions") if event["model"] == loaded]
        assert len(requests) == len(answers(run, f"longer.2.{role}")) > 0, "served from the adapter of the first"
    assert manifest(run, "longer")["base"]["adapter"] is None, "the final model starts from the base"


def test_its_steps_make_what_the_next_ones_need(run: Run) -> None:
    rows = {name: run.rows(f"results/longer.{name}/prompts.parquet") for name in ("1.initial", "2.initial", "restated")}
    for i in (1, 2):
        longer = run.rows(f"results/longer.{i}.initial/longer.{i}.extender/responses.parquet")
        texts = {row["prompt_id"]: row["context"] for row in rows[f"{i}.initial"]}
        grown = [row for row in longer if row["status"] == "ok"]
        assert grown
        for row in grown:
            assert len(row["response"].split()) > 1.2 * len(texts[row["prompt_id"]].split())
    for row in rows["restated"]:
        assert LENGTH in row["prompt"] and (row["required_min"], row["required_max"]) == (10, 1000)
    board = {row["model"]: row for row in run.rows(BOARD) if row["slice_kind"] == "all"}
    assert board.keys() == {"longer"} and {row["n_answered"] for row in board.values()} == {3}
    whole = manifest(run, "longer")["digest"][:32]
    assert sum(event["model"] == whole for event in events(run, "/v1/chat/completions")) == 3
