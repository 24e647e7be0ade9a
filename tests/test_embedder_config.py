"""Embedders and tokenizers in the config: what is a mistake, and what makes judgements stale."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from longhand.config.load import Config, load_config
from longhand.jobs.method import JUDGE
from longhand.jobs.roles import asks_of, reached_by, roles
from longhand.program.errors import LonghandError

API = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1"}
TOKENIZER = {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}


def config(long_reward: dict[str, Any] | None = None, **embedder: Any) -> Config:
    settings = {
        "datasets": {"d": {"path": "p.jsonl", "rubric": None, "fields": {"context": "context"}}},
        "models": {"m": API | {"model": "m"}},
        "judges": {"j": API | {"model": "j", "method": "long-reward", "long_reward": long_reward or {}}},
        "embedders": {"e": API | {"model": "e"} | embedder},
    }
    return load_config(settings)


def asks(chosen: Config) -> dict[str, Any]:
    return json.loads(asks_of(JUDGE, chosen.judges["j"], chosen.askable))


def test_an_embedder_has_a_role_only_where_it_is_named() -> None:
    assert roles(JUDGE, config().judges["j"], config().askable).keys() == {"judge"}
    chosen = config({"retrieval": "e"}, api_key_env="EMBEDDER_KEY")
    named = roles(JUDGE, chosen.judges["j"], chosen.askable)
    assert named["embedder"].serving.api_key_env == "EMBEDDER_KEY"
    assert json.loads(reached_by(JUDGE, chosen.judges["j"], chosen.askable))["embedder"][0] == "embedders"


def test_what_decides_vectors_makes_judgements_stale() -> None:
    first = asks(config({"retrieval": "e"}))
    assert (
        asks(config({"retrieval": "e"}, base_url="http://127.0.0.1:8/v1", price={"input": 1}, concurrency=3)) == first
    )
    assert asks(config({"retrieval": "e"}, model="other")) != first
    assert asks(config({"retrieval": "e"}, sampling={"dimensions": 64})) != first
    assert asks(config()) != first


@pytest.mark.parametrize(
    ("long_reward", "embedder", "message"),
    [
        ({"retrieval": "bge"}, {}, "unknown embedder 'bge'.*config judges.j long_reward.retrieval"),
        ({"retrieval": "m"}, {}, "unknown embedder 'm'"),
        ({}, {"base_url": "http://h/v1/embeddings"}, "goes up to and with /v1, no further.*config embedders.e"),
        ({}, {"backend": "vllm"}, "'vllm' is not allowed, known: demo, openai.*embedders.e.backend"),
        ({}, {"backend": "openai", "base_url": None}, "base_url"),
        ({}, {"sampling": {"input": "x"}}, "'input' of a request is set by Longhand.*config embedders.e.sampling"),
        ({}, {"model": None}, "None is not a text"),
        (
            {"tokenizer": "nowhere"},
            {},
            "cannot read the tokenizer nowhere: No such file.*judges.j.long_reward.tokenizer",
        ),
        ({"tokenizer": "folder"}, {}, "cannot read the tokenizer folder/tokenizer.json.*a path is relative to the run"),
        ({"tokenizer": "pipe"}, {}, "pipe is no file.*config judges.j.long_reward.tokenizer"),
        ({"tokenizer": "wrong.json"}, {}, "wrong.json is no tokenizer.*config judges.j.long_reward.tokenizer"),
    ],
)
def test_mistakes_are_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    long_reward: dict[str, Any],
    embedder: dict[str, Any],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("wrong.json").write_text("{}")
    os.mkfifo("pipe")
    with pytest.raises(LonghandError, match=message) as error:
        chosen = config(long_reward, **embedder)
        asks(chosen)
    assert "\n" not in str(error.value)


def test_another_tokenizer_makes_judgements_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tokenizer.json").write_text(json.dumps(TOKENIZER))
    by_file, by_folder = asks(config({"tokenizer": "tokenizer.json"})), asks(config({"tokenizer": "."}))
    assert (
        by_file["settings"]["long_reward"]["tokenizer_sha256"]
        == by_folder["settings"]["long_reward"]["tokenizer_sha256"]
    )
    os.utime("tokenizer.json", (1, 1))
    assert asks(config({"tokenizer": "tokenizer.json"})) == by_file
    Path("tokenizer.json").write_text(
        json.dumps(TOKENIZER | {"model": TOKENIZER["model"] | {"vocab": {"b": 0, "a": 1}}})
    )
    assert asks(config({"tokenizer": "tokenizer.json"})) != by_file
    assert asks(config()) != by_file


def test_the_demo_needs_no_model_and_an_api_does() -> None:
    judge = API | {"model": "j", "method": "long-reward", "long_reward": {"retrieval": "e"}}
    assert load_config({"judges": {"j": judge}, "embedders": {"e": {"backend": "demo"}}}).embedders["e"].identity.model
    with pytest.raises(LonghandError, match=r"'model' is missing, backend openai needs it \(config embedders.e\)"):
        load_config({"embedders": {"e": API}})


def test_the_name_of_the_other_way_is_taken() -> None:
    with pytest.raises(LonghandError, match=r"the name 'bm25' is taken \(config embedders\)$"):
        load_config({"embedders": {"bm25": API | {"model": "e"}}})


@pytest.mark.parametrize(
    ("datasets", "message"),
    [([], r"\[\] is empty"), (["d", "e", "d"], "'d' stands there twice"), ("d", "'d' is not a list")],
)
def test_a_wrong_list_of_datasets_is_called_what_it_is(datasets: object, message: str) -> None:
    with pytest.raises(LonghandError, match=rf"^{message} \(config judges.j.datasets\)$"):
        load_config({"judges": {"j": API | {"model": "j", "datasets": datasets}}})
