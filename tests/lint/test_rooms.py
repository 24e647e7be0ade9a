"""The rooms of the library: what each may import, and who may spend money."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = CHECKOUT / "scripts"
# From the ground up: a room imports itself and those before it.
ROOMS = (
    "program text wire tables charts prompts made judging training config ask methods jobs results preferences plan "
    "summary report browse evalscope demo run"
).split()
MAY_ASK = {"jobs", "plan"}  # the plan reads the journal
READING_SCRIPTS = {"collect_facts.py", "collect_traces.py", "summarize_run.py"}
LOCKING_SCRIPTS = {"train_model.py"}  # it takes GPUs, as servers do


def imports(path: Path) -> Iterator[str]:
    """The first-party modules that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "longhand":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "longhand")


def test_every_module_has_a_room_and_every_room_says_what_it_may_touch() -> None:
    package = SCRIPTS / "longhand"
    assert [path.name for path in package.glob("*.py")] == ["__init__.py"]
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert rooms == set(ROOMS)
    for room in ROOMS:
        assert ast.get_docstring(ast.parse((package / room / "__init__.py").read_text(encoding="utf-8"))), room


def test_no_import_goes_upward() -> None:
    for path in sorted((SCRIPTS / "longhand").rglob("*.py")):
        room = path.relative_to(SCRIPTS / "longhand").parts[0]
        for name in imports(path):
            parts = name.split(".")
            if len(parts) > 1 and parts[1] in ROOMS:
                assert ROOMS.index(parts[1]) <= ROOMS.index(room), f"{path.relative_to(SCRIPTS)} imports {name}"


def test_only_those_import_ask_that_ask_or_plan() -> None:
    for path in sorted(SCRIPTS.rglob("*.py")):
        place = path.relative_to(SCRIPTS).parts
        room = place[1] if place[0] == "longhand" else path.name
        if any(name.startswith("longhand.ask") for name in imports(path)):
            assert room in {"ask", *MAY_ASK, *READING_SCRIPTS, *LOCKING_SCRIPTS}, path.relative_to(SCRIPTS)


COMPUTING = ("numpy", "pandas", "scipy", "statistics", "pyarrow.compute")


def test_the_report_computes_nothing() -> None:
    """What it shows stands in tables that compute rules made; `pyarrow` alone only reads them."""
    for path in sorted((SCRIPTS / "longhand/report").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                computing = [each for each in COMPUTING if name == each or name.startswith(f"{each}.")]
                assert not computing, f"{path.relative_to(SCRIPTS)} imports {name}"
