"""What a run says of who wrote its texts: every model that was asked, by whatever name the config has it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from running import Run


def test_a_planner_is_described_in_the_report_and_on_the_card(tmp_path: Path) -> None:
    config = {
        "models": {
            "writer": {"backend": "demo", "method": "agentwrite", "agentwrite": {"plan_model": "planner"}},
            "planner": {"backend": "demo", "model": "the-planner", "engine": {"max-words": 300}},
        },
        "sft": {"long": {"dataset": "longhand-mini", "model": "writer"}},
        "self_lengthen": {"only-data": {"model": "planner", "train": None}},
    }
    run = Run(tmp_path, config, base=None)
    output = run.finish("results/settings.json", "results/sft/long/train.parquet", "-n", "-p")
    shown = {word for word in ('"the-planner"', '"max_sections"') if word in output.split("rule select_sft:")[1]}
    assert shown == {'"the-planner"', '"max_sections"'}, "the card names who planned, and with which settings"
    output = run.finish("results/settings.json", "results/sft/long/train.parquet")
    assert re.search(r"^Data: results/sft/long/: \d+ kept", output, re.M), (
        "a run that makes data ends with where they are"
    )
    settings = json.loads((tmp_path / "results/settings.json").read_text(encoding="utf-8"))
    assert settings["models"]["planner"]["model"] == "the-planner"
    assert list(settings["models"]) == ["writer", "planner"], "in the order of the config, as in the reader"
    assert settings["self_lengthen"]["only-data"]["train"] is None, "that nothing was trained"
