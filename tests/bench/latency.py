"""How busy Longhand keeps servers: a run against what the latencies alone allow, by the server's own log.

The bound is of perfect overlap, computed from the same latencies: requests go out the longest first, and each verdict
is asked for as soon as its response is there and a slot is free.

`python tests/bench/latency.py [runs a case]`
"""

from __future__ import annotations

import heapq
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import beside
from instant_server import log_of, serving
from prompts import FILE, WORDS, bench_config
from running import Run

CASES = (  # seconds, seconds per word, requests in flight: generate, judge
    (1.0, 0.0, 16, 8),
    (1.0, 0.0, 64, 64),
    (0.05, 0.0, 64, 64),
    (0.2, 0.001, 16, 16),
)


def packed(seconds: Sequence[float], slots: int, ready: Sequence[float] | None = None) -> list[float]:
    """When each request is answered if a free slot takes the next that is ready, in order."""
    free = [0.0] * slots
    done = []
    for start, length in zip(ready or [0.0] * len(seconds), seconds, strict=True):
        heapq.heappush(free, at := max(heapq.heappop(free), start) + length)
        done.append(at)
    return done


def one_run(seconds: float, per_word: float, generate: int, judge: int) -> tuple[float, float, dict[str, int]]:
    """Wall seconds; seconds from the first request in to the last reply out; most requests in flight, by model."""
    with tempfile.TemporaryDirectory() as name, serving(seconds, per_word, WORDS) as url:
        run = Run(Path(name) / "run", bench_config(url, generate, judge))
        start = time.perf_counter()
        run.finish()
        wall = time.perf_counter() - start
        seen = log_of(url)
        assert seen["requests"] == 2 * len(WORDS), seen
        return wall, seen["seconds"], seen["most"]


def main(runs: int) -> None:
    """Prints some lines per case."""
    print(f"{len(WORDS)} + {len(WORDS)} requests, prompts: {FILE.name}; medians of {runs} runs")
    other = beside.evalscope()
    if not other:
        print(beside.LEFT_OUT)
    for seconds, per_word, generate, judge in CASES:
        lengths = sorted((seconds + per_word * words for words in WORDS.values()), reverse=True)
        bound = max(packed([seconds] * len(lengths), judge, sorted(packed(lengths, generate))))
        print(f"\n{seconds} s + {per_word * 1000:g} ms/word, {generate} generate / {judge} judge; bound {bound:.2f} s")
        figures = [one_run(seconds, per_word, generate, judge) for _ in range(runs)]
        busy, most = median(one[1] for one in figures), [one[2] for one in figures]
        print(f"  first request in to last reply out {busy:6.2f} s   over the bound {busy / bound:5.2f}", end="")
        print(f"   (all: {', '.join(f'{one[1]:.2f}' for one in figures)})")
        print(f"  most in flight: {max(one['bench'] for one in most)} / {max(one['bench-judge'] for one in most)}")
        print(f"  wall time {median(one[0] for one in figures):6.1f} s")
        if other:
            with tempfile.TemporaryDirectory() as name, serving(seconds, per_word, WORDS) as url:
                took = beside.run_beside(Path(name) / "beside", url, generate, judge)[0]
                print(f"  {other}: wall time {took:6.1f} s, its requests {log_of(url)['seconds']:6.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
