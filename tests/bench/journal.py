"""What a journal of a million answers of 1 kB in 2,400 files costs a job.

Prints the time to open it and the peak memory of the process, without an index (as a plan, and as the first job, which
writes one) and with it, and the time of a claim while four files grow.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from longhand.ask.journal import Journal

ANSWERS, FILES, BYTES, GROWING, CLAIMS = 1_000_000, 2_400, 1_000, 4, 1_000


def request(number: int) -> str:
    """The id of a request."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def make(root: Path) -> None:
    """Writes the journal."""
    rest = {"finish_reason": "stop", "prompt_tokens": 300, "completion_tokens": 200, "seconds": 1.5, "attempts": 1}
    ending = json.dumps({"text": ""} | rest)[len('{"text": "') :].encode() + b"\n"
    text = b"x" * (BYTES - len(ending) - 100)
    for n in range(FILES):
        path = root / f"models/model-{n % 40}/dataset-{n // 40 % 6}/{n // 240:03d}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for number in range(n, ANSWERS, FILES):
                file.write(b'{"v": 1, "id": "%s", "text": "%s' % (request(number).encode(), text) + ending)


def measure(root: Path, enters: bool) -> None:
    """Opens the journal, in a process of its own, and claims."""
    start = time.perf_counter()
    journal = Journal(root)
    with journal if enters else contextlib.nullcontext():
        assert journal.get(request(ANSWERS - 1)) is not None
        opened, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"opened in {opened:5.2f} s   peak memory {peak:4.0f} MB", end="", flush=True)
        if enters:
            with contextlib.ExitStack() as growing:
                for n in range(GROWING):
                    growing.enter_context(journal.file(f"models/growing/dataset/{n:03d}"))
                seconds = []
                for n in range(CLAIMS):
                    start = time.perf_counter()
                    assert journal.claim(request(-1 - n))
                    seconds.append(time.perf_counter() - start)
            median, most = sorted(seconds)[CLAIMS // 2] * 1000, max(seconds) * 1000
            print(f"   a claim takes {median:.3f} ms, the longest of {CLAIMS} {most:.2f} ms", end="")
    print()


def main() -> None:
    """Prints a line for each way to open it."""
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]), sys.argv[2] == "job")
        return
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        size = sum(path.stat().st_size for path in Path(name).rglob("*.jsonl")) / 1e6
        print(f"{ANSWERS:,} answers in {FILES:,} files, {size:,.0f} MB")
        for what, kind in (
            ("a plan without an index", "plan"),
            ("a job that writes one", "job"),
            ("a plan with it", "plan"),
            ("a job with it", "job"),
        ):
            print(f"{what:24}", end="", flush=True)
            subprocess.run([sys.executable, __file__, name, kind], check=True)


if __name__ == "__main__":
    main()
