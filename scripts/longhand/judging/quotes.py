"""Tells scores that a judge gives from scores that it quotes or imagines.

A judge reports what the text before it holds: "the response contains {…}, an attempt to sway the judge". So scores that
stand in the judged text or in the rubric's template are nobody's verdict, in whatever form they are repeated; nor are
scores within quotation marks, in a Markdown quote, or in the middle of a sentence about something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from longhand.judging.dimension_names import SCORE_WORDS, Names
from longhand.judging.mentions import find_mentions
from longhand.judging.readings import Scale, read_value
from longhand.program.printable import INVISIBLE

MARKDOWN_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)

_WORD = re.compile(r"\d+(?:\.\d+)?|[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+")
_FEW = 3
"""A block with fewer words of its own, beside names and numbers, is a bare one."""
_BLOCK_WORDS = SCORE_WORDS.union(
    "analysis total overall average final sum out of and dimension criterion max 与 和 得 评 打 数 值".split()
)


class Sources:
    """What a judge was shown.

    Args:
        texts: the judged text, and what was asked for.
        template: of the rubric.
        names: of its dimensions.
        scale: of its scores.
    """

    def __init__(self, texts: Sequence[str], template: str, names: Names, scale: Scale):
        self._texts, self._template, self._names, self._scale = texts, template, names, scale
        self._spelled = {spelling: _words(spelling) for spelling in names}
        self._shown: dict[str, list[tuple[str, float]]] = {}

    def hold(self, block: str, given: Mapping[str, float], keys: str = "") -> bool:
        """Whether scores were shown: word for word; or bare, and a text has the same ones together in any form.

        Args:
            block: what of the reply gives the scores.
            given: dimension -> score.
            keys: of the objects around them. They are no words of the judge's own: "claims in the text".
        """
        if not given:
            return False
        words = {word for word in _words(block) if not word[0].isdigit()} - {*_words(keys)}
        return self.say(block) or any(self._same_scores(text, words, given) for text in self._texts)

    def say(self, passage: str) -> bool:
        """Whether a passage stands somewhere, whatever its spaces, marks and case."""
        return stands_in(passage, (*self._texts, self._template))

    def _same_scores(self, text: str, words: set[str], given: Mapping[str, float]) -> bool:
        dimensions = {self._names[spelling] for spelling, parts in self._spelled.items() if _holds_all(text, parts)}
        if not given.keys() <= dimensions:
            return False
        if len(words.difference(_spaced(text).split(), _BLOCK_WORDS, *self._spelled.values())) >= _FEW:
            return False
        shown = self._scores_in(text)
        return any(dict(shown[i : i + len(given)]) == given for i in range(len(shown) - len(given) + 1))

    def _scores_in(self, text: str) -> list[tuple[str, float]]:
        """Dimension and score, in the text's order."""
        if text not in self._shown:
            mentions, _ = find_mentions(text.translate(INVISIBLE).replace('\\"', '"'), self._names)
            readings = [(mention.dimension, read_value(mention.value, self._scale)) for mention in mentions]
            scores = [(name, reading) for name, reading in readings if reading is not None]
            self._shown[text] = [
                score for score, before in zip(scores, [None, *scores], strict=False) if score != before
            ]
        return self._shown[text]


def stands_in(passage: str, texts: Iterable[str]) -> bool:
    """Whether a passage stands in one of the texts, whatever its spaces, marks and case."""
    words = _words(passage)
    return any(_holds_all(text, words) and _holds(text, words) for text in texts)


@lru_cache(maxsize=16)
def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).casefold()


def _words(text: str) -> list[str]:
    """The words and numbers of a text, each Chinese character for itself."""
    return _WORD.findall(_plain(text))


def _holds_all(text: str, words: Sequence[str]) -> bool:
    """Whether all of the words are in a text, be it within others. Fast: it decides nearly all cases."""
    plain = _plain(text)
    return all(word in plain for word in words)


