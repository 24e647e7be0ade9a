"""How many requests may be in flight, and which keys are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from longhand.ask.endpoints import api_key
from longhand.ask.endpoints.managed import ManagedServer
from longhand.ask.limit import Limit
from longhand.config.serving import Serving
from longhand.program.errors import LonghandError
from longhand.wire.replies import Transient


def test_the_number_in_flight_is_halved_once_a_round_and_recovers() -> None:
    async def run() -> None:
        limit = Limit(16)

        async def request(busy: bool) -> None:
            async with limit.slot():
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
    with pytest.raises(LonghandError, match="A_KEY holds no key") as told:
        api_key(Serving("m", "openai", "m", api_key_env="A_KEY"))
    assert key not in str(told.value)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    server = ManagedServer(Serving("m", "vllm", "org/m", command="/no/vllm -x"), tmp_path / "log")
    with pytest.raises(LonghandError, match="there is no program '/no/vllm' here"):
        asyncio.run(server.start())
