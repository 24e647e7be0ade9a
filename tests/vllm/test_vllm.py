"""Real vLLM, started by the jobs on CPU, with a tiny random model as policy and as judge."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from patience import wait_for
from running import CHECKOUT, Run
from vllm_on_cpu import ENGINE, ENVIRONMENT, SHIPPED, VLLM, VLLM_ON_CORE, processes_in

from longhand.ask.journal import Journal
from longhand.config.load import load_config
from longhand.wire.answer import Answer
from longhand.wire.request import request_id

TOKENS = "import json, sys; from transformers import AutoTokenizer as T; t = T.from_pretrained(sys.argv[1])"
TOKENS += "; print(json.dumps([len(t(x, add_special_tokens=False)['input_ids']) for x in json.loads(sys.argv[2])]))"
"""Counts tokens: the arguments are a model's folder, and texts in JSON."""

CHECKLIST = yaml.safe_load((CHECKOUT / "resources/rubrics/checklist.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path: Path, tiny: Path) -> Run:
    prompts = [{"prompt": f"Write about {n * 100} words on rivers.", "length": n * 100} for n in range(1, 7)]
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, prompts)))
    reached = {"backend": "vllm", "model": str(tiny), "engine": ENGINE, "startup_timeout": 240}
    return Run(
        tmp_path,
        {
            "shards": 1,
            "commands": {"vllm": VLLM_ON_CORE},
            "datasets": {"rivers": {"path": str(tmp_path / "prompts.jsonl"), "fields": {"required": "length"}}},
            "models": {"tiny": reached | {"sampling": {"max_tokens": 200, "temperature": 1.0, "top_k": 50}}},
            "judges": {
                "tiny-judge": reached
                | {"response_format": "json_schema", "sampling": {"max_tokens": 3000, "temperature": 1.0}}
            },
            "evaluate": {"datasets": ["rivers"], "models": ["tiny"], "judges": ["tiny-judge"]},
        },
    )


