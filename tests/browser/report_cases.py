"""Made-up runs that the report is opened of in a browser: few and many models, judges or none, hostile texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import report_rows
from report_made import add_self_lengthen
from report_run import Run, make_run
from report_support import add_long_reward
from report_traces import add_agentwrite

from build_report import main
from longhand.methods.direct import unanswered_row

HOSTILE = "<script>document.title='owned'</script>\"><img src=x onerror=\"document.title='owned'\">" + "W" * 300


def small(folder: Path) -> Run:
    names = ("demo-long", "demo-short", "demo-judge")
    return make_run(folder, list(names[:2]), [names[2]], datasets=("longhand-mini",), demo=names)


def large(folder: Path) -> Run:
    models = ["Llama-3.1-8B-Instruct", "GLM-4-9B-chat", "LongWriter-9B", "LongWriter-9B-DPO", "Qwen2.5-7B-Instruct"]
    models += ["an-api-model-2025-01-01", "tiny", "a-model-with-a-long-name.and_parts-checkpoint-2025-12-31-step-4000"]
    return make_run(folder, models, ["first-judge", "strict-judge"], prompts=48)


def longen(folder: Path) -> Run:
    """All kinds of constraints, so that rules do not apply to the same responses."""
    models = ["LongWriter-9B", "GLM-4-9B-chat", "Qwen2.5-7B-Instruct", "an-api-model-2025-01-01"]
    return make_run(folder, models, ["judge"], datasets=("longen",), prompts=60, rule="longen")


def hostile(folder: Path) -> Run:
    return make_run(folder, ["writer-" + "w" * 90, "writer-b"], ["judge-" + "j" * 90], hostile=HOSTILE)


def made(folder: Path) -> Run:
    """Texts of many sections, and data made here, with hostile text in all of it; nothing is judged."""
    run = make_run(folder, ["writer-a", "writer-b"], [], prompts=30)
    add_agentwrite(run, ["writer-b"], HOSTILE)
    add_self_lengthen(run, HOSTILE)
    return run


def rewarded(folder: Path) -> Run:
    """Rewards for long contexts, with hostile statements, contexts and facts."""
    run = make_run(folder, ["writer-a", "writer-b"], [], prompts=30)
    add_long_reward(run, ["writer-a", "writer-b"], HOSTILE)
    return run


def one_model(folder: Path) -> Run:
    """Nothing to compare it with."""
    return make_run(folder, ["the-only-one"], ["judge"])


def failed(folder: Path) -> Run:
    """No model gave any text."""

    def nothing(prompt: dict[str, Any], model: str, *_: object) -> dict[str, Any]:
        return unanswered_row({"prompt_id": prompt["prompt_id"], "sample": 0}, model, "failed", "HTTP 503: down", 6)

    with patch.object(report_rows, "response", nothing):
        return make_run(folder, ["down-a", "down-b"], ["judge"])


def forty(folder: Path) -> Run:
    return make_run(folder, [f"model-{i:02d}" for i in range(40)], ["judge"], prompts=10)


MADE: dict[str, Callable[[Path], Run]] = {
    each.__name__: each for each in (small, large, longen, hostile, made, rewarded, one_model, failed, forty)
}
CASES = list(MADE)


def made_page(run: Run) -> Path:
    """The page of a run, with its figures."""
    run.draw()
    arguments = run.arguments()
    main(**arguments)
    out: Path = arguments["out"]
    return out
