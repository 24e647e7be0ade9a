"""A job with a short time limit works off its own rows, and leaves those of others to their own jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm.cluster import Cluster
from slurm.submitted import SlurmRun

ROWS = 3
TABLES = [f"work/{name}/on-gpu/responses/000.parquet" for name in ("rivers", "lakes")]


@pytest.fixture
def one_minute(slurm: Cluster) -> Iterator[None]:
    """All that the partition gives; the rules ask for more."""
    slurm.run("scontrol", "update", "PartitionName=a100", "MaxTime=1")
    yield
    slurm.run("scontrol", "update", "PartitionName=a100", "MaxTime=1-00:00:00")


@pytest.mark.usefixtures("one_minute")
def test_near_its_end_a_job_begins_no_row_of_others(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=ROWS, lakes=ROWS, latency=0)
    run.prepare("results/rivers/prompts.parquet", "results/lakes/prompts.parquet")
    run.finish(*TABLES)
    assert [job.state for job in run.jobs()] == ["COMPLETED"] * 2
    assert run.loads() == 2, "else one does for both"
    assert not (tmp_path / "journal/models/on-gpu/others").exists()
    assert sorted(len(run.rows(table)) for table in TABLES) == [ROWS, ROWS]
    assert set(run.requests().values()) == {1}
