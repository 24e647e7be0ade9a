"""What a command takes: time, CPU, memory."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psutil


def measured(
    command: list[str], environment: dict[str, str], folder: Path | None = None
) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak memory in MB (sum of the processes' own, PSS) and exit status of a command."""
    start, peak = time.monotonic(), 0.0
    before = os.times()
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
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
