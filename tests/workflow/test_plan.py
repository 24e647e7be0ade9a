"""What the plan says, against what a server then counts."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from counting_engine import Counted, counting
from forked_python import run_python
from running import CHECKOUT, Run

import plan_run

PRICES = {"writer": {"input": 2.0, "output": 8.0}, "judge": {"input": 1.0, "output": 4.0}}
TARGET = "all_judgements"


def config(writer: Counted, judge: Counted) -> dict[str, Any]:
    def reached(name: str, counted: Counted) -> dict[str, Any]:
        url = {"backend": "openai", "base_url": counted.url, "send_seed": True, "tries": 1}
        return {"model": name, **url, "price": PRICES[name], "concurrency": 4}

    fields = {"category": "type", "required": "length"}
    return {
        "datasets": {"mine": {"path": "prompts.jsonl", "fields": fields}},
        "models": {"m": reached("writer", writer) | {"samples": 2}},
        "judges": {"j": reached("judge", judge)},
        "evaluate": {"datasets": ["mine"], "models": ["m"], "judges": ["j"]},
    }


def plan(run: Run, *arguments: str) -> dict[str, Any]:
    before = files(run.folder)
    planned = run.plan(TARGET, *arguments)
    assert files(run.folder) == before, "the plan wrote into the run folder"
    return planned


def files(folder: Path) -> dict[Path, int]:
    """All but Snakemake's own notes, with when they were written."""
    there = [path for path in folder.rglob("*") if ".snakemake" not in path.parts and path.name != "run.yaml"]
    return {path: path.stat().st_mtime_ns for path in there}


def line_of(planned: dict[str, Any], step: str) -> dict[str, Any]:
    (line,) = [line for line in planned["asks"] if line["step"] == step] or [{"requests": 0}]
    return line


def check(planned: dict[str, Any], writer: Counted, judge: Counted, estimates: bool) -> None:
    """The counts are right; the estimates too, once there is experience."""
    usd = 0.0
    for step, counted, price in (("generate", writer, PRICES["writer"]), ("judge", judge, PRICES["judge"])):
        requests, tokens_in, tokens_out = counted.engine.take()
        line = line_of(planned, step)
        assert line["requests"] == requests, step
        usd += (price["input"] * tokens_in + price["output"] * tokens_out) / 1e6
        if requests and estimates:
            for name, truth in (("tokens_in", tokens_in), ("tokens_out", tokens_out)):
                estimate = line[name]
                assert estimate["low"] <= truth <= estimate["high"], (step, name)
                assert estimate["expected"] == pytest.approx(truth, rel=0.15), (step, name)
    if estimates:
        assert planned["total"]["usd"]["expected"] == pytest.approx(usd, rel=0.15)


