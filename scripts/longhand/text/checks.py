"""What a text must pass before a method takes it for an answer."""

from __future__ import annotations

from longhand.text.check_response import check_response
from longhand.text.health import is_closed
from longhand.text.language import language_of
from longhand.text.loops import loop_onset
from longhand.text.repetition import tokens_of

LANGUAGE = "language"
_CLOSING = {"en": ".!?…)]}>\"'”’`", "zh": "。！？…）】］》〉」』”’`"}
"""Marks that may end a text of a language."""
_EMPHASIS = "*_~"


def failed_check(text: str, check: str) -> str | None:
    """Why a text fails a check; None where it passes.

    Args:
        text: of a response.
        check: `language` is ours; `qwen` and `llama` are the published ones, as they are (`check_response`), of which
            the first fails what ends in an English full stop, the second what ends in Chinese.

    Returns:
        By `language`: `open_end` (it ends in no closing mark of its own language, or looks cut off) or `loop`. By the
        published ones: `punctuation`, `stopword` or `n_gram`.
    """
    if check != LANGUAGE:
        return check_response(text, "qwen" if check == "qwen" else "llama")
    last = text.rstrip().rstrip(_EMPHASIS).rstrip()[-1:]
    if not last or last not in _CLOSING[language_of(text)] or not is_closed(text):
        return "open_end"
    return None if loop_onset(tokens_of(text)) is None else "loop"
