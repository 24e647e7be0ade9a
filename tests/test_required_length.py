"""longhand.prompts.required_length: the length that a careful person reads in a writing request."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st

from longhand.prompts.numerals import find_numbers, plain
from longhand.prompts.required_length import LONGEST, read_required
from longhand.text.requirement import Requirement

FILES = [Path(__file__).with_name(f"required_length_{name}.txt") for name in ("cases", "hostile")]
CASES = [case for file in FILES for case in file.read_text(encoding="utf-8").split("\n\n# ")[1:]]


def shown(read: Requirement | None) -> str:
    """As in the file of cases."""
    if read is None:
        return "None"
    if read.constraint == "range":
        return f"{read.required_min}-{read.required_max}"
    return {"about": "", "above": ">", "below": "<"}[read.constraint] + str(read.stated)


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.split("\n")[0])
def test_what_is_read(cases: str) -> None:
    expected = {}
    for line in cases.strip().splitlines()[1:]:
        answer, texts = line.split(": ", 1)
        texts = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), texts.replace(r"\n", "\n"))
        expected |= dict.fromkeys(texts.split(" | "), answer)
    assert len(expected) >= 8
    assert {text: shown(read_required(text)) for text in expected} == expected


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("about 300 words", ("about", 300, None, None)),
        ("300-400 words", ("range", None, 300, 400)),
        ("at least 300 words", ("above", None, 300, None)),
        ("at most 300 words", ("below", None, None, 300)),
    ],
)
def test_each_constraint_has_its_own_lengths(text: str, fields: tuple) -> None:
    assert read_required(text) == fields


def test_the_numbers_of_a_text() -> None:
    text = plain("３ of 1,200.5 or twelve hundred and a half, 两万零三十, 1.5-2k, 九百一, 八九十, 12 345, ½3, 1万2")
    values = [(number.low, number.high) for number in find_numbers(text)]
    assert values == [
        *((3, 3), (0, 0), (1200, 1200), (20030, 20030), (1500, 1500), (2000, 2000), (910, 910), (80, 90)),
        *((12345, 12345), (0, 0), (12000, 12000)),
    ]


PIECES = [
    "9",
    "字",
    " ",
    ",",
    "，",
    "一",
    "百",
    "1,",
    "1 ",
    "1.",
    "one ",
    "one and ",
    "不",
    "数",
    "第",
    "a-",
    "\n",
    "(",
    "至",
]
DENSE = [
    "500字",
    "500 words ",
    "不少于500字，",
    "每500字",
    "each 5 of 50 words ",
    "字数500",
    "500\n",
    "500-",
    "1千5",
    "aaa 5 ",
]
DENSE += ["between 50 and ", "limit a b c to 50 ", "five hundred and ", "summarize the 50 word ", "，第一段50字"]


@pytest.mark.parametrize("piece", PIECES + DENSE)
def test_time_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text, times = piece * (size // len(piece)), []
        for _ in range(2):
            start = time.process_time()
            read_required(text)
            times.append(time.process_time() - start)
        return min(times)

    size = 20_000 if piece in DENSE else 200_000
    # Another program may have had the core: it has to be longer each time.
    linear = any(seconds(size) < 10 * max(seconds(size // 4), 0.002) for _ in range(3))
    assert linear, "four times the text takes four times as long"


@pytest.mark.parametrize(
    "text", ["9" * 5000 + " words", "9," * 5000 + "9字", "万" * 5000 + "字", "one " * 5000 + "words"]
)
def test_numbers_without_end_are_none(text: str) -> None:
    assert read_required(text) is None


FRAGMENTS = (
    "500 1,000 3 0 00 ½ k . , ， - ~ 到 words word 字 个 字数 千 万 一 三 几 多 两 one hundred thousand and at least"
)
FRAGMENTS += " no more than 不少于 以内 每 各 篇 标题 ( ) 第 title each of total 这篇 \n summarize"


@given(st.lists(st.sampled_from([*FRAGMENTS.split(" "), " "])).map("".join) | st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    read = read_required(text)
    if read:
        lengths = [length for length in read[1:] if length is not None]
        assert lengths and lengths == sorted(lengths) and lengths[0] >= 1 and lengths[-1] <= 100 * LONGEST
    wide = text.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    assert read_required(wide) == read


# --- the reference sets, where they lie beside the checkout


def upstream(name: str) -> list[dict]:
    path = SHARED / "upstream" / name
    if not path.exists():
        pytest.skip(f"the published data are not beside the checkout: {name}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def number_or_range(read: Requirement | None) -> int | list | None:
    return [read.required_min, read.required_max] if read and read.constraint == "range" else read and read.stated


def test_it_agrees_with_the_careful_reader(golden) -> None:
    rows = golden("required_length.jsonl")
    wrong = [
        row["prompt"][:80] for row in rows if number_or_range(read_required(row["prompt"])) != row["careful_reader"]
    ]
    assert not wrong, f"{len(wrong)} of {len(rows)}"


def test_longbench_write() -> None:
    """Its column has the upper end of the two ranges, and a length for four requests that state none."""
    rows = [(row["prompt"], row["length"]) for row in upstream("longbench_write.jsonl")]
    read = {prompt: read_required(prompt) for prompt, _ in rows}
    agree = [prompt for prompt, length in rows if (r := read[prompt]) and length == (r.stated or r.required_max)]
    silent = [prompt for prompt, _ in rows if not re.search(r"\bwords?\b|[字词]", prompt)]
    assert (len(rows), len(agree), len(silent)) == (120, 116, 4)
    assert not any(read[prompt] for prompt in silent)


def test_longwrite_ruler() -> None:
    rows = upstream("longwrite_ruler.jsonl")
    assert len(rows) == 48
    assert [read_required(row["prompt"]) for row in rows] == [Requirement("about", row["length"]) for row in rows]


def test_longen() -> None:
    """Its column `constraint` is read in every row; its requests say the same but for those that do not repeat it."""
    rows = upstream("LonGen.jsonl")
    stated = [(row["type"], [int(n) for n in re.findall(r"\d+", row["constraint"])]) for row in rows]

    def same(text: str, kind: str, numbers: list[int]) -> bool:
        read = read_required(text)
        return read is not None and (read[0], [n for n in read[1:] if n is not None]) == (kind, numbers)

    assert sum(same(row["constraint"], *there) for row, there in zip(rows, stated, strict=True)) == len(rows) == 240
    repeated = sum(same(row["query"], *there) for row, there in zip(rows, stated, strict=True))
    print(f"{repeated} of 240 requests of LonGen say what their constraint says")
    assert repeated >= 231
