"""The form of the reader's side files, whatever stands in their texts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from browse_files import listed, unpacked

from longhand.browse.folder import size_line
from longhand.browse.offsets import Offsets
from longhand.browse.side_files import LARGEST, write_list_file, write_side_file
from longhand.program.errors import LonghandError
from longhand.tables.in_step import rows_in_step

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"); alert(1); ("',
    "\u2028\u2029\ufeff",
    "\0\x1b[31m",
    "\u202eright to left\u202c",
    "x" * 5_000_000,
    "\U0001f600\U00020000",
    "",
]


def test_any_text_comes_back_from_ascii(tmp_path: Path) -> None:
    write_side_file(tmp_path, "texts/a+b/m.1/0", {"texts": HOSTILE})
    assert unpacked(tmp_path, "texts/a+b/m.1/0") == {"texts": HOSTILE}
    write_side_file(tmp_path, "run", {"title": "half \ud83d a pair"})
    assert unpacked(tmp_path, "run") == {"title": "half ? a pair"}
    with pytest.raises(ValueError, match="Out of range float"):
        write_side_file(tmp_path, "run", {"score": float("nan")})


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    write_side_file(tmp_path, "run", {"texts": HOSTILE})
    before = (tmp_path / "run.js").read_bytes()
    assert before[:22] == b'longhand.load("run","H'
    write_side_file(tmp_path, "run", {"texts": HOSTILE})
    assert (tmp_path / "run.js").read_bytes() == before


def test_a_long_list_goes_on_in_further_files(tmp_path: Path) -> None:
    """Of texts that gzip cannot make smaller, no file is over 2 MB, but that of one longer text."""
    dice = random.Random(1)
    rows = [{"text": dice.randbytes(n).hex()} for n in (300_000, 300_000, 200_000, 10, 1_500_000, 5)]
    write_list_file(tmp_path, "verdicts/d/m/0", rows)
    assert listed(tmp_path, "verdicts/d/m/0") == rows
    parts = [unpacked(tmp_path, name)["rows"] for name in ("verdicts/d/m/0", "verdicts/d/m/0.1", "verdicts/d/m/0.2")]
    assert [len(part) for part in parts] == [2, 2, 1] and unpacked(tmp_path, "verdicts/d/m/0")["more"] == 3
    unshrinkable = "".join(map(chr, dice.choices(range(0x20000, 0x3FFFF), k=LARGEST // 4 - 10)))
    assert write_side_file(tmp_path, "most", {"text": unshrinkable}) < 2_000_000
    write_list_file(tmp_path, "none", [])
    assert unpacked(tmp_path, "none") == {"rows": [], "more": 0}
    assert size_line(tmp_path).startswith("6 files, ")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "texts").write_text("no folder")
    with pytest.raises(LonghandError, match="cannot write a file of the reader"):
        write_side_file(tmp_path, "texts/0", {})


def test_places_are_counted_as_javascript_counts() -> None:
    text = "a\U0001f600b\U00020000\U00020001c"
    places = [len(text[:i].encode("utf-16-le")) // 2 for i in range(len(text) + 1)]
    assert [Offsets(text).of(i) for i in range(len(text) + 1)] == places == [0, 1, 3, 4, 6, 8, 9]


def test_tables_in_step() -> None:
    rows = [{"k": 1, "v": "a"}, {"k": 1, "v": "b"}, {"k": 3, "v": "c"}]
    assert [[row["v"] for row in each] for each in rows_in_step([(1,), (2,), (3,)], rows, ["k"], "t")] == [
        ["a", "b"],
        [],
        ["c"],
    ]
    for keys in ([(1,), (2,)], [(3,), (1,)], []):
        with pytest.raises(LonghandError, match="rows of another"):
            list(rows_in_step(keys, rows, ["k"], "t"))
