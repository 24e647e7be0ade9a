"""jobs.planned: what else a job's server may be asked, from the notes of its run."""

from __future__ import annotations

from pathlib import Path

import pytest
from planned_jobs import generating

from longhand.config.entry import Adapter
from longhand.config.load import Config, load_config
from longhand.jobs.order import Order
from longhand.jobs.planned import PlannedRun, note_made, write_orders
from longhand.tables.files import write_table
from longhand.tables.schemas import PROMPTS
from longhand.training.trained import Base, Trained, digest_of, write_manifest

DATASETS = ("d0", "d1", "d2")


@pytest.fixture(autouse=True)
def in_a_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config() -> Config:
    served = {"backend": "vllm", "model": "org/m"}
    models = {"m": served, "same": served | {"sampling": {"seed": 1}}, "other": served | {"gpus": 2}}
    return load_config({"datasets": dict.fromkeys(DATASETS, {"path": "p.jsonl"}), "models": models})


def order(dataset: str, model: str, settings: Config | None = None, trained: str | None = None) -> Order:
    job = generating(settings or config(), dataset, model, gpu=True, trained=trained)
    inputs = {name: paths[0] for name, paths in job.inputs.items()}
    return Order.of_job(job.rule, job.wildcards, inputs, job.params, job.outputs[0])


def make_prompts(dataset: str) -> str:
    path = Path(f"results/{dataset}/prompts.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    row = dict.fromkeys(PROMPTS.names) | {"prompt_id": "1", "prompt": "Write.", "language": "en", "constraint": "about"}
    write_table(path, [row | {"required": 1, "required_min": 1, "required_max": 1}], PROMPTS, "test")
    return str(path)


def test_the_longest_texts_are_asked_first_and_the_table_keeps_the_order_of_the_prompts() -> None:
    path = Path("results/d0/prompts.parquet")
    row = dict.fromkeys(PROMPTS.names) | {"prompt": "Write.", "language": "en"}
    lengths = {"a": (100, None, None), "b": (None, 900, 1100), "c": (None, None, None), "d": (None, None, 500)}
    columns = ("required", "required_min", "required_max")
    table = [row | {"prompt_id": name} | dict(zip(columns, some, strict=True)) for name, some in lengths.items()]
    path.parent.mkdir(parents=True)
    write_table(path, table, PROMPTS, "test")
    job_work = PlannedRun(None).work_of(order("d0", "m"))
    assert [row["prompt_id"] for row in job_work.to_ask()] == ["c", "b", "d", "a"], "unknown lengths before all"
    assert [row["prompt_id"] for row in job_work.to_write()] == ["a", "b", "c", "d"]
    lengths_of = [job_work.length(row) for row in job_work.to_ask()]
    assert lengths_of[1:] == [1000, 500, 100] and lengths_of[0] > 10**6


def ahead(run: PlannedRun, first_order: Order) -> list[str]:
    return [work.what for work in run.others(run.work_of(first_order), first_order.out)]


def test_what_the_same_server_will_be_asked_is_given_once_it_is_there() -> None:
    prompts = {dataset: make_prompts(dataset) for dataset in ("d0", "d1")}
    first_order = order("d0", "m")
    orders = [first_order, *(order(dataset, model) for dataset in DATASETS for model in ("m", "same", "other"))]
    write_orders("run", orders, {prompts["d1"], "results/d2/prompts.parquet"})
    run = PlannedRun("run")
    assert ahead(run, first_order) == ["same on d0"], (
        "d1 is made anew, d2 is not there; the other model has another server"
    )
    assert ahead(run, first_order) == []
    note_made("run", [prompts["d1"], order("d1", "same").out])
    assert ahead(run, first_order) == ["m on d1"], "the other one's job is done"
    note_made("run", [make_prompts("d2")])
    assert ahead(run, first_order) == ["m on d2", "same on d2"]
    assert ahead(run, first_order) == []


def test_a_table_that_cannot_be_read_is_left_to_its_own_job(capsys: pytest.CaptureFixture[str]) -> None:
    for dataset in DATASETS:
        make_prompts(dataset)
    Path("results/d1/prompts.parquet").write_bytes(b"PAR1 no table")
    orders = [order(dataset, "m") for dataset in DATASETS]
    write_orders("run", orders, [])
    run = PlannedRun("run")
    assert ahead(run, orders[0]) == ["m on d2"]
    assert ahead(run, orders[0]) == []
    log = capsys.readouterr().err
    assert log.count("work/d1/m/responses/000.parquet is left to its own job: ") == 1


def test_outside_a_run_there_is_nothing_else() -> None:
    make_prompts("d0")
    assert ahead(PlannedRun(None), order("d0", "m")) == []


def test_adapters_over_one_base_have_one_server_and_other_weights_others() -> None:
    """It is known before the training which server that is."""
    adapters = {"t": {"r": 4}, "u": {"r": 8}, "large": {"r": 64}, "whole": None}
    config = load_config(
        {
            "datasets": dict.fromkeys(DATASETS, {"path": "p.jsonl"}),
            "models": {"m": {"backend": "vllm", "model": "org/m"}} | {name: {"train": name} for name in adapters},
            "sft": {"data": {"dataset": "d0", "model": "m"}},
            "train": {
                name: {"method": "sft", "data": "data", "policy": "m", "max_length": 9, "lora": lora}
                for name, lora in adapters.items()
            },
        }
    )
    for name in adapters:
        weights = Path(f"results/train/{name}/model/model.safetensors")
        weights.parent.mkdir(parents=True)
        weights.write_bytes(b"")
        made = Trained(str(weights.parent), digest_of({}, Base("org/m"), name), Base("org/m"), None, 1, {}, "", {})
        write_manifest(weights.parents[1] / "model.json", made)
    for dataset in DATASETS:
        make_prompts(dataset)
    orders = [
        order(dataset, name, config, f"results/train/{name}/model.json") for dataset in DATASETS for name in adapters
    ]
    (entry,) = orders[0].entries().values()
    assert entry.adapter == Adapter(digest_of({}, Base("org/m"), "t")[:32], "results/train/t/model")
    write_orders("run", [*orders, order("d1", "m")], [orders[1].trained])
    run = PlannedRun("run")
    assert ahead(run, orders[0]) == ["t on d1", "t on d2"], "u is still to be trained"
    note_made("run", [orders[1].trained])
    assert ahead(run, orders[0]) == ["u on d0", "u on d1", "u on d2"]
