"""Datasets made of documents: which texts of a folder or file count, and what is asked about each."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longhand.jobs.templates import made_with_templates
from longhand.made.documents import documents_in
from longhand.program.errors import LonghandError
from longhand.prompts.folders import text_files
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS
from make_prompts import main as make_prompts

EVENLY = {"fact": 1, "summary": 1, "reasoning": 1, "places": 1}
SETTINGS = {"path": "", "text": "text", "queries": 1, "kinds": EVENLY, "words": None, "number": None, "prompts": {}}
FOG = "The fog came in at night. The keeper of the lighthouse rang his bell."
TEA = "茶从山里运到港口。商人用船把茶运到海外。"


def of_documents(folder: Path, path: Path, seed: int = 42, **settings: Any) -> tuple[list[Row], dict[str, int]]:
    """The rows that the step writes, and filter -> documents that it dropped (of "all": all documents)."""
    made = made_with_templates({"made": {"documents": SETTINGS | settings}}, "made", folder)
    out, filters = folder / "made.parquet", folder / "filters.parquet"
    make_prompts(name="made", made=json.dumps(made), seed=seed, documents=path, out=out, filters=filters)
    counted = list(read_rows(filters))
    rows = list(read_rows(out, PROMPTS))
    queries = (SETTINGS | settings)["queries"]
    assert counted[-1]["left"] * queries == len(rows) == len({row["prompt_id"] for row in rows})
    assert counted[0]["left"] - sum(row["dropped"] for row in counted) == counted[-1]["left"]
    return rows, {row["filter"]: row["dropped"] or row["left"] * (row["filter"] == "all") for row in counted}


def write_folder(folder: Path, number: int) -> Path:
    """A folder of so many English texts, each of its own."""
    folder.mkdir()
    for n in range(number):
        (folder / f"{n:03d}.txt").write_text(f"Chapter {n:03d}. {FOG}")
    return folder


def contexts(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row["context"] for row in rows))


def test_the_texts_of_a_folder_are_read_in_order_and_the_others_counted(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "b" / ".git").mkdir(parents=True)
    os.mkfifo(folder / "pipe.txt")
    (folder / "b" / "two.MD").write_bytes(b"\xef\xbb\xbf" + TEA.encode() + b"\r\n\r\nmore\r")
    (folder / "a.txt").write_text(f"\n  {FOG}\n", encoding="utf-16")
    (folder / "c {x}\n$(rm -rf).txt").write_text("A name that no shell should see.")
    Path(os.fsdecode(os.fsencode(folder) + b"/d\xff.txt")).write_text("A name in no encoding.")
    for name, content in {
        "e.txt": b" \n*** \n",
        "f.txt": "茶".encode("gb18030"),
        "g.txt": b"binary \0 text",
        "h.txt": FOG.encode(),
        "i.pdf": b"no text",
        ".hidden.txt": b"hidden",
        "b/.git/j.txt": b"hidden",
    }.items():
        (folder / name).write_bytes(content)
    (folder / "b" / "circle").symlink_to(folder)
    (folder / "b" / "self.txt").symlink_to(folder / "b" / "self.txt")
    (folder / "k.txt").symlink_to(folder / "gone.txt")
    (folder / "b" / "named").write_text("A text that a link names.")
    (folder / "l.txt").symlink_to(folder / "b" / "named")
    rows, counts = of_documents(tmp_path, folder)
    names = ["A name that no shell should see.", "A name in no encoding.", "A text that a link names."]
    assert contexts(rows) == [FOG, f"{TEA}\n\nmore", *names]
    assert [row["language"] for row in rows] == ["en", "zh", "en", "en", "en"]
    assert counts == {"all": 9, "unreadable": 2, "empty": 1, "equal": 1, "words": 0, "over_number": 0}


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "texts", 2)
    (tmp_path / "private.txt").write_text("A text that nobody meant to send.")
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "link.txt").symlink_to("../../../private.txt")
    with pytest.raises(LonghandError, match=r"the link leads out of the folder \(.*/a/b/link.txt\)"):
        text_files(folder)


def test_the_log_names_the_first_that_a_filter_drops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "texts", 2)
    (folder / "\x1b[31mred\n.txt").write_bytes(b"\xff\xfe\x00")
    of_documents(tmp_path, folder)
    assert capsys.readouterr().out == "2 prompts of 3 documents: 1 unreadable (first: red .txt)\n"


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_file_of_texts(tmp_path: Path, ending: str) -> None:
    file, texts = tmp_path / f"texts.{ending}", [FOG, None, TEA, f"{FOG}\n", "one two three"]
    if ending == "jsonl":
        file.write_text("".join(json.dumps({"body": text}) + "\n" for text in texts))
    elif ending == "csv":
        file.write_text("body\n" + "".join(f'"{text or ""}"\n' for text in texts))
    else:
        pq.write_table(pa.table({"body": texts}), file)
    rows, counts = of_documents(tmp_path, file, text="body", words=[4, 20])
    assert contexts(rows) == [FOG, TEA]
    assert counts == {"all": 5, "unreadable": 0, "empty": 1, "equal": 1, "words": 1, "over_number": 0}


def test_the_bounds_of_words_are_kept_in(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": "word " * n}) + "\n" for n in (2, 3, 5, 6)))
    assert [len(row["context"].split()) for row in of_documents(tmp_path, file, words=[3, 5])[0]] == [3, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"body": "a"}', "there is no column 'text', only: body (FILE line 1)"),
        ('{"text": ["a"]}', "'text' is list, not text (FILE line 1)"),
        ('{"text": "."}\n{"text": ""}', "not one of 2 documents is left: 2 empty (first: line 1) (dataset made)"),
    ],
)
def test_a_file_without_texts_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(content)
    with pytest.raises(LonghandError, match=re.escape(message.replace("FILE", str(file)))):
        of_documents(tmp_path, file)
    assert not list(tmp_path.glob("*.parquet"))


def test_a_folder_without_texts_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").touch()
    with pytest.raises(LonghandError, match="the folder has no .txt or .md files"):
        text_files(tmp_path)


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "endless.txt").open("wb") as file:
        file.truncate((64 << 20) + 1)
    assert list(documents_in(tmp_path, "text")) == [("endless.txt", None)]


def test_kinds_are_spread_over_each_document_and_over_all(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "texts", 200)
    rows, _ = of_documents(tmp_path, folder, queries=4)
    assert [rows[at]["context"] for at in range(0, 800, 4)] == contexts(rows), "rows of a document stand together"
    for at in range(0, 800, 4):
        assert {row["category"] for row in rows[at : at + 4]} == set(EVENLY)
    first = Counter(row["category"] for row in rows[::4])
    assert all(30 < first[kind] < 75 for kind in EVENLY)  # 50 each, on average
    uneven, _ = of_documents(tmp_path, folder, kinds={"summary": 1, "fact": 3})
    shares = Counter(row["category"] for row in uneven)
    assert shares.keys() == {"fact", "summary"} and 125 < shares["fact"] < 175


def test_a_further_query_of_a_kind_says_so(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tea.md").write_text(TEA)
    (tmp_path / "mine.txt").write_text("第{number}个：{wanted}")
    mine = {"queries": 3, "kinds": {"fact": 1}, "prompts": {"again": {"zh": "mine.txt"}}}
    rows, _ = of_documents(tmp_path, tmp_path / "texts", **mine)
    first = rows[0]["prompt"]
    assert [row["prompt"] for row in rows] == [first, f"第2个：{first}", f"第3个：{first}"]


def test_what_is_drawn_depends_on_the_seed_and_the_text_alone(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "texts", 60)

    def drawn(number: int | None = 20, seed: int = 42, queries: int = 2) -> list[tuple[str, str]]:
        rows, counts = of_documents(tmp_path, folder, seed, number=number, queries=queries)
        assert counts["over_number"] == counts["all"] - (number or counts["all"])
        return [(row["context"], row["prompt"]) for row in rows]

    some = drawn()
    assert [text for text, _ in some] == sorted(text for text, _ in some), "in the order of the folder"
    assert set(some) < set(drawn(30)) < set(drawn(None)) and set(some) < set(drawn(queries=5))
    assert len({text for text, _ in some} & {text for text, _ in drawn(seed=43)}) < 15, "6.7 of 20 on average"
    assert sum(one[1] != other[1] for one, other in zip(drawn(None), drawn(None, seed=43), strict=True)) > 60
    (folder / "000 new.txt").write_text("Another text.")
    assert len(set(some) & set(drawn())) >= 38, "a new text takes the place of one at most"
    names = [path.name for path in folder.iterdir()]
    random.Random(0).shuffle(names)
    for name, other in zip(sorted(names), names, strict=True):
        (folder / name).rename(folder / f"x{other}")
    assert len(set(some) & set(drawn())) >= 38, "names do not count"
