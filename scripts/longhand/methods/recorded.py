"""Responses that were made elsewhere, matched to prompts by prompt and context."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from longhand.methods.direct import answered_row, unanswered_row
from longhand.program.printable import printable
from longhand.prompts.matched import ResponseFile, TextsByPrompt
from longhand.tables.files import Row
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call

_SHOWN = 80  # characters of a prompt, where it has no response


class Method:
    """Takes each response from a file; it asks nobody.

    A prompt whose responses are fewer than `samples` gets status failed for the rest; the counts of what is missing and
    what is too much go to the log.

    Args:
        settings: `path` of the file, its `kind` and its `fields`, see `ResponseFile`. `samples`: responses per prompt.
            `model`: its name. `prompts`: all rows of the dataset, read once.

    Raises:
        LonghandError: see `ResponseFile.rows`.
    """

    ROLES: ClassVar[Mapping[str, str | None]] = {}
    SETTINGS: ClassVar = ("fields",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        path, fields = Path(settings["path"]), settings["fields"]
        file = ResponseFile(path, settings["kind"], fields, settings["prompts"])
        self._file, self._model, self._texts = path, settings["model"], TextsByPrompt()
        for matched in file.rows():
            self._texts.add(matched.prompt_id, matched.response)
        _tell_counts([self._texts.count(prompt_id) for prompt_id in file.prompts], settings["samples"], path)

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: none.
            row: a prompt, and which `sample` of its responses is wanted.
        """
        text = self._texts.of(row["prompt_id"], row["sample"])
        if text is None:
            why = f"no response in {self._file.name} to '{printable(row['prompt'][:_SHOWN], _SHOWN)}'"
            return [unanswered_row(row, self._model, "failed", why, 0)]
        return [taken_row(row, self._model, text)]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: nobody is asked."""
        return None


def taken_row(row: Row, model: str, text: str) -> Row:
    """A row of the responses table for a text that nobody was asked for."""
    return answered_row(row, model, Answer("", text, None, None, None, 0.0, 0)) | {"request_id": None, "seconds": None}


def _tell_counts(counts: Sequence[int], samples: int, file: Path) -> None:
    missing, spare = (sum(max(0, sign * (samples - count)) for count in counts) for sign in (1, -1))
    wanted = len(counts) * samples
    print(
        f"{wanted - missing} of {wanted} responses are in {file}; {missing} are not (status failed); {spare} more than "
        f"{samples} to a prompt are not used",
        file=sys.stderr,
    )
