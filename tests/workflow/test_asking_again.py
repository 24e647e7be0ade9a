"""A judge whose replies cannot be read ends its jobs early; what is voided is asked again, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fault_replies import DIMENSIONS, VERDICT
from fault_server import FaultServer
from running import CHECKOUT, Run

PROMPTS, ATTEMPTS, ENOUGH = 12, 2, 8
UNLUCKY = "Write about 3."


def config(url: str) -> dict[str, Any]:
    reached = {"backend": "openai", "base_url": url, "concurrency": 1}
    rubric = {"template": VERDICT + " {response}", "dimensions": {n: [] for n in DIMENSIONS}, "scale": [1, 5]}
    return {
        "datasets": {"d": {"path": "p.jsonl", "rubric": rubric}},
        "models": {"m": reached | {"model": "m"}},
        "judges": {"j": reached | {"model": "j", "attempts": ATTEMPTS}},
        "evaluate": {"datasets": ["d"], "models": ["m"], "judges": ["j"]},
    }


def ask_again(run: Run, *arguments: str) -> str:
    words = [sys.executable, str(CHECKOUT / "scripts/ask_again.py"), *arguments, "--directory", str(run.folder)]
    done = subprocess.run([*words, "--configfile", str(run.folder / "run.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_unreadable_judge_and_what_is_asked_again(tmp_path: Path) -> None:
    rows = [{"prompt": f"Write about {n}.", "required": 50} for n in range(PROMPTS)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def moderated(prompt: str, _: int) -> str | None:
        return "prose" if VERDICT in prompt else "filter" if prompt == UNLUCKY else None

    def verdicts() -> int:
        return sum(number for prompt, number in server.received.items() if VERDICT in prompt)

    with FaultServer(moderated) as server:
        run = Run(tmp_path, config(server.url), pages=False)
        error = run.error("all_judgements", "--retries", "2")
        assert (
            f"none of {ENOUGH * ATTEMPTS} replies on {ENOUGH} responses can be read: one begins 'I like it very"
            in error
        )
        assert (
            "(judge j on d/m/000); fix: check base_url, model and rubric; then scripts/ask_again.py --judge j" in error
        )
        assert verdicts() == ENOUGH * ATTEMPTS, "two more tries ask nothing"
        assert server.total == PROMPTS + verdicts()
        refused, unparsed = ["--model", "m", "--status", "refused"], ["--judge", "j", "--status", "unparsed"]

        server.plan = lambda *_: None
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
        assert ask_again(run, *unparsed, "--dry-run").splitlines() == [
            f"j on d: {ENOUGH} verdicts on m with status unparsed",
            f"this would void {ENOUGH * ATTEMPTS} answers and remove 0 tables; nothing was changed",
        ]
        assert {path: path.read_bytes() for path in before if path.exists()} == before
        assert f"\nvoided {ENOUGH * ATTEMPTS} answers and removed 0 tables; the next run" in ask_again(run, *unparsed)
        assert ask_again(run, *refused).splitlines() == [
            "m on d: 1 response with status refused",
            "voided 1 answer and removed 1 table; the next run asks again for exactly these",
        ]
        requests_before = server.total
        run.finish("all_judgements")
        assert server.total == requests_before + 1 + PROMPTS
        assert server.received[UNLUCKY] == 2
    kept = "".join(path.read_text() for path in (tmp_path / "journal").rglob("*.jsonl"))
    assert kept.count("I like it very much.") == ENOUGH * ATTEMPTS, "what was paid for stays in the journal"
    verdict_rows = run.rows("results/d/m/judgements/j.parquet")
    assert [row["status"] for row in verdict_rows] == ["ok"] * PROMPTS * len(DIMENSIONS)
