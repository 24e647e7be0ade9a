"""How often a plan has a server loaded, and what the GPUs of a run then cost."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
from planned_jobs import gathering, generating, judging

from longhand.config.load import Config, load_config
from longhand.plan.stale import StaleJob
from longhand.plan.summary import Plan, make_plan
from longhand.tables.files import write_table
from longhand.tables.schemas import PROMPTS

DATASETS, PROMPTS_EACH = 6, 120
GPUS, CONCURRENCY, SPEED = 4, 64, 2500  # tokens per second of a server that is full
WORDS, TOKENS_PER_WORD, VERDICT, LOAD = 2000, 1.35, 250, 120  # as LongBench-Write asks for; two minutes a load


def big(name: str, **settings: Any) -> dict[str, Any]:
    served = {"backend": "vllm", "gpus": GPUS, "concurrency": CONCURRENCY, "tokens_per_second": SPEED}
    return served | {"model": name} | settings


def config(models: dict[str, Any], judges: dict[str, Any]) -> Config:
    rubric = {"template": "Grade this: {response}", "scale": [1, 5], "dimensions": {"Wit": []}}
    entry = {"path": "p.jsonl", "rubric": rubric, "length": "longen"}
    datasets = {f"d{n}": entry for n in range(DATASETS)}
    return load_config({"shards": 1, "datasets": datasets, "models": models, "judges": judges})


def write_prompts(run: Path, dataset: str) -> None:
    rows = [
        {"prompt_id": f"{dataset}-{n}", "prompt": f"{dataset} {n}", "language": "en"}
        | {"constraint": "about", "required": WORDS, "required_min": WORDS, "required_max": WORDS}
        for n in range(PROMPTS_EACH)
    ]
    path = run / f"results/{dataset}/prompts.parquet"
    path.parent.mkdir(parents=True)
    write_table(path, (dict.fromkeys(PROMPTS.names) | row for row in rows), PROMPTS, "test")


def planned(run: Path, settings: Config) -> Plan:
    """Of all datasets; each has its own prompts, of equal length."""
    datasets = [f"d{n}" for n in range(DATASETS)]
    jobs = []
    for dataset in datasets:
        write_prompts(run, dataset)
        for model in settings.models:
            jobs += [generating(settings, dataset, model, gpu=True), gathering(dataset, model)]
            jobs += [judging(settings, dataset, model, judge, gpu=True) for judge in settings.judges]
    return asyncio.run(make_plan(run, settings, jobs))


def rounds(requests: int, slots: int, tokens: float) -> float:
    """Seconds that so many requests of equal length take."""
    return math.ceil(requests / slots) * tokens / (SPEED / CONCURRENCY)


def test_a_writer_and_a_judge_are_loaded_once_each_for_all_datasets(tmp_path: Path) -> None:
    """70B on 4 GPUs, a 72B judge: 48 loads and 9.1 GPU hours by a load for each of 4 shards of a dataset."""
    plan = planned(tmp_path, config({"70b": big("70b")}, {"72b": big("72b")}))
    number = DATASETS * PROMPTS_EACH
    assert [(s.names, s.loads, s.jobs, s.requests) for s in plan.servers] == [
        ("70b", 1, DATASETS, number),
        ("72b", 1, DATASETS, number),
    ]
    writing, verdicts = rounds(number, CONCURRENCY, WORDS * TOKENS_PER_WORD), rounds(number, CONCURRENCY, VERDICT)
    hours = plan.total.gpu_hours
    assert hours is not None
    assert hours.expected == pytest.approx(GPUS * (writing + verdicts + 2 * LOAD) / 3600)
    assert hours.expected == pytest.approx(1.2, abs=0.1)
    for step, busy in (("generate", writing), ("judge", verdicts)):
        lines = [line.costs.gpu_hours for line in plan.lines if line.step == step]
        assert len(lines) == DATASETS
        assert [line and line.expected for line in lines] == pytest.approx(
            [GPUS * (busy + LOAD) / 3600 / DATASETS] * DATASETS
        ), "each its share"
    assert [note for note in plan.notes if "is loaded once for 720 requests of 6 jobs" in note]


def test_entries_of_the_same_weights_and_flags_share_a_server(tmp_path: Path) -> None:
    colder = big("70b", sampling={"temperature": 0.1})
    plan = planned(tmp_path, config({"70b": big("70b"), "colder": colder}, {"same": big("70b")}))
    (server,) = plan.servers
    assert set(server.names.split(" and ")) == {"70b", "colder", "same"}
    assert server.requests == 4 * DATASETS * PROMPTS_EACH, "two models, and a judge of both"
    assert server.loads == 2, "the judge's last table waits for the end of the job that has the server up"
    seconds = DATASETS * PROMPTS_EACH * 2 * (WORDS * TOKENS_PER_WORD + VERDICT) / SPEED + 2 * LOAD
    assert server.hours is not None and server.hours.expected == pytest.approx(GPUS * seconds / 3600, rel=0.01)
    other_flags = config({"70b": big("70b")}, {"same": big("70b", engine={"max-model-len": 65536})})
    assert len(planned(tmp_path / "other", other_flags).servers) == 2


def test_servers_share_a_queue_and_each_is_loaded(tmp_path: Path) -> None:
    plan = planned(tmp_path, config({"70b": big("70b", servers=2)}, {}))
    (server,) = plan.servers
    busy = rounds(DATASETS * PROMPTS_EACH, 2 * CONCURRENCY, WORDS * TOKENS_PER_WORD)
    assert server.loads == 2
    assert server.hours is not None and server.hours.expected == pytest.approx(2 * GPUS * (busy + LOAD) / 3600)
    more = planned(tmp_path / "more", config({"70b": big("70b", servers=20)}, {}))
    assert more.servers[0].loads == DATASETS, "no more than there are jobs"
    assert more.to_json()["servers"][0]["entries"] == ["models/70b"]


def test_adapters_over_one_base_are_loaded_by_one_server_before_they_are_trained(tmp_path: Path) -> None:
    """What depends on the end of another job at the server loads it anew; two that do not share a load."""
    served = {"gpus": GPUS, "concurrency": CONCURRENCY, "tokens_per_second": SPEED}
    training = {"method": "sft", "data": "data", "policy": "70b", "max_length": 9, "lora": {}}
    settings = load_config(
        {
            "shards": 1,
            "datasets": {f"d{n}": {"path": "p.jsonl", "rubric": None} for n in range(DATASETS)},
            "models": {"70b": big("70b"), **{name: {"train": name} | served for name in ("one", "two")}},
            "sft": {"data": {"dataset": "d0", "model": "70b"}},
            "train": {"one": training, "two": training},
        }
    )
    for chained, loads in ((False, 1), (True, 2)):
        run = tmp_path / str(loads)
        for dataset in ("d0", "d1"):
            write_prompts(run, dataset)
        manifests = {name: f"results/train/{name}/model.json" for name in ("one", "two")}
        first = generating(settings, "d0", "one", gpu=True, trained=manifests["one"])
        second = generating(settings, "d1", "two", gpu=True, trained=manifests["two"])
        between = [
            StaleJob("make_prompts", {"dataset": "d1"}, {}, (table,), ("forced",), {}, first.outputs) for table in "ab"
        ]
        if chained:  # by two ways, of which each has the first job once
            second = dataclasses.replace(second, reads=(*second.reads, "a", "b"))
        trainings = [StaleJob("train_model", {"train": name}, {}, (path,), ("",)) for name, path in manifests.items()]
        (server,) = asyncio.run(make_plan(run, settings, [first, second, *between, *trainings])).servers
        assert (server.names, server.loads, server.jobs) == ("one and two", loads, 2)
