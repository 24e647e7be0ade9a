"""Finds the numbers in English and Chinese text: digits, number words, Chinese numerals, and their mixtures.

The time is linear in the length of the text, whatever it holds: every piece of a pattern is bounded, or cannot match in
two ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from longhand.program.printable import INVISIBLE


class Number(NamedTuple):
    """A number in a text.

    Attributes:
        start: where it begins.
        end: where it ends.
        low: its value; 0 for what looks like a number and has no value, as "5 00", "a few hundred" or 数千.
        high: its value; more than `low` for the two values of 八九百.
        scale: the hundred, thousand … that it ends in, else 1: in "3-5k" the 3 shares that of the 5.
        bare: a Chinese unit without a digit: 百, 千 or 万.
    """

    start: int
    end: int
    low: int
    high: int
    scale: int = 1
    bare: bool = False


_PLAIN = "壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬两兩俩〇", "一二二三三四五六六七八九十百千万二二二零"
_SIMPLIFIED = (
    "個約內過於數詞單間總標題這開頭為幾來餘漢寫該結論導語篇長達",
    "个约内过于数词单间总标题这开头为几来余汉写该结论导语篇长达",
)
_SAME = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " ", 0x2009: " ", 0x202F: " "}
_SAME |= str.maketrans(*_PLAIN) | str.maketrans(*_SIMPLIFIED) | str.maketrans("–−〜∼～٬٫", "--~~~,.")
_SAME |= {ord(dash): "--" for dash in "—―"}  # never a minus sign
_SAME |= INVISIBLE
del _SAME[ord("，")]  # it may end a clause where a comma within digits does not


def plain(text: str) -> str:
    """The text with full-width characters, digits of all scripts, typographic dashes and other spellings of Chinese
    numerals made plain, and without characters that are not seen."""
    return re.sub(r"(?![0-9])\d", lambda digit: str(unicodedata.decimal(digit[0])), text.translate(_SAME))


_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_WORDS = {word: value for value, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split())}
_WORDS |= {word: 10 * (2 + i) for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "k": 1000, "w": 10_000, "百": 100, "千": 1000}
_SCALES["万"] = 10_000
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}

_WORD = rf"(?:{'|'.join(sorted([*_WORDS, 'hundred', 'thousand', 'million'], key=len, reverse=True))})\b"
_NUMBER = re.compile(
    rf"""(?P<digits> [0-9]+ (?:[ ,，.][0-9]+)* )
         (?P<scale> [百千万] (?:[0-9]{{1,4}}[百千]?(?![0-9]))? | [kw](?![a-z0-9])
            | [ -]{{1,2}}(?:hundred|thousand|million)\b )?
       | (?P<half> (?<![零一二三四五六七八九十百千万大小多上下前后])(?<!年过) 半[百千万]
            (?![零一二三四五六七八九十百千万]) )
       | (?P<chinese> [零一二三四五六七八九十百千万廿卅]+ )
       | \b(?:an?\s{{1,3}}(?=(?:hundred|thousand|million)\b))?
         (?P<words> {_WORD} (?: [\s-]{{1,3}} (?:and[\s-]{{1,3}}(?:a[\s-]half[\s-]{{1,3}})?)? {_WORD} )* )""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST = 60
"""Characters that a number may have; longer ones have no value."""

