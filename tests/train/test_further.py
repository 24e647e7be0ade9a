"""Real TRL on CPU: an adapter that was trained here is trained further."""

from __future__ import annotations

import copy
import json
import math
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from patience import wait_for
from running import CHECKOUT
from training_checks import checked, held_at
from vllm_on_cpu import ENVIRONMENT, VLLM, processes_in

from longhand.config.load import load_config
from longhand.config.trainings import accelerate_file, base_of
from longhand.tables.files import write_table
from longhand.tables.schemas import TEXT
from longhand.tables.training_tables import PAIRS, SFT
from longhand.training.settings import deciding, operational
from longhand.training.trained import Base, digest_of, file_digest

ON_CPU = {"use_cpu": True, "bf16": False, "gradient_checkpointing": False}
STEPS = 12
ROWS = 6
ENTRY: dict[str, Any] = {"max_length": 512, "batch_size": ROWS, "per_device_batch": 2, "extra": ON_CPU}
ENTRY |= {"learning_rate": 0.005, "save_steps": 2, "lora": {"r": 4, "alpha": 8}, "warmup": 0}
CONFIG: dict[str, Any] = {
    "commands": {"trl": shlex.quote(f"{VLLM}/trl")},
    "models": {
        "base": {"backend": "vllm", "samples": 2},
        "first": {"train": "first"},
    },
    "judges": {"judge": {"backend": "demo"}},
    "sft": {"kept": {"dataset": "longhand-mini", "model": "base"}},
    "preferences": {"pairs": {"dataset": "longhand-mini", "models": ["base"], "judge": "judge"}},
    "train": {
        "first": {"method": "sft", "data": "kept", "policy": "base", "max_steps": 4, "packing": False} | ENTRY,
        "sft": {"method": "sft", "data": "kept", "policy": "first", "max_steps": STEPS, "packing": False} | ENTRY,
        "dpo": {"method": "dpo", "data": "pairs", "policy": "first", "max_steps": STEPS} | ENTRY,
    },
}


def spoken(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text}]


def write_data(folder: Path) -> None:
    """Conversations, and pairs of the same."""
    prompts = [spoken("user", f"Write {n} words on rivers.") for n in range(ROWS)]
    long, short = [spoken("assistant", "water flows on " * (3 + n)) for n in range(ROWS)], spoken("assistant", "No.")
    conversations = [{"messages": prompt + answer} for prompt, answer in zip(prompts, long, strict=True)]
    pairs = [{"prompt": q, "chosen": a, "rejected": short} for q, a in zip(prompts, long, strict=True)]
    for name, rows, schema in (("sft", conversations, SFT), ("dpo", pairs, PAIRS)):
        others = {field.name: "" if field.type == TEXT else 0 for field in schema}
        write_table(folder / f"{name}.parquet", (others | row for row in rows), schema, "test")


