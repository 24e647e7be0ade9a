"""How many requests may be in flight, and which keys are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fault_server import FaultServer

from longhand.ask.endpoints import Endpoint, api_key
from longhand.ask.endpoints.managed import ManagedServer
from longhand.ask.lasting import FaultNotes
from longhand.ask.limit import Lane, Limit
from longhand.ask.progress import Progress
from longhand.ask.sending import Sender
from longhand.config.serving import Serving
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer
from longhand.wire.replies import Transient, Unanswered


def test_the_number_in_flight_is_halved_once_a_round_and_recovers() -> None:
    async def run() -> None:
        limit = Limit(16)

        async def request(busy: bool) -> None:
            async with limit.slot(Lane()):
                await asyncio.sleep(0)
                if busy:
                    raise Transient("429", busy=True)

        await asyncio.gather(*[request(True) for _ in range(16)], return_exceptions=True)
        assert limit.allowed == 8
        await asyncio.gather(*[request(True) for _ in range(8)], return_exceptions=True)
        assert limit.allowed == 4
        rounds = 0
        while limit.allowed < 16:
            rounds += 1
            await asyncio.gather(*[request(False) for _ in range(limit.allowed)])
        assert 10 <= rounds <= 16
        await asyncio.gather(*[request(False) for _ in range(50)])
        assert limit.allowed == 16

    asyncio.run(run())


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_what_cannot_be_a_key_is_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("A_KEY", key)
    with pytest.raises(LonghandError, match="A_KEY holds no key") as raised:
        api_key(Serving("m", "openai", "m", api_key_env="A_KEY"))
    assert key not in str(raised.value)


def test_who_is_no_api_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo engine in the place of an API, laid over its entry."""
    monkeypatch.delenv("A_KEY", raising=False)
    assert api_key(Serving("m", "demo", "m", api_key_env="A_KEY")) == ""
    with pytest.raises(LonghandError, match="A_KEY is not set"):
        api_key(Serving("m", "openai", "m", api_key_env="A_KEY"))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    server = ManagedServer(Serving("m", "vllm", "org/m", command="/no/vllm -x"), tmp_path / "log")
    with pytest.raises(LonghandError, match="there is no program '/no/vllm' here"):
        asyncio.run(server.start())


ANSWER = Answer("0" * 64, "text", "stop", 3, 5, 0.5, 1)
BODY = {"messages": [{"role": "user", "content": "prompt"}]}


@pytest.mark.parametrize("host", ["127.0.0.1:9", "no-such-host.invalid"])
def test_work_done_ahead_ends_where_nobody_can_be_reached(tmp_path: Path, short_waits: None, host: str) -> None:
    attempts = 0

    async def run(ahead: bool) -> list[BaseException | Answer]:
        serving = Serving("j", "openai", "m", base_url=f"http://{host}/v1", concurrency=1, tries=4)
        sender = Sender(serving, Progress("test", 2, None), Limit(1), ahead=ahead)
        async with Endpoint(serving, tmp_path / "log", FaultNotes("judge_responses", "j", "d")) as endpoint:

            async def attempt(_: int) -> Answer:
                nonlocal attempts
                attempts += 1
                await endpoint.send("/chat/completions", BODY)
                return ANSWER

            return await asyncio.gather(*[sender.send(attempt) for _ in range(4)], return_exceptions=True)

    ends = asyncio.run(run(ahead=True))
    assert attempts == 3
    assert [str(end) for end in ends] == [f"j cannot be reached from here (http://{host}/v1)"] * 4
    assert all(isinstance(end, LonghandError) and end.__cause__ is None for end in ends), (
        "no request is noted as failed"
    )
    attempts = 0
    ends = asyncio.run(run(ahead=False))
    assert attempts == 16 and all(isinstance(end, Unanswered) for end in ends)


def test_work_done_ahead_goes_on_where_somebody_answers_now_and_then(short_waits: None) -> None:
    async def run() -> Answer:
        ends = iter([True, True, False, True, True, None, True, True])

        async def attempt(_: int) -> Answer:
            unreachable = next(ends, "answers")
            if unreachable is None:
                raise Unanswered("refused", "no")
            if unreachable == "answers":
                return ANSWER
            raise Transient("fault", unreachable=bool(unreachable))

        sender = Sender(Serving("j", "openai", "m", tries=9), Progress("test", 2, None), Limit(1), ahead=True)
        with pytest.raises(Unanswered, match="no"):
            await sender.send(attempt)
        return await sender.send(attempt)

    assert asyncio.run(run()) == ANSWER


def test_a_server_that_is_busy_or_slow_is_there(tmp_path: Path) -> None:
    async def run(fault: str) -> Transient:
        with FaultServer(lambda _, __: fault) as server:
            serving = Serving("j", "openai", "m", base_url=server.url, timeout=0.2)
            async with Endpoint(serving, tmp_path / "log", FaultNotes("judge_responses", "j", "d")) as endpoint:
                with pytest.raises(Transient) as fault_met:
                    await endpoint.send("/chat/completions", BODY)
                return fault_met.value

    assert not any(asyncio.run(run(fault)).unreachable for fault in ("429", "503", "reset", "cut", "hang", "not JSON"))


def test_an_asker_gives_up_though_another_under_its_limit_is_answered() -> None:
    async def run() -> None:
        limit, serving = Limit(8), Serving("m", "openai", "m", tries=1)
        down, up = (Sender(serving, Progress("test", 9, None), limit) for _ in range(2))
        given_up = asyncio.Event()

        async def fails(_: int) -> Answer:
            await asyncio.sleep(0)
            raise Transient("connection refused")

        async def answers(_: int) -> Answer:
            await asyncio.sleep(0.001)
            return ANSWER

        async def keep_asking() -> None:
            while not given_up.is_set():
                await up.send(answers)

        async def ask_until_it_gives_up() -> list[BaseException | Answer]:
            ends = await asyncio.gather(*[down.send(fails) for _ in range(9)], return_exceptions=True)
            given_up.set()
            return ends

        ends, *_ = await asyncio.gather(ask_until_it_gives_up(), *[keep_asking() for _ in range(4)])
        assert any(isinstance(end, LonghandError) and "gave up: no answer" in str(end) for end in ends)

    asyncio.run(asyncio.wait_for(run(), 20))
