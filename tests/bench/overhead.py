"""What Longhand itself costs: a whole run against a local server that answers at once.

Prints wall time, CPU seconds and peak memory of the process tree (the server's left out) for 120 generation and 120
judge requests: the LongBench-Write prompts where LONGHAND_MIRROR or ../shared has them, else 120 of our own making.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests"))
PUBLISHED = CHECKOUT.parent / "shared/upstream"


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


def prompts_file(folder: Path) -> Path:
    """120 prompts."""
    published = PUBLISHED / "longbench_write.jsonl"
    if published.exists():
        return published
    out = folder / "prompts.jsonl"
    rows = [{"prompt": f"Write {100 + 50 * n} words on river {n}.", "length": 100 + 50 * n} for n in range(120)]
    out.write_text("\n".join(map(json.dumps, rows)))
    return out


def main() -> None:
    """Runs it twice: the whole, and once more with nothing to do."""
    from instant_server import serving

    with tempfile.TemporaryDirectory() as name, serving() as url:
        folder = Path(name)
        reached = {"backend": "openai", "base_url": url, "concurrency": 64}
        file = prompts_file(folder)
        config = {
            "shards": 1,
            "datasets": {"bench": {"path": str(file), "fields": {"required": "length"}}},
            "models": {"instant": {**reached, "model": "instant"}},
            "judges": {"instant-judge": {**reached, "model": "instant-judge"}},
            "evaluate": {"datasets": ["bench"], "models": ["instant"], "judges": ["instant-judge"]},
        }
        (folder / "run.yaml").write_text(json.dumps(config))
        command = [sys.executable, "-m", "snakemake", "-s", str(CHECKOUT / "Snakefile"), "--directory", name]
        command += ["--configfile", str(folder / "run.yaml")]
        print(f"120 + 120 requests, prompts: {file.name}")
        for what in ("whole run", "second run"):
            wall, cpu, peak, status = measured(command, dict(os.environ))
            assert status == 0, "the run failed"
            print(f"{what:11} wall {wall:5.1f} s   CPU {cpu:5.1f} s   peak memory {peak:4.0f} MB")


if __name__ == "__main__":
    main()
