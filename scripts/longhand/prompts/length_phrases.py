"""The words around a number that make it the length of a text: its unit, what it bounds, and whose length it is.

All patterns look at a plain() text, at most NEAR characters to either side of a number.
"""

from __future__ import annotations

import re

NEAR = 60


def _pattern(*pieces: str) -> re.Pattern[str]:
    return re.compile("".join(pieces), re.VERBOSE | re.IGNORECASE)


# Characters with which 字 and 词 are another word; with one of those behind the colon they are the unit after all:
# 500字母 are letters, 500字母亲节作文 is a text for Mother's Day.
_OTHER_WORDS = {
    "字": "符:合 母:亲校爱 节:日选目奏气约假 幕:后 典:型礼故雅 段:落 体:会验现裁 串 号:召 面:试对向临 形:容成式象 "
    "型 库 据:说此悉 帖 谜 元:旦宵素 码 核:对算实酸能 方:面式法便向 真:实诚正 诀 口:语头述感 箴 路:人上过途径程演 "
    "架:构空 绣",
    "词": "汇 语 组 性 典 条:件理 根:据源 云 频 类:型似 牌 缀 表:达明示扬现",
}
_ZH = {
    unit: unit + "".join(f"(?!{word[0]}{f'(?![{word[2:]}])' if word[2:] else ''})" for word in others.split())
    for unit, others in _OTHER_WORDS.items()
}
UNIT = _pattern(
    r"""(?P<odd> \s?\+(?!/) | \s{1,2}plus\b | -odd\b | -?ish\b | \s{1,2}or\s(?:more|less|fewer|so)\b
        | [多余来] | 左右 | 以[上内下] )?
    (?: (?: \s{0,3}\)?\s{0,3} | - ) (?P<more> (?:more|additional)\s{1,2} )?
        (?: (?:(?:english|total)\ )?words? | chinese\ (?:words|characters) ) (?![^\W\d])
        (?! \ (?:that|which)\ (?:start|begin|end|rhyme|mean) | \ (?:starting|beginning|ending|rhyming)
          | \ (?:and|or)\ (?:phrase|expression|idiom) )
      | [ ]?\)?[ ]? 个? (?: 中文|英文|英语|汉 )?""",
    f"(?: {_ZH['字']} | 单词 | {_ZH['词']} ) )",
)
"""Between a number and its unit may stand what belongs behind it: `odd`, as in 3000多字; `more`: 300 more words."""

LABEL = _pattern(
    r"""(?: \bwords?[ -]?(?:count|limit|length|range|target|requirement)s?\b[^0-9\n.;]{0,40} | \bwords\s?[:=]\s{0,3}
      | 字数[^0-9零一二三四五六七八九十百千万，。；!！?？\n]{0,12} )$"""
)
"""Before a number that may have no unit."""

LABELLED = _pattern(
    r"""(?: 左右 | 上下 | 以上 | 以下 | 以[内里] | 之[内间] | 内 | 为宜 | 即可 | 的?范围 | \+
      | \s{0,3}(?:$|[\s,，.。;；!?、()\]】~-]|到|至) )
    (?! [ -]{0,3}(?:%|(?:pages?|paragraphs?|sentences?|characters?|letters|lines|minutes|points|marks|sections?)\b) )"""
)
"""Behind such a number: nothing that is another unit."""

TO = _pattern(
    r"\s{0,3}(?:个?字|-?words?)?-?\s{0,3}(?: -{1,4} | ~ | 到 | 至 | \b(?:up\ )?to\b | (?P<and>\band\b|与|和|&) )\s{0,3}"
)
BETWEEN = _pattern(r"(?:\bbetween|介于|在)\s{0,2}$")
"""Between the ends of a range, and before one whose ends are joined by `and`."""

GENRE = _pattern("长文|短文|作文|文章|论文|小说|散文|报告|演讲|随笔|评论|故事|检讨|感想|心得|读后感|左右|以[上内下]")
"""Behind a 百字 or 千字 that is meant as a number."""

