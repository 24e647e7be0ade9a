"""What a power cut, a full disk or a hand left of the small files beside a journal never ends a job."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest
from fault_server import FaultServer
from jobs import ROWS, generate

from longhand.ask.ledger import unsettled_beside
from longhand.program.errors import LonghandError
from longhand.tables.files import read_rows

DAMAGED = {
    # The file, and what it holds; ID stands for a request's id.
    "a list of writers of zeros": (".writers", b"\0" * 4096),
    "a list of writers, a line of zeros": (".writers", b"\0" * 100 + b"\n"),
    "a list of writers, no UTF-8": (".writers", b"\xff\xff\n"),
    "endless tries": (
        "models/m/000.unanswered",
        b'{"id": "ID", "status": "failed", "attempts": Infinity, "error": "e"}\n',
    ),
    "a void beyond all bytes": (
        "voids.jsonl",
        b'{"v": 1, "void": "ID", "file": "models/m/000.jsonl", "byte": 1e400}\n',
    ),
}


@pytest.mark.parametrize(("name", "data"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_note_is_passed_over(tmp_path: Path, name: str, data: bytes) -> None:
    with FaultServer(lambda *_: "400") as server:
        generate(tmp_path, server, rows=1, min_coverage=0.0)
    (note,) = (tmp_path / "journal/models/m/000.unanswered").read_text().splitlines()
    (tmp_path / "journal" / name).write_bytes(data.replace(b"ID", json.loads(note)["id"].encode()))
    with FaultServer() as server:
        rows = read_rows(generate(tmp_path, server, budget=1.0, price={"input": 1.0, "output": 1.0}))
        assert [row["status"] for row in rows] == ["ok"] * ROWS


@pytest.mark.parametrize("halvings", [2**63 - 1, -(2**63)])
def test_a_damaged_pace_is_not_gone_on_from(tmp_path: Path, halvings: int) -> None:
    limit = tmp_path / "journal/.limits/models.m"
    limit.parent.mkdir(parents=True)
    limit.write_bytes(struct.pack("<dq", math.inf, halvings))
    with FaultServer(lambda _, before: "429" if not before else None) as server:
        assert {row["status"] for row in read_rows(generate(tmp_path, server))} == {"ok"}


def test_a_ledger_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "journal/models/m/000.sent").mkdir(parents=True)
    with FaultServer() as server, pytest.raises(LonghandError, match=r"what (is|was) sent: Is a directory .*000\.sent"):
        generate(tmp_path, server)


def test_a_record_that_is_no_number_counts_nothing(tmp_path: Path) -> None:
    record = b">" + b"f" * 64 + b" " + b"1          1" + b" " + b"           1" + b"\n"
    (tmp_path / "000.sent").write_bytes(record + record.replace(b"1          1", b"           1"))
    in_flight, _ = unsettled_beside(tmp_path / "000.jsonl")
    assert (in_flight.requests, in_flight.prompt_tokens) == (1, 1)
