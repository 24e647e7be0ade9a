"""The published counters and S_L, on their own outputs and on the traps that we know of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longhand.text.language import language_of
from longhand.text.length import count_longbench_write, count_longen, score_longbench_write


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("abc123", 0),
        ("naïve", 0),
        ("caf\u00e9", 0),
        ("使用Python编程", 4),
        ("don't", 2),
        ("snake_case", 0),
        ("well-known fact", 3),
        ("𠀀𠀁", 0),
        ("カタカナ", 0),
        ("one two\n三四", 4),
    ],
)
def test_longbench_write_counter(text: str, words: int) -> None:
    assert count_longbench_write(text) == words


def test_longen_counts_punctuation_and_tokens() -> None:
    assert count_longen("你好，world！ abc123 don't") == 2 + 1 + 1 + 1 + 1 + 1
    assert count_longen("\u3000") == 1


@pytest.mark.parametrize(("text", "language"), [("", "en"), ("hello 世界", "zh"), ("hello big 世界", "en")])
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("ratio", "score"),
    [(0.5, 50), (0.7, 78.6), (0.8, 87.5), (0.9, 94.4), (1.1, 96.7), (1.2, 93.3), (1.5, 83.3), (2, 66.7), (3, 33.3)],
)
def test_length_score_of_the_published_table(ratio: float, score: float) -> None:
    assert score_longbench_write(1000, round(1000 * ratio)) == pytest.approx(score, abs=0.05)


def test_length_score_at_its_ends() -> None:
    assert score_longbench_write(1000, 0) == 0
    assert score_longbench_write(900, 300) == 0
    assert score_longbench_write(1000, 4000) == 0
    assert score_longbench_write(1000, 1000) == 100
    with pytest.raises(ValueError):
        score_longbench_write(0, 100)


# The published definitions, as plain as can be.
CJK = re.compile("[\u4e00-\u9fff]")
WIDE = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
NASTY = st.sampled_from("aZé9_字々〇カ。，\u3000ｘ１ \n\t\x1c\x85\u2028\u200b\u0301-'’\U00020000\U0001d400\ud800")


@given(st.one_of(st.text(), st.text(NASTY, max_size=60)))
@settings(max_examples=1000, deadline=None)
def test_counters_are_the_published_expressions_on_any_text(text: str) -> None:
    rest, wide = WIDE.subn(" ", text)
    assert count_longbench_write(text) == len(CJK.findall(text)) + len(re.findall(r"\b[a-zA-Z]+\b", text))
    assert count_longen(text) == wide + len(rest.split())


def test_golden_counts(golden) -> None:
    for row in golden("count_words.jsonl"):
        assert count_longbench_write(row["text"]) == row["evalscope_total"], row
        assert count_longen(row["text"]) == row["longen_total"], row
        assert (language_of(row["text"]) == "zh") == row["evalscope_is_chinese"], row


def test_golden_length_scores(golden) -> None:
    for row in golden("score_l.jsonl"):
        if "score" in row:
            assert score_longbench_write(row["required"], row["actual"]) == pytest.approx(row["score"], abs=1e-9), row
        elif row["required"] > 0:
            assert score_longbench_write(row["required"], row["actual"]) == 0, row