_FEW_BEFORE = _pattern(r"(?: ^ | [\s，。,.:;!?()] | [写用限约为于过多少在到] | 至少 | 最多 )$")
_FEW_BEHIND = _pattern(
    r"""(?: $ | [\s，。,.:;!?()] | 左右 | 以[上内下] | 之?内
      | 概括 | 回答 | 总结 | 形容 | 描述 | 说明 | 评价 | 介绍 | 表达 )"""
)


def is_few(before: str, after: str) -> bool:
    """Whether "5字" is a length, and not part of another word or of what a text speaks of."""
    return bool(_FEW_BEFORE.search(before) and _FEW_BEHIND.match(after))


# --- what it bounds

_NOT = r"""(?P<not> (?:\bno|\bnot|n't|n’t|\bnever|\bwithout|\bcannot)\s
        (?:(?:be|go|going|run|write|use|any|much|to|in|is)\s){0,3}
    | 不(?:得|能够?|可以?|要|应该?|宜|许|会|允许)? | 别 | 勿 )?"""
_FILL = r"""(?: [\s:(-] | \b(?:an?|the|of|is|to|be|at|length|total|range|words?|count)\b
    | [为是在到达要写有共计需应控制限持保约] ){0,8}$"""
_ABOUT = _pattern(
    r"""(?: \b(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|close\ to)
        | [~≈约] | 大概 | 差不多 | 接近 | 将?近 )""",
    _FILL,
)
_BOUND = _pattern(
    rf"""(?: {_NOT} (?:
        (?P<more> \b(?:(?:more|greater|longer)\ than|over|above(?!\ to)|beyond|exceed(?:s|ed|ing)?
            |upwards\ of|in\ excess\ of) | 超过 | 多于 | 大于 | 高于 | 长于 | 超出 | 超 )""",
    r"""| (?P<less> \b(?:(?:less|fewer|shorter|lower)\ than|under|below(?!\ to)) | 少于 | 小于 | 低于 | 短于 | 下于 ) )
      | (?P<above> \bat\ (?:the\ )?(?:very\ )?(?:least|minimum) | \bmin(?:imum|\b\.?)
          | 至少 | 最少 | 起码 | 最低 | 下限 | ≥ | >= | (?<=\S)> )
      | (?P<below> \bat\ (?:the\ )?(?:very\ )?(?:most|maximum) | \bmax(?:imum|\b\.?) | \bup\ to | \bwithin
          | \bcap(?:ped)?\ at | \blimit(?:ed|s)?(?:(?:\ \w+){1,3}\ to)?
          | 最多 | 至多 | 最高 | 顶多 | 上限 | 不到 | 不足 | 限制? | 限于 | ≤ | <= | < ) )""",
    _FILL,
)
_BEHIND = _pattern(
    r"""[\s,(]{0,3} (?: (?:long|in\ length|in\ total|total)\b[\s,(]{0,3} )? (?:的?(?:篇幅|长度|范围))? [及或和]? (?:
        (?P<above> or\ (?:more|above|over|longer|up)\b | and\ (?:above|up|over|more)\b | min(?:imum)?\b
          | \+(?!/) | plus\b(?!\ or) | at\ (?:the\ )?(?:very\ )?(?:least|minimum)\b
          | 以上 | 往上 | 打底 | 起步 | 起(?=[\s，。,.;；!！)]|$) | [多余] )
      | (?P<below> or\ (?:less|fewer|under|below|shorter)\b | and\ (?:under|below)\b | max(?:imum)?\b | tops\b
          | (?:word\ )?limit\b | cap\b | at\ (?:the\ )?(?:very\ )?(?:most|maximum)\b
          | 以下 | 以[内里] | 之内 | 内(?![容心部涵在地]) | 里(?!面) | 封顶 | 为限 | 为?上限 | 不到 )
      | (?P<about> or\ so\b | or\ thereabouts | give\ or\ take | plus\ or\ minus | \+/- | ± | -odd | -?ish
          | 左右 | 上下(?!文) | 来 ) )
    (?! \s(?:of\s)?(?:[0-9]|(?:an?|one|two|three|four|five|the)\b) )"""  # "500 words, at least 3 of them" bounds the 3
)


