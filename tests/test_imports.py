"""Which heavy libraries a step loads: each that it does not need would cost every run a part of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest
from running import CHECKOUT

HEAVY = {
    "altair",
    "evalica",
    "httpx2",
    "jinja2",
    "numpy",
    "openai",
    "pandas",
    "pyarrow",
    "pyarrow.compute",
    "rich",
    "scipy",
    "snakemake",
    "vl_convert",
}
TABLES = {"numpy", "pyarrow"}
COLUMNS = TABLES | {"pyarrow.compute"}
LOADED = {
    "record_settings": set(),
    "prepare_prompts": TABLES,
    "score_length": TABLES,
    "generate_responses": TABLES | {"httpx2"},
    "judge_responses": TABLES | {"httpx2"},
    "join_scores": COLUMNS | {"pandas"},
    "build_leaderboard": COLUMNS | {"pandas", "scipy"},
    "compare_models": COLUMNS | {"pandas", "scipy"},
    "select_sft": TABLES | {"altair", "jinja2", "vl_convert"},
    "summarize_run": COLUMNS | {"pandas", "scipy"},
    "draw_figures": COLUMNS | {"altair", "jinja2", "vl_convert"},
    "build_report": COLUMNS | {"jinja2"},
    "show_leaderboard": COLUMNS | {"rich"},
    "write_texts": TABLES,
    "build_browse": COLUMNS | {"jinja2"},
}


def printed(code: str) -> str:
    """What a new Python prints that may import scripts."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(CHECKOUT / 'scripts')!r}); {code}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("step", LOADED)
def test_a_step_loads_what_it_needs(step: str) -> None:
    arrays = "import pyarrow; pyarrow.array(['text']);" if LOADED[step] else ""
    assert set(printed(f"import {step}; {arrays} print(*{HEAVY} & sys.modules.keys())").split()) == LOADED[step]


def test_tables_become_data_frames_and_come_back() -> None:
    frames = "from longhand.tables import files; import pandas, pyarrow;"
    frames += "table = pyarrow.table({'n': [1.5, None]}); frame = table.to_pandas();"
    assert printed(frames + "print(pyarrow.table(frame).equals(table), pyarrow.array(frame['n']).null_count)") == (
        "True 1\n"
    )
