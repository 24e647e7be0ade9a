"""Adapters over one base: one server loads each as it is asked, and never takes one for another."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jobs import prompts, rows_of, work

from longhand.ask import devices
from longhand.ask.endpoints import Endpoint
from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table
from longhand.config.entry import Adapter, Entry
from longhand.config.serving import Serving
from longhand.program.errors import LonghandError
from longhand.tables.schemas import RESPONSES
from longhand.wire.identity import Identity
from longhand.wire.replies import Transient

BODY = {"model": "org/m", "messages": [{"role": "user", "content": "Write 9 words."}]}


@pytest.fixture(autouse=True)
def in_a_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(devices, "SHARED", tmp_path / "gpus")
    monkeypatch.setenv(devices.VISIBLE, "x0")
    for name in ("a", "b"):
        Path(name).mkdir()
        Path(name, "adapter_config.json").write_text("{}")


def entry(folder: str, weights: str) -> Entry:
    """A model whose weights are an adapter."""
    stand_in = [sys.executable, str(Path(__file__).with_name("slow_vllm.py")), "--events", "events"]
    command = shlex.join([*stand_in, "--load", "0.1", "--stream", "5000", "--rate", "50000"])
    served = {"adapter": folder, "adapter_rank": 4, "command": command, "concurrency": 4, "tries": 2, "timeout": 20}
    identity = Identity("vllm", "org/m", sampling={"max_tokens": 100}, weights=weights * 64)
    return Entry("models", identity, Serving(f"{folder}-{weights}", "vllm", "org/m", **served))


def events(*kinds: str) -> list[dict[str, Any]]:
    noted = map(json.loads, Path("events").read_text().splitlines())
    return [event for event in noted if event["event"] in kinds]


def with_endpoint(use: Callable[[Endpoint], Any]) -> Any:
    async def run() -> Any:
        faults = FaultNotes("step", "a", "d")
        async with Endpoint(entry("a", "1").serving, Path("log"), faults, Path("journal")) as endpoint:
            return await use(endpoint)

    return asyncio.run(run())


def adapter(folder: str, weights: str) -> Adapter:
    adapter = entry(folder, weights).adapter
    assert adapter is not None
    return adapter


async def text(endpoint: Endpoint, adapter: Adapter) -> str:
    """The answer's first word: the model that the stand-in was asked for."""
    reply = await endpoint.send("/chat/completions", BODY, adapter)
    return str(reply["choices"][0]["message"]["content"].split()[0])


def test_each_is_loaded_once_and_answers_as_itself() -> None:
    """The third is what a new training puts in the place of the first, while the server is up."""
    adapters = [adapter("a", "1"), adapter("b", "2"), adapter("a", "3")]

    async def use(endpoint: Endpoint) -> list[str]:
        answers = await asyncio.gather(*(text(endpoint, adapter) for adapter in adapters * 5))
        assert endpoint._loaded == set(adapters), "or each answer would wait for a request to load"
        return answers

    assert with_endpoint(use) == [adapter.name for adapter in adapters] * 5
    assert [(load["adapter"], load["folder"]) for load in events("loaded")] == [
        (adapter.name, adapter.folder) for adapter in adapters
    ]
    assert [event["event"] for event in events("start", "end")] == ["start", "end"]
    assert events("start")[0]["model"] == "base", "what names no adapter is not answered by the weights below"


def test_a_server_that_starts_again_loads_again() -> None:
    chosen = adapter("a", "1")

    async def use(endpoint: Endpoint) -> None:
        assert await text(endpoint, chosen) == chosen.name
        os.kill(events("loaded")[-1]["server"], signal.SIGKILL)
        with pytest.raises(Transient):
            await text(endpoint, chosen)
        assert await text(endpoint, chosen) == chosen.name
        await endpoint.stop()
        assert await text(endpoint, chosen) == chosen.name

    with_endpoint(use)
    servers = [load["server"] for load in events("loaded")]
    assert len(servers) == len(set(servers)) == 3


def test_one_that_is_loaded_already_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reply of the request that loaded it may be lost."""
    chosen = adapter("a", "1")

    async def use(endpoint: Endpoint) -> None:
        await text(endpoint, chosen)
        monkeypatch.setattr(endpoint, "_loaded", set())
        assert await text(endpoint, chosen) == chosen.name

    with_endpoint(use)
    assert len(events("loaded")) == 1


def run(first: Entry, other: Entry) -> list[str]:
    """A job of two rows whose server is then asked for those of another entry; the statuses of its own."""
    job_work = work(first, 2)
    others = dataclasses.replace(
        work(other, 0), what="others", to_ask=lambda: [row | {"prompt": f"other {row['prompt']}"} for row in prompts(3)]
    )
    given = iter([[others]])
    table, faults = Table(Path("own.parquet"), RESPONSES, "generate_responses"), FaultNotes("step", "a", "own")
    run_job(job_work, table, Path("journal"), Path("log"), faults, lambda: next(given, []))
    return [row["status"] for row in rows_of(table.out)]


def test_a_job_loads_the_adapter_of_others_at_its_server() -> None:
    first, other = entry("a", "1"), entry("b", "2")
    assert run(first, other) == ["ok", "ok"]
    answers = [
        json.loads(line) for path in sorted(Path("journal").rglob("*.jsonl")) for line in path.read_text().splitlines()
    ]
    names = [answer["text"].split()[0] for answer in answers]
    assert sorted(names) == sorted([first.identity.weights[:32]] * 2 + [other.identity.weights[:32]] * 3)
    assert len(events("start")) == 1 and len(events("loaded")) == 2


def test_one_that_cannot_be_loaded_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It ends its own job; others' rows are left to theirs."""
    with pytest.raises(LonghandError) as error:
        run(entry("gone", "1"), entry("b", "2"))
    expected = f"the server does not load the adapter gone: Loading lora {'1' * 32} failed: No adapter found for "
    assert str(error.value).startswith(expected) and "\n" not in str(error.value) and "(log)" in str(error.value)
    assert run(entry("a", "1"), entry("gone", "2")) == ["ok", "ok"]
    assert "others is left to its own job: the server does not load the adapter gone" in capsys.readouterr().err