def bound(before: str, after: str = "") -> str:
    """about, above or below: by what stands before a number, else by what stands behind it."""
    if _ABOUT.search(before):
        return "about"  # also where there is a bound: "within approximately 3000 words"
    if match := _BOUND.search(before):
        more = match["above"] or (not match["below"] and bool(match["more"]) != bool(match["not"]))
        return "above" if more else "below"
    behind = _BEHIND.match(after)
    return (behind and behind.lastgroup) or "about"


def is_bound_between(between: str) -> bool:
    """Whether all that stands between two numbers is "and" and the bound of the second: " and at most "."""
    match = _BOUND.search(between)
    joint = r"(?:\s?(?:words?|字))?[\s,，]{0,3}(?:and|but|且|但|而)?\s?(?:the\s)?"
    return bool(match and re.fullmatch(joint, between[: match.start()], re.IGNORECASE))


# --- whose length it is

_GIVEN = _pattern(
    r"""(?: \b(?: (?<!for\ )(?<!in\ )this | that | these | those | his | her | their | following | attached
            | (?<!write\ )(?<!draft\ )(?<!create\ )my | the\ (?:above|original|existing|provided|given) )
          (?:\ (?:long|short|whole|entire|original|existing|draft))?
        | \b(?:summari[sz]e|condense|shorten|compress|rewrite|paraphrase|translate|proofread|review|read(?:ing)?
            |turn|convert|expand|cut|reduce|trim)\ (?:an?|the|this|your)
        | \b(?:attached|here\ is|here's|received|got)\ (?:an?|the|my) )\s$
    | \b(?:wrote|written|already(?:\ have)?)\s(?:about\s)?$ | (?:已经?|我)写[了到]?\s?$ | 写了\s?$
    | (?: 这 | 该 | 那 | 此 | 上文 | 前文 | 原稿 | 初稿 | 原文 | 以下 | 下面 | 上面 | 下列 | 上述 | (?<!写)我的 | 把
        | 将(?!近) | (?:总结|概括|缩写|压缩|精简|翻译|阅读|读|归纳|提炼)(?:了|完|一下|下)?(?=一?[篇段份本部个则]) )
      一?[篇段份本部个则封章首]?(?:长达|共|约|近|大约|有|的|\s){0,3}$"""
)
_NOT_GIVEN = _pattern(r"\s?(?:words?\s)?(?:long|or|max|min|in|at|total)\b")
_GIVEN_BEHIND = _pattern(r"\s(?:\w+\s)?(?:below|above|attached|provided|given)\b")
_CHANGED = _pattern(r"的?[^，。,.;；\n]{0,6}?(?:缩|压缩|精简|删减|减|扩|改|增|增加|减少)[写减充展编成少加]?[到至成为]")
CHANGED_FROM = _pattern(
    r"\b(?:expand|extend|lengthen|shorten|cut|reduce|trim|condense|increase|grow)\w*\b.{0,40}\bfrom\s$"
)
"""Before two numbers, of which only the second is asked for."""

_COUNTED = _pattern(  # words that are themselves what is asked for, idioms, prices
    r"""(?: \b(?:list|name|knows?|learn|memori[sz]e|find|choose|pick|circle|underline|top|worth)
          (?:\s(?:the|of|me|top|only|at\ least)){0,3}
      | 学会 | 背诵? | 记住 | 掌握 | 默写 | 抄写 | \bper | [/$每第] )\s?$"""
)
_RATE = _pattern(
    r"""\s?(?: (?:/|per|each|every|an?)\s?(?:minute|min|hour|day|week|month|page|line|second)\b
      | [/每一](?:分钟|小时|天|日|周|月|页|行) )"""
)
_RATE_BEFORE = _pattern(
    r"""(?: 每一?(?:分钟|小时|天|日|周|月|页|行|句) | (?:单句|长句|句子)(?:长度|字数|不|最多|控制|限)
      | \b(?:no|each|every|per|any)\ sentence | \bsentences )[^，。,.;；\n]{0,25}$"""
)


def is_other(before: str, after: str) -> bool:
    """Whether it is the length of a given text, a rate, or a number of words to list."""
    given = (_GIVEN.search(before) and not _NOT_GIVEN.match(after)) or _GIVEN_BEHIND.match(after)
    elsewhere = _COUNTED.search(before) or _RATE_BEFORE.search(before) or _RATE.match(after)
    return bool(given or elsewhere or _CHANGED.match(after))