def with_checklists(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Adds requests with seven long criteria as two datasets, judged in one call and in a call for each."""
    of_water = (
        "Does the response, read to its end and not by its first lines, keep to what the request asks of it? " * 4
    )
    criteria: list[dict[str, Any]] = [{"description": f"{number}. {of_water}"} for number in range(1, 5)]
    criteria.append({"name": "Ending", "description": of_water, "levels": {"0": "None.", "1": "A good one."}})
    criteria += [{"description": of_water, "values": values} for values in ([0.5, 0.75], [0, 1])]
    prompts = [{"prompt": f"Write of lake {number}.", "criteria": criteria} for number in range(2)]
    (run.folder / "lists.jsonl").write_text("\n".join(map(json.dumps, prompts)))
    lists = {"path": str(run.folder / "lists.jsonl"), "rubric": "checklist"}
    run.config["rubrics"] = {"one-by-one": CHECKLIST | {"criteria": {"together": False}}}
    run.config["datasets"] |= {"together": lists, "one-by-one": lists | {"rubric": "one-by-one"}}
    run.config["evaluate"]["datasets"] = [*run.config["datasets"]]
    return {"together": criteria, "one-by-one": criteria}


def check_checklists(run: Run, checklists: dict[str, list[dict[str, Any]]], prompts: int = 2) -> None:
    """All replies were read, and guided: a random model's scores are the allowed ones, and not all the same."""
    for dataset, criteria in checklists.items():
        judgements = run.rows(f"results/{dataset}/tiny/judgements/tiny-judge.parquet")
        assert Counter(row["dimension"] for row in judgements) == {str(n + 1): prompts for n in range(len(criteria))}
        assert {(row["status"], row["attempts"]) for row in judgements} == {("ok", 1)}, [
            row["error"] for row in judgements
        ]
        for row in judgements:
            allowed = criteria[int(row["dimension"]) - 1].get("values", CHECKLIST["values"])
            assert row["score"] in allowed, row
        assert any(row["reason"] for row in judgements), "read where one is given: a random model may give an empty one"
        assert len({row["score"] for row in judgements}) > 2, "not the ends of the scale alone"
        calls = 1 if dataset == "together" else len(criteria)
        assert sum(len(row["requests"]) for row in judgements) == prompts * calls


def test_policy_and_judge_by_dimensions_and_by_criteria(run: Run) -> None:
    checklists = with_checklists(run)
    plan = run.planned()
    assert plan["generate_responses_gpu"] == plan["judge_responses_gpu"] == 3
    assert "generate_responses" not in plan
    run.finish("--resources", "gpu_job=1", **ENVIRONMENT)
    loads = {step: [*(run.folder / f"logs/{step}").rglob("*.server")] for step in plan if step.endswith("_gpu")}
    assert {step: len(logs) for step, logs in loads.items()} == dict.fromkeys(loads, 1), "each loaded once"
    check_checklists(run, checklists)
    responses = run.rows("results/rivers/tiny/responses.parquet")
    assert len(responses) == 6
    assert {row["status"] for row in responses} <= {"ok", "truncated"}
    assert all(row["completion_tokens"] > 0 for row in responses)
    judgements = run.rows("results/rivers/tiny/judgements/tiny-judge.parquet")
    assert len(judgements) == 6 * 6
    assert {row["status"] for row in judgements} == {"ok"}, [row["error"] for row in judgements]
    assert {row["score"] for row in judgements} <= {1, 2, 3, 4, 5}
    assert (run.folder / "results/report.html").exists()
    wait_for(lambda: not processes_in(run.folder), 10, "end of the server")
    assert run.planned() == {}


def test_the_flagships_entry_and_the_other_architectures_answer(
    run: Run, tiny: Path, tiny_glm: Path, tiny_qwen: Path
) -> None:
    shipped = yaml.safe_load((CHECKOUT / "config/longbench-write.yaml").read_text(encoding="utf-8"))["models"]
    (flagship,) = shipped.values()
    assert SHIPPED[flagship["model"]] == "tiny"
    served = {"sampling": {"max_tokens": 20, "temperature": 1.0}, "startup_timeout": 240, "backend": "vllm"}
    run.config["models"] = {
        "flagship": served | {"model": str(tiny), "engine": flagship["engine"] | ENGINE},
        "glm": served | {"model": str(tiny_glm), "engine": ENGINE},
        "qwen": served | {"model": str(tiny_qwen), "engine": ENGINE},
    }
    run.config["evaluate"] |= {"models": ["flagship", "glm", "qwen"], "judges": []}
    run.finish("all_responses", **ENVIRONMENT)
    prompts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/rivers/prompts.parquet")}
    rows = {name: run.rows(f"results/rivers/{name}/responses.parquet") for name in run.config["models"]}
    for responses in rows.values():
        assert {row["status"] for row in responses} <= {"ok", "truncated"} and len(responses) == 6
    texts = [f"<s>[INST]{prompts[row['prompt_id']]}[/INST]" for row in rows["flagship"]]
    words = [VLLM / "python", "-c", TOKENS, tiny, json.dumps(texts)]
    counted = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert [row["prompt_tokens"] for row in rows["flagship"]] == counted, "sent in the form of the model card"


def test_an_answer_that_is_begun_is_gone_on_with(run: Run, tiny: Path) -> None:
    """The second call of `extend` ends in the opening: no end of a message, no new beginning of one."""
    openings = {"Longer.": "One.\n\nTwo.", "More.": "One. "}
    rows = [{"prompt": prompt, "context": "A.\n\nB.\n\nC."} for prompt in openings]
    (run.folder / "prompts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (run.folder / "extend.txt").write_text("{instruction} {text}")
    extend = {"rounds": 1, "attempts": 1, "prompts": {"extend": {"en": str(run.folder / "extend.txt")}}}
    run.config["datasets"]["rivers"] = {"path": "prompts.jsonl"}
    run.config["models"]["tiny"] |= {"method": "extend", "extend": extend}
    run.config["evaluate"]["judges"] = []
    identity, half = load_config(run.config).models["tiny"].identity, {}
    with Journal(run.folder / "journal") as journal, journal.file("models/tiny/rivers/000") as file:
        for prompt, opening in openings.items():
            half[prompt] = request_id(identity, [{"role": "user", "content": f"{prompt} A."}], [0, 0], {})
            file.add(Answer(half[prompt], f"{opening}\n\nThe last third.", "stop", 7, 5, 1.0, 1))
    run.finish("results/rivers/tiny/traces.parquet", **ENVIRONMENT)
    prompts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/rivers/prompts.parquet")}
    calls = {(prompts[row["prompt_id"]], row["step"]): row for row in run.rows("results/rivers/tiny/traces.parquet")}
    assert {prompt: calls[prompt, "half"]["request_id"] for prompt in openings} == half
    sent = [f"<|user|>{text} A.\n\nB.\n\nC.</s><|assistant|>{begun.strip()}" for text, begun in openings.items()]
    words = [VLLM / "python", "-c", TOKENS, tiny, json.dumps(sent)]
    counted = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert [calls[prompt, "whole"]["prompt_tokens"] for prompt in openings] == counted


def test_a_killed_job_leaves_no_server_and_loses_no_answer(run: Run) -> None:
    run.config["models"]["tiny"]["sampling"] |= {"max_tokens": 1500, "ignore_eos": True}
    run.config["models"]["tiny"]["concurrency"] = 1
    journal = run.folder / "journal/models/tiny/rivers/000.jsonl"
    snakemake = subprocess.Popen(
        run.command("all_responses"), env=os.environ | ENVIRONMENT, start_new_session=True, cwd=run.folder
    )
    try:
        wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 2, 240, "answers")
        for process in psutil.Process(snakemake.pid).children(recursive=True):
            if any("generate_responses.py" in word for word in process.cmdline()):
                process.send_signal(signal.SIGKILL)
    finally:
        os.killpg(snakemake.pid, signal.SIGKILL)
        snakemake.wait()
    wait_for(lambda: not processes_in(run.folder), 45, "end of the server")
    before = journal.read_bytes()
    run.finish("--unlock")
    run.finish("all_responses", **ENVIRONMENT)
    assert journal.read_bytes().startswith(before)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len({line["id"] for line in lines}) == len(lines) == 6


def test_a_server_that_cannot_start_is_told_in_one_line(run: Run) -> None:
    run.config["models"]["tiny"]["engine"] = ENGINE | {"max-model-len": -7}
    done = run.snakemake("all_responses", **ENVIRONMENT)
    assert done.returncode != 0
    assert "error: the server ended with status" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout.split("error: the server ended")[1]
    wait_for(lambda: not processes_in(run.folder), 45, "end of all that it started")
