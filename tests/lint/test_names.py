"""Names say what they hold, and one name means one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LIBRARY = CHECKOUT / "scripts/longhand"
FILES = sorted(path for folder in ("scripts", "tests") for path in (CHECKOUT / folder).rglob("*.py"))
SAY_NOTHING = {"told", "asked", "found", "said", "own", "here"}


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Variables, arguments, attributes, functions and classes, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                yield node.lineno, node.id
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Attribute():
                yield node.lineno, node.attr
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name


@pytest.mark.parametrize("folder", ["scripts", "tests"])
def test_names_say_what_they_hold(folder: str) -> None:
    paths = [path for path in FILES if path.is_relative_to(CHECKOUT / folder)]
    trees = {path.relative_to(CHECKOUT): ast.parse(path.read_bytes()) for path in paths}
    saying_nothing = [
        f"{path}:{line} {name}" for path, tree in trees.items() for line, name in names(tree) if name in SAY_NOTHING
    ]
    assert trees and saying_nothing == []


def test_a_class_or_table_of_the_library_has_a_name_of_its_own() -> None:
    """Constants and functions that only their module uses may share one; a method's file has the class `Method`."""
    defined = defaultdict(set)
    imported = defaultdict(set)
    for path in LIBRARY.rglob("*.py"):
        tree = ast.parse(path.read_bytes())
        module = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
                defined[statement.name].add(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("longhand."):
                folder = LIBRARY.parent.joinpath(*node.module.split("."))
                for alias in node.names:
                    if not (folder / f"{alias.name}.py").exists():  # a module, by its path
                        imported[alias.name].add(node.module)
    for name, modules in {name: defined[name] | imported[name] for name in defined | imported}.items():
        assert len(modules) == 1 or name == "Method", f"{name}: {sorted(modules)}"
