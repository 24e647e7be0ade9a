"""Finds the words by which a judge says that it does not judge, in English and Chinese.

What it cannot do must be the judging itself: who cannot find an error, cannot tell whether a date is right or cannot
give a higher score has judged. And it must be the judge who cannot, or the whole text that cannot be judged: a response
that refuses its task has been judged too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CANNOT = r"""\b(?: can\s?not | can['’]t | could\snot | couldn['’]t | will\snot | won['’]t | must\snot
    | (?:un|not\s)able\sto | not\sgoing\sto | (?:not\spossible|impossible|unwilling|not\swilling)(?:\sfor\sme)?\sto
    | (?:declin|refus)(?:e|es|ed|ing)\sto )\b (?:\s(?:\w+ly|in\sgood\sfaith|therefore|thus|also|even))*"""
_JUDGE = r"""(?:judge|evaluate|score|rate|assess|grade|mark|review|comply|assist|proceed|continue|engage|fulfill?
    |help(?!\s(?:but|\w+ing)\b)|do\s(?:so|this|that))"""
_TEXT = r"""(?:response|text|essay|piece|story|content|writing|submission|work|answer|article|request|material|passage
    |output|task)s?"""
_THING = rf"""(?: this\sone | this | that | it | (?:the|this|that|such|your|any|an?)(?:\s\w+)?\s{_TEXT}
    | (?:(?:such|\w+ly|explicit|sexual|harmful|violent|illegal|hateful|offensive|unsafe|inappropriate)\s)+{_TEXT} )"""
_WHOLE = rf"(?: \s(?:with\s)?{_THING} )?"
_VERDICT = rf"""(?:give|provide|assign|offer|make|produce|deliver|issue) (?:\s(?:it|this|that))?
    (?:\s(?:an?|any|the|my|such))?
    (?:\s(?:final|fair|reliable|numerical|numeric|honest|valid))?
    \s(?:scores?|verdict|ratings?|judge?ments?|evaluations?|assessments?|grades?|marks?)
    (?: \s(?:of|on|to)\s{_THING} )?"""
_END = r"""(?= \s*(?: [.!?,;:)"}\]—–-] | $ ) | \s(?:because|since|for|due|given|under|at\sall|here|without|until|when
    |if|and|but|so|fairly|properly|reliably|honestly|responsibly)\b )"""
_ZH = r"""(?:无法|不能|不会|不便|难以|没法|没办法|拒绝|不予|不愿|谢绝) (?:对?(?:该|此|这|本|其|它)\w{0,6})?
      (?:作出|做出|给出|进行|提供)? (?:任何)? (?:评判|评分|打分|评价|评估|评定|判分|分数
        |(?:协助|帮助)?(?:完成|满足|处理|回应)) (?:(?:该|此|这|本|其|它|您的|你的)\w{0,6})?
      (?=[\s。，,.;；！!"'}\])]|$)
    | 我(?:必须|只能|在此|因此|选择)?(?:拒绝|谢绝|弃权)(?=[\s。，,.;；！!]|$)"""
_DECLINES = re.compile(
    rf"""(?P<cannot>{_CANNOT}\s(?:{_JUDGE}{_WHOLE}|{_VERDICT}){_END})
    | \bI\s(?:(?:must|have\sto|will|do|hereby)\s)?(?:\w+ly\s)?(?:decline|refuse|abstain){_END}
    | (?P<passive>\b(?:can\s?not|can['’]t|could\snot|should\snot|will\snot|won['’]t|must\snot)\sbe\s(?:\w+ly\s)?
      (?:judged|scored|rated|evaluated|assessed|graded){_END})
    | \b(?:these|those|this|that|they)\s(?:is|are)\snot\s(?:my|the|a)\s(?:own\s|actual\s|real\s)?
      (?:scores?|verdict|ratings?|judge?ments?){_END}
    | \bno\s(?:score|verdict|rating|judge?ment)\s(?:is|can\sbe|will\sbe)\s(?:given|made|possible)\b
    | (?P<zh>{_ZH})""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"[.!?。！？\n\"“”]")


# Who does not: the words of the sentence before, or of the Chinese clause.
_WHO = {
    "cannot": re.compile(
        r"""(?: \b(?:I|we)(?:['’](?:m|ve|ll|d))?(?:\s(?:am|are|have|must|will|do|also|then|\w+ly))*
            | ^ | \b(?:so|but|thus|hence|therefore|however|said|sorry|apologies|regrettably|unfortunately|note)
            | \bit(?:\s(?:is|would\sbe)|['’]s) ) [\s*_,:;–—-]* $""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "passive": re.compile(rf"(?:\b(?:{_TEXT}|it|this|that|and|which)|^)\s*$", re.IGNORECASE | re.VERBOSE),
    "zh": re.compile(
        r"""(?: 我们?\w{0,4}
            | ^[\s*]*(?:抱歉|对不起|很|因此|所以|因而|故|恕|但是?|然而|不过|暂时?|作为\w{0,6}+)*+
              (?:[该此这本][篇段个份]?(?:回答|文章?|文本|回复|内容|作品|请求|答案))? ) $""",
        re.VERBOSE,
    ),
}
_OF_ITS_OWN = re.compile(r"拒绝|不愿|谢绝")  # after "this text": what the text does
_QUOTE = re.compile(r"""(?:\w[,:]?\s | \( | \\)["“]$""", re.VERBOSE)  # not that of a JSON value


def declines(text: str) -> Iterator[str]:
    """The sentences of a text that say so, one at a time."""
    for match in _DECLINES.finditer(text):
        before, behind = text[max(0, match.start() - 200) : match.start()], text[match.start() : match.end() + 100]
        start = _SENTENCE_END.split(before)[-1]
        kind = match.lastgroup
        if kind == "zh":
            clause = re.split("[，,；;：:]", start)[-1]
            by_the_text = clause[:1] in (*"该此这本",) and _OF_ITS_OWN.match(match[0])
            is_judges = match[0][0] == "我" or bool(_WHO[kind].search(clause) and not by_the_text)
        else:
            is_judges = kind is None or bool(_WHO[kind].search(start))
        if is_judges and not _QUOTE.search(before.removesuffix(start)[-4:]):
            yield start.lstrip() + behind[: len(match[0])] + _SENTENCE_END.split(behind[len(match[0]) :])[0]
