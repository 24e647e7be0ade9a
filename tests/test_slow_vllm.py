"""The stand-in that takes time, and the best schedule that the workflow is measured by."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import wait_for
from schedule import ends
from slow_vllm import Life, Writing, lives


class Unhurried(asyncio.SelectorEventLoop):
    """Its time goes on only while it waits, and at once."""

    def __init__(self) -> None:
        super().__init__()
        self._now, select = 0.0, self._selector.select

        def wait(timeout: float | None) -> Any:
            self._now += timeout or 0
            return select(0)

        self._selector.select = wait

    def time(self) -> float:
        return self._now


def test_streams_share_the_rate_of_the_server() -> None:
    """60 tokens per second alone, 100 together. Three of 10, 20, 90: 0.3 s by thirds, 0.2 s by halves, 7/6 s alone."""

    async def run() -> list[float]:
        writing, clock = Writing(60, 100, 1), asyncio.get_running_loop().time
        start = clock()

        async def seconds(tokens: int) -> float:
            await writing.write(tokens)
            return clock() - start

        return await asyncio.gather(seconds(10), seconds(20), seconds(90))

    with asyncio.Runner(loop_factory=Unhurried) as runner:
        assert runner.run(run()) == pytest.approx([0.3, 0.5, 0.5 + 70 / 60], abs=1e-3)


def test_the_best_schedule_of_one_server() -> None:
    assert ends([10, 90, 20], 1, 5, 3, 60, 100) == pytest.approx([5 + 0.5 + 70 / 60])
    assert ends([60, 60, 120], 1, 0, 2, 60, 1000) == pytest.approx([2]), "the longest first, then one after the other"
    assert ends([60] * 5, 1, 1, 2, 60, 1000) == pytest.approx([1 + 3])


def test_the_best_schedule_of_several_servers() -> None:
    assert ends([600, 300, 240, 60], 2, 0, 1, 60, 1000) == pytest.approx([10, 10])
    assert ends([600, 60], 2, 1, 64, 60, 60) == pytest.approx([11, 2]), "the idlest takes the next"


def test_it_notes_what_happens_to_it(tmp_path: Path) -> None:
    events = tmp_path / "events"
    script = str(Path(__file__).with_name("slow_vllm.py"))
    words = [sys.executable, script, "--events", str(events), "--load", "60", "--speed", "100"]
    words += [
        "serve",
        "org/m",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--served-model-name",
        "m",
        "--max-model-len",
        "9",
    ]
    process = subprocess.Popen(words, env=os.environ | {"CUDA_VISIBLE_DEVICES": "3"})
    wait_for(lambda: events.exists() and "healthy" in events.read_text(), 20, "health")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    noted = [json.loads(line) for line in events.read_text().splitlines()]
    assert [entry["event"] for entry in noted] == ["start", "healthy", "end"]
    assert {(entry["model"], entry["gpus"], entry["server"]) for entry in noted} == {("m", "3", process.pid)}
    assert noted[1]["time"] - noted[0]["time"] >= 0.6
    assert lives(events) == [Life("m", "3", noted[0]["time"], noted[2]["time"])]
