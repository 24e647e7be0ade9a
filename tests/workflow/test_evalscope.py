"""A task of EvalScope's runs as it is: its prompts, its requests, its files, and S_L by its formula."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from fault_replies import completion, prompt_of
from fault_server import FaultServer
from marked_key import KEY, files_with_the_key
from running import CHECKOUT, FOR_PAGES, Run

PROMPTS = [
    {"prompt": "Write a letter of 60 words to the harbour master.", "type": "Letter", "length": 60},
    {"prompt": "写一篇80字的短文，说说春天。", "type": "Essay", "length": 80},
    {"prompt": "Describe a clock in 100 words.", "type": "Description", "length": 100},
    {"prompt": "Say nothing, in 50 words.", "type": "Essay", "length": 50},
    {"prompt": "A tale of 300 words about two brothers.", "type": "Story", "length": 300},
    {"prompt": "五十字以内介绍你的家乡。", "type": "Letter", "length": 50},
]
TEXTS = {
    PROMPTS[0]["prompt"]: "Dear harbour master, don't be cross: " + "the boat is late. " * 9,
    PROMPTS[1]["prompt"]: "春天来了，" * 25 + "I use Python编程 in 2026 abc123.",
    PROMPTS[2]["prompt"]: "tick " * 100,
    PROMPTS[3]["prompt"]: "  \n ",
    PROMPTS[4]["prompt"]: "naïve brothers " * 700,
    PROMPTS[5]["prompt"]: "山水",
}
DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]
VERDICT = json.dumps(dict.fromkeys(DIMENSIONS, 4) | {DIMENSIONS[-1]: 3})
UNREAD = PROMPTS[2]["prompt"]
"""Whose verdict cannot be read."""
MODEL, JUDGE = "org/writer-9b", "judge-4o"
LENIENT = "lenient.yaml"
FOLDER = "outputs/org__writer-9b"
FILES = ["eval_length.jsonl", "eval_length_scatter.png", "eval_quality.jsonl", "pred.jsonl"]


class Server(FaultServer):
    """Answers the prompts above, and judges the answers: every dimension gets 4, but the last one 3."""

    def __init__(self) -> None:
        super().__init__(latency=0.05)
        self.keys: dict[str, set[str | None]] = {MODEL: set(), JUDGE: set()}

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.keys[body["model"]].add(request.headers.get("Authorization"))
        await super()._complete(request)
        prompt = prompt_of(body)
        if body["model"] == MODEL:
            return completion(TEXTS[prompt])
        return completion("I like it." if UNREAD in prompt else VERDICT)


def count_words(text: str) -> int:
    """EvalScope's counter, restated: CJK characters and runs of Latin letters between word boundaries."""
    return len(re.findall("[\u4e00-\u9fff]", text)) + len(re.findall(r"\b[a-zA-Z]+\b", text))


def score(required: int, written: int) -> float:
    """EvalScope's S_L, restated; it divides by zero where nothing was written, ours is 0."""
    if written > required:
        return 100 * max(0, 1 - (written / required - 1) / 3)
    return 100 * max(0, 1 - (required / written - 1) / 2) if written else 0


WITHOUT_PAGES = " ".join(["--omit-from", *FOR_PAGES])


