"""Claims: a request is asked by one at a time, in whatever process or journal object."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from longhand.ask.journal import Journal
from longhand.ask.locks import ByteLocks
from longhand.wire.answer import Answer

ONE, TWO = "1" * 64, "2" * 64
CLAIMER = """
import sys, time
from pathlib import Path
from longhand.ask.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    print(journal.claim("1" * 64), flush=True)
    time.sleep(60)
"""


def test_a_request_is_claimed_once_in_a_process(tmp_path: Path) -> None:
    with Journal(tmp_path) as first, Journal(tmp_path) as second:
        assert first.claim(ONE)
        assert not second.claim(ONE) and not first.claim(ONE), "by another journal, and by another asker of the same"
        assert second.claim(TWO) and not first.claim(TWO)
        first.release(ONE)
        assert second.claim(ONE)
    with Journal(tmp_path) as third:
        assert third.claim(ONE) and third.claim(TWO), "the end of a journal ends its claims"


def test_a_killed_process_claims_no_more(tmp_path: Path) -> None:
    scripts = str(Path(__file__).parents[1] / "scripts")
    words = [sys.executable, "-c", CLAIMER, str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": scripts})
    assert process.stdout is not None and process.stdout.readline() == "True\n"
    with Journal(tmp_path) as journal:
        assert not journal.claim(ONE)
        process.kill()
        process.wait()
        assert journal.claim(ONE)


def test_what_was_answered_meanwhile_is_not_claimed(tmp_path: Path) -> None:
    answer = Answer(ONE, "text", "stop", 3, 5, 0.5, 1)
    with Journal(tmp_path) as waiting, Journal(tmp_path) as asking:
        assert asking.claim(ONE) and not waiting.claim(ONE)
        with asking.file("models/m/d/000") as file:
            file.add(answer)
        asking.release(ONE)
        assert not waiting.claim(ONE)
        assert waiting.get(ONE) == answer
        assert asking.claim(TWO), "nothing is left of the claim that was in vain"


def test_what_one_asker_adds_another_of_the_process_finds_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, journal.file("models/m/d/000") as writer, journal.file("judges/j/d/m/000"):
        assert journal.get(ONE) is None
        writer.add(Answer(ONE, "text", "stop", 3, 5, 0.5, 1))
        assert journal.get(ONE) is not None and not journal.claim(ONE)


def test_a_file_system_without_locks_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_locks(*_: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(ByteLocks, "take", no_locks)
    with Journal(tmp_path) as journal:
        assert journal.claim(ONE) and journal.claim(TWO)
        assert not journal.claim(ONE), "within the process it holds all the same"
    message = capsys.readouterr().err
    assert message.count("jobs at the same time may ask the same twice") == 1 and message.count("\n") == 1


def test_only_an_entered_journal_claims(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="entered"):
        Journal(tmp_path).claim(ONE)
    assert not list(tmp_path.iterdir())


def test_folders_that_are_links_are_read_and_a_ring_of_them_ends(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "journal", tmp_path / "elsewhere"
    with Journal(elsewhere) as journal, journal.file("d/000") as file:
        file.add(Answer(ONE, "text", "stop", 3, 5, 0.5, 1))
    root.mkdir()
    (root / "old-model").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(root)
    assert Journal(root).get(ONE) is not None
