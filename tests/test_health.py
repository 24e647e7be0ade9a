"""Text health: shares by the plain definition, and what a careful reader calls looped, cut off or foreign."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longhand.text.health import Health, health, is_closed
from longhand.text.length import count_longen
from longhand.text.repetition import NGRAM, overlap, repeated_share, tokens_of

TOKEN = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]|[^\s\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]+")


def plain_runs(text: str) -> list[tuple[str, ...]]:
    tokens = TOKEN.findall(text)
    return [tuple(tokens[i : i + NGRAM]) for i in range(len(tokens) - NGRAM + 1)]


def plain_share(text: str) -> float:
    runs = plain_runs(text)
    return 1 - len(set(runs)) / len(runs) if runs else 0


few = st.lists(
    st.sampled_from(["a", "ab", "b", "é", "\U00020000", "字", "。", "Ａ", " ", "\n", "\u3000"]), max_size=120
)
texts = st.one_of(st.text(), few.map("".join), st.tuples(few, few).map(lambda p: "".join(p[0] * 3 + p[1] + p[0])))


@given(texts, texts)
@settings(max_examples=500, deadline=None)
def test_shares_are_those_of_the_plain_definition(one: str, other: str) -> None:
    assert [one[a:b] for a, b in zip(tokens_of(one).starts, tokens_of(one).ends, strict=True)] == TOKEN.findall(one)
    assert repeated_share(one) == pytest.approx(plain_share(one))
    a, b = set(plain_runs(one + other)), set(plain_runs(other))
    assert overlap(one + other, other) == pytest.approx(len(a & b) / min(len(a), len(b)) if a and b else 0)
    assert health(one, "en").repeated_13gram_share == repeated_share(one)


def test_shares_of_long_texts() -> None:
    for n, text in enumerate((prose(9000), chinese(9000), prose(5000) + chinese(5000))):
        cut = text[: 1000 + 700 * n]
        again = text + "\n" + cut + text[:5000:2]
        assert repeated_share(again) == pytest.approx(plain_share(again)) != 0
        assert overlap(again, text) == 1 != overlap(again, cut + prose(300, 9))


def test_hashes_are_the_same_in_every_process() -> None:
    assert tokens_of("the 字").hashes.tolist() == tokens_of("字\tthe").hashes.tolist()[::-1]
    assert tokens_of("the 字").hashes.tolist() == [4604369466024044213, 6225874400798775408]


def prose(words: int, seed: int = 0) -> str:
    """Words without sense, that hardly ever repeat."""
    draw = random.Random(seed)
    made = ("".join(draw.choices("bdfgklmnprst", k=1) + draw.choices("aeiou", k=1)) for _ in range(3 * words))
    return " ".join("".join(next(made) for _ in range(3)) for _ in range(words))


COMMON = [character for character in map(chr, range(0x5200, 0x5F00)) if not character.isnumeric()]


def chinese(characters: int, seed: int = 0) -> str:
    """Characters without sense, that hardly ever repeat; no numerals."""
    return "".join(random.Random(seed).choices(COMMON, k=characters))


SENTENCE = "And so the river went on to the sea, as rivers will, and said nothing more."
NUMERALS = "一二三四五六七八九"


@pytest.mark.parametrize(
    ("text", "onset"),
    [
        (f"{prose(500)} " + f"{SENTENCE} " * 30, 500 + 16),
        (f"{SENTENCE} " * 30 + prose(2000), 16),
        (chinese(300) + "他走了，再也没有回来。" * 20, 300 + 11),
        ("哈" * 500, 1),
        ("word " * 500, 1),
        (f"{prose(40)} " + "a" * 500, 40),
        ("!" * 2000, 0),
        ("ha" * 400, 0),
        ("😀" * 900, 0),
        ("| " * 300, 1),
        (f"{SENTENCE} {SENTENCE} " * 3 + prose(900) + f" {prose(100, 1)}" * 4, 96 + 900 + 100),
        (f"{prose(300)} " * 4, 300),
        (f"{prose(300)} " * 3, 300),
        (f"{prose(900, 1)} {prose(300)} {prose(300)} {prose(300)} {prose(4000, 2)}", 1200),
        (prose(100) + "".join(f"\n\nChapter {n}: {SENTENCE}" for n in range(17, 60)), 100 + 18),
        ("".join(f"第{a}十{b}章：他走了，再也没有回来。" for a in NUMERALS for b in NUMERALS), 16),
        ("".join(f"{n}. The system shall log.\n" for n in range(60)), 5),
        (f"{prose(2000)} {prose(2000)} " + f"{SENTENCE} " * 20, 4000 + 16),
        (f"{prose(60)} " * 4, 60),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_what_is_a_loop(text: str, onset: int) -> None:
    measured = health(text, "en").loop_onset
    assert measured is not None and measured <= count_longen(text)
    assert measured == pytest.approx(onset, abs=2)


def test_the_same_sentences_in_any_order_are_a_loop() -> None:
    text = " ".join(random.Random(1).choices([prose(20, n) for n in range(5)], k=200))
    measured = health(text, "en").loop_onset
    assert measured is not None and 100 < measured < 2000


CLAUSE = (
    "The Supplier shall, at its own expense and without delay, make good all defects that it is told of in writing."
)
ROWS = "\n".join(f"| {n + 1990} | {n * 37 % 101} | {n * 53 % 97}% | {n * 11 % 89} |" for n in range(120))
HEADER = "| Name of the town | Number of its people | Name of its river | Year |\n|---|---|---|---|\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "word " * 12,
        "word " * 60,
        prose(5000),
        chinese(5000),
        f"{prose(2000)} {prose(2000)}",  # said once more, but not round and round
        prose(300) + f" {SENTENCE}" * 5,
        "\n".join(f"{prose(60, n)}\n{prose(40)}" for n in range(8)),  # verses and a refrain
        f"{prose(200)} {prose(40, 1)} {prose(60, 2)} " + f"{prose(40, 1)} " * 3,  # a song's last refrain, thrice
        "\n".join(HEADER + prose(30, n) for n in range(20)),
        "\n".join(f"{n}. {prose(80, n)} {CLAUSE} {CLAUSE}" for n in range(20)),
        "\n".join(f"{n}. {prose(30, n)} {prose(80)}" for n in range(40, 60)),  # a form with new particulars
        ROWS,
        "\n".join(f"Epoch {n} loss 0.{n * 7919 % 1000} accuracy 0.{n * 104729 % 1000}" for n in range(200)),
        "\n".join("_" * 80 for _ in range(40)),
        f"{prose(50)} https://example.org/" + "ab" * 90,
        "\n".join(f"{n}. {prose(6, n)}" for n in range(300)),
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_loop(text: str) -> None:
    assert health(text, "en").loop_onset is None


@pytest.mark.parametrize(
    "text",
    [
        "It ended.",
        "It ended!  \n\n",
        "Did it end?",
        "It went on…",
        "It went on...",
        "结束了。",
        "结束了！",
        "真的吗？",
        "他走了……",
        "加油～",
        "他说：“好。”",
        "（完）",
        "「好」",
        "『好』",
        "【终】",
        "**It ended.**",
        "_It ended._ ",
        "It ended. 🎉",
        "It ended. ❤️\u200b",
        'He said "no"',
        "He said ’no’",
        "use `this`",
        "It ended.\n\n---",
        "It ended.\n* * *\n",
        "# The End",
        "**THE END**",
        "全文完",
        "Text:\n```python\nprint(1)\n```",
        "~~~\nx\n~~~\nIt ended.",
        "````\n```\n````",
        "| a | b |\n|---|---|\n| c | d |",
        "To buy:\n- apples\n- pears",
        "To buy:\n1. apples\n2. **pears**",
        "要买：\n1、苹果\n2、梨",
        '{"a": [1, 2]}',
        "<p>text</p>",
    ],
)
def test_what_is_closed(text: str) -> None:
    assert is_closed(text) and health(text, "en").closed


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\u3000",
        "---",
        "\u200b",
        "It went on and",
        "It went on,",
        "As follows:",
        "one; two;",
        "and then —",
        "他走了，",
        "他说：",
        "他走了",
        "他说：“",
        'He said: "',
        "and **",
        "see `",
        "and (",
        "It **went on and**",
        "It went on and 🎉",
        "```python\nprint(1)",
        "```python\nprint(1).",
        "First.\n\n## What next?",
        "First.\n\n## Chapter 3\n\n",
        "1. Apples.\n2. Pears.\n3.",
        "1. Apples.\n2. Pears.\n3. Gra",
        "- Apples\n- Pears\n-",
        "- apples,\n- pears,",
        "- apples",
        "> ",
        "| a | b |\n|---|---|\n| c",
        "Title\n=====",
        "Dear Sir, yours",
    ],
)
def test_what_looks_cut_off(text: str) -> None:
    assert not is_closed(text)


ENGLISH = (
    "The river went on to the sea, as rivers will, and said nothing more to those who stood on its banks that day. "
)
CHINESE = "河水一直流到海里，像所有的河一样，再也没有对那天站在岸边的人说什么。"
RUSSIAN = "Река текла к морю, как текут все реки, и больше ничего не сказала тем, кто стоял на её берегах в тот день. "
JAPANESE = "川はすべての川と同じように海まで流れていき、その日岸辺に立っていた人々にはもう何も言わなかった。"
KOREAN = "강은 모든 강이 그러하듯이 바다로 흘러갔고 그날 강가에 서 있던 사람들에게 더는 아무 말도 하지 않았다. "
FRENCH = "La rivière coulait vers la mer, comme coulent les rivières, et ne disait plus rien à ceux qui étaient là. "


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        (ENGLISH, "en", False),
        (CHINESE, "zh", False),
        (CHINESE, "en", True),
        (ENGLISH, "zh", True),
        (RUSSIAN * 2, "en", True),
        (RUSSIAN * 2, "zh", True),
        (JAPANESE, "en", True),
        (JAPANESE, "zh", True),
        (KOREAN * 2, "en", True),
        (KOREAN * 2, "zh", True),
        (FRENCH * 2, "en", False),
        (FRENCH * 2, "zh", True),
        (CHINESE * 10 + ENGLISH * 16, "zh", False),  # an essay about English
        (CHINESE * 10 + JAPANESE, "zh", False),
        (ENGLISH * 10 + CHINESE * 4, "en", False),
        (CHINESE * 10 + "Python API ", "en", True),
        ("", "en", False),
        ("你好，世界！", "en", False),  # too little
        ("Yes, of course.", "zh", False),
        ("1 + 1 = 2; " * 50, "zh", False),
        ("```\nx = 1\n```", "zh", False),
    ],
)
def test_the_language_is_that_of_the_prompt(text: str, language: str, other: bool) -> None:
    assert health(text, language).other_language == other


def test_texts_without_anything() -> None:
    assert health("", "en") == health(" \n", "zh") == Health(0.0, None, False, False)


@pytest.mark.parametrize(
    "piece",
    ["a", "1", " ", "\n", ")", "）", "“", "”", "*", "- ", "---\n", "|", "`", "```\n", "~~~ x\n", "# ", "1. ", "> "],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    start = time.process_time()
    health(piece * 100_000, "en")
    health(prose(100) + piece * 100_000 + "x", "zh")
    assert time.process_time() - start < 20
