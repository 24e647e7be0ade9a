"""An API key that is easy to find, and where it is looked for."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow.parquet as pq
from running import CHECKOUT, Run

KEY = "sk-marked-4f1d0c9a"


@dataclass
class Seen:
    """What was seen of the processes of a run.

    Attributes:
        commands: all command lines.
        environments: names of the variables of each step's process, by the step's script.
    """

    commands: set[str] = field(default_factory=set)
    environments: dict[str, set[str]] = field(default_factory=dict)

    def look(self) -> None:
        """Looks at the processes that there are now."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()  # before the environment: it is the step's when the command line is
                self.commands.add(" ".join(words))
                scripts = [Path(word).name for word in words[1:2] if Path(word).parent == CHECKOUT / "scripts"]
                if scripts and Path(words[0]).name.startswith("python"):
                    self.environments.setdefault(scripts[0], set()).update(process.environ())


def watched(run: Run, *arguments: str, **environment: str) -> tuple[int, str, Seen]:
    """Runs the workflow with the key; its exit status, its output with all command lines, and what else was seen."""
    seen, over = Seen(), threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = run.snakemake(*arguments, MARKED_KEY=KEY, **environment)
    finally:
        over.set()
        watcher.join()
    assert any("generate_responses.py" in words for words in seen.commands), "the jobs were seen"
    return done.returncode, "\n".join([done.stdout, *seen.commands]), seen


def files_with_the_key(folder: Path) -> list[Path]:
    """All files below that hold it, tables unpacked."""
    with_key = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # it was there for a moment only
            continue
        if content[:4] == b"PAR1":
            content += str(pq.read_table(path).to_pylist()).encode()
        if KEY.encode() in content or KEY[3:].encode() in content:
            with_key.append(path)
    return with_key
