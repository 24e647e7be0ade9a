"""A run whose judge is asked in batches, killed with its job when the batch is created, and alone when it collects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from batch_server import BatchServer
from fault_replies import DIMENSIONS, VERDICT, text_for
from marked_key import KEY, Seen, files_with_the_key
from patience import busy
from running import Run

ROWS = 3


def config(url: str) -> dict[str, object]:
    rubric = {"template": VERDICT + " {prompt} {response}", "scale": [1, 5]}
    judge = {"backend": "openai", "model": "j", "base_url": url, "batch": True, "api_key_env": "MARKED_KEY"}
    return {
        "datasets": {"d": {"path": "data.jsonl", "rubric": "plain", "fields": {"prompt": "prompt"}}},
        "rubrics": {"plain": rubric | {"dimensions": {name: [] for name in DIMENSIONS}}},
        "models": {"files": {"backend": "recorded", "path": "data.jsonl"}},
        "judges": {"j": judge},
        "evaluate": {"datasets": ["d"], "models": ["files"], "judges": ["j"]},
    }


def test_killed_with_and_without_its_job_a_run_pays_once(tmp_path: Path) -> None:
    rows = [{"prompt": f"Write {n}00 words.", "response": f"Text {n}."} for n in range(ROWS)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    seen, kills = Seen(), {"batches.create": "kill after", "files.content": "kill half after"}

    def calls(call: str, times: int) -> str | None:
        seen.look()
        return kills.get(call) if times == 0 else None

    with BatchServer(calls=calls) as server:
        run = Run(tmp_path, config(server.url), base=None)

        def killed() -> None:
            """Runs Snakemake until the server kills it; what an earlier one left locked is of a dead process."""
            command = run.command("all_judgements", "--nolock")
            environment = os.environ | {"MARKED_KEY": KEY}
            with (tmp_path / "output").open("ab") as output:
                snakemake = subprocess.Popen(
                    command, cwd=tmp_path, env=environment, stdout=output, stderr=output, start_new_session=True
                )
                whole = not server.batches
                server.kill = lambda: os.killpg(snakemake.pid, signal.SIGKILL) if whole else snakemake.kill()
                assert snakemake.wait(300 * busy()) == -signal.SIGKILL, (tmp_path / "output").read_text()

        killed()
        server.work("complete")
        killed()
        output = run.finish("all_judgements", "--nolock", MARKED_KEY=KEY)
        assert server.called["batches.create"] == 1 and server.called["files.content"] == 2
        assert server.paid.total() == len(server.paid) == ROWS
        (batch,) = server.batches.values()
    (state,) = (tmp_path / "journal/judges/j/batches").glob("*.json")
    assert batch.metadata["longhand"] == state.stem
    expected = {text_for(f"{VERDICT} {row['prompt']} {row['response']}") for row in rows}
    assert {row["reply"] for row in run.rows("results/d/files/judgements/j.parquet")} == expected
    assert {"submit_batch.py", "judge_responses.py"} <= seen.environments.keys()
    assert not any(KEY in words for words in seen.commands) and KEY not in output
    assert files_with_the_key(tmp_path) == []
