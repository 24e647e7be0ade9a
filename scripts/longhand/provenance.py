"""Which code made a result."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path


@cache
def code_digest(scripts: Path, modules: Iterable[str]) -> str:
    """A digest that changes when the code behind a result does.

    Args:
        scripts: the folder of scripts and of the package.
        modules: files relative to it. A script (`score_length.py`) counts with all first-party modules that it
            imports, directly or not; a module of the package counts alone.
    """
    files: set[Path] = set()
    for name in modules:
        path = scripts / name
        files |= {path} if "/" in name else _with_imports(scripts, path)
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(scripts).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _with_imports(scripts: Path, start: Path) -> set[Path]:
    """A file and the first-party files that it imports, at any depth."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(scripts, path)
    return found


@cache
def _imported(scripts: Path, path: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    bases = [scripts.joinpath(*name.split(".")) for name in names if name.split(".")[0] == "longhand"]
    candidates = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    return [path for path in candidates if path.exists()]
