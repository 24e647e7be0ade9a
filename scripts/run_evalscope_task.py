"""Runs a task of EvalScope's LongBench-Write module, as it is, with Longhand.

Reads: the task (.yaml, .json, or a .py with one dict). Writes: the task's files where EvalScope puts them,
{output_dir}/{model}/; and beside them the run folder longhand/, with the config that the task became.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml

from longhand.config.settings_files import read_config
from longhand.evalscope.convert import Converted, convert
from longhand.evalscope.task import read_task
from longhand.program.command import run
from longhand.program.errors import LonghandError

SNAKEFILE = Path(__file__).resolve().parents[1] / "Snakefile"
OWN = {"-s", "--snakefile", "-d", "--directory", "--configfile", "--configfiles"}
"""Options of snakemake that are set here."""
DRY = {"-n", "--dry-run", "--dryrun"}
"""Options with which it makes nothing."""


def words_of(options: str) -> list[str]:
    """The words of a string as a shell has them; those that are set here are refused."""
    try:
        words = shlex.split(options)
    except ValueError as e:
        raise LonghandError(f"{e}: {options}", "--snakemake") from None
    if taken := OWN.intersection(word.split("=")[0] for word in words):
        raise LonghandError(f"{min(taken)} is set by this program", "--snakemake", "give config files with --settings")
    return words


def command(converted: Converted, config: Path, settings: Sequence[Path], options: Sequence[str]) -> list[str]:
    """The words of the snakemake command that makes what the task's stages write."""
    targets = [f"{converted.made}/{file}" for file in converted.files]
    targets += ["results/report.html"] if converted.report else []
    files = [str(path) for path in (config, *settings)]
    words = [sys.executable, "-m", "snakemake", *targets, "-s", str(SNAKEFILE), "--directory", str(config.parent)]
    return [*words, "--configfile", *files, *options]


def finished(words: Sequence[str], keys: dict[str, str]) -> int:
    """Runs a command to its end, however this program is told to stop; its status."""
    signal.signal(signal.SIGINT, lambda *_: None)  # a terminal sends it to the command as well
    process = subprocess.Popen(words, env=os.environ | keys)
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    return process.wait()


def publish(made: Path, files: Sequence[str], folder: Path) -> list[str]:
    """Copies what is new among `files` to where EvalScope puts it; their names."""
    try:
        fresh = [file for file in files if (made / file).is_file() and not _same(made / file, folder / file)]
        for file in fresh:
            partial = folder / f".{file}.partial"
            shutil.copyfile(made / file, partial)
            os.replace(partial, folder / file)
    except OSError as e:
        raise LonghandError(f"cannot copy from {made}: {e.strerror}", str(folder)) from e
    return fresh


def _same(path: Path, other: Path) -> bool:
    return other.is_file() and path.read_bytes() == other.read_bytes()


def _too_few_read(folder: Path) -> bool:
    """Whether a run ended because too few verdicts could be read."""
    logs = (folder / "logs/join_scores").rglob("*.log")
    return any("have a readable verdict" in path.read_text(encoding="utf-8", errors="replace") for path in logs)


def main(
    *,
    task: Path,
    missing: Literal["exclude", "neutral", "drop"] = "exclude",
    rubric: str | None = None,
    settings: list[Path] | None = None,
    snakemake: str = "",
) -> None:
    """Runs the task's stages.

    Args:
        task: its file.
        missing: how responses without a readable verdict count: they are left out of S_Q; or as published, by
            EvalScope (neutral: they get 3 of 5) or by LongWriter (drop: the row is left out).
        rubric: what the judge is asked; longbench-write-published is the published wording.
        settings: Longhand config files that are laid over what the task becomes: prices, a budget.
        snakemake: further options of snakemake, in one string: "-n" for the plan.
    """
    for path in settings or ():
        read_config(path)
    converted = convert(read_task(task), missing, rubric)
    options = words_of(snakemake)
    dry = bool(DRY.intersection(options))
    config = converted.folder / ("longhand/planned.yaml" if dry else "longhand/longhand.yaml")
    words = command(converted, config, [path.resolve() for path in settings or ()], options)
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(converted.settings, allow_unicode=True, sort_keys=False)
        config.write_text(f"# What {task.name} became; every run of it writes this anew.\n{text}", encoding="utf-8")
    except OSError as e:
        raise LonghandError(f"cannot write: {e.strerror}", str(config)) from e
    for note in converted.notes:
        print(f"note: {note}", file=sys.stderr)
    status = finished(words, converted.keys)
    # Also after a failure: judging may fail when the responses are there.
    if fresh := publish(config.parent / converted.made, converted.files, converted.folder):
        print(f"Written to {converted.folder}: {', '.join(fresh)}", file=sys.stderr)
    if status != 0 and missing == "exclude" and _too_few_read(config.parent):
        print("note: EvalScope counts what it cannot read as 3 of 5: MISSING=neutral does so too", file=sys.stderr)
        print("      WITH=more.yaml lays settings over the task: scores: {min_coverage: 0.8}", file=sys.stderr)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    run(main)
