"""The length that a prompt asks for, as the demo writer reads it."""

from __future__ import annotations

import re

MOST_WORDS = 100_000
"""What a prompt may ask for at most; a larger number is read as this one."""
FEWEST_WORDS = 10
"""Smaller numbers are not lengths of a text: `in one word`, 一字一句."""

# All repetitions are bounded, so that no prompt makes a search slow. `\d` and int() take full-width digits too.
_NUMBER = r"(?<![\d.])(\d{1,3}(?:[,，]\d{3}){1,3}|\d{1,9}(?:\.\d{1,2})?)(?![\d])"
_BEFORE_UNIT = re.compile(
    _NUMBER + r"\s{0,2}([kw](?![a-z])|百|千|万)?[\s\-\u2010-\u2014]{0,2}(?:多|余|来)?(?:个)?(?:汉|中文)?"
    r"(?:words?\b|字|词)(?![路架典母])",
    re.IGNORECASE,
)
_AFTER_LABEL = re.compile(
    r"(?:word count|length in words|字数)[^\d\n。.;；]{0,16}" + _NUMBER + r"\s{0,2}([kw](?![a-z])|百|千|万)?",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?<![\d.])([零〇一二三四五六七八九十百千万两俩]{1,12})(?:多|余|来)?个?(?:汉|中文)?字(?![路架典母])"
)
_UNIT = "one two three four five six seven eight nine ten eleven twelve".split()
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80}
_SPELT = {word: i + 1 for i, word in enumerate(_UNIT)} | _TENS | {"a": 1}
_IN_WORDS = re.compile(
    rf"\b({'|'.join(_SPELT)})[\s-](hundred|thousand)(?:[\s-](?:and[\s-])?({'|'.join(_UNIT)})[\s-]hundred)?[\s-]words?\b",
    re.IGNORECASE,
)

_FACTORS = {"": 1, "k": 1000, "w": 10_000, "百": 100, "千": 1000, "万": 10_000, "hundred": 100, "thousand": 1000}
_DIGITS = {digit: i for i, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}


def requested_words(prompt: str) -> int | None:
    """The largest length, in words or Chinese characters, that `prompt` states; None when it states none.

    Reads `800 words`, `1,500-word`, `2k words`, `two thousand words`, `word count: 900`, 800字, 1.2万字, 2w字, 三千字,
    一万两千字 and 字数1500左右. A range counts by its upper end. At most `MOST_WORDS`.
    """
    lengths = [
        float(match[1].replace(",", "").replace("，", "")) * _FACTORS[(match[2] or "").lower()]
        for pattern in (_BEFORE_UNIT, _AFTER_LABEL)
        for match in pattern.finditer(prompt)
    ]
    lengths += [chinese_number(match[1]) for match in _CHINESE.finditer(prompt)]
    for match in _IN_WORDS.finditer(prompt):
        more = 100 * _SPELT[match[3].lower()] if match[3] else 0
        lengths.append(_SPELT[match[1].lower()] * _FACTORS[match[2].lower()] + more)
    stated = [int(min(n, MOST_WORDS)) for n in lengths if n >= FEWEST_WORDS]
    return max(stated, default=None)


def chinese_number(numeral: str) -> int:
    """The value of a Chinese numeral of 零〇一二三四五六七八九十百千万两俩, such as 一万两千 or 三千五 (3500)."""
    total = section = digit = 0
    unit = 1  # of the last sign; a digit that ends the numeral counts in tenths of it: 三千五
    for sign in numeral:
        if sign in _DIGITS:
            # Digits in a row are read as written: 一五〇〇.
            digit = digit * 10 + _DIGITS[sign]
            unit = 1 if sign in "零〇" else unit
        elif sign == "万":
            total, section, digit, unit = (total + section + digit or 1) * 10_000, 0, 0, 10_000
        else:
            unit = {"十": 10, "百": 100, "千": 1000}[sign]
            section, digit = section + (digit % 10 or 1) * unit, 0  # of 八九百 the larger
    if digit < 10 and unit > 10:
        digit *= unit // 10
    return total + section + digit
