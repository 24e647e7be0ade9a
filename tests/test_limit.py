"""ask.limit: how many requests are in flight, over all jobs that share a file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fault_replies import prompt_of
from fault_server import FaultServer
from patience import wait_for
from running import CHECKOUT

from longhand.ask.limit import Lane, Limit
from longhand.ask.locks import ByteLocks
from longhand.wire.replies import Transient

JOB = Path(__file__).with_name("limit_job.py")
PATIENCE = 120  # seconds until a test fails


def job(file: Path, most: int, name: str, requests: int, url: str = "") -> subprocess.Popen[str]:
    words = [sys.executable, JOB, file, most, name, requests, *([url] if url else [])]
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT / "scripts")}
    return subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, text=True, env=environment)


def answered(started: subprocess.Popen[str]) -> int:
    return int(started.communicate(timeout=PATIENCE)[0])


def run(*limits: Limit, body: Any) -> None:
    """Runs a coroutine that uses limits, and closes them."""
    try:
        asyncio.run(asyncio.wait_for(body, PATIENCE))
    finally:
        for limit in limits:
            limit.close()


async def request(limit: Limit, busy: bool = False) -> None:
    async with limit.slot(Lane()):
        await asyncio.sleep(0)
        if busy:
            raise Transient("429", busy=True)


async def requests(limit: Limit, number: int, busy: bool = False) -> None:
    await asyncio.gather(*[request(limit, busy) for _ in range(number)], return_exceptions=True)


class Holder:
    """Requests that stay in flight until they are let go."""

    def __init__(self, limit: Limit, number: int, lane: Lane | None = None):
        self._end = asyncio.Event()
        self.tasks = [asyncio.create_task(self._hold(limit, lane or Lane())) for _ in range(number)]

    async def _hold(self, limit: Limit, lane: Lane) -> None:
        async with limit.slot(lane):
            await self._end.wait()

    async def end(self) -> None:
        self._end.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def until(limit: Limit, in_flight: int) -> None:
    while limit.in_flight != in_flight:
        await asyncio.sleep(0.001)


def test_many_jobs_send_as_many_requests_as_one_may_and_never_more(tmp_path: Path) -> None:
    with FaultServer(latency=0.02) as server:
        server.most_answers = 0  # none for now
        jobs = [job(tmp_path / "limit", 7, f"job-{n}", 60, server.url) for n in range(4)]
        wait_for(lambda: server.in_flight == 7, 20, "so many requests")
        server.most_answers = 10**9
        assert [answered(each) for each in jobs] == [60] * 4 and server.highest == 7


def test_a_job_that_comes_later_gets_its_share_and_a_job_alone_gets_all(tmp_path: Path) -> None:
    with FaultServer(latency=0.02) as server:
        server.most_answers = 42
        first = job(tmp_path / "limit", 8, "first", 400, server.url)
        wait_for(lambda: server.total == 50 and server.in_flight == 8, 20, "so many requests")
        second = job(tmp_path / "limit", 8, "second", 150, server.url)

        def takes_part() -> bool:  # however long it takes to start: till then one answer after another
            server.most_answers += 1
            return any(prompt.startswith("second") for prompt in server.received)

        wait_for(takes_part, 20, "request of the second job")
        server.most_answers = 10**9
        assert (answered(first), answered(second)) == (400, 150)
        names = [prompt_of(body).split()[0] for body in server.bodies]
    begin, end = names.index("second"), len(names) - 1 - names[::-1].index("second")
    assert begin < 350, "the second job waited for the first to end"
    both = Counter(names[begin : min(end, len(names) - 20)])
    assert min(both["first"], both["second"]) > sum(both.values()) / 4, both
    assert server.highest == 8


@pytest.mark.parametrize(("one", "other"), [(1, 1), (3, 3), (2, 16)])
def test_no_job_starves(tmp_path: Path, one: int, other: int) -> None:
    """Not where there are fewer slots than jobs, and not beside jobs that were started with more slots."""

    async def body() -> None:
        served = Counter[int]()

        async def work(limit: Limit) -> None:
            while min(served.values(), default=0) < 5 or len(served) < len(limits):
                async with limit.slot(Lane()):
                    await asyncio.sleep(0.001)
                    served[id(limit)] += 1

        await asyncio.gather(*[work(limit) for limit in limits for _ in range(20)])

    limits = [Limit(most, tmp_path / "limit") for most in (one, other, other)]
    run(*limits, body=body())


def test_a_job_that_may_send_more_leaves_the_slots_that_one_with_fewer_may_take(tmp_path: Path) -> None:
    async def body() -> None:
        held = Holder(many, 8)
        await until(many, 8)
        requests_of_few = Holder(few, 3)
        await until(few, 2)
        await asyncio.gather(held.end(), requests_of_few.end())

    many, few = Limit(16, tmp_path / "limit"), Limit(2, tmp_path / "limit")
    run(many, few, body=body())


def test_the_slots_of_a_killed_job_are_free_though_its_child_lives(tmp_path: Path) -> None:
    holder = job(tmp_path / "limit", 3, "holder", 3)
    assert holder.stdout is not None
    child = int(holder.stdout.readline())

    async def body() -> None:
        waiting = Holder(limit, 3)
        await asyncio.sleep(0.1)
        assert limit.in_flight == 0
        holder.kill()
        holder.wait()
        os.kill(child, 0)  # it is there
        await until(limit, 3)
        await waiting.end()

    limit = Limit(3, tmp_path / "limit")
    try:
        run(limit, body=body())
    finally:
        holder.kill()
        os.kill(child, 9)


def test_a_busy_server_slows_all_jobs_down_and_they_recover(tmp_path: Path) -> None:
    async def body() -> None:
        await request(other)  # takes part
        await requests(one, 16, busy=True)
        assert (one.allowed, other.allowed) == (8, 8), "once, for all that were sent before"
        await request(third)
        assert third.allowed == 8, "who comes later has to be as slow"
        held = Holder(one, 3)
        await until(one, 3)
        more = Holder(other, 16)
        await until(other, 5)
        await asyncio.sleep(0.1)
        assert (one.in_flight, other.in_flight) == (3, 5)
        await held.end()
        await until(other, 8)
        await more.end()
        for _ in range(16):
            await requests(other, other.allowed)
        assert (one.allowed, other.allowed) == (16, 16)

    one, other, third = (Limit(16, tmp_path / "limit") for _ in range(3))
    run(one, other, third, body=body())


def test_a_halving_counts_the_requests_of_all_jobs(tmp_path: Path) -> None:
    async def body() -> None:
        held = Holder(other, 9)
        await until(other, 9)
        await request_fails(one)
        assert one.allowed == 5, "half of the ten that were in flight"
        await held.end()

    async def request_fails(limit: Limit) -> None:
        with pytest.raises(Transient):
            await request(limit, busy=True)

    one, other = Limit(16, tmp_path / "limit"), Limit(16, tmp_path / "limit")
    run(one, other, body=body())


def test_what_a_server_bore_is_forgotten_once_no_job_is_there(tmp_path: Path) -> None:
    async def later() -> None:
        await request(second)
        assert (second.allowed, third.allowed) == (16, 4)

    first = Limit(16, tmp_path / "limit")
    run(first, body=requests(first, 16, busy=True))
    second, third = Limit(16, tmp_path / "limit"), Limit(4, tmp_path / "limit")
    assert second.allowed == 8
    run(second, third, body=later())


@pytest.mark.parametrize("shared", [True, False])
def test_a_doubt_is_of_one_asker(tmp_path: Path, shared: bool) -> None:
    async def body() -> None:
        doubted.doubted = True
        held, others = Holder(limit, 4, doubted), Holder(limit, 4, trusted)
        await until(limit, 4)
        await asyncio.sleep(0.05)
        assert (doubted.in_flight, trusted.in_flight) == (1, 3)
        doubted.doubted = False
        await asyncio.gather(held.end(), others.end())
        assert limit.in_flight == 0

    doubted, trusted = Lane(), Lane()
    limit = Limit(4, tmp_path / "limit" if shared else None)
    run(limit, body=body())


@pytest.mark.parametrize("shared", [True, False])
def test_requests_go_in_the_order_in_which_they_came(tmp_path: Path, shared: bool) -> None:
    async def body() -> None:
        order = []

        async def numbered(number: int) -> None:
            async with limit.slot(Lane()):
                order.append(number)
                await asyncio.sleep(0.001 * (number % 3))

        await asyncio.gather(*[numbered(n) for n in range(40)])
        assert order == list(range(40))

    limit = Limit(3, tmp_path / "limit" if shared else None)
    run(limit, body=body())


@pytest.mark.parametrize("shared", [True, False])
def test_what_is_cancelled_leaves_no_slot_behind(tmp_path: Path, shared: bool) -> None:
    async def body() -> None:
        for moment in range(8):  # waiting, about to start, in flight
            holder = Holder(limit, 2)
            waiting = Holder(limit, 6)
            await until(limit, 2)
            ending = asyncio.create_task(holder.end())
            for _ in range(moment):
                await asyncio.sleep(0)
            for task in waiting.tasks[:4]:
                task.cancel()
            await ending
            await until(limit, 2)
            await asyncio.gather(*waiting.tasks[:4], return_exceptions=True)
            holder = Holder(limit, 1)
            await asyncio.gather(waiting.end(), holder.end())
            assert limit.in_flight == 0
        await requests(limit, 20)

    limit = Limit(2, tmp_path / "limit" if shared else None)
    run(limit, body=body())


def test_without_locks_each_job_has_a_limit_of_its_own_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(*_: object) -> bool:
        raise OSError(37, "No locks available")

    async def body() -> None:
        held = [Holder(limit, 4) for limit in limits]
        for limit in limits:
            await until(limit, 2)
        for each in held:
            await each.end()
        await requests(limits[0], 2, busy=True)
        assert (limits[0].allowed, limits[1].allowed) == (1, 2)

    monkeypatch.setattr(ByteLocks, "_set", refuses)
    limits = [Limit(2, tmp_path / "one"), Limit(2, tmp_path / "other")]
    run(*limits, body=body())
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "No locks available" in lines[0] and str(tmp_path) in lines[0]


def test_a_damaged_file_is_no_reason_to_wait(tmp_path: Path) -> None:
    for content in (b"", b"\xff" * 16, b"\0" * 16, b"short", os.urandom(10_000)):
        (tmp_path / "limit").write_bytes(content)
        limit = Limit(2, tmp_path / "limit")
        run(limit, body=requests(limit, 6))
        assert limit.in_flight == 0
