"""Reads the list that a judge's reply holds: facts of a part of a document, or statements of an answer.

An error, a policy message or a comment is no list, so it never becomes a fact or a statement. Nor is a list taken that
was cut off: it would be a shorter one than the judge had in mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from longhand.judging.mentions import find_objects
from longhand.judging.readout import Readout, shown, unread
from longhand.judging.reasoning import without_reasoning

_ITEM = re.compile(r"^[ \t]*(?:[-*•‣·–—+](?=[\s“\"'「《(（]|[^\W\d])|\(?\d{1,4}[.)、）](?!\d))\s*+(?P<text>.+)")
_CONTINUED = re.compile(r"^[ \t]+(?P<text>\S.*)$")
_NONE = re.compile(r"\[\[\s*(?:none|无|没有)\s*\]\]", re.IGNORECASE)
_NOTHING = re.compile(r"\W*(?:none|nothing|n/a|无|没有)\W*", re.IGNORECASE)


def read_list(reply: str, key: str, *, is_cut: bool, texts: Sequence[str] = ()) -> Readout[tuple[str, ...]]:
    """The items of a reply, in order: empty where it says that there are none.

    Args:
        reply: what the judge wrote.
        key: of the list in a reply that is a JSON object.
        is_cut: the reply ends at the token limit.
        texts: that the judge was shown.
    """
    try:
        answer = without_reasoning(reply)
        in_json = [values for _, _, pairs in find_objects(answer) for values in _lists_in(pairs, key)]
    except RecursionError:
        return Readout("unparsed", None, "the reply is nested too deeply")
    items, rest = (in_json[0], []) if in_json else _items(answer)
    is_none = not in_json[0] if in_json else bool(_NONE.search(answer))
    listed = [item for item in items if not _NONE.fullmatch(item.strip(" .。"))]
    if is_cut and not (is_none and not listed):
        return Readout("unparsed", None, "the list is cut off at the token limit: raise max_tokens")
    if any(values != in_json[0] for values in in_json):
        return Readout("unparsed", None, "more than one list")
    if listed and is_none and not in_json:
        return Readout("unparsed", None, "it has a list, and says that there is none")
    if not listed and not is_none:
        return unread("no list", answer, texts)
    if listed and all(_NOTHING.fullmatch(item) for item in listed):
        return Readout("unparsed", None, f'it lists "{shown(listed[0])}"')
    around: Readout[tuple[str, ...]] = unread("", "\n".join(rest), texts)
    if around.status == "refused":  # a refusal may list what one could ask for instead
        return around
    refusals: list[Readout[tuple[str, ...]]] = [unread("", item, texts) for item in listed]
    if listed and all(refusal.status == "refused" for refusal in refusals):
        return refusals[0]
    return Readout("ok", tuple(listed))


def _lists_in(pairs: Sequence[tuple[str, object]], key: str) -> Iterator[list[str]]:
    """The lists of texts that an object has under a key."""
    for name, value in pairs:
        if name.casefold() != key.casefold() or not isinstance(value, list):
            continue
        if all(isinstance(item, str) for item in value):
            yield [" ".join(item.split()) for item in value if item.strip()]


def _items(answer: str) -> tuple[list[str], list[str]]:
    """The items of a list of lines, and the other lines; what is indented below an item belongs to it."""
    items: list[str] = []
    rest: list[str] = []
    is_open = False
    for line in answer.split("\n"):
        if match := _ITEM.match(line):
            items.append(match["text"].rstrip())
            is_open = True
        elif is_open and (match := _CONTINUED.match(line)):
            items[-1] += f" {match['text'].rstrip()}"
        else:
            rest.append(line)
            is_open = False
    return items, rest
