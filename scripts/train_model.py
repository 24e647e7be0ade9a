"""Trains a model with TRL's own command, from the last checkpoint where there is one; an adapter with its trainer.

Reads: the data of a `train` entry, work/train/{train}/ (checkpoints). Writes: results/train/{train}/model/ (weights),
trainer_state.json (the loss of every step) and, when all is in place, model.json.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import IO

import yaml

from longhand.ask.devices import VISIBLE, Devices, when_free
from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.training.checkpoints import STATE, last_checkpoint, locked, own_folder, steps_done
from longhand.training.commands import run_supervised, training_command
from longhand.training.conversations import write_conversations
from longhand.training.memory import Shape, check
from longhand.training.settings import trl_config
from longhand.training.trained import (
    COPY,
    WEIGHTS,
    Base,
    Trained,
    already_trained,
    digest_of,
    file_digest,
    read_trained,
    write_manifest,
)


def main(
    *,
    name: str,
    data: Path,
    settings: FileText,
    job: FileText,
    model: str,
    revision: str | None = None,
    policy: list[Path],
    tokens: Path,
    checkpoints: Path,
    out: Path,
) -> None:
    """Trains, and puts the weights beside `out`.

    Args:
        name: of the training.
        data: pairs or conversations.
        settings: JSON of what decides the weights; see longhand.training.settings.
        job: JSON of how the job runs, the trl command with it.
        model, revision: the base.
        policy: the manifest of a model that was trained on that base, and is now trained further; none for others.
        tokens: what count_tokens found; the settings may be others since then.
        checkpoints: folder to work in; it is kept when the job is killed, and emptied when it is done.
        out: the manifest.

    Raises:
        LonghandError: it would not fit on a GPU, it cannot start there, or it failed; its checkpoints are kept.
    """
    training, how = json.loads(settings), json.loads(job)
    base = read_trained(policy[0]).as_base() if policy else Base(model, revision)
    if base.adapter is not None and not training.get("use_peft"):
        raise LonghandError("without lora no training starts from an adapter", base.adapter)
    read = file_digest(data)
    if (made := already_trained(out.parent / WEIGHTS, training, base, read)) is not None:
        print(f"these weights are there already: {made.folder}; delete them to train again", file=sys.stderr)
        write_manifest(out, made)
        return
    counts = json.loads(tokens.read_text(encoding="utf-8"))
    print(check(name, Shape.of(counts["architecture"]), training, how, counts["longest"]), file=sys.stderr)
    with locked(checkpoints) as lock:
        folder = own_folder(checkpoints, digest_of(training, base, read)[:16])
        output = folder / "trl"
        if training["method"] == "sft":
            data = write_conversations(data, folder / "data.parquet")
        config = trl_config(training, how, base.model, base.revision, str(data), str(output))
        if (last := last_checkpoint(output)) is not None:
            print(f"resuming after step {steps_done(last)}: {last}", file=sys.stderr)
            config["resume_from_checkpoint"] = str(last)
        (folder / "trl.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        words = training_command(how["trl"], training["method"], base.adapter, folder / "trl.yaml", how)
        if status := run_on_gpus(words, how["gpus"], folder / "datasets", lock):
            kept = "its checkpoints are kept: start again to go on" if last_checkpoint(output) else "see this log"
            raise LonghandError(f"trl ended with status {status}", f"train {name}", kept)
        collect(output, training, base, read, out)
        shutil.rmtree(folder)


def run_on_gpus(words: list[str], number: int, cache: Path, lock: IO[str]) -> int:
    """Runs a command on so many GPUs, when they are free; returns its status. With more its batch would grow."""
    devices = Devices(number)
    seen = asyncio.run(when_free(devices.try_take, f"{number} GPUs of this machine"))
    if VISIBLE not in os.environ:  # nor is one to be had where none was found
        seen = {VISIBLE: ",".join(map(str, range(number)))} | seen
    try:
        return run_supervised(words, seen, cache, lock)
    finally:
        devices.release()


def collect(output: Path, training: dict[str, object], base: Base, data: str, out: Path) -> None:
    """Moves the weights of a finished training to their place and writes the manifest."""
    last = last_checkpoint(output)
    weights = {path.name: file_digest(path) for path in sorted(output.glob("*.safetensors"))}
    if last is None or not weights:
        raise LonghandError("trl ended without weights", str(output), "see this log")
    place = out.parent / WEIGHTS
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for path in sorted(output.iterdir()):
        if path.is_file() and path.name != "training_args.bin":
            shutil.move(path, place / path.name)
    shutil.copyfile(last / STATE, out.parent / STATE)
    trained = Trained(
        folder=str(place),
        digest=digest_of(training, base, weights),
        base=base,
        rank=training["lora_r"] if training.get("use_peft") else None,  # type: ignore[arg-type]
        steps=steps_done(last) or 0,
        settings=training,
        data=data,
        files=weights,
    )
    write_manifest(place / COPY, trained)
    write_manifest(out, trained)
    print(f"{trained.steps} steps; weights {trained.digest}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
