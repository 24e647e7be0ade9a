"""An API key that is easy to find, and where it is looked for."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pyarrow.parquet as pq
from running import Run

KEY = "sk-marked-4f1d0c9a"


def watched(run: Run, *arguments: str) -> tuple[int, str]:
    """Runs the workflow with the key; its exit status, and its output with all command lines seen meanwhile."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for process in psutil.process_iter(["cmdline"]):
                seen.add(" ".join(process.info["cmdline"] or []))

    watcher = threading.Thread(target=watch)
    watcher.start()
    done = run.snakemake(*arguments, MARKED_KEY=KEY)
    over.set()
    watcher.join()
    assert any("generate_responses.py" in words for words in seen), "the jobs were seen"
    return done.returncode, "\n".join([done.stdout, *seen])


def files_with_the_key(folder: Path) -> list[Path]:
    """All files below that hold it, tables unpacked."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if content[:4] == b"PAR1":
            content += str(pq.read_table(path).to_pylist()).encode()
        if KEY.encode() in content or KEY[3:].encode() in content:
            found.append(path)
    return found
