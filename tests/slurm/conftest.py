"""One private cluster for all tests here."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator

import pytest
from slurm.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm with two pretended A100s; it is gone after the last test, also when that failed."""
    if shlex.quote(sys.executable) != sys.executable:
        pytest.exit(f"jobs of Slurm cannot start a Python whose path has a space: {sys.executable}", returncode=1)
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started
