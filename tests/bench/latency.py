"""How busy Longhand keeps a server: seconds per stage and run against what the server's latency alone would take.

The bounds are computed from the same latencies. A stage's: its requests packed on that many slots, the longest first.
The overlapped bound of a run: each verdict asked for as soon as its response is there and a slot is free.
"""

from __future__ import annotations

import heapq
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import beside
from instant_server import serving
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


def timed(run: Run, *targets: str) -> float:
    start = time.perf_counter()
    run.finish(*targets)
    return time.perf_counter() - start


def main() -> None:
    """Prints a line per case."""
    print(f"{len(WORDS)} + {len(WORDS)} requests, prompts: {FILE.name}; seconds, bound, and seconds without latency")
    other = beside.evalscope()
    if not other:
        print(beside.LEFT_OUT)
    for seconds, per_word, generate, judge in CASES:
        lengths = sorted((seconds + per_word * words for words in WORDS.values()), reverse=True)
        answered = packed(lengths, generate)
        bound = max(sum(lengths) / generate, max(lengths)) if per_word else max(answered)
        verdicts = max(packed([seconds] * len(lengths), judge))
        overlapped = max(packed([seconds] * len(lengths), judge, sorted(answered)))
        print(f"\n{seconds} s + {per_word * 1000:g} ms/word, {generate} generate / {judge} judge")
        found = []
        for wait in (1.0, 0.0):
            with tempfile.TemporaryDirectory() as name, serving(wait * seconds, wait * per_word, WORDS) as url:
                folder = Path(name)
                stages = Run(folder / "stages", bench_config(url, generate, judge))
                whole = Run(folder / "whole", bench_config(url, generate // 2, judge // 2, shards=8))
                stages.finish("results/bench/prompts.parquet", "work/rubrics/longbench-write.json")
                one = timed(stages, "all_responses")
                two = timed(stages, "all_judgements")
                found.append((one, two, timed(whole, "--cores", "4", "--resources", "gpu=1", "api=4")))
        for what, took, ideal, startup in zip(
            ("generate", "judge", "whole run"), found[0], (bound, verdicts, overlapped), found[1], strict=True
        ):
            print(f"  {what:10} {took:6.1f} s   bound {ideal:6.2f} s   start-up {startup:5.1f} s", end="")
            print(f"   (took - start-up) / bound {(took - startup) / ideal:5.2f}")
        if other:
            with tempfile.TemporaryDirectory() as name, serving(seconds, per_word, WORDS) as url:
                took = beside.run_beside(Path(name) / "beside", url, generate, judge)[0]
            print(f"  {other:10} {took:6.1f} s")


if __name__ == "__main__":
    main()
