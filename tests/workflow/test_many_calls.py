"""A method of many calls is one file and its name in the schema: traced, planned, and killed half-way without loss."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from fault_server import FaultServer
from running import CHECKOUT, Run

PROMPTS, PARTS, AT_A_TIME = 6, 4, 2
CALLS = 1 + PARTS + 1


def reply(prompt: str) -> str:
    """A plan of four lines, which name their prompt; a text for a part; the joined parts."""
    kind, _, rest = prompt.partition(" ")
    plan = "\n".join(f"{number} of {rest}" for number in range(PARTS))
    return {"PLAN": plan, "PART": f"[{rest}]", "JOIN": rest.replace("\n", " ")}[kind]


def checkout_with_the_method(folder: Path) -> Path:
    """Longhand with one file more, and its name in the schema."""
    folder.mkdir()
    for name in ("Snakefile", "config", "profiles", "resources", "rules", "scripts"):
        source = CHECKOUT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    shutil.copy(CHECKOUT / "tests/outline_method.py", folder / "scripts/longhand/methods/outline.py")
    schema = folder / "config/schema/config.schema.yaml"
    text = schema.read_text(encoding="utf-8")
    assert text.count("method: {enum: [direct, ") == 1
    schema.write_text(text.replace("method: {enum: [direct, ", "method: {enum: [direct, outline, "), encoding="utf-8")
    return folder


def plan(run: Run) -> dict[str, Any]:
    """The plan of what the model will be asked, as JSON."""
    (line,) = run.plan("all_responses")["asks"]
    return line


def test_a_method_of_many_calls(tmp_path: Path) -> None:
    checkout = checkout_with_the_method(tmp_path / "checkout")
    data = tmp_path / "p.jsonl"
    data.write_text("".join(json.dumps({"prompt": f"prompt {n}"}) + "\n" for n in range(PROMPTS)), encoding="utf-8")
    with FaultServer(latency=0.05, text=reply) as server:
        config = {
            "datasets": {"d": {"path": str(data), "rubric": None}},
            "models": {
                "m": {"backend": "openai", "model": "m", "base_url": server.url, "method": "outline"}
                | {"concurrency": AT_A_TIME}
            },
            "evaluate": {"datasets": ["d"], "models": ["m"], "judges": []},
        }
        run = Run(tmp_path / "run", config, checkout, base=None, pages=False)
        before = plan(run)
        assert before["requests_certain"] == PROMPTS, "the plans; parts depend on them"
        assert before["requests"] == PROMPTS * (1 + 3 + 1), "three parts are imagined"

        server.most_answers = 15
        with (tmp_path / "output").open("wb") as output:
            words = run.command("all_responses")
            snakemake = subprocess.Popen(words, cwd=run.folder, stdout=output, stderr=output, start_new_session=True)
        journal = run.folder / "journal"
        while sum(path.read_bytes().count(b"\n") for path in journal.rglob("*.jsonl")) < 15:
            assert snakemake.poll() is None, (tmp_path / "output").read_text()
            time.sleep(0.01)
        os.killpg(snakemake.pid, signal.SIGKILL)
        snakemake.wait()
        server.most_answers = 10**9
        answered = Counter(server.answered)
        run.finish("--unlock")
        known_plans = sum(prompt.startswith("PLAN") for prompt in answered)
        exactly = known_plans * CALLS + (PROMPTS - known_plans) * (1 + 3 + 1) - 15
        assert plan(run)["requests"] == exactly

        run.finish("all_responses", "results/d/m/traces.parquet")
        assert all(number == 1 for number in server.answered.values()), "nothing answered is asked twice"
        assert server.answered.total() == PROMPTS * CALLS
        assert all(server.answered[prompt] == 1 for prompt in answered)
        assert plan_is_empty(run)
    rows = run.rows("results/d/m/responses.parquet")
    assert sorted(row["response"] for row in rows) == [
        " ".join(f"[{part} of prompt {n}]" for part in range(PARTS)) for n in range(PROMPTS)
    ]
    assert {row["completion_tokens"] for row in rows} == {20 * CALLS}, "a row of many calls sums them"
    traces = run.rows("results/d/m/traces.parquet")
    steps = [("plan", 0), *(("part", number) for number in range(PARTS)), ("join", 0)]
    assert [(row["step"], row["number"]) for row in traces] == steps * PROMPTS
    assert {row["status"] for row in traces} == {"ok"} and len({row["request_id"] for row in traces}) == len(traces)
    assert [row["text"] for row in traces if row["step"] == "join"] == [row["response"] for row in rows]


def plan_is_empty(run: Run) -> bool:
    """Whether nothing is planned."""
    return run.plan("all_responses")["asks"] == []
