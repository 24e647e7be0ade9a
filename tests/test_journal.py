"""The journal keeps what was answered, whatever happens to the writer."""

from __future__ import annotations

import dataclasses
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from longhand.ask.journal import Journal
from longhand.ask.lines import read_answers
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer


def answer(n: int, text: str = "text") -> Answer:
    return Answer(f"{n:064x}", text, "stop", 3, 5, 0.5, 1, "m")


def test_answers_are_found_again(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        assert journal.get(answer(1).id) is None
        file.add(answer(1, "línea\nzwei \u2028 三"))
        assert journal.get(answer(1).id).text == "línea\nzwei \u2028 三"
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        assert journal.get(answer(1).id) == answer(1, "línea\nzwei \u2028 三")


def test_answers_of_other_jobs_are_found(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, journal.file("d/000") as file:
        file.add(answer(1))
    with Journal(tmp_path) as journal, journal.file("e/007") as file:  # another shard count, another dataset
        assert journal.get(answer(1).id) == answer(1)
        assert file.path.stat().st_size == 0


def test_more_files_than_a_process_may_open(tmp_path: Path) -> None:
    for n in range(300):
        with Journal(tmp_path) as journal, journal.file(f"d/{n:03d}") as file:
            file.add(answer(n))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        with Journal(tmp_path) as journal, journal.file("own") as file:
            assert [journal.get(answer(n).id) for n in range(300)] == [answer(n) for n in range(300)]
            assert journal.claim(answer(300).id)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("tail", ["", '{"v": 1, "id": "', "x" * 200_000, '{"v": 1, "id": "' + "0" * 64 + '", "te}'])
def test_a_torn_last_line_is_dropped(tmp_path: Path, tail: str) -> None:
    with Journal(tmp_path) as journal, journal.file("s") as file:
        file.add(answer(1))
    with file.path.open("a") as torn:
        torn.write(tail)
    with Journal(tmp_path) as journal, journal.file("s") as file:
        file.add(answer(2))
    with Journal(tmp_path) as journal, journal.file("s") as file:
        assert journal.get(answer(1).id) == answer(1)
        assert journal.get(answer(2).id) == answer(2)
        assert journal.get("0" * 64) is None


def test_damaged_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    damaged = '{"v": 1, "id": "' + "0" * 64 + '", "text": "abc}\n'
    (tmp_path / "s.jsonl").write_text(damaged + '{"v": 0, "key": 1}\nnot json\n\n')
    with Journal(tmp_path) as journal, journal.file("s") as file:
        assert journal.get("0" * 64) is None
        file.add(answer(0))
        assert journal.get(answer(0).id) == answer(0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "null"),
        ("text", '"half \\ud800"'),
        ("finish_reason", '"\\udc00"'),
        ("finish_reason", "[]"),
        ("model", "5"),
        ("prompt_tokens", "true"),
        ("prompt_tokens", "1" + "0" * 30),
        ("completion_tokens", "-1"),
        ("completion_tokens", "3.5"),
        ("seconds", "NaN"),
        ("seconds", '"1"'),
        ("seconds", "1" + "0" * 400),
        ("attempts", "null"),
        ("attempts", "9" * 5000),
        ("text", "[" * 200_000),
        ("more", "1"),
    ],
)
def test_a_line_that_no_table_can_hold_is_as_good_as_never_answered(tmp_path: Path, field: str, value: str) -> None:
    record = {key: json.dumps(each) for key, each in dataclasses.asdict(answer(1)).items()} | {field: value}
    line = '{"v": 1, ' + ", ".join(f'"{key}": {each}' for key, each in record.items()) + "}\n"
    (tmp_path / "s.jsonl").write_text(line)
    assert list(read_answers(tmp_path / "s.jsonl")) == []
    with Journal(tmp_path) as journal, journal.file("s") as file:
        assert journal.get(answer(1).id) is None
        file.add(answer(1))
        assert journal.get(answer(1).id) == answer(1)


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    child = (
        "import sys, time; from pathlib import Path; from longhand.ask.journal import *\n"
        f"with Journal(Path({str(tmp_path)!r})) as journal, journal.file('s') as file:\n"
        "    print('locked', flush=True); time.sleep(1); file.add(Answer('1'*64, 't', 'stop', 1, 1, 1.0, 1))"
    )
    first = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, env={"PYTHONPATH": "scripts"})
    assert first.stdout.readline() == b"locked\n"
    with Journal(tmp_path) as journal, journal.file("s"):
        assert journal.get("1" * 64) is not None, "the first writes it when it has slept"
    first.wait()


def test_a_full_disk_is_told_in_one_line_and_tears_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(tmp_path) as journal, journal.file("s") as file:
        file.add(answer(1))
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # what a full disk looks like to a writer
            with pytest.raises(LonghandError, match="cannot write the journal.*free some disk space"):
                file.add(answer(2, "x" * 2000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.path.stat().st_size < 1000  # the part of the second line that went in is gone again
    with Journal(tmp_path) as journal, journal.file("s") as file:
        assert journal.get(answer(1).id) == answer(1)
        assert journal.get(answer(2).id) is None
