"""F1 and ROUGE-L against a second implementation, which shares no code with them but jieba's cuts."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import jieba
import pytest
from running import CHECKOUT

from longhand.results import overlap

CHINESE_MARKS = (
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】"
    "〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."
)
ASCII_MARKS = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum())
ENGLISH = "The a an Rain river, river's flooded 3.5 in-depth (a) theme Athens THE end another's water. an; rose".split()
CHINESE = [
    "今天",
    "天气",
    "很好",
    "，",
    "。",
    "我们去公园",
    "雨水",
    "河流",
    "Rain ",
    "3.5",
    "！",
    "《水》",
    " ",
    "的",
    "经济增长",
]


@pytest.fixture(scope="module")
def words_of(tmp_path_factory: pytest.TempPathFactory):
    """jieba's cuts, with a cache of the test's."""
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    return lambda text: list(tokenizer.cut(text))


def pairs(language: str) -> list[tuple[str, str]]:
    """100 pairs: equal, disjoint, empty and long ones among them."""
    draws, pool, joint = random.Random(language), CHINESE, ""
    if language == "en":
        pool, joint = ENGLISH, " "

    def text(most: int) -> str:
        return joint.join(draws.choices(pool, k=draws.randint(1, most))) + draws.choice(["", ".", ". ", "\n"])

    drawn = [(text(n), text(30)) for n in range(1, 93)]
    whole = text(200)
    odd = [("", whole), (whole, "..."), ("the a", "an"), (" ", " "), ("。", "！"), (whole * 3, whole), ("x", "y")]
    return [*drawn, *odd, (whole, whole)]


def expected_f1(words: list[str], reference: list[str]) -> float:
    left, same = list(reference), 0
    for word in words:
        if word in left:
            left.remove(word)
            same += 1
    if not same:
        return 0.0
    precision, recall = same / len(words), same / len(reference)
    return 100 * 2 * precision * recall / (precision + recall)


def bare(text: str, marks: str) -> str:
    return "".join(sign for sign in text.lower() if sign not in marks)


def english(text: str) -> list[str]:
    return [word for word in re.split(r"\s+|(?<!\w)(?:a|an|the)(?!\w)", bare(text, ASCII_MARKS)) if word]


def common_words(one: list[str], other: list[str]) -> set[str]:
    """The words of a longest common subsequence; of several the one that ends first in the first list."""
    rows = [[0] * (len(other) + 1)]
    for word in one:
        row = [0]
        for place, each in enumerate(other):
            row.append(rows[-1][place] + 1 if word == each else max(rows[-1][place + 1], row[-1]))
        rows.append(row)
    i, j, words = len(one), len(other), set()
    while i and j:
        if one[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            words.add(one[i])
        elif rows[i - 1][j] > rows[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return words


def expected_rouge(text: str, reference: str) -> float:
    """Of each sentence of the reference all words that it has in common with any of the text; of sets of words."""
    sentences, wanted = (
        [" ".join(part.split()).split(" ") for part in each.split(".") if part] for each in (text, reference)
    )
    if not sentences or not wanted:
        return 0.0
    hits = {word for one in wanted for other in sentences for word in common_words(one, other)}
    precision = len(hits) / len({word for sentence in sentences for word in sentence})
    recall = len(hits) / len({word for sentence in wanted for word in sentence})
    return 100 * 2 * precision * recall / (precision + recall + 1e-8)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_200_pairs_as_computed_apart(language: str, words_of) -> None:
    def tokens(text: str) -> list[str]:
        if language == "en":
            return english(text)
        return [word for each in words_of(text) if (word := "".join(bare(each, ASCII_MARKS + CHINESE_MARKS).split()))]

    scores: dict[str, set[float]] = {"f1": set(), "rouge-l": set()}
    assert len(pairs(language)) == 100
    for text, reference in pairs(language):
        f1, rouge_l = overlap.f1(text, reference, language), overlap.rouge_l(text, reference, language)
        assert f1 == pytest.approx(expected_f1(tokens(text), tokens(reference)), abs=1e-9), (text, reference)
        both = (" ".join(words_of(each)) if language == "zh" else each for each in (text, reference))
        assert rouge_l == pytest.approx(expected_rouge(*both), abs=1e-9), (text, reference)
        scores["f1"].add(round(f1, 6))
        scores["rouge-l"].add(round(rouge_l, 6))
    for values in scores.values():
        assert len(values) > 50 and 0.0 in values and max(values) > 99.9


def test_by_hand() -> None:
    assert overlap.f1("The cat sat.", "a cat sat down", "en") == pytest.approx(80)
    assert overlap.f1("雨下得很大。", "雨下得很大", "zh") == 100
    # Words in common: rain fell; of 4 different words of the text, and 3 of the reference.
    assert overlap.rouge_l("Rain fell. It stopped", "Rain fell today", "en") == pytest.approx(100 * 4 / 7, abs=1e-5)


def test_long_sentences_have_a_score_and_those_that_would_fill_the_memory_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """LongBench scores 0 where its library calls itself more than 1,000 times: it takes every error for that."""
    depth = sys.getrecursionlimit()
    text, reference = (" ".join(["x", *(f"{letter}{n}" for n in range(depth // 2 + 20))]) for letter in "ab")
    assert overlap.rouge_l(text, reference, "en") == pytest.approx(100 / (depth // 2 + 21), rel=1e-4)
    assert sys.getrecursionlimit() == depth
    monkeypatch.setattr(overlap, "_MOST_CELLS", 1000)
    assert overlap.rouge_l("w " * 100, "w " * 20, "en") is None
    assert overlap.rouge_l("w. " * 100, "w " * 20, "en") is not None


def test_no_file_is_shared_with_others_of_the_machine(tmp_path: Path) -> None:
    code = "from longhand.results.overlap import f1; print(f1('雨', '雨', 'zh'))"
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT / "scripts"), "TMPDIR": str(tmp_path)}
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert (made.stdout, made.stderr, list(tmp_path.iterdir())) == ("100.0\n", "", [])
