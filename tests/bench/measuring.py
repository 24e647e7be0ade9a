"""What a command takes: time, CPU, memory."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import psutil

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def measured(
    command: list[str], environment: dict[str, str], folder: Path | None = None, out: Path | None = None
) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak memory in MB (sum of the processes' own, PSS) and exit status of a command.

    Args:
        command, environment, folder: what runs, and where.
        out: for its output.
    """
    start, peak = time.monotonic(), 0.0
    before = os.times()
    with open(out or os.devnull, "w") as stdout:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=stdout, stderr=subprocess.DEVNULL)
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


def peaks(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """The peak memory of each step of a run in MB, by its script, as the kernel counts it; the run must succeed."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watched, peak = psutil.Process(process.pid), dict[str, float]()
    while process.poll() is None:
        for part in _children(watched):
            try:
                script = next((word for word in part.cmdline()[:2] if word.endswith(".py")), None)
                memory = _PEAK.search(Path(f"/proc/{part.pid}/status").read_text())
            except (OSError, psutil.Error):
                continue
            if script is not None and memory is not None:
                step = Path(script).stem
                peak[step] = max(peak.get(step, 0.0), int(memory[1]) / 1000)
        time.sleep(0.05)
    assert process.returncode == 0, command
    return peak