def write_prompts(folder: Path, number: int) -> None:
    shipped = (CHECKOUT / "resources/datasets/longhand-mini.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "prompts.jsonl").write_text("\n".join(shipped[:number]), encoding="utf-8")


def test_what_is_planned_is_what_is_asked(tmp_path: Path) -> None:
    with counting(["writer", "judge"], 500) as (writer, judge):
        run = Run(tmp_path, config(writer, judge))
        write_prompts(tmp_path, 22)

        first = plan(run)
        assert line_of(first, "generate")["requests"] == line_of(first, "judge")["requests"] == 44
        assert [job["requests"] for job in first["jobs"]] == [44, 44]
        assert first["total"]["requests"] == first["total"]["requests_certain"] == 88
        assert first["servers"] == []
        run.finish(TARGET)
        check(first, writer, judge, estimates=False)
        assert plan(run)["rules"] == []

        run.config["judges"]["j"]["sampling"] = {"temperature": 0.8}
        changed = plan(run)
        (rule,) = [rule for rule in changed["rules"] if rule["rule"] == "judge_responses"]
        assert rule == {
            "rule": "judge_responses",
            "jobs": 1,
            "reasons": {"params changed: judge.sampling.temperature": 1},
        }
        assert line_of(changed, "generate")["requests"] == 0
        run.finish(TARGET)
        check(changed, writer, judge, estimates=True)

        run.config["models"]["m"]["sampling"] = {"temperature": 0.9}
        changed = plan(run)
        run.finish(TARGET)
        check(changed, writer, judge, estimates=True)

        write_prompts(tmp_path, 24)
        added = plan(run)
        assert [(job["requests"], job["rows"]) for job in added["jobs"]] == [(4, 48), (4, 48)]
        run.config["judges"]["j"]["sampling"] = {"temperature": 0.7}
        assert line_of(plan(run), "judge")["requests"] == 48
        run.config["judges"]["j"]["sampling"] = {"temperature": 0.8}
        run.finish(TARGET)
        check(added, writer, judge, estimates=True)
        assert plan(run)["rules"] == []

        forced = plan(run, "--forcerun", "generate_responses", "judge_responses")
        assert forced["total"]["requests"] == 0, "all is in the journal"
        assert {rule["rule"] for rule in forced["rules"]} >= {"generate_responses", "judge_responses"}


def test_half_done_and_killed(tmp_path: Path) -> None:
    with counting(["writer", "judge"], 300, latency=0.3) as (writer, judge):
        run = Run(tmp_path, config(writer, judge))
        write_prompts(tmp_path, 24)
        process = subprocess.Popen(run.command(TARGET), start_new_session=True, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while len(judge.engine.usages) < 10 and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        counts = [-1]
        while counts[-1] != (now := len(writer.engine.usages) + len(judge.engine.usages)):
            counts.append(now)
            time.sleep(1)  # what was in flight is counted
        writer.engine.take(), judge.engine.take()

        half = plan(run)
        assert 0 < half["total"]["requests"] < 96
        run.finish("--unlock")
        run.finish(TARGET)
        check(half, writer, judge, estimates=False)


RECORDED = {"models": {"m": {"backend": "recorded", "path": "pred.jsonl"}}, "evaluate": {"models": ["m"]}}


def test_recorded_models_are_not_asked(tmp_path: Path) -> None:
    prompts = (CHECKOUT / "resources/datasets/longhand-mini.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [{"prompt": json.loads(line)["prompt"], "response": "Some words."} for line in prompts[:20]]
    (tmp_path / "pred.jsonl").write_text("\n".join(map(json.dumps, rows)))
    planned = plan(Run(tmp_path, RECORDED))
    assert [(line["step"], line["requests"], line["rows"]) for line in planned["asks"]] == [("judge", 20, 24)]


def test_a_dataset_that_is_not_fetched(tmp_path: Path) -> None:
    path = CHECKOUT / "resources/datasets/longhand-mini.jsonl"
    entry = {
        "url": f"http://127.0.0.1:9/{path.name}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "fields": {"required": "length"},
    }
    run = Run(tmp_path, {"datasets": {"far": entry}, "evaluate": {"datasets": ["far"], "models": ["demo-long"]}})
    planned = plan(run)
    assert not planned["total"]["complete"]
    assert any("snakemake results/far/prompts.parquet" in note for note in planned["notes"])


def test_an_unknown_price_stays_unknown_and_a_small_limit_is_noted(tmp_path: Path) -> None:
    api = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "price": PRICES["writer"]}
    models = {name: api | {"model": name, "sampling": {"max_tokens": 4000}} for name in ("a", "b")}
    judge = {"backend": "openai", "model": "j", "base_url": api["base_url"]}
    chosen = {"datasets": ["longhand-mini"], "models": ["a", "b"], "judges": ["j"]}
    planned = plan(Run(tmp_path, {"models": models, "judges": {"j": judge}, "evaluate": chosen}))
    assert line_of(planned, "judge")["usd"] is None and planned["total"]["usd"]["expected"] > 0
    assert any(note.startswith("no money for j") for note in planned["notes"])
    assert [note for note in planned["notes"] if "of 24 requests to a require more words than its limit" in note]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--configfile", "nope.yaml"], "error: cannot read the file: No such file or directory (nope.yaml)"),
        (["--configfile", "bad.yaml"], "error: unknown key 'modles', did you mean 'models'?"),
        (["--directory", "nowhere"], "error: there is no such run folder (nowhere)"),
        (["no_such_target"], "error: No rule to produce no_such_target"),
    ],
)
def test_wrong_use_ends_with_one_line(tmp_path: Path, arguments: list[str], line: str) -> None:
    (tmp_path / "bad.yaml").write_text("modles: {}")
    command = [sys.executable, str(CHECKOUT / "scripts/plan_run.py"), *arguments]
    done = run_python(command, tmp_path, apart=True)
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1 and not done.stdout


def test_longreward_as_it_ships_on_questions_of_ones_own(tmp_path: Path) -> None:
    """Facts once for all answers to a question, whoever gave them. A model that is trained first answers unlike its
    base: its weights are not known yet, so none of its answers may count as one of its base's."""
    questions = [{"query": f"What of {n}?", "context": f"On {n}: it is so." * 9} for n in ("rain", "snow")]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, questions)))
    mine = {"path": "q.jsonl", "fields": {"reference": None}}
    run = Run(tmp_path, {"datasets": {"long-reward-example": mine}}, base="longreward.yaml")
    planned = run.plan()
    requests = {line["asked"]: line["requests"] for line in planned["asks"] if line["step"] == "generate"}
    assert requests == {"before": 2, "after": 2, "sampled": 20}
    judged = line_of(planned, "judge")
    answers = 2 + 2 + 20
    assert (judged["rows"], judged["requests_certain"]) == (answers, 2 + 3 * answers), "facts; two grades, statements"
    assert judged["requests"] > 2 + 5 * answers, "and completeness, and a statement at least"
    loads = {tuple(server["entries"]): (server["loads"], server["requests"]) for server in planned["servers"]}
    assert loads == {("models/before", "models/sampled"): (1, 2 + 20), ("models/after",): (1, 2)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_plan_that_counts_for_long_is_stopped_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    async def counting_on(*_: object) -> None:
        os.kill(os.getpid(), number)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pass
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(plan_run, "make_plan", counting_on)
    monkeypatch.chdir(tmp_path)
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(KeyboardInterrupt):
            plan_run.main(configfile=[CHECKOUT / "config/config.yaml"], directory=tmp_path)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
