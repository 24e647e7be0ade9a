"""The references of a dataset's prompts as responses to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from longhand.methods.direct import unanswered_row
from longhand.methods.recorded import taken_row
from longhand.tables.files import Row
from longhand.wire.asker import Asker, Call


class Method:
    """Takes the `reference` of each prompt; it asks nobody. A prompt without one gets status failed.

    Args:
        settings: `model`: its name.
    """

    ROLES: ClassVar[Mapping[str, str | None]] = {}
    SETTINGS: ClassVar = ()
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        self._model = settings["model"]

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: none.
            row: a prompt, and which `sample` of its responses is wanted: there is one.
        """
        if row["reference"] is None or row["sample"] > 0:
            missing = "the prompt has no reference" if row["reference"] is None else "a prompt has one reference"
            return [unanswered_row(row, self._model, "failed", missing, 0)]
        return [taken_row(row, self._model, row["reference"])]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: nobody is asked."""
        return None
