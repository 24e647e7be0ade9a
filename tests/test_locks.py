"""ask.locks: locks on bytes hold between holders of one process, between processes, and end with a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from longhand.ask.locks import ByteLocks

HOLDER = """
import sys, time
from pathlib import Path
from longhand.ask.locks import ByteLocks
locks = ByteLocks(Path(sys.argv[1]))
print(locks.take(3), flush=True)
time.sleep(60)
"""


def test_two_holders_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    one, other = ByteLocks(tmp_path / "a/locks"), ByteLocks(tmp_path / "a/locks")
    assert one.take(5) and not other.take(5) and other.take(6)
    assert one.held_by_others(6) and not one.held_by_others(5) and other.held_by_others(0, 100)
    ByteLocks(tmp_path / "a/locks").close()  # closing a third descriptor frees nothing
    assert not other.take(5)
    one.free(5)
    assert other.take(5)
    other.close()
    assert one.take(5) and one.take(6)


def test_a_killed_holder_frees_its_bytes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "locks"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[1] / "scripts")},
    )
    assert holder.stdout is not None and holder.stdout.readline() == "True\n"
    locks = ByteLocks(path)
    assert not locks.take(3)
    holder.kill()
    holder.wait()
    assert locks.take(3)


def test_what_the_file_holds_is_apart_from_its_locks(tmp_path: Path) -> None:
    one, other = ByteLocks(tmp_path / "locks"), ByteLocks(tmp_path / "locks")
    assert one.take(0) and other.read(10) == b""
    other.write(b"12", 4)
    assert one.read(10) == b"\0\0\0\x0012"
