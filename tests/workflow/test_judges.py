"""The graph asks judges for what they judge."""

from __future__ import annotations

import json
from pathlib import Path

from running import Run

JUDGES = {
    "everywhere": {"backend": "demo"},
    "first": {"backend": "demo", "datasets": ["texts"]},
    "reader": {"backend": "demo", "method": "long-reward", "datasets": ["texts", "questions"]},
}


def test_judges_are_asked_about_what_they_judge(tmp_path: Path) -> None:
    row = {"prompt": "Write 100 words on it.", "text": "It is so."}
    (tmp_path / "prompts.jsonl").write_text(json.dumps(row))
    file, context = {"path": "prompts.jsonl"}, {"fields": {"context": "text"}}
    datasets = {
        "texts": file | context,
        "tasks": file,
        "questions": file | context | {"rubric": None},
        "lengths": file | {"rubric": None},
    }
    evaluate = {"datasets": [*datasets], "models": ["m"], "judges": [*JUDGES]}
    models = {"m": {"backend": "demo"}}
    settings = {"datasets": datasets, "models": models, "judges": JUDGES, "evaluate": evaluate}
    planned = Run(tmp_path, settings | {"exports": ["evalscope"]}, base=None).planned()
    assert planned["judge_responses"] == 3 + 1 + 1, "all on texts, a rubric on tasks, the reader on questions"
    assert planned["collect_judge_traces"] == planned["collect_facts"] == 2, "of the reader"
    assert planned["export_eval_quality"] == 2, "where one judges by a rubric, as EvalScope does"
    assert planned["export_eval_length"] == planned["join_scores"] == 4
