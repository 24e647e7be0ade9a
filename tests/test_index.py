"""The index beside a journal saves reading, and never changes what is found."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longhand.ask import index
from longhand.ask.index_file import FILE
from longhand.ask.journal import Journal
from longhand.ask.lines import answer_keys
from longhand.ask.voids import void
from longhand.wire.answer import Answer

KEYS = [f"{n:02x}" * 32 for n in (0, 1, 2, 127, 255)] + [f"{n:064x}" for n in (7, 256)] + ["7" + "0" * 63]


def answer(key: str, text: str = "text") -> Answer:
    return Answer(key, text, "stop", 3, 5, 0.5, 1, "m")


def keep(root: Path, name: str, *answers: Answer) -> Path:
    with Journal(root) as journal, journal.file(name) as file:
        for each in answers:
            file.add(each)
    return file.path


def texts(root: Path) -> list[str | None]:
    journal = Journal(root)
    return [None if (each := journal.get(key)) is None else each.text for key in KEYS]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Which files are read, from which byte on; and the index is written for two answers and more."""
    seen = list[tuple[str, int]]()

    def noted(path: Path, start: int) -> Iterator[tuple[bytes | None, int]]:
        seen.append((path.name, start))
        return answer_keys(path, start)

    monkeypatch.setattr(index, "answer_keys", noted)
    monkeypatch.setattr(index, "MANY", 1)
    return seen


@pytest.fixture
def root(tmp_path: Path, read: list[tuple[str, int]]) -> Path:
    """A journal of two files, and an index that has both."""
    for number, name in enumerate("ab"):
        keep(tmp_path, f"models/m/d/{name}", *(answer(key, f"{name} {key}") for key in KEYS[number::2]))
    with Journal(tmp_path):
        pass
    read.clear()
    return tmp_path


EXPECTED = [f"{'ab'[n % 2]} {key}" for n, key in enumerate(KEYS)]


def test_what_the_index_has_is_not_read(root: Path, read: list[tuple[str, int]]) -> None:
    assert texts(root) == EXPECTED
    assert read == []
    path = keep(root, "models/m/d/b", answer(KEYS[0], "later"))
    size = path.stat().st_size
    keep(root, "models/m/d/b", answer(KEYS[2], "later still"))
    read.clear()
    assert texts(root) == ["later", EXPECTED[1], "later still", *EXPECTED[3:]]
    assert [name for name, _ in read] == ["b.jsonl"] and 0 < read[0][1] < size, "only what is new"


def test_it_is_written_by_a_job_that_read_much_and_by_no_plan(root: Path) -> None:
    (root / FILE).unlink()
    before = sorted(root.rglob("*"))
    assert texts(root) == EXPECTED
    assert sorted(root.rglob("*")) == before, "a plan writes nothing"
    with Journal(root):
        assert (root / FILE).exists()
    written = (root / FILE).read_bytes()
    keep(root, "models/m/d/c", answer("ee" * 32))
    with Journal(root):  # one answer is not much
        assert (root / FILE).read_bytes() == written
    assert not list(root.glob("*.partial"))


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_index_is_not_used(root: Path, read: list[tuple[str, int]], seed: int) -> None:
    chance, data = random.Random(seed), bytearray((root / FILE).read_bytes())
    place = chance.randrange(len(data))
    match seed % 4:
        case 0:
            data[place] ^= 1 << chance.randrange(8)
        case 1:
            del data[place:]
        case 2:
            data[place:] = bytes(len(data) - place)
        case 3:
            data += b"x"
    (root / FILE).write_bytes(data)
    assert texts(root) == EXPECTED
    assert {name for name, _ in read} == {"a.jsonl", "b.jsonl"}


def test_a_file_that_shrank_or_was_replaced_or_is_gone_is_read_anew(root: Path, read: list[tuple[str, int]]) -> None:
    path = root / "models/m/d/a.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:]))
    assert texts(root) == [None, *EXPECTED[1:]]
    assert read == [("a.jsonl", 0)]
    path.write_bytes(b"".join(reversed(lines)))  # of the same size
    assert texts(root) == EXPECTED
    path.unlink()
    assert texts(root) == [None if n % 2 == 0 else text for n, text in enumerate(EXPECTED)]
    (root / "models/m").rename(root / "models/renamed")
    assert texts(root)[1] == EXPECTED[1], "found under another name"


def test_a_copied_journal_has_its_index(root: Path, tmp_path: Path, read: list[tuple[str, int]]) -> None:
    for path in [path for path in root.rglob("*") if path.is_file()]:
        copy = tmp_path / "copy" / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert texts(tmp_path / "copy") == EXPECTED
    assert read == []


def test_what_a_killed_job_left_of_an_index_is_removed(root: Path) -> None:
    for name, age in (("old", 7200), ("new", 60)):
        path = root / f"{FILE}.{name}.1.partial"
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    (root / FILE).unlink()
    with Journal(root):
        pass
    assert [path.name for path in root.glob("*.partial")] == [f"{FILE}.new.1.partial"]


def test_a_full_disk_leaves_no_index(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FILE).unlink()
    (root / FILE).mkdir()  # nothing can be put in its place
    with Journal(root) as journal:
        assert journal.get(KEYS[0]) == answer(KEYS[0], EXPECTED[0])
    assert not list(root.glob("*.partial"))


def good_lines(root: Path) -> dict[str, set[str]]:
    """By plain reading: the texts that count for each request."""
    voided = set()
    with (root / "voids.jsonl").open("ab+") as file:
        file.seek(0)
        for line in file:
            note = json.loads(line)
            voided.add((note["file"], note["byte"]))
    good: dict[str, set[str]] = {key: set() for key in KEYS}
    for path in (root / "models").rglob("*.jsonl"):
        byte = 0
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                record = json.loads(line)
                counts = record["v"] == 1 and line.endswith(b"\n")
            except (ValueError, KeyError):
                counts = False
            if counts and (path.relative_to(root).as_posix(), byte) not in voided:
                good[record["id"]].add(record["text"])
            byte += len(line)
    return good


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_same_is_found_as_by_reading_all(tmp_path: Path, read: object, seed: int) -> None:
    chance = random.Random(seed)
    for turn in range(25):
        path = tmp_path / f"models/m/d/{chance.choice('abc')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = bytearray(path.read_bytes() if path.exists() else b"")
        match chance.randrange(8):
            case 0 | 1 | 2:
                keep(
                    tmp_path, f"models/m/d/{path.stem}", *(answer(key, f"{turn} {key}") for key in KEYS[turn % 3 :: 3])
                )
            case 3:  # a line of another version, a half line, a damaged line
                line = json.dumps({"v": 1, "id": chance.choice(KEYS), "text": "t"})
                path.write_bytes(data + chance.choice(['{"v": 2}\n', line[:-4], line[:-4] + "}\n", "\n"]).encode())
            case 4 if data:
                place = chance.randrange(len(data))
                path.write_bytes(data[:place] + b"\0" + data[place + 1 :])
            case 5:
                void(tmp_path, chance.sample(KEYS, 2))
            case 6:
                path.unlink(missing_ok=True)
            case 7:
                (tmp_path / FILE).unlink(missing_ok=True)
        with Journal(tmp_path) as journal:
            for key, good in good_lines(tmp_path).items():
                kept = journal.get(key)
                assert (kept is None and not good) or (kept is not None and kept.text in good), (turn, key)
