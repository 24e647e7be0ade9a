"""One browser for all tests, and a folder for pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.chromium import Chromium, find_chromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    program = find_chromium()
    if program is None:
        pytest.fail("no Chromium: `apt-get install chromium`, or set CHROMIUM to the program")
    with Chromium(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For people to look at: `LONGHAND_SCREENSHOTS`, or a temporary folder."""
    folder = Path(os.environ.get("LONGHAND_SCREENSHOTS") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
