"""Finds the words by which a judge says that it does not judge, in English and Chinese.

What it cannot do must be the judging itself: who cannot find an error, cannot tell whether a date is right or cannot
give a higher score has judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CANNOT = r"""\b(?: can\s?not | can['’]t | could\snot | couldn['’]t | will\snot | won['’]t | must\snot
    | (?:un|not\s)able\sto | not\sgoing\sto | (?:not\spossible|impossible|unwilling|not\swilling)(?:\sfor\sme)?\sto
    | (?:declin|refus)(?:e|es|ed|ing)\sto )\b (?:\s(?:\w+ly|in\sgood\sfaith|therefore|thus|also|even))*"""
_JUDGE = r"(?:judge|evaluate|score|rate|assess|grade|mark|review|comply|assist|help|proceed|do\s(?:so|this|that))"
_WHOLE = r"""(?: \s(?:with\s)?(?: this\sone | this | that | it
    | (?:the|this|that|such|your|any|an?)(?:\s\w+)?\s(?:response|text|essay|piece|story|content|writing|submission
        |work|answer|article|request|material|passage|output|task)s? ) )?"""
_VERDICT = r"""(?:give|provide|assign|offer|make|produce|deliver|issue) (?:\s(?:it|this|that))?
    (?:\s(?:an?|any|the|my|such))?
    (?:\s(?:final|fair|reliable|numerical|numeric|honest|valid))?
    \s(?:scores?|verdict|ratings?|judge?ments?|evaluations?|assessments?|grades?|marks?)"""
_END = r"""(?= \s*(?: [.!?,;:)"}\]—–-] | $ ) | \s(?:because|since|for|due|given|under|at\sall|here|without|until|when
    |if|and|but|so|fairly|properly|reliably|honestly|responsibly)\b )"""
_ZH = r"""(?:无法|不能|不会|不便|难以|没法|没办法|拒绝|不予|不愿|谢绝) (?:对?(?:该|此|这|本|其|它)\w{0,6})?
      (?:作出|做出|给出|进行)? (?:任何)? (?:评判|评分|打分|评价|评估|评定|判分|分数) (?:(?:该|此|这|本|其|它)\w{0,6})?
      (?=[\s。，,.;；！!"'}\])]|$)
    | 我(?:必须|只能|在此|因此|选择)?(?:拒绝|谢绝|弃权)(?=[\s。，,.;；！!]|$)"""
_DECLINES = re.compile(
    rf"""{_CANNOT}\s(?:{_JUDGE}{_WHOLE}|{_VERDICT}){_END}
    | \bI\s(?:(?:must|have\sto|will|do|hereby)\s)?(?:\w+ly\s)?(?:decline|refuse|abstain){_END}
    | \b(?:can\s?not|can['’]t|could\snot|should\snot|will\snot|won['’]t|must\snot)\sbe\s(?:\w+ly\s)?
      (?:judged|scored|rated|evaluated|assessed|graded){_END}
    | \b(?:these|those|this|that|they)\s(?:is|are)\snot\s(?:my|the|a)\s(?:own\s|actual\s|real\s)?
      (?:scores?|verdict|ratings?|judge?ments?)\b
    | \bno\s(?:score|verdict|rating|judge?ment)\s(?:is|can\sbe|will\sbe)\s(?:given|made|possible)\b
    | {_ZH}""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"[.!?。！？\n\"“”]")


def declines(text: str) -> Iterator[str]:
    """The sentences of a text that say so, one at a time."""
    for match in _DECLINES.finditer(text):
        before, behind = text[max(0, match.start() - 200) : match.start()], text[match.start() : match.end() + 100]
        yield (
            _SENTENCE_END.split(before)[-1].lstrip()
            + behind[: len(match[0])]
            + _SENTENCE_END.split(behind[len(match[0]) :])[0]
        )
