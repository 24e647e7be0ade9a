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
_REASON_WORDS = frozenset("analysis reason reasons reasoning explanation comment justification 分析 理由".split())
_NUMBER_WORDS = frozenset("number no nr id index item criterion checklist question 编号 序号".split())
_NUMBERING = re.compile(
    r"\W*(?:(?:item|criterion|criteria|checklist(?:[ _-]?item)?|question|number|no|id|第)[\s_.#:：-]*(\d{1,3})(?!\d)"
    r"|(\d{1,3})(?=\W*$|[.．](?!\d)|[)）\]:：、】]|\s[-–—]))",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W*\d+\W*")
_STRANGE = 30
"""Numbers beyond the last item that a reply may name, and be refused for."""
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


def item_names(names: Sequence[str | None]) -> Names:
    """The names by which a reply may name numbered items: "2", "Item 2", "2. Clarity", "Clarity".

    A name that two items have, or that another item's number is read from, names none.

    Args:
        names: of the items, in order; None: it has a number only.
    """
    numbers = [str(number) for number in range(1, len(names) + 1)]
    spelled = {str(number): str(number) for number in range(len(names) + _STRANGE + 1)}
    keys = [name_key(name) if name and is_name(name) else "" for name in names]
    by_name = {key: number for key, number in zip(keys, numbers, strict=True) if key and keys.count(key) == 1}
    leads = [(number_in(name), number) for name, number in zip(names, numbers, strict=True) if name]
    if any(lead not in (None, number) for lead, number in leads):
        return spelled | by_name  # "2. Clarity" may be a name then
    return spelled | by_name | {f"#{number}": number for number in spelled}


def is_name(text: str) -> bool:
    """Whether a reply may name an item by a text: not by a number, nor by a key that has another meaning there."""
    key = name_key(text) if len(text) <= MAX_NAME else ""
    return bool(key) and not key.isdigit() and key not in SCORE_WORDS | _REASON_WORDS


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
    """The dimension whose name the text is; of numbered items also the one whose number it begins with.

    A text that has the number of one item and the name of another names none.
    """
    name = titled(text, names)
    if "#1" not in names or (number := number_in(text)) is None:
        return name
    by_number = names.get(f"#{number}", number)
    return by_number if name in (None, by_number) else None


def titled(text: str, names: Names) -> str | None:
    """The dimension whose name the whole text is. A number is one as it stands only: 0.5 is not the item 5."""
    key = name_key(text) if len(text) <= MAX_NAME else ""
    return names.get(key) if not key.isdigit() or "#1" not in names or _BARE.fullmatch(text) else None


def number_in(text: str) -> str | None:
    """The number that a text begins with as that of an item: "2. Clarity", "Item 2"."""
    match = _NUMBERING.match(text)
    return str(int(match[1] or match[2])) if match else None


def is_number_word(text: str) -> bool:
    """Whether a key says that its value is the number of an item: "number", "checklist_id"."""
    return len(text) <= MAX_NAME and set(name_key(text).split()) <= _NUMBER_WORDS


def is_reason_word(text: str) -> bool:
    """Whether a key says that its value is why a score was given."""
    return len(text) <= MAX_NAME and name_key(text) in _REASON_WORDS


def is_score_word(text: str) -> bool:
    """Whether a key says that its value is a score, whatever of: "score", also "Score (1-5)" above a column."""
    key = name_key(re.sub(r"[(（/].*", "", text)) if len(text) <= MAX_NAME else ""
    return key in SCORE_WORDS or (key == "evaluation" and key != text.casefold())  # HelloBench's evaluation_score


def is_top_word(text: str) -> bool:
    """Whether a key says that its value is the highest score that there is."""
    return len(text) <= MAX_NAME and name_key(text) in _TOP_WORDS
