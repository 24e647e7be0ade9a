"""Made-up traces of AgentWrite for a made-up run: plans, some asked for again, and sections that fall behind."""

from __future__ import annotations

from pathlib import Path

from report_rows import chance, text
from report_run import Run

from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES, TRACES
from longhand.text.length import count_longbench_write
from longhand.text.requirement import aimed_at

NO_COUNTS = {"prompt_tokens": 100, "completion_tokens": 100, "seconds": 1.0, "attempts": 1, "request_id": "0"}
OF_A_FINDING = dict.fromkeys(("repeat", "part", "grade", "passages"))


def call(key: Row, step: str, number: int, written: str | None, **other: object) -> Row:
    """A row of the traces table."""
    row = {**key, "role": "writer", "step": step, "number": number, "status": "ok", "error": None, "required": None}
    words = None if written is None else count_longbench_write(written)
    return row | NO_COUNTS | OF_A_FINDING | {"words": words, "text": written, "finish_reason": "stop"} | other


def agentwrite_calls(prompt: Row, model: str, whole: bool, hostile: str) -> list[Row]:
    """Plan and sections of one text: each section is shorter than the one before it, of what was wanted.

    Args:
        whole: the text has all its sections; else the last one is missing.
    """
    dice = chance(prompt["prompt_id"], model, "agentwrite")
    key = {"prompt_id": prompt["prompt_id"], "sample": 0}
    length = int(aimed_at(prompt) or 1000)
    n = max(1, min(50, length // 400))
    refused = dice.choice((0, 0, 0, 1, 2))
    error = f"the plan has {length // 2} words, and {length} are required{hostile}"
    line = "Paragraph {} - Main Point: the lighthouse, its keeper and the sea{} - Word Count: {} words"
    plan = "\n".join(line.format(i + 1, hostile, length // n) for i in range(n))
    calls = [call(key, "plan", i, plan, required=length, status="rejected", error=error) for i in range(refused)]
    calls.append(call(key, "plan", refused, plan, required=length))
    for i in range(n):
        wanted, status = length // n, dice.choices(("ok", "truncated", "repeated", "off_length"), (90, 4, 3, 3))[0]
        written = hostile + text(int(wanted * 0.96**i * dice.uniform(0.7, 1.2)), prompt["language"], False, True)
        calls.append(call(key, "write", i, written, required=wanted, status=status))
    if not whole:
        missing = {"status": dice.choice(("failed", "too_long")), "error": f"HTTP 503: overloaded{hostile}"}
        calls[-1] = call(key, "write", n - 1, None, required=length // n, **missing)
    return calls


def add_agentwrite(run: Run, models: list[str], hostile: str = "") -> list[Path]:
    """Writes the traces of models of a run; the settings then say that they have AgentWrite."""
    written = []
    for prompts in run.tables("prompts"):
        columns = ["prompt_id", "language", "constraint", "required", "required_min", "required_max"]
        rows = list(read_rows(prompts, PROMPTS, columns))
        for model in models:
            responses = read_rows(prompts.parent / model / "responses.parquet", RESPONSES, ["prompt_id", "status"])
            whole = {row["prompt_id"]: row["status"] == "ok" for row in responses}
            calls = [one for row in rows for one in agentwrite_calls(row, model, whole[row["prompt_id"]], hostile)]
            written.append(prompts.parent / model / "traces.parquet")
            write_table(written[-1], calls, TRACES, "collect_traces")
            run.settings["models"][model] |= {"method": "agentwrite", "agentwrite": {"section_words": [200, 1000]}}
    return written
