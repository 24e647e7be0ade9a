"""Which code made a result."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

SENDING = "longhand/ask/"
"""What is in this room only sends and keeps: no result depends on it."""
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_HOLDING = (ast.stmt, ast.ExceptHandler, ast.match_case)


@cache
def code_digest(scripts: Path, files: Iterable[str]) -> str:
    """A digest that changes when the code behind a result does; comments, docstrings and layout do not count.

    Args:
        scripts: the folder of scripts and of the package.
        files: relative to it. Code counts with all first-party modules that it imports, directly or not.
    """
    digest = hashlib.sha256()
    for name in sorted(set().union(*(with_imports(scripts, file) for file in files))):
        digest.update(name.encode() + b"\0" + _module(scripts / name).digest)
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
            waiting += _imported(scripts, path)
    return files


class _Module(NamedTuple):
    """A digest of what a file says to Python, and the modules that it imports."""

    digest: bytes
    imports: frozenset[str]


@cache
def _module(path: Path) -> _Module:
    if path.suffix != ".py":
        return _Module(hashlib.sha256(path.read_bytes()).digest(), frozenset())
    tree, imports = ast.parse(path.read_bytes()), set[str]()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    words: list[str] = []
    _add_words(tree, words)
    content = "\0".join(words).encode("utf-8", "surrogatepass")
    return _Module(hashlib.sha256(content).digest(), frozenset(imports))


def _add_words(part: object, words: list[str]) -> None:
    """Adds what a part of a tree says. `ast.dump` takes twice the time, in every start of Snakemake."""
    if isinstance(part, ast.AST):
        words.append(part.__class__.__name__)
        for field in part._fields:
            if field != "ctx":  # load, store or delete: the place says it
                _add_words(getattr(part, field, None), words)
    elif isinstance(part, list):
        words.append(str(len(part)))
        for each in part:
            _add_words(each, words)
    else:
        words.append(repr(part))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module and its statements at any depth. They are in no expressions, which are most of a tree."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, _HOLDING)]


@cache
def _imported(scripts: Path, path: Path) -> list[Path]:
    names = [name for name in _module(path).imports if name.startswith("longhand.")]
    bases = [scripts.joinpath(*name.split(".")) for name in names]
    candidates = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    return [path for path in candidates if path.exists()]
