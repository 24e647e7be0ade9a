"""Self-Lengthen's published filter, on its own outputs and where its two variants part."""

from __future__ import annotations

import pytest

from longhand.text.check_response import check_response

ONE = "春眠不觉晓处处闻啼鸟夜来"  # 12 characters
TEN = "one two three four five six seven eight nine ten"


def test_golden_filter(golden) -> None:
    rows = golden("check_response.jsonl")
    for row in rows:
        for variant in ("qwen", "llama"):
            reason = check_response(row["text"], variant)
            assert (reason or "") == row[f"{variant}_reason"], (variant, row)
            assert (reason is None) == row[variant], (variant, row)
    assert len(rows) > 100


@pytest.mark.parametrize(
    ("text", "qwen", "llama"),
    [
        ("", "punctuation", "punctuation"),
        ("\n\u3000", "punctuation", "punctuation"),
        ("Done.", "punctuation", None),
        ("Done...", "punctuation", None),
        ("Done…", None, "punctuation"),
        ("好。\n", None, "punctuation"),
        ("Done)", None, None),
        ("Done,", "punctuation", None),
        ("My revised text.", "punctuation", "stopword"),
        ("Conversion.)", None, "stopword"),
        ("Version 2 )", None, None),  # only in lower case
        ("a\nb\nversion\nd\ne\nf)", None, None),  # the third line, and the fourth from the end
        ("a\nversion\nc\nd\ne\nf)", None, "stopword"),
        ("a\nb\nc\nversion\ne\nf)", None, "stopword"),
        (f"{ONE}风。{ONE}雨。", None, "punctuation"),
        (f"{ONE}风。{ONE}风。", "n_gram", "punctuation"),
        (f"{TEN} x {TEN[4:]} x)", None, None),  # nine tokens
        (f"{TEN} {TEN} x)", None, "n_gram"),  # all ASCII is one token of the Qwen variant
        ("a。b。c。d。e。f。a。b。c。d。e。f。g。", None, "punctuation"),
        ("a。b。c。d。e。f。g。a。b。c。d。e。f。g。", "n_gram", "punctuation"),
    ],
)
def test_the_variants(text: str, qwen: str | None, llama: str | None) -> None:
    assert (check_response(text, "qwen"), check_response(text, "llama")) == (qwen, llama)


@pytest.mark.parametrize("piece", ["a", "字", " ", ")", "\n", "a ", "a字"])
def test_long_texts(piece: str) -> None:
    for variant in ("qwen", "llama"):
        assert check_response(piece * 100_000 + "x", variant) == "punctuation"
        check_response(piece * 100_000 + ")", variant)