class TaskRun:
    """A folder with a task, its prompts, and settings that let a fifth of the verdicts be missing."""

    def __init__(self, folder: Path, url: str, **changes: Any):
        self.folder, self.run = folder, folder / FOLDER / "longhand"
        address = {"openai_api_base": f"{url}/chat/completions"}
        task = {
            "stage": ["infer", "eval_l", "eval_q"],
            "model": MODEL,
            "input_data_path": "mine.jsonl",
            "output_dir": "./outputs",
            "infer_config": address
            | {"is_chat": True, "verbose": False, "proc_num": 4}
            | {"generation_kwargs": {"max_new_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0}},
            "eval_config": address
            | {"openai_api_key": KEY, "openai_gpt_model": JUDGE, "proc_num": 2}
            | {"generation_kwargs": {"max_new_tokens": 1024, "temperature": 0.5, "stop": None}},
        }
        (folder / "task.yaml").write_text(yaml.safe_dump(task | changes), encoding="utf-8")
        lines = [json.dumps(row, ensure_ascii=False) for row in PROMPTS]
        (folder / LENIENT).write_text("scores: {min_coverage: 0.5}")
        (folder / "mine.jsonl").write_text("\n".join(lines), encoding="utf-8")

    def start(self, *options: str, snakemake: str = "") -> subprocess.CompletedProcess[str]:
        program = [sys.executable, str(CHECKOUT / "scripts/run_evalscope_task.py"), "--task", "task.yaml"]
        return subprocess.run(
            [*program, *options, f"--snakemake={snakemake}"],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )

    def finish(self, *options: str, snakemake: str = "") -> str:
        done = self.start(*options, snakemake=snakemake)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def lines(self, name: str) -> list[dict[str, Any]]:
        text = (self.folder / FOLDER / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.folder / FOLDER).iterdir() if path.is_file())


def test_a_task_as_it_is(tmp_path: Path) -> None:
    with Server() as server:
        task = TaskRun(tmp_path, server.url)
        planned = task.finish(snakemake="-n")
        assert "generate_responses" in planned and task.files() == [] and server.total == 0
        failed = task.start()  # the unread verdict is one of five, and 95% must be read
        assert failed.returncode != 0
        assert "error: only 4 of 5 responses have a readable verdict (1 unparsed)" in failed.stdout
        assert "MISSING=neutral" in failed.stdout
        assert {"pred.jsonl", "eval_length.jsonl"} <= set(task.files()) and "eval_quality.jsonl" not in task.files()
        before = server.total
        task.finish("--settings", LENIENT, snakemake=WITHOUT_PAGES)
        assert server.total == before

        # The requests are EvalScope's.
        bodies = [body for body in server.bodies if body["model"] == MODEL]
        assert Counter(map(prompt_of, bodies)) == Counter(row["prompt"] for row in PROMPTS)
        sent = {"max_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0}
        assert all(body == {"model": MODEL, "messages": body["messages"]} | sent for body in bodies)
        assert all(len(body["messages"]) == 1 and body["messages"][0]["role"] == "user" for body in bodies)
        judged = [body for body in server.bodies if body["model"] == JUDGE]
        assert judged == [body | {"max_tokens": 1024, "temperature": 0.5} for body in judged] != []
        assert server.highest == 4, "proc_num"
        assert server.keys == {MODEL: {None}, JUDGE: {f"Bearer {KEY}"}}

        # The files are EvalScope's, in the order of the prompts.
        assert task.files() == FILES
        pred = task.lines("pred.jsonl")
        assert [{name: line[name] for name in PROMPTS[0]} for line in pred] == PROMPTS
        assert list(pred[0]) == ["prompt", "type", "length", "response_length", "response"]
        assert [line["response"].strip() for line in pred] == [TEXTS[row["prompt"]].strip() for row in PROMPTS]
        assert [line["response_length"] for line in pred] == [count_words(line["response"]) for line in pred]
        (lengths,) = task.lines("eval_length.jsonl")
        expected = [score(line["length"], count_words(line["response"])) for line in pred]
        assert lengths["scores"] == expected and len(set(expected)) > 3
        assert lengths["score_l"] == pytest.approx(sum(expected) / len(expected))
        (quality,) = task.lines("eval_quality.jsonl")
        assert quality == dict.fromkeys(DIMENSIONS, 75) | {DIMENSIONS[-1]: 50, "total": pytest.approx(425 / 6)}
        assert (tmp_path / FOLDER / "eval_length_scatter.png").read_bytes()[:4] == b"\x89PNG"

        # As published: nothing is asked, other means, and a label.
        shown = task.finish("--missing", "neutral")
        assert server.total == before
        (neutral,) = task.lines("eval_quality.jsonl")
        clarity = sum([4, 4, 3, 3, 4, 4]) / 6  # a verdict that cannot be read, and a text that is not there: 3 of 5
        assert neutral["Clarity"] == pytest.approx((clarity - 1) * 25)
        assert neutral["total"] == pytest.approx(sum(neutral[name] for name in DIMENSIONS) / 6)
    assert "unread verdicts as published (EvalScope)" in " ".join(shown.split())
    assert "unread verdicts as published (EvalScope)" in (task.run / "results/report.html").read_text(encoding="utf-8")
    assert files_with_the_key(tmp_path) == [tmp_path / "task.yaml"]
    assert not (CHECKOUT / "outputs").exists()


def test_stages_one_after_the_other(tmp_path: Path) -> None:
    with Server() as server:
        task = TaskRun(tmp_path, server.url, stage=["infer"])
        task.finish()
        assert task.files() == ["pred.jsonl"] and server.total == 6
        pred = tmp_path / FOLDER / "pred.jsonl"
        # What is there is evaluated, whoever made it: one response is taken away, one did not come.
        lines = task.lines("pred.jsonl")[:5]
        lines[0]["response"] = lines[0]["response_length"] = None
        pred.write_text("\n".join(map(json.dumps, lines)))
        given = pred.read_bytes()
        task = TaskRun(tmp_path, server.url, stage="eval_l")
        task.finish("--settings", LENIENT, snakemake=WITHOUT_PAGES)
        assert server.total == 6 and pred.read_bytes() == given
        assert task.files() == ["eval_length.jsonl", "eval_length_scatter.png", "pred.jsonl"]
        (lengths,) = task.lines("eval_length.jsonl")
        expected = [score(line["length"], count_words(line["response"])) for line in lines[1:]]
        assert lengths["scores"] == [None, *expected], "of what did not come nothing is known"
        assert lengths["score_l"] == pytest.approx(sum(expected) / 4)


def test_a_wrong_task_runs_nothing(tmp_path: Path) -> None:
    task = TaskRun(tmp_path, "http://127.0.0.1:9/v1", modle="m")
    done = task.start()
    assert done.returncode == 1
    assert done.stdout.startswith("error: unknown key 'modle', did you mean 'model'?") and done.stdout.count("\n") == 1
    assert not (tmp_path / "outputs").exists()


def test_exports_of_any_run(tmp_path: Path) -> None:
    shipped = (CHECKOUT / "resources/datasets/longhand-mini.jsonl").read_text(encoding="utf-8").splitlines()
    lines = [{"prompt": json.loads(line)["prompt"], "response": "word " * 90} for line in shipped]
    (tmp_path / "old.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    models = {"old": {"backend": "recorded", "path": "old.jsonl"}}
    run = Run(tmp_path, {"models": models, "evaluate": {"models": ["old"]}}, pages=False)
    assert not any(rule.startswith("export_") for rule in run.planned()), "only where they are wanted"
    run.config["exports"] = ["evalscope"]
    planned = run.planned()
    assert [planned[rule] for rule in ("export_pred", "export_eval_length", "export_eval_quality")] == [1, 1, 1]
    run.config["evaluate"]["judges"] = []
    assert "export_eval_quality" not in run.planned()
    run.finish("all_exports")
    folder = tmp_path / "results/evalscope/longhand-mini/old"
    assert sorted(path.name for path in folder.iterdir()) == [name for name in FILES if name != "eval_quality.jsonl"]
    lengths = run.rows("results/longhand-mini/old/lengths.parquet")
    assert json.loads((folder / "eval_length.jsonl").read_text())["scores"] == [row["score_l"] for row in lengths]
