"""The latency server, an independent stand-in for an API, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED

SERVER = SHARED / "tools/latency_server.py"


@contextmanager
def latency_server(folder: Path, *options: str) -> Iterator[str]:
    """The address of a server with these options. Skips the test where the server is not beside the checkout."""
    if not SERVER.exists():
        pytest.skip("the latency server is not beside the checkout")
    port = folder / "port"
    command = [sys.executable, str(SERVER), "--port", "0", "--port-file", str(port), *options]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not port.exists():
            assert server.poll() is None
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text()}/v1"
    finally:
        server.terminate()
        server.wait()


def stats_of(url: str) -> dict[str, Any]:
    """What the server counted."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/stats") as reply:
        counts: dict[str, Any] = json.load(reply)
    return counts
