"""What tests share: reference data that is used where it lies beside the checkout."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from demo_process import LIMIT, served
from running import CHECKOUT
from tenacity.wait import wait_random
from vllm_on_cpu import VLLM

from longhand.ask import lasting, sending

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background of a shell: what is run here must
    signal.signal(signal.SIGINT, signal.default_int_handler)  # still see the interrupts that tests send

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reads the Snakefile in this process leaves a run's name behind."""
    monkeypatch.delenv(lasting.RUN, raising=False)


@pytest.fixture
def golden():
    """Reads a file of reference outputs; the test is skipped where the files are not there."""

    def read(name: str) -> list[dict]:
        path = SHARED / "golden" / name
        if not path.exists():
            pytest.skip(f"reference outputs are not beside the checkout: {name}")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return read


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are sent again at once."""
    monkeypatch.setattr(sending, "BACK_OFF", wait_random(0, 0.02))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A demo engine's address."""
    with served("--max-words", str(LIMIT), "--seed", "3") as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    """Asks that demo engine."""
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)


def tiny_model(out: Path, *flags: str) -> Path:
    """Makes a random tiny model."""
    maker = Path(__file__).with_name("make_tiny_model.py")
    texts = (CHECKOUT / "scripts/longhand/demo").glob("corpus_*.txt")
    subprocess.run([VLLM / "python", maker, *flags, out, *texts], check=True)
    return out


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random tiny Llama 3.1."""
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def tiny_glm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random tiny GLM-4."""
    return tiny_model(tmp_path_factory.mktemp("model") / "glm", "--glm")


@pytest.fixture(scope="session")
def tiny_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random tiny Qwen2."""
    return tiny_model(tmp_path_factory.mktemp("model") / "qwen", "--qwen")
