"""Real TRL on CPU: a training that is killed goes on from its checkpoint; text that would be cut is told before."""

from __future__ import annotations

import json
import math
import os
import shlex
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from patience import wait_for
from running import Run
from training_checks import held_at
from vllm_on_cpu import ENVIRONMENT, VLLM, processes_in

STEPS = 12


def config(folder: Path, tiny: Path) -> dict:
    """Pairs of recorded responses, so that nothing has to be served."""
    rows = [(f"Write about {n * 5} words on rivers.", n * 5) for n in range(1, 9)]
    (folder / "prompts.jsonl").write_text("\n".join(json.dumps({"prompt": p, "required": n}) for p, n in rows))
    lines = [{"prompt": p, "response": "water flows " * k} for p, n in rows for k in (n // 2, 2 * n)]
    (folder / "pred.jsonl").write_text("\n".join(map(json.dumps, lines)))
    training = {"method": "dpo", "data": "pairs", "model": str(tiny), "lora": {"r": 4, "dropout": 0.1}}
    training |= {"max_length": 1024, "max_steps": STEPS, "batch_size": 4, "per_device_batch": 2, "save_steps": 3}
    return {
        "shards": 1,
        "commands": {"trl": shlex.quote(f"{VLLM}/trl")},
        "datasets": {"rivers": {"path": str(folder / "prompts.jsonl")}},
        "models": {"past": {"backend": "recorded", "path": str(folder / "pred.jsonl"), "samples": 2}},
        "evaluate": {"datasets": ["rivers"], "models": ["past"], "judges": []},
        "preferences": {
            "pairs": {"dataset": "rivers", "models": ["past"], "reward": {"length": 1, "quality": 0}}
            | {"rejected": "worst"}
        },
        "train": {
            "dpo": training
            | {"learning_rate": 1e-3, "extra": {"use_cpu": True, "bf16": False, "gradient_checkpointing": False}}
        },
    }


@pytest.fixture
def run(tmp_path: Path, tiny: Path) -> Run:
    (tmp_path / "run").mkdir()
    return Run(tmp_path / "run", config(tmp_path / "run", tiny))


def test_a_killed_training_goes_on_from_its_checkpoint(run: Run, tmp_path: Path, tiny: Path) -> None:
    work = run.folder / "work/train/dpo"
    snakemake = subprocess.Popen(
        run.command("all_training"), env=os.environ | ENVIRONMENT, start_new_session=True, cwd=run.folder
    )
    try:
        torn = held_at(run.folder, 6)
        for process in psutil.Process(snakemake.pid).children(recursive=True):
            if any("train_model.py" in word for word in process.cmdline()):
                process.send_signal(signal.SIGKILL)
    finally:
        os.killpg(snakemake.pid, signal.SIGKILL)
        snakemake.wait()
    wait_for(lambda: not processes_in(run.folder), 45, "end of the training")
    assert not (run.folder / "results/train/dpo/model.json").exists()
    torn.unlink()
    done = 3  # it was killed while it wrote the next checkpoint

    run.finish("--unlock")
    run.finish("all_training", **ENVIRONMENT)
    log = (run.folder / "logs/train_model/dpo.log").read_text()
    assert f"resuming after step {done}:" in log
    assert log.count("{'loss'") == STEPS - done, "steps that were done are not done again"
    state = json.loads((run.folder / "results/train/dpo/trainer_state.json").read_text())
    assert [entry["step"] for entry in state["log_history"] if "loss" in entry] == list(range(1, STEPS + 1))
    assert state["global_step"] == STEPS
    assert not list(work.glob("*/")), "checkpoints of a finished training are removed"

    (tmp_path / "other").mkdir()
    undisturbed = Run(tmp_path / "other", config(tmp_path / "other", tiny))
    undisturbed.finish("all_training", **ENVIRONMENT)
    manifests = [json.loads((each.folder / "results/train/dpo/model.json").read_text()) for each in (run, undisturbed)]
    assert manifests[0] == manifests[1], "the weights are the same to the bit"


@pytest.mark.parametrize("architecture", ["tiny_glm", "tiny_qwen"])
def test_the_other_architectures_of_the_shipped_configs_train(
    tmp_path: Path, request: pytest.FixtureRequest, architecture: str
) -> None:
    (tmp_path / "run").mkdir()
    run = Run(tmp_path / "run", config(tmp_path / "run", request.getfixturevalue(architecture)))
    run.config["train"]["dpo"] |= {"max_steps": 1, "lora": None}
    run.finish("all_training", **ENVIRONMENT)
    state = json.loads((run.folder / "results/train/dpo/trainer_state.json").read_text())
    assert state["log_history"][0]["loss"] == pytest.approx(math.log(2), abs=1e-3), "the policy and its reference agree"


def test_text_that_would_be_cut_is_an_error_before_the_training(run: Run) -> None:
    training = run.config["train"]["dpo"]
    training["max_length"] = 100
    finished = run.snakemake("all_training", **ENVIRONMENT)
    assert finished.returncode != 0
    errors = [line for line in finished.stdout.splitlines() if "error: " in line]
    assert "8 of 8 rows" not in errors[0] and "rows are longer than max_length 100" in errors[0], errors
    assert "fix: raise max_length" in errors[0]
    assert not (run.folder / "logs/train_model").exists()
    training["allow_cut"] = True
    run.finish("results/train/dpo/tokens.json", **ENVIRONMENT)
    counts = json.loads((run.folder / "results/train/dpo/tokens.json").read_text())
    assert 0 < counts["rows_cut"] < counts["rows"] == 8


def test_a_failed_training_is_told_in_one_line(run: Run) -> None:
    run.config["train"]["dpo"]["extra"]["optim"] = "no-such-optimizer"
    finished = run.snakemake("all_training", **ENVIRONMENT)
    assert finished.returncode != 0
    assert "error: trl ended with status" in finished.stdout
    wait_for(lambda: not processes_in(run.folder), 45, "end of all that it started")
