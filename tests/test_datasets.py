"""Prompts from files, their ids and their shards."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import SHARED

from longhand.config.load import load_config
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts, prompt_id
from longhand.prompts.file_kinds import kind_of
from longhand.prompts.shards import longest_first, shard_of
from longhand.prompts.sources import read_source
from longhand.tables.files import TableWriter, open_table, read_rows, read_table, write_table
from longhand.tables.schemas import PROMPTS
from prepare_prompts import main as prepare

ROWS = [{"q": "Write.", "n": 100, "t": "a"}, {"q": "写一篇文章。", "n": None, "t": None}]
FIELDS = {"prompt": "q", "required": "n", "category": "t"}


def written(folder: Path, kind: str) -> Path:
    path = folder / f"prompts.{kind}"
    if kind == "jsonl":
        path.write_text("\n\n".join(json.dumps(row) for row in ROWS), encoding="utf-8-sig")
    elif kind == "csv":
        path.write_text("q,n,t\nWrite.,100,a\n写一篇文章。,,\n", encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_the_same_prompts_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    rows = list(prepare_prompts("d", FIELDS, written(tmp_path, kind), kind))
    assert [(r["prompt"], r["required"], r["category"], r["language"], r["constraint"]) for r in rows] == [
        ("Write.", 100, "a", "en", "about"),
        ("写一篇文章。", None, None, "zh", None),
    ]
    assert [r["prompt_id"] for r in rows] == [prompt_id("d", r["prompt"], None) for r in rows]


def test_a_column_with_our_name_need_not_be_named(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    rows = [{"prompt": "Write.", "required": 100.0, "category": "a"}, {"prompt": "Sing.", "required": float("nan")}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    rows = list(prepare_prompts("d", {"prompt": "prompt", "category": None}, path, "parquet"))
    assert [(row["required"], row["category"]) for row in rows] == [(100, None), (None, None)]


@pytest.mark.parametrize("length", ["1,200", " 1200 ", 1200, 1200.0])
def test_lengths_as_people_write_them(tmp_path: Path, length: object) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"prompt": "Write.", "required": length}))
    (row,) = prepare_prompts("d", {"prompt": "prompt"}, path, "jsonl")
    assert row["required"] == 1200


STATED = [
    {"q": "Write at least 300 words.", "n": None},
    {"q": "写一首八百字以内的诗。", "n": None},
    {"q": "Write 300-400 words.", "n": None},
    {"q": "Write 500 words.", "n": 700},
    {"q": "Write.", "n": None},
]


def in_file(folder: Path, rows: list[dict]) -> Path:
    path = folder / "stated.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def lengths_of(row: dict) -> tuple:
    return row["constraint"], row["required"], row["required_min"], row["required_max"]


def test_lengths_are_read_from_the_text_where_that_is_asked_for(tmp_path: Path) -> None:
    path, counts = in_file(tmp_path, STATED), Counter()
    fields = {"prompt": "q", "required": "n"}
    rows = prepare_prompts("d", fields | {"stated": "q"}, path, "jsonl", lengths=counts)
    assert [lengths_of(row) for row in rows] == [
        ("above", None, 300, None),
        ("below", None, None, 800),
        ("range", None, 300, 400),
        ("about", 700, None, None),  # its own number wins
        (None, None, None, None),
    ]
    assert counts == {"read": 3, "none": 1, "own": 1}
    for unread in ({}, {"stated": None}):
        assert [row["required"] for row in prepare_prompts("d", fields | unread, path, "jsonl")].count(None) == 4


def test_the_log_counts_lengths_that_were_read_and_that_are_not_there(tmp_path: Path, capsys) -> None:
    fields = json.dumps({"prompt": "q", "required": "n", "stated": "q"})
    prepare(name="d", fields=fields, kind="jsonl", file=in_file(tmp_path, STATED), out=tmp_path / "prompts.parquet")
    assert (
        capsys.readouterr().out
        == "5 prompts, 4 with a required length\nlengths: 3 read from 'q', 1 not stated there, 1 of the rows' own\n"
    )


def test_a_text_column_with_the_name_of_one_of_ours(tmp_path: Path) -> None:
    path = in_file(tmp_path, [{"prompt": "Write.", "constraint": "大约2000字", "stated": "900 words"}])
    (row,) = prepare_prompts("d", {"prompt": "prompt", "stated": "constraint"}, path, "jsonl")
    assert lengths_of(row) == ("about", 2000, None, None)
    (row,) = prepare_prompts("d", {"prompt": "prompt", "constraint": None}, path, "jsonl")
    assert row["required"] is None, "a column named `stated` is not read without being named"


@pytest.mark.parametrize(
    ("constraint", "text", "expected"),
    [
        ("above", "a 300-word essay", ("above", None, 300, None)),
        ("below", "a 300-word essay", ("below", None, None, 300)),
        ("about", "at most 300 words", ("about", 300, None, None)),
        ("range", "300-400 words", ("range", None, 300, 400)),
        ("above", "an essay", ("above", None, None, None)),
        ("above", "300-400 words", "constraint is above, but the text states range 300-400 words"),
        ("range", "300 words", "constraint is range, but the text states about 300 words"),
        ("below", "at least 300 words", "constraint is below, but the text states above 300 words"),
        ("longer", "300 words", "constraint is 'longer'"),
    ],
)
def test_a_constraint_of_the_row_wins_over_that_of_the_text(
    tmp_path: Path, constraint: str, text: str, expected: tuple | str
) -> None:
    path = in_file(tmp_path, [{"prompt": text, "constraint": constraint}])
    rows = prepare_prompts("d", {"prompt": "prompt", "stated": "prompt"}, path, "jsonl")
    if isinstance(expected, tuple):
        assert lengths_of(next(rows)) == expected
    else:
        with pytest.raises(LonghandError, match=rf"{expected}.*stated.jsonl line 1\); fix: "):
            next(rows)


@pytest.mark.skipif(not SHARED.exists(), reason="the published data are not beside the checkout")
def test_every_length_of_longen_is_read() -> None:
    fields, counts = load_config({}).datasets["longen"]["fields"], Counter()
    rows = list(prepare_prompts("longen", fields, SHARED / "upstream/LonGen.jsonl", "jsonl", lengths=counts))
    assert counts == {"read": 240}
    shapes = Counter((row["constraint"], *(length is not None for length in lengths_of(row)[1:])) for row in rows)
    assert shapes == {
        ("about", True, False, False): 60,
        ("range", False, True, True): 60,
        ("above", False, True, False): 60,
        ("below", False, False, True): 60,
    }


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"prompt": "../../etc \\ud800 \\u0000 <script>"}\n')
    (row,) = prepare_prompts("d", {"prompt": "prompt"}, path, "jsonl")
    write_table(tmp_path / "t.parquet", [row], PROMPTS, "test")
    (back,) = read_rows(tmp_path / "t.parquet", PROMPTS)
    assert back["prompt"] == "../../etc ? \0 <script>"


@pytest.mark.parametrize("required", [2**63, 2**64, 10**400, 1e300, "9" * 30, 2**53 + 2])
def test_a_length_that_no_table_can_hold(tmp_path: Path, required: float | str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"prompt": "Write.", "required": required}))
    with pytest.raises(LonghandError, match="not a positive whole number of words"):
        list(prepare_prompts("d", {"prompt": "prompt"}, path, "jsonl"))


def test_parquet_with_damaged_pages(tmp_path: Path) -> None:
    """The footer is whole, so that the file opens; what is wrong shows when the pages are read."""
    path, rows = (
        tmp_path / "p.parquet",
        [{**dict.fromkeys(PROMPTS.names), "prompt_id": f"{n:016x}"} for n in range(600)],
    )
    write_table(
        path, (row | {"prompt": f"Write {row['prompt_id']}.", "language": "en"} for row in rows), PROMPTS, "test"
    )
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes(200) + whole[240:])
    for read in (
        lambda: list(prepare_prompts("d", {"prompt": "prompt"}, path, "parquet")),
        lambda: list(read_rows(path)),
    ):
        with pytest.raises(LonghandError, match=r"p\.parquet"):
            read()
    with pytest.raises(LonghandError, match="delete it; it will be made again"):
        read_table(path)


def test_the_kind_of_a_file_is_that_of_its_address_without_the_query() -> None:
    for url in ("https://h/a/b.jsonl", "https://h/a/b.jsonl?download=true", "https://h/b.jsonl?x=/c.csv#d.csv"):
        assert kind_of({"url": url}) == "jsonl"
    assert kind_of({"path": "my/what?.csv"}) == "csv"


def test_shards_are_even_and_do_not_move() -> None:
    ids = [prompt_id("d", str(n), None) for n in range(4000)]
    counts = Counter(shard_of(i, 8) for i in ids)
    assert min(counts.values()) > 400
    assert shard_of("0123456789abcdef", 8) == 1, "another value would rearrange the shards of every user's runs"


def test_the_longest_are_asked_first() -> None:
    lengths = {"required_min": None, "required_max": None}
    rows = [{"required": n, **lengths} for n in (100, 20000, None, 3000)]
    assert [row["required"] for row in longest_first(rows)] == [None, 20000, 3000, 100]


def test_a_csv_cell_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("prompt\n" + "word " * 100_000 + "\n")
    assert len(next(read_source(path, "csv"))[1]["prompt"]) == 500_000


def test_a_shipped_dataset_can_be_changed_in_part() -> None:
    config = load_config({"datasets": {"longbench-write": {"ranges": [0, 100]}, "longhand-mini": {"path": "x.csv"}}})
    assert config.datasets["longbench-write"]["ranges"] == [0, 100]
    assert len(config.datasets["longbench-write"]["sha256"]) == 64
    assert config.datasets["longhand-mini"]["path"] == "x.csv"


def test_a_table_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    row = dict.fromkeys(PROMPTS.names) | {"prompt_id": "a", "prompt": "p", "language": "en"}
    with pytest.raises(RuntimeError), TableWriter(path, PROMPTS, "test") as table:
        table.write(row)
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    for bad in ({"prompt_id": None}, {"required": "x"}, {"more": 1}):
        with pytest.raises(LonghandError):
            write_table(path, [row | bad], PROMPTS, "test")
    assert not list(tmp_path.iterdir())


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    row = dict.fromkeys(PROMPTS.names) | {"prompt_id": "a", "prompt": "p", "language": "en"}
    for name in ("a", "b"):
        write_table(tmp_path / name, [row] * 1000, PROMPTS, "test")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_damaged_table_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(LonghandError, match="not a readable Parquet table"):
        open_table(tmp_path / "t.parquet")
    write_table(tmp_path / "u.parquet", [], pa.schema([("x", pa.int64())]), "test")
    with pytest.raises(LonghandError, match="column 'prompt_id' is missing"):
        open_table(tmp_path / "u.parquet", PROMPTS)
