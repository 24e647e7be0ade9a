"""What Longhand itself costs: a whole run against a local server that answers at once.

Prints wall time, CPU seconds and peak memory of the process tree (the server's left out).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from instant_server import serving
from prompts import FILE, WORDS, bench_config
from running import Run


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak memory in MB (sum of the processes' own, PSS) and exit status of a command."""
    start, peak = time.monotonic(), 0.0
    before = os.times()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        memory = 0.0
        for part in [watched, *_children(watched)]:
            try:
                memory += part.memory_full_info().pss
            except psutil.Error:
                continue
        peak = max(peak, memory / 1e6)
        time.sleep(0.1)
    wall, after = time.monotonic() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, peak, process.returncode


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def main() -> None:
    """Runs it twice: the whole, and once more with nothing to do."""
    with tempfile.TemporaryDirectory() as name, serving() as url:
        run = Run(Path(name), bench_config(url, 64, 64))
        print(f"{len(WORDS)} + {len(WORDS)} requests, prompts: {FILE.name}")
        for what in ("whole run", "second run"):
            wall, cpu, peak, status = measured(run.command(), dict(os.environ))
            assert status == 0, "the run failed"
            print(f"{what:11} wall {wall:5.1f} s   CPU {cpu:5.1f} s   peak memory {peak:4.0f} MB")


if __name__ == "__main__":
    main()
