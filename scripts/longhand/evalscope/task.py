"""Reads a task of EvalScope's LongBench-Write module: a YAML or JSON file, or the dict in a Python file."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from longhand.config.schema import checked
from longhand.config.settings_files import file_text, json_value, yaml_value
from longhand.program.errors import LonghandError
from longhand.tables.files import Row

SECTIONS = ("infer_config", "eval_config")
_SCHEMA: Row = yaml.safe_load(Path(__file__).with_name("task.schema.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Task:
    """A checked task.

    Attributes:
        path: its file; paths in it are relative to this file's folder.
        settings: what it says, with EvalScope's defaults, and no API key.
        keys: API keys by section, apart from all that is ever written or shown.
    """

    path: Path
    settings: Row
    keys: dict[str, str]


def read_task(path: Path) -> Task:
    """The task in a file. A Python file is read, never run: one dict of plain values must stand in it.

    Raises:
        LonghandError: one line that names the key or the line, and what is allowed; never an API key.
    """
    readers = {".yaml": yaml_value, ".yml": yaml_value, ".json": json_value, ".py": _from_python}
    if path.suffix not in readers:
        raise LonghandError(f"'{path.suffix}' files cannot be read as a task", str(path), "use .yaml, .json or .py")
    task = readers[path.suffix](file_text(path), str(path))
    if not isinstance(task, dict):
        raise LonghandError("the task is no mapping of keys to values", str(path))
    if "model_id_or_path" in task:
        fix = "say `model`, `infer_config` and `eval_config`"
        raise LonghandError("'model_id_or_path' is of an older form of EvalScope's tasks", str(path), fix)
    if isinstance(task.get("stage"), str):
        task["stage"] = [task["stage"]]
    keys = {name: key for name in SECTIONS if (key := _key_of(task.get(name), f"{path} {name}"))}
    return Task(path, checked(_hidden(task), where=str(path), schema=_SCHEMA), keys)


def _key_of(section: Any, where: str) -> str | None:
    key = section.get("openai_api_key") if isinstance(section, dict) else None
    if key is not None and not (isinstance(key, str) and re.fullmatch(r"[!-~]*", key.strip())):
        raise LonghandError("openai_api_key (not shown) is no key", where, "write null, and export OPENAI_API_KEY=…")
    return key.strip() if key else None


def _hidden(node: Any) -> Any:
    """The same without API keys: what is checked is shown in messages."""
    if isinstance(node, dict):
        return {key: None if key == "openai_api_key" else _hidden(value) for key, value in node.items()}
    return [_hidden(value) for value in node] if isinstance(node, list) else node


def _from_python(text: str, where: str) -> Any:
    try:
        tree = ast.parse(text)
    except SyntaxError as e:
        raise LonghandError(f"not Python: {e.msg}", f"{where} line {e.lineno}") from None
    except (ValueError, RecursionError, MemoryError):
        raise LonghandError("not Python", where) from None
    visited = _Dicts()
    try:
        visited.visit(tree)
    except RecursionError:
        raise LonghandError("not Python: it is nested too deep", where) from None
    if len(visited.dicts) != 1:
        mistake = f"{len(visited.dicts)} dicts stand in the file; the task must be the only one"
        raise LonghandError(mistake, where, "task_cfg = dict(stage=[…], model=…, …)")
    try:
        return json_value(json.dumps(ast.literal_eval(_AsDict().visit(visited.dicts[0]))), where)
    except (ValueError, TypeError, RecursionError, MemoryError) as e:
        line = re.search(r"line (\d+)", str(e))
        place = f"{where} line {line[1]}" if line else where
        mistake = "the task has a value that is not plain; the file is read, not run"
        raise LonghandError(
            mistake, place, "write the value itself; for a key write None and export OPENAI_API_KEY=…"
        ) from e


def _is_dict_call(node: ast.Call) -> bool:
    named = all(keyword.arg is not None for keyword in node.keywords)
    return isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args and named


class _Dicts(ast.NodeVisitor):
    """Finds dicts, `{…}` or `dict(…)`, that are not part of another."""

    def __init__(self) -> None:
        self.dicts: list[ast.expr] = []

    def visit_Dict(self, node: ast.Dict) -> None:
        self.dicts.append(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _is_dict_call(node):
            self.dicts.append(node)
        else:
            self.generic_visit(node)


class _AsDict(ast.NodeTransformer):
    """Makes `{'a': 1}` of `dict(a=1)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_dict_call(node):
            return node
        names: list[ast.expr | None] = [ast.Constant(keyword.arg) for keyword in node.keywords]
        return ast.copy_location(ast.Dict(names, [keyword.value for keyword in node.keywords]), node)
