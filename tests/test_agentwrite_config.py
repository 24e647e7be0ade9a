"""AgentWrite in the config: mistakes, what makes its texts stale, and the shipped recipes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned_jobs import generating
from running import CHECKOUT, Run, mistake

from longhand.config.load import load_config
from longhand.jobs.method import GENERATE
from longhand.jobs.roles import asks_of, reached_by
from longhand.program.errors import LonghandError
from longhand.training.trained import Base, Trained, write_manifest

API = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", "method": "agentwrite"}
VLLM = {"backend": "vllm", "model": "some/model", "revision": "a", "method": "agentwrite"}


def asks(settings: dict[str, Any], **others: dict[str, Any]) -> str:
    """What decides the texts of a model `m`."""
    models = load_config({"models": {"m": settings, **others}}).models
    return asks_of(GENERATE, models["m"], {"models": models})


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ({"section_words": [1000, 200]}, r"section_words \[1000, 200\] must rise"),
        ({"section_words": [200]}, "section_words"),
        ({"max_sections": 0}, "at least 1"),
        ({"atempts": 3}, "unknown key 'atempts', did you mean 'attempts'"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, section: dict[str, Any], line: str) -> None:
    message = mistake({"models": {"m": API | {"agentwrite": section}}}, tmp_path)
    assert re.search(line, message), message


@pytest.mark.parametrize(
    ("planner", "line"),
    [
        ({}, "unknown model 'p'"),
        ({"p": {"backend": "recorded", "path": "r.jsonl"}}, "it cannot have this role"),
        ({"p": VLLM}, "'p' needs a vLLM server of its own"),
    ],
)
def test_a_wrong_planner_is_one_line(planner: dict[str, Any], line: str) -> None:
    with pytest.raises(LonghandError, match=line) as raised:
        asks(API | {"agentwrite": {"plan_model": "p"}}, **planner)
    assert "models.m agentwrite.plan_model" in str(raised.value)


def test_a_vllm_model_may_plan_for_its_own_weights_alone() -> None:
    """A job has the GPUs of one server."""
    by_it = VLLM | {"agentwrite": {"plan_model": "p"}}
    assert asks(by_it, p=VLLM | {"method": "direct", "sampling": {"temperature": 0.1}})
    assert asks(by_it, p=API)
    with pytest.raises(LonghandError, match="'p' needs a vLLM server of its own"):
        asks(by_it, p=VLLM | {"revision": "b"})


def test_what_makes_texts_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planner = API | {"method": "direct"}
    plain = asks(API, p=planner)
    (tmp_path / "mine.txt").write_text("{instruction} {plan} {text} {step}", encoding="utf-8")
    for deciding in (
        {"parallel": True},
        {"attempts": 2},
        {"max_sections": 9},
        {"section_words": [100, 200]},
        {"prompts": {"write": {"en": "mine.txt"}}},
    ):
        assert asks(API | {"agentwrite": deciding}, p=planner) != plain
    assert asks(API | {"concurrency": 3, "price": {"input": 1, "output": 1}}, p=planner) == plain
    assert asks(API | {"agentwrite": {"plan_model": "p"}}, p=planner) == plain, "the same model under another name"
    assert asks(API | {"agentwrite": {"plan_model": "p"}}, p=planner | {"model": "other"}) != plain
    shipped = (CHECKOUT / "resources/prompts/agentwrite/write.en.txt").read_text(encoding="utf-8")
    (tmp_path / "same.txt").write_text(shipped, encoding="utf-8")
    assert asks(API | {"agentwrite": {"prompts": {"write": {"en": "same.txt"}}}}, p=planner) == plain, "the same text"
    (tmp_path / "lacking.txt").write_text("{instruction} {plan} {step}", encoding="utf-8")
    with pytest.raises(LonghandError, match=r"the template has no \{text\}"):
        asks(API | {"agentwrite": {"prompts": {"write": {"en": "lacking.txt"}}}})


def test_a_template_is_that_of_its_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        Path("mine.txt").write_text(name + " {instruction} {plan} {text} {step}", encoding="utf-8")
        made.append(asks(API | {"agentwrite": {"prompts": {"write": {"en": "mine.txt"}}}}))
    assert "one {instruction}" in made[0] and "two {instruction}" in made[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_templates_keep_prefix_caches(language: str) -> None:
    """What grows is behind all that stays: instruction, plan, text so far, step."""
    text = (CHECKOUT / f"resources/prompts/agentwrite/write.{language}.txt").read_text(encoding="utf-8")
    places = [text.index(mark) for mark in ("{instruction}", "{plan}", "{text}", "{step}")]
    assert places == sorted(places) and all(text.count(mark) == 1 for mark in ("{plan}", "{text}", "{step}"))


def test_weights_that_are_trained_here_plan_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config({"datasets": {"d": {"path": "p.jsonl", "rubric": None}}, "models": {"m": VLLM}})
    write_manifest(tmp_path / "model.json", Trained(str(tmp_path), "0" * 64, Base("base"), None, 1, {}, "", {}))
    entries = generating(config, "d", "m", trained=str(tmp_path / "model.json")).order.entries()
    assert entries["planner"] == entries["writer"] and entries["planner"].identity.weights == "0" * 64


def test_the_recipes_of_longwriter_have_the_same_data() -> None:
    """So what the first has asked, the second finds."""
    data, training = (
        load_config(yaml.safe_load((CHECKOUT / f"config/{name}.yaml").read_text(encoding="utf-8")))
        for name in ("agentwrite", "longwriter-sft")
    )
    assert data.raw["sft"] == training.raw["sft"]
    for which in (asks_of, reached_by):
        one, other = (which(GENERATE, each.models["gpt-4o+agentwrite"], each.models) for each in (data, training))
        assert json.loads(one) == json.loads(other)
    serial, parallel = (data.models[f"gpt-4o+{name}"] for name in ("agentwrite", "parallel"))
    assert serial.identity == parallel.identity, "they share their plans"


def test_the_graph_of_a_vllm_model(tmp_path: Path) -> None:
    config = {
        "shards": 3,
        "models": {"m": VLLM | {"gpus": 2, "agentwrite": {"plan_model": "p"}}, "p": VLLM | {"gpus": 2}},
        "evaluate": {"datasets": ["longhand-mini"], "models": ["m"], "judges": []},
    }
    jobs = Run(tmp_path, config, base=None).planned()
    assert [jobs[rule] for rule in ("generate_responses_gpu", "gather_responses", "collect_traces")] == [3, 1, 1]
    assert "generate_responses" not in jobs
