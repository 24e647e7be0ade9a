"""Waits of the tests themselves: they end, also where what is waited for never comes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import psutil
import pytest
from marked_key import watched
from patience import started, wait_for
from running import Run


def test_a_wait_ends_and_is_longer_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for load in (0.0, 3.0):
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load * (os.cpu_count() or 1), 0, 0))
        began = time.monotonic()
        with pytest.raises(AssertionError, match=r"no rain after 0.2 s"):
            wait_for(lambda: False, 0.2, "rain")
        taken.append(time.monotonic() - began)
    assert taken[0] >= 0.2 and taken[1] >= 0.6


def test_what_was_started_is_gone_also_when_the_test_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), started(["sh", "-c", "sleep 60 & sleep 60"], tmp_path, {}) as process:
        raise AssertionError
    assert process.poll() is not None

    def alive() -> list[psutil.Process]:
        some = psutil.process_iter(["cwd", "status"])
        return [p for p in some if p.info["cwd"] == str(tmp_path) and p.info["status"] != psutil.STATUS_ZOMBIE]

    wait_for(lambda: not alive(), 5, "end of its children")


def test_the_watch_for_a_key_ends_with_the_run_that_it_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Run, "snakemake", fails)
    before = threading.active_count()
    with pytest.raises(TimeoutError):
        watched(Run(tmp_path, {}))
    assert threading.active_count() == before
