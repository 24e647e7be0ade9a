"""Runs commands of the training environment; none outlives the job."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from longhand.program import supervisor
from longhand.program.errors import LonghandError
from longhand.training import continue_adapter


def trl(command: str) -> list[str]:
    """The words of the trl command.

    Raises:
        LonghandError: its program is not here.
    """
    words = shlex.split(command)
    if shutil.which(words[0]) is None:
        fix = "install it, or name it under commands in the config"
        raise LonghandError(f"there is no program '{words[0]}' here", "commands.trl", fix)
    return words


def python_of(command: str) -> list[str]:
    """The Python beside trl: `…/bin/trl` -> `…/bin/python`, `run x.sif trl` -> `run x.sif python`."""
    *before, program = trl(command)
    if not before:
        program = shutil.which(program) or program
    return [*before, program.removesuffix("trl") + "python"]


def training_command(command: str, method: str, adapter: str | None, config: Path, job: Mapping[str, Any]) -> list[str]:
    """The words that train.

    Args:
        command: trl's.
        method: sft or dpo.
        adapter: folder of the one that the training starts from; None: it starts from a whole model.
        config: TRL's config file.
        job: see longhand.training.settings.operational.
    """
    processes = ["--num_processes", str(job["gpus"])]
    if adapter is None:
        return [*trl(command), method, "--config", str(config), "--accelerate_config", job["accelerate"], *processes]
    launch = [*python_of(command), "-m", "accelerate.commands.launch", "--config_file", job["accelerate"], *processes]
    return [*launch, continue_adapter.__file__, method, adapter, "--config", str(config)]


def run_supervised(words: Sequence[str], seen: Mapping[str, str], cache: Path, lock: IO[str]) -> int:
    """Runs a command until it ends; its processes end with this one, however that ends. Returns its status.

    Args:
        words: of the command. Its output goes where this process's goes.
        seen: what of the environment says which GPUs it sees.
        cache: folder for what it makes of its data.
        lock: stays held until the last process is gone.
    """
    print(f"starting: {shlex.join(words)}", file=sys.stderr, flush=True)
    process = subprocess.Popen(
        [sys.executable, supervisor.__file__, *words],
        stdin=subprocess.PIPE,
        env={**os.environ, **seen, "HF_DATASETS_CACHE": str(cache)},
        start_new_session=True,  # outlives a kill of the job's process group, to clean up
        pass_fds=[lock.fileno()],
    )
    try:
        return process.wait()
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
