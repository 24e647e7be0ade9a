"""Reads the list that a judge's reply holds: facts of a part of a document, or statements of an answer.

An error, a policy message or a comment is no list, so it never becomes a fact or a statement. Nor is a list taken that
was cut off: it would be a shorter one than the judge had in mind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.judging.mentions import find_objects
from longhand.judging.readout import Readout, unread
from longhand.judging.reasoning import without_reasoning

_ITEM = re.compile(r"^[ \t]*(?:[-*•‣·–—+](?=[\s“\"'「《(（]|[^\W\d])|\(?\d{1,4}[.)、）](?!\d))[ \t]*(?P<text>.*\S)")
_CONTINUED = re.compile(r"^[ \t]+(?P<text>\S.*)$")
_NONE = re.compile(r"\[\[\s*(?:none|无|没有)\s*\]\]", re.IGNORECASE)


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
        lists = [_list_in(pairs, key) for _, _, pairs in find_objects(answer)]
    except RecursionError:
        return Readout("unparsed", None, "the reply is nested too deeply")
    in_json = [values for values in lists if values is not None]
    items, is_none = (in_json[0], not in_json[0]) if in_json else (_items(answer), bool(_NONE.search(answer)))
    listed = [item for item in items if not _NONE.fullmatch(item.strip(" .。"))]
    if is_cut and not (is_none and not listed):
        return Readout("unparsed", None, "the list is cut off at the token limit: raise max_tokens")
    if any(values != in_json[0] for values in in_json):
        return Readout("unparsed", None, "more than one list")
    if listed and is_none and not in_json:
        return Readout("unparsed", None, "it has a list, and says that there is none")
    if not listed and not is_none:
        return unread("no list", answer, texts)
    refusals: list[Readout[tuple[str, ...]]] = [unread("", item, texts) for item in listed]
    if listed and all(refusal.status == "refused" for refusal in refusals):
        return refusals[0]
    return Readout("ok", tuple(listed))


def _list_in(pairs: Sequence[tuple[str, object]], key: str) -> list[str] | None:
    """The texts that an object lists under a key; None where it has no such list."""
    for name, value in pairs:
        if name.casefold() == key.casefold() and isinstance(value, list):
            if not all(isinstance(item, str) for item in value):
                return None
            return [" ".join(item.split()) for item in value if item.strip()]
    return None


def _items(answer: str) -> list[str]:
    """The items of a list of lines; what is indented below one belongs to it."""
    items: list[str] = []
    is_open = False
    for line in answer.split("\n"):
        if match := _ITEM.match(line):
            items.append(match["text"])
            is_open = True
        elif is_open and (match := _CONTINUED.match(line)):
            items[-1] += f" {match['text'].rstrip()}"
        else:
            is_open = False
    return items
