"""A recipe of `self_lengthen` in a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from running import Run

DEMO: dict[str, Any] = {
    "models": {"base": {"backend": "demo"}},
    "self_lengthen": {"long": {"model": "base", "iterations": 1, "train": None}},
    "evaluate": {"datasets": ["longhand-mini"], "models": ["base"]},
}


def test_a_template_that_is_not_there_is_told_at_the_recipe(tmp_path: Path) -> None:
    recipe = DEMO["self_lengthen"]["long"] | {"self_instruct": {"prompts": {"suits": {"zh": "nowhere.txt"}}}}
    error = Run(tmp_path, DEMO | {"self_lengthen": {"long": recipe}}, base=None).error("-n")
    assert "there is no file 'nowhere.txt' (config self_lengthen.long.self_instruct.prompts.suits.zh)" in error


def test_the_settings_of_a_run_hold_the_recipe_and_what_trains(tmp_path: Path) -> None:
    base = {"backend": "vllm", "model": "hub/base", "revision": "abc"}
    recipe = {"model": "base", "iterations": 1, "train": {"gpus": 2, "accelerate": "zero3-offload"}}
    run = Run(tmp_path, DEMO | {"models": {"base": base}, "self_lengthen": {"long": recipe}}, base=None)
    run.finish("results/settings.json")
    settings = json.loads((run.folder / "results/settings.json").read_text(encoding="utf-8"))
    shown = settings["self_lengthen"]["long"]
    assert (shown["iterations"], shown["instructions"], shown["extend"]["min_growth"]) == (1, 5000, 1.2)
    assert shown["training"]["lora_r"] == 8 and shown["training"]["num_train_epochs"] == 4
    assert "gpus" not in json.dumps(shown), "where a model was trained makes no report stale"