_SHARED_SCALE = re.compile(r"\s?(?:[-~到至]|to)\s?[0-9.]{1,6}([kw百千万])", re.IGNORECASE)
_FEW = re.compile(r"(?:half|few|several|couple|couple of|many|some|dozen|hundred|thousand)\s{1,3}$", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:[a-z]-?|[#第]|\b(?:task|part|chapter|section|question|unit|lesson|day|week|step|no\.|grade|level)\s?)$",
    re.IGNORECASE,
)


_MINUS = re.compile(r"(?<![\w)-])-$")
_BULLET = re.compile(r"^[ \t]*-", re.MULTILINE)


def find_numbers(text: str) -> Iterator[Number]:
    """All numbers of a plain() text, in order."""
    has_list = len(_BULLET.findall(text)) > 1
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if end - start > _LONGEST or _is_negative(text, start, has_list):
            yield Number(start, end, 0, 0)
        elif match["digits"]:
            yield _of_digits(text, start, end, match["digits"], (match["scale"] or "").strip(" -").lower())
        elif match["half"]:
            value = _SCALES[text[end - 1]] // 2
            yield Number(start, end, value, value)
        elif match["chinese"]:
            yield _of_chinese(text, start, end)
        else:
            yield from _of_words(text, start, match.start("words"), end)


def _is_negative(text: str, start: int, has_list: bool) -> bool:
    """Whether a minus sign stands before a number: not a dash behind a word, not that of a range or of a list."""
    if not _MINUS.search(text, max(0, start - 2), start):
        return False
    before = text[max(0, start - 12) : start - 1].rstrip(" ")
    return not re.search(r"(?:[0-9零一二三四五六七八九十百千万字]|words?)$", before) and not (
        has_list and _opens_line(before)
    )


def _of_digits(text: str, start: int, end: int, digits: str, scale: str) -> Number:
    before, after = text[max(0, start - 12) : start], text[start + len(digits) : end + 2].lstrip()[:1]
    if re.search("[⁰-₉²³¹½¼¾]$", before):
        return Number(start, end, 0, 0)
    pieces = re.split("[ ,，.]", digits)
    if not scale and re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,2}", digits) and (shared := _SHARED_SCALE.match(text, end)):
        scale = shared[1].lower()  # 1.5-2k
    factor, more = _factor(scale)
    tenths = len(pieces[1]) if scale and re.fullmatch(r"[0-9]+\.[0-9]+", digits) else 0
    if tenths or _is_grouped(digits, before, "一" <= after <= "鿿"):
        value, rest = divmod(int("".join(pieces)) * factor, 10**tenths)
        value = 0 if rest else value
    else:
        value = int(pieces[-1]) * factor if _ends_alone(digits, before, "一" <= after <= "鿿") else 0
        start += len(digits) - len(pieces[-1])
    value = 0 if more >= factor > 1 else value + more
    return Number(start, end, value, value, 1 if more else factor)