_EN = r"\b(?P<en>title|headline|heading|subtitle|intro|body|conclusion|abstract|overview|caption|slogan|tagline)"
_EN += r"(?:s|duction)?\b"
_PARTS = r"(?P<zh>副?标题|题目|正文|引言|导语|前言|序言|导言|开头|结尾|结论|摘要|主体|首段|尾段"
_PARTS += r"|第[一二三四五六七八九十0-9]{1,3}[段部节章])"
_PART_BEFORE = _pattern(rf"(?: {_EN}[^.,;\n]{{0,30}} | {_PARTS}[^，。,；;\n]{{0,12}} )$")
_PART_BEHIND = _pattern(rf"(?:左右|以[内上下])?的?{_PARTS} | [\s-]{{0,2}}{_EN}")
_ASIDE = _pattern(r"(?: \([^()]* | (?:其中|包括|\bincluding|\bof\ which)[^。.;；]* )$")


def part(before: str, after: str) -> tuple[str | None, bool]:
    """The part of a text whose length it is, if one is named; and whether it is named in passing."""
    match = _PART_BEFORE.search(before) or _PART_BEHIND.match(after)
    if not match:
        return None, False
    return (match["en"] or match["zh"]).lower(), bool(_ASIDE.search(before))


_TOTAL = _pattern(
    r"""(?: (?:总|全文|全篇|整篇|通篇|共计|合计|一共|篇幅|全长|整个)[^，。,；;\n]{0,12}
      | \b(?:total|overall|altogether|entire|whole|full|combined|collectively)\b[^.;\n]{0,40} )$"""
)
_TOTAL_BEHIND = _pattern(r"\s?(?:in\ total|total|overall|altogether|combined)\b")


def is_total(before: str, after: str) -> bool:
    """Whether it is said to be the length of the whole."""
    return bool(_TOTAL.search(before) or _TOTAL_BEHIND.match(after) or LABEL.search(before))


MORE = _pattern(r"(?: \b(?:another|additional|further|extra) | 再写? | 另写 | 补充 )\s{0,2}$")
MORE_BEHIND = _pattern(r"\s(?:more|extra)\b(?!\ than)")
FIRST = _pattern(
    r"""(?: \b(?:first|last|final|opening|next|remaining)\s
      | (?: (?<![目之以从考饭提向面])前 | (?:最|^|[，。,；;、\s])后 )\s? )$"""
)
"""Before the length of a piece."""

OR = _pattern(r"\s?(?:or|或者?)\s?")
_SHARED = r"(?:be|is|are|has|have|of|with|at|between|about|around|under|over|to|not|no|limited|contains?|should|must)\b"
EACH = _pattern(
    r"""(?: 每一?个?(?P<zh>[^\s，。；,;0-9])[^，。；,;\n]{0,14}
      | (?P<all>各)(?:自|部分|段|篇|章|节)?(?:写|为|约|占|不少于|不超过|大约|控制在)?\s?
      | \b(?:each|every|per)\b """,
    rf"(?: \s(?P<en>(?!{_SHARED})[a-z]+) )? [^.,;:\n0-9]{{0,40}} (?<!in\ a\ )(?<!in\ an\ ) )$",
)
EACH_BEHIND = _pattern(
    r"""\s?(?:左右|以[上内下])?\s?[/每](?P<zh>[^\s，。])
      | (?:\s(?:long|in\ length))?[\s(]{0,3}(?:each|apiece|per|every)\b(?:\s(?P<en>[a-z]+))?"""
)
PARTS_OF = _pattern(r"\s(?:[\w-]+\s){0,2}[\w-]+s\sof\s(?:(?:about|around|approximately|roughly|at\ least|up\ to)\s)?")
"""Between their number and the length of one: "3 paragraphs of 100 words"."""

PLURAL = _pattern(r"\s(?:[\w-]+\s){0,4}[a-z]+s\b")
CLASSIFIERS = frozenset("部段篇章节首方则封集点题个")
"""Behind the number of texts."""
