"""Python's command for Snakemake and what uses it, in a process that has imported Snakemake already."""

from __future__ import annotations

import functools
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from forking import Forker, serve, take_place

_NEEDED = ("snakemake.cli", "snakemake.report.html_reporter", "smart_open", "jsonschema", "pyarrow.parquet", "httpx2")
"""What Snakemake and our Snakefile import of others."""
_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
_OURS = ("longhand.config.load", "longhand.jobs.planned", "longhand.run.code_digest")
"""What it imports of this checkout."""


@functools.cache
def _forker(*arguments: str) -> Forker:
    return Forker(__file__, *arguments, environment=dict(os.environ))


def run_python(
    words: list[str],
    folder: Path | None = None,
    environment: Mapping[str, str] = {},
    seconds: float = 300,
    *,
    apart: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Runs a command as `subprocess.run` does.

    Args:
        words: Python, and a script or `-m` and a module, with arguments.
        folder: in which it runs; None: this one.
        environment: variables beside those of this process.
        seconds: after which it is killed.
        apart: keep standard error apart; else it comes with the output.
    """
    with tempfile.NamedTemporaryFile() as output, tempfile.NamedTemporaryFile() as errors:
        files = [file.name for file in (output, errors)[: 1 + apart]]
        ours = words[1] == "-m" and str(_SCRIPTS.parent / "Snakefile") in words or Path(words[1]).parent == _SCRIPTS
        forker, place = _forker(*["--ours"] * ours), str(folder or Path.cwd())
        number = forker.start(words=words, folder=place, files=files, environment=dict(os.environ | environment))
        status = forker.wait(number, seconds)
        texts = [Path(file).read_text(encoding="utf-8") for file in files]
        return subprocess.CompletedProcess(words, status, *texts)


def _become(words: list[str], folder: str, files: list[str], environment: dict[str, str]) -> None:
    take_place(folder, *files)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    if words[1] == "-m":
        sys.argv, sys.path[0] = words[2:], folder
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = words[1:], str(Path(words[1]).parent)
        runpy.run_path(words[1], run_name="__main__")


def _digest_ours() -> None:
    """Reads the code of this checkout, which no test changes, once for all runs: half of a start of Snakemake."""
    sys.path.insert(0, str(_SCRIPTS))
    from longhand.run.code_digest import code_digest

    for script in _SCRIPTS.glob("*.py"):
        code_digest(_SCRIPTS, (script.name,))


if __name__ == "__main__":
    if ours := sys.argv[1:] == ["--ours"]:
        _digest_ours()
    serve((*_NEEDED, *_OURS * ours), _become)