def _factor(scale: str) -> tuple[int, int]:
    """What digits before a scale are multiplied by, and what is added: 千5百 in 3千5百 is 1000 and 500."""
    rest = re.fullmatch("([百千万])([0-9]+)([百千]?)", scale)
    if not rest:
        return _SCALES.get(scale, 1), 0
    factor = _SCALES[rest[1]]
    return factor, int(rest[2]) * _SCALES.get(rest[3], factor // 10 if len(rest[2]) == 1 else 1)


def _is_grouped(digits: str, before: str, chinese: bool) -> bool:
    """Whether the pieces of the digits are one number: 12000, 12,000, 12 000 or 12.000."""
    if re.fullmatch("[0-9]+|[0-9]{1,3}(?:[,，][0-9]{3})+", digits):
        return True
    zeros = digits.endswith("000")  # who writes in Chinese puts no space and no point between thousands
    if re.fullmatch("[0-9]{1,3}(?: [0-9]{3})+", digits):
        return zeros or not (chinese or _LABEL.search(before))
    return (
        bool(re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+", digits)) and not chinese and (zeros or not _opens_line(before))
    )


def _ends_alone(digits: str, before: str, chinese: bool) -> bool:
    """Whether the last piece of the digits stands for itself: "Task 2 250 words", 2024，500字, 1.500字 in a list."""
    joint = digits.rstrip("0123456789")[-1]
    if joint == " ":
        return chinese or bool(_LABEL.search(before))
    return joint == "，" or (joint == "." and (chinese or _opens_line(before)))


def _opens_line(before: str) -> bool:
    return not before or before.rstrip(" ").endswith("\n")


def _of_chinese(text: str, start: int, end: int) -> Number:
    numeral, before = text[start:end], text[max(0, start - 2) : start]
    vague = numeral[0] in "十百千万" and re.search(r"[几上近好多余半]$|(?<!字)数$|^数$", before)
    many = numeral[0] in "百千" and before.endswith("成")  # 成千上万
    if vague or many or text[end : end + 1] == "几" or numeral.startswith("千万"):
        return Number(start, end, 0, 0)
    scale = _SCALES.get(numeral[-1], 1)
    if re.fullmatch("[零一二三四五六七八九]{2,}", numeral):  # digit by digit: 一五零零; 三四 may be anything
        value = int("".join(str(_DIGITS[digit]) for digit in numeral)) if len(numeral) > 2 or "零" in numeral else 0
        return Number(start, end, value, value)
    if pair := re.search("[一二三四五六七八九]{2}", numeral):
        low = _chinese_value(numeral[: pair.start() + 1] + numeral[pair.end() :])  # 八九百
        high = _chinese_value(numeral[: pair.start()] + numeral[pair.end() - 1 :])
        return Number(start, end, *((low, high) if low < high else (0, 0)), scale)
    value = _chinese_value(numeral)
    return Number(start, end, value, value, scale, bare=numeral in "百千万")


def _chinese_value(numeral: str) -> int:
    """The value of a numeral, 0 if it is none. A digit after a unit counts tenths of that: 二千五 is 2500."""
    total = section = digit = 0
    unit = 10
    if re.search("零[百千万]|^零十", numeral):
        return 0
    for sign in numeral:
        if sign in _DIGITS:
            if digit:
                return 0
            digit, unit = _DIGITS[sign], 10 if sign == "零" else unit
        elif sign in "廿卅":
            section, unit = section + (20 if sign == "廿" else 30), 10
        elif sign == "万":
            if total:
                return 0
            total, section, digit, unit = (section + digit or 1) * 10_000, 0, 0, 10_000
        else:
            section, digit, unit = section + (digit or 1) * _UNITS[sign], 0, _UNITS[sign]
    return total + section + digit * unit // 10


def _of_words(text: str, start: int, first: int, end: int) -> Iterator[Number]:
    """One number, or the two of "five hundred and eight hundred"; without its article it begins at `first`."""
    words = text[first:end].lower()
    if words.split()[0] in _SCALES and _FEW.search(text[max(0, start - 12) : start]):
        yield Number(start, end, 0, 0)
        return
    value = _word_value(words)
    joint = re.fullmatch(r"(.*[^\s-])[\s-]{1,3}and[\s-]{1,3}(?!a\b)(.*)", words, re.DOTALL)
    if joint and (value == 0 or re.search(r"between\s{1,3}$", text[max(0, start - 11) : start], re.IGNORECASE)):
        for begin, stop in ((first, first + joint.end(1)), (first + joint.start(2), end)):
            value = _word_value(text[begin:stop].lower())
            yield Number(begin, stop, value, value, _scale_of(text[begin:stop]))
    else:
        yield Number(start, end, value, value, _scale_of(words))


def _scale_of(words: str) -> int:
    return _SCALES.get(re.split(r"[\s-]", words.lower())[-1], 1)


def _word_value(words: str) -> int:
    """The value of "two thousand five hundred", "fifteen hundred" or "two and a half thousand", 0 of what is none."""
    total, part, largest = 0, 0.0, 10**9
    for word in re.split(r"[\s-]+", words):
        if word == "half":
            part += 0.5
        elif word == "hundred":
            if part >= 100:
                return 0
            part = (part or 1) * 100
        elif scale := _SCALES.get(word):
            if scale >= largest:
                return 0
            total, part, largest = total + int((part or 1) * scale), 0.0, scale
        elif word in _WORDS:
            if part % (100 if _WORDS[word] >= 10 else 10) or 10 <= part % 100 < 20:
                return 0
            part += _WORDS[word]
    return int(total + part)
