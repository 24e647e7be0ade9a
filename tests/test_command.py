"""How a step reads its command line."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from longhand.program.command import FileText, run

SEEN: list[tuple[str, list[str], list[int], str]] = []


def main(*, column: str, dimensions: list[str] | None = None, ranges: list[int], text: FileText) -> None:
    """A step."""
    SEEN.append((column, dimensions or [], ranges, text))


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """Calls the step as a command; its exit status or message."""
    monkeypatch.setattr(sys, "argv", ["step.py", *words])
    with pytest.raises(SystemExit) as ended:
        run(main)
        raise SystemExit(0)
    return ended.value.code


def test_values_may_begin_with_a_hyphen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("--column 字\n", encoding="utf-8")
    words = ["--column=-x", "--dimensions=-Wit", "--dimensions=--ranges", "--ranges", "0", "500"]
    assert call(monkeypatch, *words, "--text", str(tmp_path / "text")) == 0
    assert SEEN.pop() == ("-x", ["-Wit", "--ranges"], [0, 500], "--column 字\n")


def test_a_text_of_any_length_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"-" * 60_000)
    os.close(writing)
    assert call(monkeypatch, "--column=", "--ranges", "--text", f"/dev/fd/{reading}") == 0
    os.close(reading)
    assert SEEN.pop() == ("", [], [], "-" * 60_000)


def test_a_text_whose_file_is_missing_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    message = call(monkeypatch, "--column=", "--ranges", "--text", "nowhere")
    assert message == "error: cannot read: No such file or directory (--text nowhere)"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_in_one_line_whatever_was_written(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill() -> None:
        raise OSError(number, "No space left", "results/a.png")

    monkeypatch.setattr(sys, "argv", ["step.py"])
    with pytest.raises(SystemExit) as ended:
        run(fill)
    assert (
        ended.value.code
        == "error: cannot write: No space left (results/a.png); fix: free some disk space and start again"
    )


def test_another_fault_of_the_system_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(sys, "argv", ["step.py"])
    with pytest.raises(OSError, match="Bad file descriptor"):
        run(fail)
