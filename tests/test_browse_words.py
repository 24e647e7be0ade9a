"""Words of the reader's search: what they are, and where their texts are written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from browse_files import numbers_of_words, reference_words

from longhand.browse import word_index
from longhand.browse.word_index import WordIndex
from longhand.browse.words import LONGEST, PATTERN, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Keeper's lamp, lit twice: LIT.", "the keeper s lamp lit twice"),
        ("x_1 3.14 <b>no-one</b>", "x 1 3 14 b no one"),
        ("中国人", "中 国 人 中国 国人"),
        ("GPT写的第2章", "gpt 写 的 第 写的 的第 2 章"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ１２", "full width12"),
        ("naïve Cafe\u0301 Straße ΛΌΓΟΣ", "naïve café straße λόγοσ"),
        ("かな、カナ", "か な かな カ ナ カナ"),
        ("𠀀𠀁 😀 \u202eabc\u2028d\0e", "𠀀 𠀁 𠀀𠀁 abc d e"),
        ("Привет, мир! שלום؟ مرحبا، नमस्ते।", "привет мир שלום مرحبا नमस्ते"),
        ("constructor __proto__", "constructor proto"),
        ("a" * 99, "a" * 40),
        (" \n—…", ""),
    ],
)
def test_words_of_a_text(text: str, words: str) -> None:
    assert words_of(text) == set(words.split()) == reference_words(text, PATTERN, LONGEST)


def test_words_are_those_that_the_description_gives() -> None:
    dice = random.Random(5)
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for _ in range(300):
        text = "".join(dice.choice((dice.choice(letters), dice.choice("aZ 中文.é1"))) for _ in range(200))
        assert words_of(text) == reference_words(text, PATTERN, LONGEST)


def test_a_hostile_text_has_its_words_in_no_time() -> None:
    assert words_of("x" * 5_000_000) == {"x" * LONGEST}
    assert words_of("") == words_of("\0" * 1000) == set()
    assert len(words_of("国" * 1_000_000)) == 2


def written_index(browse: Path, texts: list[set[str]], memory: int) -> dict[str, list[int]]:
    """An index of made-up texts as it is read; each word must be in its own file."""
    browse.mkdir()
    with WordIndex(browse, memory) as index:
        for number, words in enumerate(texts):
            index.add(10 * number, words)
        files = index.write("words/d/m")
    assert sorted(path.name for path in (browse / "words/d/m").iterdir()) == sorted(f"{k}.js" for k in range(files))
    assert not list(browse.glob("*.*")), "nothing of the work is left"
    return numbers_of_words(browse, "words/d/m", files)


def test_an_index_has_each_text_of_each_word_whatever_memory_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_index, "FILE_BYTES", 5_000)
    dice = random.Random(3)
    vocabulary = [f"wort{i}" for i in range(700)] + ["中", "中国", "é", "constructor"]
    texts = [set(dice.sample(vocabulary, dice.randint(0, 200))) for _ in range(60)]
    expected: dict[str, list[int]] = {}
    for number, words in enumerate(texts):
        for word in words:
            expected.setdefault(word, []).append(10 * number)
    assert written_index(tmp_path / "one", texts, 10**9) == expected
    assert written_index(tmp_path / "many", texts, 20_000) == expected
    files = [path.read_bytes() for path in sorted((tmp_path / "one/words/d/m").iterdir())]
    assert len(files) > 4 and max(map(len, files)) < 5_000


def test_an_index_of_nothing_is_one_empty_file(tmp_path: Path) -> None:
    assert written_index(tmp_path / "none", [set(), set()], 1000) == {}
