"""What is fetched from an address has an end, in bytes and in seconds."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longhand.program.errors import LonghandError
from longhand.prompts import fetching
from longhand.prompts.fetching import download

SHA256 = "0" * 64


class Endless(http.server.BaseHTTPRequestHandler):
    """Says that it has /promised bytes; else sends without an end, slowly under /slow."""

    def do_GET(self) -> None:
        """Answers."""
        self.send_response(200)
        if self.path == "/promised":
            self.send_header("Content-Length", str(10**15))
        self.end_headers()
        try:
            for _ in range(10**9 if self.path != "/promised" else 0):
                self.wfile.write(b"x" if self.path == "/slow" else b"x" * 65536)
                time.sleep(0.05 if self.path == "/slow" else 0)
        except OSError:
            pass  # it was stopped

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def endless() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("promised", "OSError: larger than 2,000,000,000 bytes"),
        ("quick", "OSError: larger than 1,000,000 bytes"),
        ("slow", "TimeoutError: not complete after 1 s"),
    ],
)
def test_a_fetch_has_an_end(
    endless: str, path: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(fetching.MIRROR, raising=False)
    monkeypatch.setattr(fetching, "_LONGEST", 1.0)
    if path == "quick":
        monkeypatch.setattr(fetching, "_LARGEST", 10**6)
    began = time.monotonic()
    with pytest.raises(LonghandError) as raised:
        download(f"{endless}/{path}", SHA256, tmp_path / "out")
    assert str(raised.value).startswith(f"cannot fetch {path}: {endless}/{path}: {message}")
    assert time.monotonic() - began < 20
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_may_have_several_files_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data sets call theirs sft.jsonl; folders, or what stands before the name, tell them apart."""
    mirror, out = tmp_path / "mirror", tmp_path / "out"
    (mirror / "c/data").mkdir(parents=True)
    names = {"of a": "a_sft.jsonl", "of b": "b_sft.jsonl", "of neither": "sft.jsonl", "of c": "c/data/sft.jsonl"}
    for text, name in names.items():
        (mirror / name).write_text(text)
    monkeypatch.setenv(fetching.MIRROR, f"{mirror}/")
    for text in names:
        download("http://127.0.0.1:9/data/sft.jsonl", hashlib.sha256(text.encode()).hexdigest(), out)
        assert out.read_text() == text
    with pytest.raises(LonghandError, match=r"is not the expected 0+ \(.*/mirror/sft.jsonl\)"):
        download("http://127.0.0.1:9/data/sft.jsonl", SHA256, tmp_path / "other")
