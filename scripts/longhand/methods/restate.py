"""Has a prompt state a length that its response meets (Self-Lengthen's length control)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.made.imagined import STATING
from longhand.methods.tries import Tries, draw_of
from longhand.program.errors import LonghandError
from longhand.prompts.new_request import request_in
from longhand.prompts.required_length import read_required
from longhand.prompts.stated_length import chinese_numeral, draw_length
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.text.language import count, language_of
from longhand.text.length import COUNTERS, count_longbench_write
from longhand.text.requirement import CONSTRAINTS, Requirement
from longhand.wire.asker import Asker, Call
from longhand.wire.replies import Unanswered

_NUMERALS = 0.5
"""Share of Chinese prompts that state their numbers in Chinese numerals."""
_ROOM = 500  # characters, beside twice those of the prompt: more is no prompt that also states a length
_SHORTENED = 0.5  # a rewritten prompt with fewer than this share of its words has lost what it asked for


class Method:
    """Draws a length, and asks for a prompt that states it until the length that is read back is the same.

    Args:
        settings: `restate`: attempts, shares, words, step, seed; `prompts`.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("restate",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        constraint: ("query", "least", "most") if constraint == "range" else ("query", "length")
        for constraint in CONSTRAINTS
    }
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        self._settings, self._templates = settings["restate"], settings["prompts"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The rewritten prompt, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt, with its response as its context, and which `sample` is wanted.

        Raises:
            LonghandError: there is no response.
        """
        if row["context"] is None:
            where = f"prompt {row['prompt_id']}"
            raise LonghandError("the prompt has no context, which is the response that a length is read off", where)
        tries, chance = Tries(askers["writer"], row), self._chance(row)
        counts, (least, most) = _counts(row["context"]), self._settings["words"]
        shares, step = self._settings["shares"], self._settings["step"]
        length = draw_length(counts, chance, shares=shares, bounds=(least, most), step=step)
        if length is None:
            words = " or ".join(map(str, sorted(set(counts))))
            return [tries.rejected(f"no length from {least} to {most} fits a response of {words} words")]
        numerals = row["language"] == "zh" and chance.random() < _NUMERALS
        texts = {name: chinese_numeral(value) if numerals else str(value) for name, value in _numbers(length).items()}
        content = fill(self._templates[length.constraint][row["language"]], query=row["prompt"], **texts)
        question = [{"role": "user", "content": content}]
        expected = count_longbench_write(row["prompt"]) + STATING
        try:
            for attempt in range(self._settings["attempts"]):
                draw = draw_of(row, attempt)
                answer = await tries.ask(question, draw=draw, step="restate", number=attempt, expected=expected)
                if answer is None:
                    continue
                if len(answer.text) > 2 * len(row["prompt"]) + _ROOM:  # reading a long loop takes minutes
                    tries.refuse(answer, "lengthened")
                    continue
                prompt = _rewritten(answer.text, row["prompt"])
                if (reason := _fault(prompt, row["prompt"], length)) is None:
                    return [tries.made(answer, prompt)]
                tries.refuse(answer, reason)
        except Unanswered as e:
            return [tries.unanswered(e)]
        return [tries.rejected()]

    def _chance(self, row: Row) -> random.Random:
        seed = f"{self._settings['seed']} {row['prompt_id']} {row['sample']}"
        return random.Random(hashlib.sha256(seed.encode()).digest())

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the response, if it states the length."""
        return None


def _counts(text: str) -> list[int]:
    """Words of a text by all counters: of Chinese, LonGen's counts the marks too."""
    counts = count(text)
    return [counter.words(counts) for counter in COUNTERS]


def _numbers(length: Requirement) -> dict[str, int]:
    """What a template states, by its placeholders."""
    placeholders = {"least": length.required_min, "most": length.required_max}
    stated = placeholders if length.constraint == "range" else {"length": length.stated}
    return {name: value for name, value in stated.items() if value is not None}


def _rewritten(reply: str, prompt: str) -> str:
    """The prompt in a reply; what the prompt itself has around it is left there."""
    kept = request_in(prompt) == prompt.strip()
    return (request_in(reply) if kept else None) or reply.strip()


def _fault(prompt: str, before: str, length: Requirement) -> str | None:
    """Why a rewritten prompt is not used."""
    if read_required(prompt) != length:
        return "not_stated"
    if language_of(prompt) != language_of(before):
        return "other_language"
    shortened = count_longbench_write(prompt) < _SHORTENED * count_longbench_write(before)
    return "shortened" if shortened else None
