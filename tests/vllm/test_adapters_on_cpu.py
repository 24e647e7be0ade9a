"""Two adapters at one vLLM, on CPU: each answers as it does alone, and as PEFT says."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from training_checks import check_greedy, whole
from vllm_on_cpu import ENGINE, ENVIRONMENT, VLLM, VLLM_ON_CORE

from longhand.ask.endpoints import Endpoint
from longhand.config.entry import Adapter
from longhand.config.serving import Serving
from longhand.program.errors import LonghandError

PROMPTS = [f"Write about {n} words on rivers." for n in (20, 300, 4000)]
TOKENS = 40


@pytest.fixture
def adapters(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> list[Adapter]:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    maker = Path(__file__).with_name("make_adapter.py")
    for name, seed in (("a", "1"), ("b", "2")):
        subprocess.run([VLLM / "python", maker, tiny, tmp_path / name, seed], check=True)
    return [Adapter("1" * 32, "a"), Adapter("2" * 32, "b")]


async def text(endpoint: Endpoint, adapter: Adapter, prompt: str) -> str:
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], "temperature": 0.0, "max_tokens": TOKENS}
    reply = await endpoint.send("/chat/completions", body, adapter)
    return whole(reply["choices"][0]["message"]["content"])


async def answers(tiny: Path, adapters: list[Adapter], damaged: Path | None = None) -> list[list[str]]:
    """What each answers to all prompts, all at the same time, of one server."""
    served = {"command": VLLM_ON_CORE, "engine": ENGINE, "startup_timeout": 240, "adapter_rank": 4}
    serving = Serving("m", "vllm", str(tiny), adapter=adapters[0].folder, **served)
    async with Endpoint(serving, Path("log"), None) as endpoint:
        requests = [text(endpoint, adapter, prompt) for adapter in adapters for prompt in PROMPTS]
        texts = await asyncio.gather(*requests)
        if damaged is not None:
            with pytest.raises(LonghandError) as error:
                await text(endpoint, Adapter("3" * 32, str(damaged)), PROMPTS[0])
            line = str(error.value)
            assert line.startswith(f"the server does not load the adapter {damaged}: ") and "\n" not in line, line
            assert await text(endpoint, adapters[0], PROMPTS[0]) == texts[0], "the others go on"
    return [texts[at : at + len(PROMPTS)] for at in range(0, len(texts), len(PROMPTS))]


def test_each_answers_as_it_does_alone(tmp_path: Path, tiny: Path, adapters: list[Adapter]) -> None:
    (tmp_path / "damaged").mkdir()
    both = asyncio.run(answers(tiny, adapters, tmp_path / "damaged"))
    assert asyncio.run(answers(tiny, adapters[1:])) == both[1:]
    for adapter, texts in zip(adapters, both, strict=True):
        check_greedy([*texts], tiny, tmp_path / adapter.folder, TOKENS, *PROMPTS)
    assert all(a != b for a, b in zip(*both, strict=True))
