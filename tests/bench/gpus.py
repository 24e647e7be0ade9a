"""What a run costs on GPUs: loads, GPU time and wall time with a stand-in for vLLM, beside the best schedule.

Times are seconds of the stand-in's clock, which runs `SPEED` times as fast as ours. Whatever Longhand does while a
server is up counts as so many seconds, too; while none is up, its own seconds count as they are.
The best schedule loads each server once on each of its GPUs. A judge loads while the last responses are written, if
a GPU is free then, and begins when they are there. It is list scheduling and no lower bound: GPU time is less where
one server happens to write the longest texts, and the others end early.

`python tests/bench/gpus.py [speed]`
"""

from __future__ import annotations

import json
import math
import os
import random
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from running import CHECKOUT, Run
from schedule import ends
from slow_vllm import VERDICT_TOKENS, Life, lives

SPEED = 8.0
PROMPTS, MEDIAN, SPREAD, MOST = 40, 1000, 1.0, 10_000  # of a dataset; words of its prompts: lognormal
LOAD, SLOTS = 90.0, {"writer": 64, "judge": 32}  # seconds; requests in flight


@dataclass(frozen=True)
class Case:
    """A run: how many GPUs, datasets, and whether a judge on a GPU follows."""

    gpus: int
    datasets: int
    judged: bool


CASES = (Case(1, 3, False), Case(1, 2, True), Case(1, 3, True), Case(4, 2, True), Case(4, 3, False), Case(4, 3, True))


def words_of(dataset: int) -> list[int]:
    """Required words of a dataset's prompts."""
    draws = random.Random(dataset)
    return [min(MOST, max(50, round(draws.lognormvariate(math.log(MEDIAN), SPREAD)))) for _ in range(PROMPTS)]


def best(case: Case) -> tuple[float, float]:
    """GPU seconds and wall seconds of the best schedule."""
    written = ends([words for n in range(case.datasets) for words in words_of(n)], case.gpus, LOAD, SLOTS["writer"])
    if not case.judged:
        return sum(written), max(written)
    (judged,) = ends([VERDICT_TOKENS] * PROMPTS * case.datasets, 1, LOAD, SLOTS["judge"])
    return sum(written) + judged, max(min(written), max(written) - LOAD) + judged


def config(case: Case, folder: Path, speed: float) -> dict[str, Any]:
    """The run's config; writes its datasets. A judge has one server, a writer one on each GPU."""
    datasets = {}
    for n in range(case.datasets):
        rows = [{"prompt": f"{n}.{k}: write {words} words.", "words": words} for k, words in enumerate(words_of(n))]
        (folder / f"d{n}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        datasets[f"d{n}"] = {"path": f"d{n}.jsonl", "fields": {"required": "words"}, "rubric": "longbench-write"}
    stand_in = [sys.executable, f"{CHECKOUT}/tests/slow_vllm.py", "--events", str(folder / "events")]
    served = {
        role: {"backend": "vllm", "model": f"org/{role}", "concurrency": slots, "sampling": {"max_tokens": 2 * MOST}}
        for role, slots in SLOTS.items()
    }
    if "servers:" in (CHECKOUT / "config/schema/config.schema.yaml").read_text(encoding="utf-8"):
        served["writer"]["servers"] = case.gpus
    return {
        "shards": case.gpus,
        "commands": {"vllm": shlex.join([*stand_in, "--load", str(LOAD), "--speed", str(speed)])},
        "datasets": datasets,
        "models": {"writer": served["writer"]},
        "judges": {"judge": served["judge"]},
        "evaluate": {"datasets": list(datasets), "models": ["writer"], "judges": ["judge"] * case.judged},
    }


def covered(servers: Sequence[Life]) -> float:
    """Seconds with any of the servers up; they come by their start."""
    seconds, until = 0.0, -math.inf
    for life in servers:
        seconds += max(0.0, life.end - max(life.start, until))
        until = max(until, life.end)
    return seconds


def measured(case: Case, folder: Path, speed: float) -> str:
    """Runs a case; one line of figures."""
    gpus = [f"bench-{os.getpid()}-{number}" for number in range(case.gpus)]  # no GPU that a real job might want
    limits = ["--cores", str(max(2, case.gpus)), "--resources", f"gpu_job={case.gpus}"]
    target = "all_judgements" if case.judged else "all_responses"
    start = time.monotonic()
    Run(folder, config(case, folder, speed), base=None).finish(target, *limits, CUDA_VISIBLE_DEVICES=",".join(gpus))
    seconds = time.monotonic() - start
    servers = lives(folder / "events")
    sent = [(life.model, request) for life in servers for request in life.received]
    assert len(set(sent)) == PROMPTS * case.datasets * (1 + case.judged), "each is asked"
    held, any_up = sum(life.end - life.start for life in servers) * speed, covered(servers)
    figures = (held, any_up * speed + seconds - any_up)
    loads = Counter(life.model.removeprefix("org/") for life in servers)
    logs = [path.read_text(encoding="utf-8") for path in (folder / "logs").glob("*_gpu/**/*.log")]
    idle = sum("starting: " not in text for text in logs)
    compared = "".join(
        f"{took:9.0f} {least:6.0f} {took / least:6.2f}" for took, least in zip(figures, best(case), strict=True)
    )
    again = f", {len(sent) - len(set(sent))} asked twice" if len(sent) > len(set(sent)) else ""
    return f"{loads['writer']:7} {loads['judge']:6}{compared} {idle:6} of {len(logs)}{again}"


def main() -> None:
    """Prints a line per case."""
    speed = float(sys.argv[1]) if len(sys.argv) > 1 else SPEED
    print(f"{PROMPTS} prompts a dataset, {LOAD:.0f} s a load; seconds of a clock {speed:g} times as fast as ours")
    print("GPUs  datasets   loads: writer judge    GPU s   best  ratio   wall s   best  ratio   jobs without a server")
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            print(f"{case.gpus:4} {case.datasets:9}        {measured(case, Path(name), speed)}", flush=True)


if __name__ == "__main__":
    main()
