"""Makes queries about documents (LongAlign): one is asked for, then whether the document is enough to answer it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.judging.declines import declines
from longhand.methods.tries import SUITS, Tries
from longhand.program.errors import LonghandError
from longhand.prompts.new_request import request_in
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.text.imagined import made_up
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.content import content_of
from longhand.wire.request import Message

ASK = "ask"
_ANSWER = re.compile(
    r"""^[\W_]*(?: (?:(?:short|sample|model|reference)\s)?(?:answer|response|a) | (?:参考)?(?:答案|回答|答) )
      \s?[*_]*[:：]
      | [?？][^\n?？]*\n\s*\n\s*\S""",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
"""The label of an answer, or a paragraph behind a question."""
_QUOTED = re.compile(r'"[^"\n]*"|“[^”\n]*”|「[^」\n]*」|《[^》\n]*》')
_QUESTIONS = re.compile("[?？](?=$|[^?？!！])")
_IMAGINED_WORDS = 25


class Method:
    """Asks for a query until one can be read, and can be answered from the document by the model's own word.

    Args:
        settings: `query`: attempts, words; `prompts`.
    """

    ROLES: ClassVar = {"writer": None}
    SETTINGS: ClassVar = ("query",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {ASK: ("wanted",), SUITS: ("query",)}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        self._settings, self._templates = settings["query"], settings["prompts"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """A query, as one row of the responses table.

        Args:
            askers: `writer`.
            row: a prompt that says what is wanted, with the document as its context, and which `sample` of its
                responses is wanted.

        Raises:
            LonghandError: there is no document.
        """
        if row["context"] is None:
            raise LonghandError("the prompt has no document to ask about", f"prompt {row['prompt_id']}")
        tries = Tries(askers["writer"], row)
        made = await tries.suiting(
            self._settings["attempts"],
            ASK,
            self._question(row, ASK, wanted=row["prompt"]),
            lambda answer: self._read(tries, answer, row),
            lambda query: self._question(row, SUITS, query=query),
        )
        return [made]

    def _question(self, row: Row, step: str, **texts: str) -> list[Message]:
        """The document first, so that a server's prefix cache holds for all that is asked about it."""
        whole = {"context": row["context"], "prompt": fill(self._templates[step][row["language"]], **texts)}
        return [{"role": "user", "content": content_of(whole)}]

    def _read(self, tries: Tries, answer: Answer, row: Row) -> str | None:
        """The query of an answer; None where it has none that can be used."""
        query = request_in(answer.text)
        least, most = self._settings["words"]
        if query is None or several_in(query):
            tries.refuse(answer, "several")
        elif _ANSWER.search(query):
            tries.refuse(answer, "answered")
        elif (declined := next(declines(query), None)) is not None:
            tries.refuse(answer, "declined", declined)
        elif not least <= (words := count_longbench_write(query)) <= most:
            tries.refuse(answer, "wrong_length", f"{words} words")
        elif language_of(query) != row["language"]:
            tries.refuse(answer, "other_language")
        elif query in row["context"]:
            tries.refuse(answer, "copied")
        else:
            return query
        return None

    def imagine(self, call: Call, row: Row) -> str | None:
        """A query, and that it suits."""
        if call.step == SUITS:
            return "是" if row["language"] == "zh" else "yes"
        least, most = self._settings["words"]
        return made_up(min(max(_IMAGINED_WORDS, least), most), row["language"])


def several_in(query: str) -> bool:
    """Whether a text asks more than one question: it has several question marks outside of what it quotes."""
    return len(_QUESTIONS.findall(_QUOTED.sub("", query))) > 1
