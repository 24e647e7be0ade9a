"""The tables of results/summary/: all are there, and what they hold is what stands in the raw tables."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_run import make_run
from running import CHECKOUT

from longhand.program.errors import LonghandError
from longhand.summary.inputs import sources
from longhand.tables.summary_tables import SUMMARY


def test_the_rule_lists_all_tables() -> None:
    (names,) = re.findall(r'SUMMARIES = \(\s*"""(.*?)"""', (CHECKOUT / "rules/report.smk").read_text(), re.S)
    assert sorted(names.split()) == sorted(SUMMARY)


def test_every_table_is_there_also_where_there_is_nothing_to_tell(tmp_path: Path) -> None:
    folder = make_run(tmp_path, ["a"], [], prompts=3).summarized()
    assert {path.stem for path in folder.iterdir()} == set(SUMMARY)
    for name, schema in SUMMARY.items():
        assert pq.read_schema(folder / f"{name}.parquet").equals(schema), name


def test_folders_must_tell_the_data_set() -> None:
    with pytest.raises(LonghandError, match="do not tell dataset and model"):
        sources([Path("scores.parquet")])
