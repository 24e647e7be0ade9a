"""The graph asks judges for what they judge."""

from __future__ import annotations

import json
from pathlib import Path

from running import Run

JUDGES = {"everywhere": {"backend": "demo"}, "first": {"backend": "demo", "datasets": ["one"]}}


def test_judges_are_asked_about_what_they_judge(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": "Write 100 words."}))
    file = {"path": "prompts.jsonl"}
    datasets = {"one": file, "two": file, "lengths": file | {"rubric": None}}
    evaluate = {"datasets": [*datasets], "models": ["m"], "judges": [*JUDGES]}
    models = {"m": {"backend": "demo"}}
    settings = {"datasets": datasets, "models": models, "judges": JUDGES, "evaluate": evaluate}
    planned = Run(tmp_path, settings | {"exports": ["evalscope"]}, base=None).planned()
    assert planned["judge_responses"] == 3, "everywhere on one and two, first on one"
    assert planned["export_eval_quality"] == 2
    assert planned["export_eval_length"] == planned["join_scores"] == 3