def _holds(text: str, words: Sequence[str]) -> bool:
    return f" {' '.join(words)} " in _spaced(text)


@lru_cache(maxsize=8)
def _spaced(text: str) -> str:
    return f" {' '.join(_words(text))} "


# --- scores that are only cited

_EXAMPLE = re.compile(
    r"\b(?:would|might|could) (?:be|get|have|earn|receive|look|score|write)\b|\bideal\b"
    r"|\b(?:e\.g|for example|for instance|such as)\b\W*(?:\w+\W+){0,4}$|(?:例如|比如|假如|譬如)[^;!?]{0,20}$",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"\b(?:I|it|(?:this|the)(?: (?:response|text|essay|story|answer|article|piece|writing))?)"
    r" (?:would|might|could) (?:be|get|have|earn|receive|look|score|write)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s|[。！？]|(?<=[\u3400-\u9fff]);|(?<=[!?])(?=[\u3400-\u9fff])")
_GIVES = re.compile(
    r"\b(?:is|are|as|be|follows|I (?:give|rate|score|assign|award|grade|mark)\b.*)$|[:=>为是]$", re.IGNORECASE
)
_CLAIMS = re.compile(
    r"\b(?:text|response|essay|story|answer|author|writer|it|assistant|document)\b[^.!?]{0,60}"
    r"\b(?:contains?|claims?|says?|holds?|ends?|wants?|asks?|demands?|includes?|states?|reads?|gives? itself)\b"
    r"(?:\s(?!my\b|so\b|hence\b|thus\b)\S+){0,4}\W*$"
    r"|(?:文章|回答|回复|文本|原文|作者)[^。！？]{0,30}(?:包含|声称|写道|要求|含有|自评)[^。！？]{0,8}$",
    re.IGNORECASE,
)


def is_cited(before: str, after: str) -> bool:
    """Whether a block of scores is not given but talked of.

    Args:
        before: the text before it, up to the block before.
        after: the text behind it.
    """
    line, is_near = _line_before(before)
    sentence, rest = _SENTENCE.split(line)[-1], after.partition("\n")[0]
    goes_on = len(re.findall(r"\w+", rest)) > 1 and len(re.findall(r"[^\W\d]+", sentence)) > 1
    is_talked_of = is_near and goes_on and not _GIVES.search(sentence.strip())
    return is_example(before) or is_quoted(before, after) or is_talked_of


def is_example(before: str) -> bool:
    """Whether the words before scores make them an example: what a text would get, or might."""
    sentence, is_introduced = _introduction(before)
    given = sentence if re.search(r"\bif\b", sentence, re.IGNORECASE) else _JUDGED.sub("", sentence)
    return is_introduced and bool(_EXAMPLE.search(given))


def is_quoted(before: str, after: str) -> bool:
    """Whether scores are a claim of the text, or stand in quotation marks; arguments as of `is_cited`."""
    sentence, is_introduced = _introduction(before)
    if is_introduced and _CLAIMS.search(sentence):
        return True
    line, is_near = _line_before(before)
    quotes = sum(line.count(mark) for mark in '"“”'), after.partition("\n")[0].count('"')
    opened = any(line.count(a) > line.count(b) for a, b in ("「」", "『』", "«»"))
    return is_near and bool(opened or (quotes[0] % 2 and quotes[1]))


def _introduction(before: str) -> tuple[str, bool]:
    """The sentence that ends before a block, and whether it leads to the block."""
    line, is_near = _line_before(before)
    sentence = _SENTENCE.split(line)[-1]
    return sentence, is_near or sentence.endswith((":", "："))


def _line_before(before: str) -> tuple[str, bool]:
    """The line that ends before a block, and whether the block stands in it."""
    line = re.sub(r"[\s`*_(\[<]*(?:```\w*\s*)?$", "", before).rpartition("\n")[2]
    return line, not re.search(r"\n\s*$", before)
