"""The templates of a method's questions: the shipped ones, or a user's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longhand.config.schema import suggestion
from longhand.config.settings_files import file_text
from longhand.made.sources import QUERY_PROMPTS
from longhand.program.errors import LonghandError

SHIPPED = Path(__file__).resolve().parents[3] / "resources/prompts"
LANGUAGES = ("en", "zh")

Templates = dict[str, dict[str, str]]
"""Step -> language -> text."""


def templates_of(
    method: str,
    steps: Mapping[str, tuple[str, ...]],
    files: Mapping[str, Mapping[str, str]],
    folder: Path,
    where: str,
) -> Templates:
    """The templates of a method: resources/prompts/METHOD/STEP.LANGUAGE.txt, where a user names no other file.

    Args:
        method: its name.
        steps: step -> the placeholders that its template must have.
        files: step -> language -> a user's file, relative to the folder.
        folder: of the run.
        where: what names these files, for the message.

    Raises:
        LonghandError: an unknown step or language, a file that is not there, or a placeholder that is missing.
    """
    for step, named in files.items():
        if step not in steps:
            raise LonghandError(f"unknown prompt '{step}', {suggestion(step, steps)}", where)
        if unknown := sorted(named.keys() - set(LANGUAGES)):
            raise LonghandError(f"unknown language '{unknown[0]}', {suggestion(unknown[0], LANGUAGES)}", where)
    return {
        step: {language: _template(method, step, language, files, folder, names, where) for language in LANGUAGES}
        for step, names in steps.items()
    }


def made_with_templates(entry: Mapping[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """What a dataset is made of, with the texts of its templates in place of their files: of `documents`.

    Args:
        entry, name: of the dataset.
        folder: of the run.

    Raises:
        LonghandError: see `templates_of`.
    """
    made: dict[str, Any] = entry["made"]
    if "documents" not in made:
        return made
    where = f"config datasets.{name}.made.documents.prompts"
    texts = templates_of("documents", QUERY_PROMPTS, made["documents"]["prompts"], folder, where)
    return {"documents": made["documents"] | {"prompts": texts}}


def _template(
    method: str,
    step: str,
    language: str,
    files: Mapping[str, Mapping[str, str]],
    folder: Path,
    names: tuple[str, ...],
    where: str,
) -> str:
    file = files.get(step, {}).get(language)
    path = folder / file if file is not None else SHIPPED / method / f"{step}.{language}.txt"
    if not path.is_file():
        raise LonghandError(f"there is no file '{file or path}'", f"{where}.{step}.{language}", "see resources/prompts")
    text = file_text(path).strip()
    if missing := [name for name in names if f"{{{name}}}" not in text]:
        wanted = ", ".join(f"{{{name}}}" for name in names)
        raise LonghandError(f"the template has no {{{missing[0]}}}", file or str(path), f"it needs {wanted}")
    return text
