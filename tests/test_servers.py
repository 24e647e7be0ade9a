"""ask.servers and the servers that jobs start: how many are up at a time, and on which GPUs."""

from __future__ import annotations

import asyncio
import dataclasses
import shlex
import sys
from pathlib import Path

import pytest

from longhand.ask import devices, locks, servers
from longhand.ask.endpoints import Endpoint
from longhand.ask.lasting import FaultNotes
from longhand.ask.locks import ByteLocks
from longhand.ask.servers import ServerSlots, server_key
from longhand.config.serving import Serving

STAND_IN = shlex.join([sys.executable, str(Path(__file__).with_name("fault_server.py"))])
VLLM = Serving("m", "vllm", "org/m", command=STAND_IN)


@pytest.fixture(autouse=True)
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "SHARED", tmp_path / "gpus")
    monkeypatch.setenv(devices.VISIBLE, "x0,x1")


def test_what_makes_two_entries_one_server() -> None:
    used = {"name": "n", "concurrency": 1, "timeout": 1.0, "tries": 1, "min_coverage": 0.1, "startup_timeout": 1.0}
    used |= {"price": {"input": 1.0, "output": 1.0}, "budget": 1.0}
    assert server_key(VLLM) == server_key(dataclasses.replace(VLLM, **used))
    other = {"backend": "demo", "model": "n", "revision": "r", "engine": {"seed": 1}, "command": "v", "gpus": 2}
    other |= {"weights": "w", "adapter": "a"}
    keys = {server_key(VLLM), *(server_key(dataclasses.replace(VLLM, **{key: value})) for key, value in other.items())}
    assert len(keys) == 1 + len(other) and all(len(key) == 16 and int(key, 16) for key in keys)


def test_adapters_of_one_rank_class_have_one_server() -> None:
    keys = [
        server_key(dataclasses.replace(VLLM, adapter=adapter, adapter_rank=rank))
        for adapter, rank in (("a", 4), ("b", 8), ("a", 9), ("b", 16))
    ]
    assert keys[0] == keys[1] != keys[2] == keys[3]
    assert server_key(VLLM) not in keys, "the base is served without them"


def test_so_many_servers_of_a_kind_may_be_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = ServerSlots(tmp_path, VLLM), ServerSlots(tmp_path, dataclasses.replace(VLLM, name="n"))
    assert one.try_take() and one.try_take() and not other.try_take()
    assert ServerSlots(tmp_path, dataclasses.replace(VLLM, model="other")).try_take()
    one.release()
    assert other.try_take() and not one.try_take()


def test_servers_says_how_many_of_a_kind_may_be_up(tmp_path: Path) -> None:
    places = [ServerSlots(tmp_path, dataclasses.replace(VLLM, servers=2)) for _ in range(3)]
    assert [place.try_take() for place in places] == [True, True, False]
    places[0].release()
    assert places[2].try_take() and not places[0].try_take()


def test_without_locks_any_number_may_be_up_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(ByteLocks, "take", refuse)
    locks.say_once.cache_clear()
    assert ServerSlots(tmp_path, VLLM).try_take() and ServerSlots(tmp_path, VLLM).try_take()
    assert capsys.readouterr().err.count("has no locks") == 1
    assert (tmp_path / servers.FOLDER / server_key(VLLM)).exists()


def endpoint(folder: Path, name: str, **serving: object) -> Endpoint:
    reached = dataclasses.replace(VLLM, name=name, **serving)
    return Endpoint(reached, folder / f"{name}.log", FaultNotes("step", name, "d"), folder / "journal")


async def answer(endpoint: Endpoint) -> object:
    return await endpoint.send("/chat/completions", {"messages": [{"role": "user", "content": "Write."}]})


def gpus_of(log: Path) -> list[str]:
    """Of each start of a server."""
    return [line.split()[-1] for line in log.read_text().splitlines() if line.startswith("loading weights; GPU")]


def test_servers_share_neither_gpus_nor_places(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            endpoint(tmp_path, "a") as a,
            endpoint(tmp_path, "b", model="other") as b,
            endpoint(tmp_path, "c") as c,
        ):
            assert a.may_serve() and b.may_serve(), "of two models, on two GPUs"
            assert await answer(a) and await answer(b)
            assert not c.may_serve(), "a second server of the first model"
            await b.stop()
            assert not c.may_serve()
            await a.stop()
            assert c.may_serve() and b.may_serve() and not a.may_serve()
            assert await answer(b) and await answer(c)
            await b.stop()
            await c.stop()
            assert await answer(a), "a stopped server starts again"

    asyncio.run(run())
    assert [gpus_of(tmp_path / f"{name}.log") for name in "abc"] == [["x0", "x0"], ["x1", "x1"], ["x0"]]


def test_a_server_that_waits_for_gpus_leaves_its_place_to_others(tmp_path: Path) -> None:
    async def run() -> None:
        both, waits = endpoint(tmp_path, "both", model="other", gpus=2), endpoint(tmp_path, "waits")
        assert both.may_serve() and not waits.may_serve()
        assert ServerSlots(tmp_path / "journal", VLLM).try_take()

    asyncio.run(run())


def test_a_send_waits_and_says_so_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        async with endpoint(tmp_path, "a") as a, endpoint(tmp_path, "b") as b:
            assert await answer(a)
            waiting = asyncio.create_task(answer(b))
            await asyncio.sleep(1.5)
            assert not waiting.done()
            await a.stop()
            assert await waiting

    asyncio.run(run())
    assert capsys.readouterr().err.count("waiting until other jobs free a server of org/m, or its GPUs") == 1


@pytest.mark.parametrize("backend", ["openai", "demo"])
def test_others_need_no_leave(tmp_path: Path, backend: str) -> None:
    assert all(endpoint(tmp_path, name, backend=backend, gpus=8).may_serve() for name in "abc")
