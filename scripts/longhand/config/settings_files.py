"""Values that people write as YAML or JSON: read without surprises, and checked to be plain.

Such a file may hold a key, so no message quotes it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import yaml

from longhand.program.errors import LonghandError

_DEEPEST = 50  # levels of nesting
_LARGEST = 1 << 63  # whole numbers from here on fit no table, and few servers
_MOST = 20_000_000  # characters in all; a value counts as 100, so that 200,000 values fill it too
_MERGED = 10_000  # keys that `<<` may put into one mapping
_DEEP = f"it is nested over {_DEEPEST} levels deep, or holds itself"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """PyYAML's safe loader, which nested `<<` cannot fill the memory of."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MERGED:
            raise yaml.constructor.ConstructorError(None, None, "too many keys are merged", node.start_mark)


def yaml_value(text: str, where: str) -> Any:
    """The plain value that a YAML text holds.

    Args:
        text: of the file.
        where: the file, for messages.

    Raises:
        LonghandError: it is not YAML, or holds what is not plain; see check_plain.
    """
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        problem = getattr(e, "problem", None) or getattr(e, "reason", None) or "unreadable"
        raise LonghandError(f"not YAML: {problem}", where + line) from None
    except RecursionError:
        raise LonghandError(_DEEP, where) from None
    except (ValueError, TypeError, LookupError, OverflowError):  # !!int x, a day that is in no calendar
        raise LonghandError("not YAML: a value is not what it looks like", where, "put it into quotes") from None
    check_plain(value, where)
    return value


def json_value(text: str, where: str) -> Any:
    """The plain value that a JSON text holds; see yaml_value."""
    try:
        value = json.loads(text)
    except ValueError as e:
        raise LonghandError(f"not JSON: {e}", where) from None
    except RecursionError:
        raise LonghandError(_DEEP, where) from None
    check_plain(value, where)
    return value


def file_text(path: Path) -> str:
    """The text of a file.

    Raises:
        LonghandError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as e:
        raise LonghandError(f"cannot read the file: {e.strerror}", str(path)) from e
    except UnicodeDecodeError as e:
        raise LonghandError(f"not UTF-8 text at byte {e.start}", str(path)) from e


def read_config(path: str | Path) -> dict[str, Any]:
    """The settings in a config file, read as Snakemake does: JSON, or else YAML.

    Raises:
        LonghandError: the file is not there, is neither, or holds no mapping.
    """
    text, where = file_text(Path(path)), str(path)
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = yaml_value(text, where)
    if not isinstance(settings, dict):
        raise LonghandError("a config is a mapping of settings to values", where, "`setting: value`, line by line")
    check_plain(settings, where)
    return settings


def check_plain(value: Any, where: str) -> None:
    """Checks that a value is what JSON can hold, of a size that a person writes.

    YAML also knows dates, sets, bytes, NaN and aliases that unfold to billions of values or to themselves.

    Args:
        value: what a reader of YAML or JSON gave.
        where: what it is, for the message.

    Raises:
        LonghandError: names the place of what is not plain, and never shows it.
    """
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    size = 0
    while waiting:
        node, path = waiting.pop()
        size += 100 + (len(node) if isinstance(node, str) else 0)
        if len(path) > _DEEPEST:
            raise LonghandError(_DEEP, f"{where} {'.'.join(path[:3])}…")
        if size > _MOST:
            raise LonghandError("it holds more than anyone writes; do aliases unfold to that?", where)
        _check_one(node, f"{where} {'.'.join(path)}".strip())
        if isinstance(node, dict):
            waiting += [(child, (*path, str(key)[:80])) for key, child in node.items()]
        elif isinstance(node, list):
            waiting += [(child, (*path, str(number))) for number, child in enumerate(node)]


_KINDS = {"datetime": "a time", "date": "a date", "set": "a set", "bytes": "binary", "tuple": "a pair"}


def _check_one(node: Any, where: str) -> None:
    """Checks one value by itself, apart from what it holds."""
    match node:
        case float() if not math.isfinite(node):
            raise LonghandError("it is no finite number", where)
        case int() if abs(node) >= _LARGEST:
            raise LonghandError("the number is too large", where, "less than 2^63")
        case str():
            _check_text(node, where)
        case dict():
            for key in (key for key in node if not isinstance(key, str)):
                if type(key) is not int or not all(type(each) is int for each in node):  # logit_bias has numbers
                    kind = _KINDS.get(type(key).__name__, repr(key)[:80])
                    raise LonghandError(f"a key is {kind}, not a text", where, "put it into quotes")
            for key in (key for key in node if isinstance(key, str)):
                _check_text(key, where)
        case bool() | int() | float() | list() | None:
            pass
        case _:
            kind = _KINDS.get(type(node).__name__, type(node).__name__)
            raise LonghandError(f"it is {kind}, which JSON does not have", where, "put it into quotes")


def _check_text(text: str, where: str) -> None:
    if "\0" in text or not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise LonghandError("the text holds a sign that no file can hold (NUL, or half a surrogate)", where)
