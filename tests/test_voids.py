"""Voided answers stay in the journal and count no more; the next answer does."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import ask_again
from longhand.ask.journal import Journal
from longhand.ask.lines import read_answers
from longhand.ask.voids import FILE, void
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

OLD = Answer("1" * 64, "old", "stop", 3, 5, 0.5, 1, "m")
OTHER = dataclasses.replace(OLD, id="2" * 64)
NEW = dataclasses.replace(OLD, text="new")


def test_a_voided_answer_counts_no_more_until_the_next_one(tmp_path: Path) -> None:
    for shard, answers in (("d/000", [OTHER, OLD]), ("d/001", [OLD])):  # a file system without locks: asked twice
        with Journal(tmp_path) as journal, journal.file(shard) as file:
            for answer in answers:
                file.add(answer)
    before = [path.read_bytes() for path in sorted(tmp_path.rglob("0*.jsonl"))]
    assert void(tmp_path, [OLD.id, "3" * 64]) == 2
    assert void(tmp_path, [OLD.id]) == 0
    assert [path.read_bytes() for path in sorted(tmp_path.rglob("0*.jsonl"))] == before
    assert [Journal(tmp_path).get(answer.id) for answer in (OLD, OTHER)] == [None, OTHER]
    for shard in ("d/001", "d/000"):  # whichever job asks; the answer may be equal in all fields
        with Journal(tmp_path) as journal, journal.file(shard) as file:
            assert journal.get(OLD.id) is None
            assert journal.claim(OLD.id)
            file.add(OLD if shard == "d/001" else NEW)
            assert journal.get(OLD.id) is not None
        assert Journal(tmp_path).get(OLD.id) == (OLD if shard == "d/001" else NEW)
        void(tmp_path, [OLD.id])
    assert len([answer for path in tmp_path.rglob("*.jsonl") for answer, _ in read_answers(path)]) == 5, "all was paid"


def test_a_job_that_runs_is_not_disturbed(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        file.add(OLD)
        with pytest.raises(LonghandError, match="a job is writing this journal"):
            void(tmp_path, [OLD.id])
    assert Journal(tmp_path).get(OLD.id) == OLD


def test_damaged_voids_are_passed_over(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        file.add(OLD)
        file.add(OTHER)
    (tmp_path / FILE).write_bytes(b'[]\n{"void": 7}\n\xff\n{"void": "12", "file": "d/000.jsonl", "by')
    assert void(tmp_path, [OLD.id]) == 1
    assert [Journal(tmp_path).get(answer.id) for answer in (OLD, OTHER)] == [None, OTHER]


def test_voids_are_seen_by_a_journal_that_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longhand.ask.journal._CATCH_UP_EVERY", 0)
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        file.add(OLD)
    reader = Journal(tmp_path)
    assert reader.get(OLD.id) == OLD
    void(tmp_path, [OLD.id])
    assert reader.get(OTHER.id) is None  # looks for what is new
    assert reader.get(OLD.id) is None


@pytest.mark.parametrize("option", ["model", "judge", "dataset", "status", "prompt"])
def test_an_option_without_names_does_not_choose_all(tmp_path: Path, option: str) -> None:
    """As where the variable of a shell is empty: `--model m --prompt $PROMPTS`."""
    names: dict[str, list[str]] = {"model": ["demo-long"], option: []}
    with pytest.raises(LonghandError, match=f"--{option} names nothing"):
        ask_again.main(**names, directory=tmp_path)  # type: ignore[arg-type]
