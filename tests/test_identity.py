"""What makes an answer another answer, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from longhand.ask.endpoints.managed import command, flags
from longhand.config.load import load_config
from longhand.config.serving import Serving
from longhand.run.code_digest import code_digest, with_imports
from longhand.wire.identity import Identity
from longhand.wire.request import request_id

MODEL = {"backend": "vllm", "model": "org/name", "engine": {"dtype": "bfloat16", "max-num-seqs": 8}}
SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def identity(**settings: object) -> str:
    return load_config({"models": {"m": MODEL | settings}}).models["m"].identity.to_json()


@pytest.mark.parametrize(
    "operational",
    [
        {"concurrency": 3},
        {"gpus": 4},
        {"timeout": 5},
        {"tries": 1},
        {"startup_timeout": 9},
        {"price": {"input": 1, "output": 1}},
        {"engine": {"max-num-seqs": 99, "dtype": "bfloat16", "gpu-memory-utilization": 0.5}},
        {"sampling": {}},
        {"api": "chat"},
    ],
)
def test_operational_settings_are_no_part_of_a_model(operational: dict) -> None:
    assert identity(**operational) == identity()


@pytest.mark.parametrize(
    "deciding",
    [
        {"model": "org/other"},
        {"revision": "abc"},
        {"sampling": {"temperature": 0.6}},
        {"sampling": {"max_tokens": None}},
        {"engine": {"dtype": "float16"}},
        {"engine": {"quantization": "fp8"}},
        {"engine": {"dtype": "bfloat16", "load-format": "dummy"}},
        {"engine": {"dtype": "bfloat16", "config": "serve.yaml"}},
        {"system": "Be brief."},
        {"api": "completions"},
        {"send_seed": False},
    ],
)
def test_deciding_settings_are(deciding: dict) -> None:
    assert identity(**deciding) != identity()


def test_an_api_gets_no_seed_unless_it_is_told_to() -> None:
    openai = {"backend": "openai", "model": "m", "base_url": "http://x/v1"}
    models = load_config({"models": {"a": openai, "b": openai | {"send_seed": True}}}).models
    assert (models["a"].identity.seed, models["b"].identity.seed) == (None, 42)


def test_settings_survive_their_json() -> None:
    config = load_config({"models": {"m": MODEL}, "judges": {"j": {"backend": "demo"}}})
    for entry in (config.models["m"], config.judges["j"]):
        assert Identity.from_json(entry.identity.to_json()) == entry.identity
        assert Serving.from_json(entry.serving.to_json()) == entry.serving


def test_a_request_is_named_by_all_that_decides_its_answer() -> None:
    one, other = Identity("openai", "m"), Identity("openai", "n")
    question = [{"role": "user", "content": "Write."}]
    ids = {
        request_id(one, question, [0], {}),
        request_id(other, question, [0], {}),
        request_id(one, [{"role": "user", "content": "Write!"}], [0], {}),
        request_id(one, question, [1], {}),
        request_id(one, question, [0], {"response_format": {"type": "json_object"}}),
    }
    assert len(ids) == 5
    known = "ba992836"  # journals of users hold ids like this: another way to make them would ask everything again
    assert request_id(one, question, [0], {})[:8] == known


def test_the_command_that_serves_a_model() -> None:
    serving = (
        load_config({"commands": {"vllm": "run -x vllm"}, "models": {"m": MODEL | {"gpus": 2, "revision": "abc"}}})
        .models["m"]
        .serving
    )
    words = " ".join(command(serving, 8123))
    assert words.startswith("run -x vllm serve org/name --host 127.0.0.1 --port 8123 --served-model-name org/name")
    for flag in ("--revision abc", "--generation-config vllm", "--tensor-parallel-size 2", "--dtype bfloat16"):
        assert flag in words
    assert flags({"a": True, "b": False, "c": None, "d": [1, 2], "e": {"f": 1}}) == [
        "--a", "--no-b", "--d", "1", "2", "--e", '{"f": 1}',
    ]  # fmt: skip


def test_a_code_digest_follows_imports() -> None:
    lengths = code_digest(SCRIPTS, ("score_length.py",))
    assert lengths != code_digest(SCRIPTS, ("gather_shards.py",))
    assert lengths == code_digest(SCRIPTS, ("score_length.py",))
    assert code_digest(SCRIPTS, ("longhand/wire/answer.py",)) != code_digest(SCRIPTS, ("longhand/wire/replies.py",))


def test_neither_the_version_nor_what_sends_requests_makes_computing_stale() -> None:
    for script in ("score_length.py", "join_scores.py", "build_pairs.py", "select_sft.py", "build_report.py"):
        assert not with_imports(SCRIPTS, script) & {
            "longhand/__init__.py",
            "longhand/ask/client.py",
            "longhand/ask/sending.py",
        }
    assert "longhand/program/printable.py" in with_imports(SCRIPTS, "longhand/judging/verdicts.py")
