"""How much of a reference answer a text has: F1 of words and ROUGE-L, as LongBench scores them (its metrics.py).

English words are compared in lower case without punctuation and articles, for ROUGE-L as they stand. Chinese texts are
cut into words by jieba. ROUGE-L is that of the library which LongBench uses, `rouge`: of sets of words, sentence by
sentence, where a full stop ends a sentence.
"""

from __future__ import annotations

import functools
import logging
import re
import string
import sys
import tempfile
from collections import Counter
from typing import Any

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_RANGES = (
    "！－",
    "／／",
    "：＠",
    "［｀",
    "｛､",
    "、〃",
    "》』",
    "【】",
    "〔〟",
    "〰〰",
    "〾〿",
    "–—",
    "‘’",
    "‛“",
    "”„",
    "‟‟",
    "…‧",
)
_MARKS = "".join(chr(code) for ends in _RANGES for code in range(ord(ends[0]), ord(ends[1]) + 1)) + "。﹏"
_PUNCTUATION = dict.fromkeys(map(ord, string.punctuation))
_CHINESE_PUNCTUATION = dict.fromkeys(map(ord, string.punctuation + _MARKS))
_MOST_CELLS = 2_000_000
"""Words of a sentence times those of another: the library keeps a table with so many entries, of 240 bytes each."""


def f1(text: str, reference: str, language: str) -> float:
    """F1 of the words of a text and of its reference, on 0-100.

    Args:
        text, reference: the two.
        language: en or zh, of the prompt.
    """
    words_of = _chinese_words if language == "zh" else _english_words
    words, wanted = words_of(text), words_of(reference)
    common = (Counter(words) & Counter(wanted)).total()
    return 200 * common / (len(words) + len(wanted)) if common else 0.0


def rouge_l(text: str, reference: str, language: str) -> float | None:
    """ROUGE-L (F) of a text and its reference, on 0-100; arguments as of `f1`.

    Returns:
        None where sentences are too long for the library: two of 1,500 words, say.
    """
    if language == "zh":
        text, reference = (" ".join(_cut(each)) for each in (text, reference))
    longest = [max(map(len, map(str.split, each.split(".")))) for each in (text, reference)]
    if longest[0] * longest[1] > _MOST_CELLS:
        return None
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 2 * sum(longest) + 1000)  # a call for each word: LongBench scores 0 over 1,000
    try:
        (scores,) = _rouge().get_scores([text], [reference])
    except ValueError:  # one of the two has no sentence
        return 0.0
    finally:
        sys.setrecursionlimit(depth)
    return 100 * float(scores["rouge-l"]["f"])


def _english_words(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _chinese_words(text: str) -> list[str]:
    bare = ("".join(word.lower().translate(_CHINESE_PUNCTUATION).split()) for word in _cut(text))
    return [word for word in bare if word]


@functools.lru_cache(maxsize=16)
def _cut(text: str) -> tuple[str, ...]:
    return tuple(_jieba().cut(text))


@functools.cache
def _jieba() -> Any:
    """jieba with its own dictionary. It would share what it has loaded with all users of the machine: a file in /tmp
    that any of them may have written."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return tokenizer


@functools.cache
def _rouge() -> Any:
    from rouge import Rouge

    return Rouge(metrics=["rouge-l"], stats=["f"])
