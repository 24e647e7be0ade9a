"""What a method is. Each is one file of `methods/` or `judging/`, with a class of the name `Method`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from longhand.tables.files import Row
from longhand.wire.asker import Asker, Call

GENERATE, JUDGE = "generate_responses", "judge_responses"
ROOMS = {GENERATE: "methods", JUDGE: "judging"}
"""Where the methods of a step lie."""
EMBEDDER, BM25 = "embedder", "bm25"
"""The role of who turns texts into vectors, an entry of the config's `embedders`; and what is named where nobody is."""


class Method(Protocol):
    """How a row is made from answers.

    Attributes:
        ROLES: the askers that it uses: role -> the setting of the entry that names another entry of `models`, as
            "section.key" where it lies in a section; where nothing is named there, or for None, it is the entry itself.
            The first role is the entry's own. The role "embedder" is there only where an embedder is named for it.
        SETTINGS: settings of the entry that decide its rows, beside the identities of its askers.
        PROMPTS: the templates of its questions: step -> the placeholders that each must have. They reach the method
            as `prompts` in its settings: step -> language -> text.
        TRACED: it makes more than one call for a row, so its calls get a table of their own.
    """

    ROLES: ClassVar[Mapping[str, str | None]]
    SETTINGS: ClassVar[tuple[str, ...]]
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]]
    TRACED: ClassVar[bool]

    def __init__(self, settings: Mapping[str, Any]): ...

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The rows of the step's table for one row to be asked about.

        Args:
            askers: by role.
            row: a prompt with `sample`; for a judge also the response.
        """
        ...

    def imagine(self, call: Call, row: Row) -> str | None:
        """The text of an answer that is not there yet, for the plan: about as long, of the same form.

        The plan ends each line of it with a mark. What the method sends on keeps the marks of the lines that it uses.

        Args:
            call: the question.
            row: as for `make`.

        Returns:
            None: the answer is the row's last, so nothing depends on its form.
        """
        ...


def method_file(step: str, name: str) -> str:
    """The file of a method, relative to the folder of scripts."""
    return f"longhand/{ROOMS[step]}/{name.replace('-', '_')}.py"


def method_class(step: str, name: str) -> type[Method]:
    """The class of a method; the schema of the config says which names there are."""
    module = importlib.import_module(method_file(step, name).removesuffix(".py").replace("/", "."))
    method: type[Method] = module.Method
    return method
