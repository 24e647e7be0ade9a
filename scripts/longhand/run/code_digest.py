"""Which code made a result."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SENDING = "longhand/ask/"
"""What is in this room only sends and keeps: no result depends on it."""


@cache
def code_digest(scripts: Path, files: Iterable[str]) -> str:
    """A digest that changes when the code behind a result does; comments, docstrings and layout do not count.

    Args:
        scripts: the folder of scripts and of the package.
        files: relative to it. Code counts with all first-party modules that it imports, directly or not.
    """
    digest = hashlib.sha256()
    for name in sorted(set().union(*(with_imports(scripts, file) for file in files))):
        digest.update(name.encode() + b"\0" + _content(scripts / name) + b"\0")
    return digest.hexdigest()[:16]


def with_imports(scripts: Path, file: str) -> set[str]:
    """A file and the first-party files that it imports, at any depth; all relative to `scripts`.

    The room `ask` is left out, and `longhand` itself: it holds the version, which makes nothing stale.
    """
    files: set[str] = set()
    waiting = [scripts / file]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(scripts).as_posix()
        if name not in files and not name.startswith(SENDING):
            files.add(name)
            waiting += _imported(scripts, path) if path.suffix == ".py" else []
    return files


@cache
def _content(path: Path) -> bytes:
    if path.suffix != ".py":
        return path.read_bytes()
    tree = _tree(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return ast.dump(tree).encode("utf-8", "surrogatepass")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def _imported(scripts: Path, path: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    bases = [scripts.joinpath(*name.split(".")) for name in names if name.startswith("longhand.")]
    candidates = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    return [path for path in candidates if path.exists()]
