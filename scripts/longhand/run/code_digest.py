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
    files: set[str] = set()
    for name in modules:
        files |= {name} if "/" in name else with_imports(scripts, name)
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + (scripts / name).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def with_imports(scripts: Path, module: str) -> set[str]:
    """A file and the first-party files that it imports, at any depth; all relative to `scripts`."""
    files: set[str] = set()
    waiting = [scripts / module]
    while waiting:
        path = waiting.pop()
        if (name := path.relative_to(scripts).as_posix()) not in files:
            files.add(name)
            waiting += _imported(scripts, path)
    return files


@cache
def _imported(scripts: Path, path: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    # `longhand` itself is left out: it holds the version, which makes nothing stale.
    bases = [scripts.joinpath(*name.split(".")) for name in names if name.startswith("longhand.")]
    candidates = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    return [path for path in candidates if path.exists()]