@dataclass
class Trainings:
    """A run folder where trainings are done by the steps' own command lines."""

    folder: Path
    config: dict[str, Any]

    def step(self, script: str, name: str, changes: dict[str, Any], *more: str) -> list[str]:
        """The command line of a step, with settings changed after the config was checked."""
        raw = load_config(self.config).raw
        entry, base = raw["train"][name], base_of(name, raw)
        job = operational(entry, str(accelerate_file(entry))) | {"trl": raw["commands"]["trl"]}
        texts = {"settings": deciding(entry, raw["seed"]) | changes, "job": job}
        words = [sys.executable, str(CHECKOUT / f"scripts/{script}.py"), "--name", name, f"--model={base['model']}"]
        words += ["--data", f"{entry['method']}.parquet"]
        for option, text in texts.items():
            (self.folder / f"{name}.{option}.json").write_text(json.dumps(text))
            words += [f"--{option}", f"{name}.{option}.json"]
        policy = raw["models"].get(entry["policy"], {}).get("train")
        return [*words, "--policy", *([f"results/train/{policy}/model.json"] if policy else []), *more]

    def train(self, name: str, **changes: Any) -> dict[str, Any]:
        """Counts the tokens, trains, and reads the manifest of what was made."""
        place = f"results/train/{name}"
        self.run(self.step("count_tokens", name, changes, "--out", f"{place}/tokens.json"))
        self.run(self.training(name, changes))
        manifest: dict[str, Any] = json.loads((self.folder / place / "model.json").read_text())
        return manifest

    def training(self, name: str, changes: dict[str, Any]) -> list[str]:
        """The command line that trains."""
        place = f"results/train/{name}"
        more = [
            "--tokens",
            f"{place}/tokens.json",
            "--checkpoints",
            f"work/train/{name}",
            "--out",
            f"{place}/model.json",
        ]
        return self.step("train_model", name, changes, *more)

    def done(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """A step that has ended; its outputs together."""
        environment = os.environ | ENVIRONMENT
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(words, cwd=self.folder, env=environment, text=True, check=False, **pipes)

    def run(self, words: list[str]) -> str:
        """What a step prints that succeeds."""
        done = self.done(words)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def losses(self, name: str) -> dict[int, float]:
        state = json.loads((self.folder / f"results/train/{name}/trainer_state.json").read_text())
        return {entry["step"]: entry["loss"] for entry in state["log_history"] if "loss" in entry}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Trainings:
    """A run folder with a first adapter."""
    folder = tmp_path_factory.mktemp("further")
    config = copy.deepcopy(CONFIG)
    config["models"]["base"]["model"] = str(tiny)
    write_data(folder)
    run = Trainings(folder, config)
    run.train("first")
    return run


def weights(run: Trainings, name: str) -> str:
    return file_digest(run.folder / f"results/train/{name}/model/adapter_model.safetensors")


def test_the_first_step_starts_from_the_adapter(run: Trainings, tiny: Path) -> None:
    """One step on all rows, computed apart with PEFT; and what it is not: that of the base alone."""
    made = run.train("sft", max_steps=1, learning_rate=0.0)
    first = run.folder / "results/train/first"
    data = run.folder / "sft.parquet"
    expected, base = checked("first-loss", data, tiny, first / "model"), checked("first-loss", data, tiny)
    assert run.losses("sft")[1] == pytest.approx(expected["answers"], rel=1e-5)
    assert abs(expected["answers"] - base["answers"]) > 0.01, "the first training moved it"
    for other in ("everything", "per_answer"):
        assert abs(expected["answers"] - expected[other]) > 0.001, "it is averaged over the tokens of answers"
    assert weights(run, "sft") == weights(run, "first"), "at a learning rate of 0 it stays"
    before = json.loads((first / "model.json").read_text())
    stands_on = {"digest": before["digest"], "adapter": "results/train/first/model"}
    assert made["base"] == {"model": str(tiny), "revision": None} | stands_on
    assert (made["rank"], made["folder"]) == (4, "results/train/sft/model")
    assert made["digest"] == digest_of(made["settings"], Base(**made["base"]), made["files"])


def test_the_reference_of_dpo_is_the_adapter_as_it_was(run: Trainings) -> None:
    run.train("dpo", max_steps=2)
    losses = run.losses("dpo")
    assert losses[1] == pytest.approx(math.log(2), abs=1e-6) and losses[2] < losses[1] - 1e-4
    made = {path.name for path in (run.folder / "results/train/dpo/model").iterdir()}
    assert "adapter_model.safetensors" in made and "ref" not in made


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_killed_one_goes_on_to_the_same_weights(run: Trainings, method: str) -> None:
    lossy = {"lora_dropout": 0.1}  # random numbers count
    run.train(method, **lossy)
    undisturbed = weights(run, method), run.losses(method)
    shutil.rmtree(run.folder / f"results/train/{method}/model")
    process = subprocess.Popen(run.training(method, lossy), cwd=run.folder, env=os.environ | ENVIRONMENT)
    try:
        torn = held_at(run.folder, 4)
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: not processes_in(run.folder), 45, "end of the training")
    torn.unlink()
    log = run.run(run.training(method, lossy))
    assert "resuming after step 2:" in log and log.count("{'loss'") == STEPS - 2
    assert (weights(run, method), run.losses(method)) == undisturbed


def test_weights_that_are_not_those_of_the_adapters_file_are_refused(run: Trainings, tmp_path: Path) -> None:
    """PEFT would leave what is missing random."""
    other = shutil.copytree(run.folder, tmp_path / "run")
    config = other / "results/train/first/model/adapter_config.json"
    settings = json.loads(config.read_text())
    config.write_text(json.dumps(settings | {"target_modules": [*settings["target_modules"], "lm_head"]}))
    damaged = Trainings(other, run.config)
    damaged.run(damaged.step("count_tokens", "sft", {}, "--out", "results/train/sft/tokens.json"))
    done = damaged.done(damaged.training("sft", {"max_steps": 3}))
    assert done.returncode == 1 and "error: trl ended with status" in done.stdout
    assert "are not those of its adapter_config.json" in done.stdout
