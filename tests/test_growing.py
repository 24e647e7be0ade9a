"""Only files of running jobs are looked at again."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from longhand.ask import journal
from longhand.ask.growing import Growing
from longhand.ask.journal import Journal
from longhand.wire.answer import Answer


def answer(n: int) -> Answer:
    return Answer(f"{n:064x}", "text", "stop", 3, 5, 0.5, 1, "m")


def kept(folder: Path, name: str, *numbers: int) -> Path:
    with Journal(folder) as journal, journal.file(name) as file:
        for n in numbers:
            file.add(answer(n))
    return file.path


def test_finished_files_are_looked_at_once(tmp_path: Path) -> None:
    finished = [kept(tmp_path, f"d/{n:03d}", n) for n in range(5)]
    with Journal(tmp_path) as running, running.file("own") as running_file:
        growing = Growing(tmp_path)
        assert growing.look() == [*finished, running_file.path]
        assert growing.look() == [running_file.path]
        with Journal(tmp_path) as another, another.file("e/000") as other:
            assert growing.look() == growing.look() == [other.path, running_file.path]
        short = kept(tmp_path, "e/001", 7)  # came and went
        assert growing.look() == [other.path, short, running_file.path], "once more after its job has ended"
        assert growing.look() == [running_file.path]
        kept(tmp_path, "d/000", 8)  # a finished one goes on
        assert growing.look() == [finished[0], running_file.path]


def test_a_claim_reads_no_finished_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(20):
        kept(tmp_path, f"d/{n:03d}", n)
    looked_at: list[Path] = []
    with Journal(tmp_path) as journal, journal.file("own") as running_file:
        assert journal.get(answer(5).id) == answer(5)
        read_on = journal._index.read_on
        monkeypatch.setattr(journal._index, "read_on", lambda path: (looked_at.append(path), read_on(path)))
        for n in range(100, 110):
            assert journal.claim(answer(n).id)
            journal.release(answer(n).id)
    assert set(looked_at) == {running_file.path}


def _answers(folder: Path, n: int) -> None:
    kept(folder, f"late/{n:03d}", n)


def test_what_jobs_answered_that_came_and_went_is_not_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_CATCH_UP_EVERY", 0)
    with Journal(tmp_path) as running:
        assert running.get(answer(1).id) is None
        others = [multiprocessing.Process(target=_answers, args=(tmp_path, n)) for n in (1, 2)]
        for other in others:
            other.start()
        for other in others:
            other.join()
        assert not running.claim(answer(1).id)
        assert running.get(answer(2).id) == answer(2)


def test_who_came_and_went_before_the_list_of_writers_was_begun_anew_is_found(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    assert growing.look() == []
    files = [kept(tmp_path, f"d/{n:03d}", n) for n in range(3)]  # nobody else writes: each begins it anew
    assert growing.look() == files
    assert growing.look() == []
