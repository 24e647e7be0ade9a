"""The names of a rubric's dimensions, in the spellings that judges use. It imports nothing heavy: a config is checked
with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

Names = Mapping[str, str]
"""How a dimension may be spelled, as name_key(), to its name."""

MAX_NAME = 80
"""Characters that the name of a dimension may have."""

ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""For str.translate: fullwidth forms and typographic quotes to ASCII, one character for one."""
ASCII |= {ord(odd): ord(plain) for odd, plain in zip("“”„‘’\u3000\xa0。、−", '"""\'\'  ;,-', strict=True)}

SCORE_WORDS = frozenset("score scores rating ratings point points value grade mark 分 得分 评分 分数 打分 分值".split())
_TOP_WORDS = frozenset({"max", "maximum", "满分"})


def spellings(dimensions: Mapping[str, Sequence[str]], scale: tuple[float, float]) -> Names:
    """The names by which a reply may name the dimensions: "Clarity", also as "Clarity (1-5)" or "Clarity (/5)"."""
    tails = ("", f" {scale[1]:g}", f" {scale[0]:g} {scale[1]:g}")
    return {
        name_key(spelling + tail): name
        for name, aliases in dimensions.items()
        for spelling in (*aliases, name)
        for tail in tails
    }


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """The words of a name, without order, case, "and", numbering, remarks in brackets, and "score" around it."""
    text = text.translate(ASCII)
    text = re.sub(r"\([^()\d]*\)|\[[^\[\]\d]*\]", " ", text).strip() or text
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    text = re.sub(r"(?<=\w\w)(?:评分|得分|分数|打分|分)\W*$", "", text)
    words = [word for word in re.findall(r"[^\W_]+", re.sub("[与和及]", " ", text)) if word != "and"]
    while len(words) > 1 and (words[0].isdigit() or words[0] in SCORE_WORDS):
        words.pop(0)
    while len(words) > 1 and words[-1] in SCORE_WORDS:
        words.pop()
    return " ".join(sorted(words))


def named(text: str, names: Names) -> str | None:
    """The dimension whose name the text is."""
    return names.get(name_key(text)) if len(text) <= MAX_NAME else None


def is_score_word(text: str) -> bool:
    """Whether a key says that its value is a score, whatever of: "score", also "Score (1-5)" above a column."""
    return len(text) <= MAX_NAME and name_key(re.sub(r"[(（/].*", "", text)) in SCORE_WORDS


def is_top_word(text: str) -> bool:
    """Whether a key says that its value is the highest score that there is."""
    return len(text) <= MAX_NAME and name_key(text) in _TOP_WORDS
