"""One private cluster for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slurm.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm with two pretended A100s; it is gone after the last test, also when that failed."""
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started
