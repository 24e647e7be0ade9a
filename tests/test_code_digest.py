"""Which code makes which rows stale: what a row depends on, and nothing else."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from running import CHECKOUT

from longhand.jobs.method import GENERATE, JUDGE, method_file
from longhand.run.code_digest import code_digest, with_imports

SCRIPTS = CHECKOUT / "scripts"
BEHIND = {
    "responses": ("generate_responses.py", method_file(GENERATE, "direct")),
    "other responses": ("generate_responses.py", method_file(GENERATE, "other")),
    "judgements": ("judge_responses.py", method_file(JUDGE, "rubric")),
    "rubrics": ("prepare_rubric.py",),
    "lengths": ("score_length.py",),
}
OTHER = "longhand/methods/other.py"  # a method that a user adds: one file
NEW_CODE = "\n\nANOTHER_LINE = 1\n"

Edit = Callable[[str], str]


@pytest.fixture
def stale(tmp_path: Path) -> Callable[[str, Edit], set[str]]:
    """A function: which tables are stale once files are edited. Digests are kept for a process: each gets a copy."""
    numbers = itertools.count()

    def copy() -> Path:
        scripts = tmp_path / str(next(numbers))
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__", "*.txt", "*.html"))
        shutil.copy(scripts / "longhand/methods/direct.py", scripts / OTHER)
        return scripts

    before = {table: code_digest(copied, files) for copied in [copy()] for table, files in BEHIND.items()}
    assert len(set(before.values())) == len(BEHIND)

    def after(pattern: str, edit: Edit) -> set[str]:
        scripts = copy()
        for path in scripts.glob(pattern):
            text = path.read_text(encoding="utf-8")
            assert edit(text) != text
            path.write_text(edit(text), encoding="utf-8")
        return {table for table, files in BEHIND.items() if code_digest(scripts, files) != before[table]}

    return after


@pytest.mark.parametrize(
    ("name", "makes_stale"),
    [
        ("longhand/judging/verdicts.py", {"judgements"}),
        ("longhand/judging/rubric.py", {"judgements"}),
        ("longhand/methods/direct.py", {"responses"}),
        (OTHER, {"other responses"}),
        ("longhand/methods/recorded.py", set()),
        ("longhand/text/length.py", {"lengths"}),
        ("longhand/wire/request.py", {"responses", "other responses", "judgements"}),
        ("longhand/wire/answer.py", {"responses", "other responses", "judgements"}),
        ("longhand/tables/schemas.py", set(BEHIND) - {"rubrics"}),
        ("longhand/tables/score_tables.py", {"lengths"}),
        ("generate_responses.py", {"responses", "other responses"}),
        ("judge_responses.py", {"judgements"}),
        ("longhand/__init__.py", set()),
        ("longhand/ask/**/*.py", set()),
    ],
)
def test_code_makes_stale_what_depends_on_it(stale: Callable, name: str, makes_stale: set[str]) -> None:
    assert stale(name, lambda text: text + NEW_CODE) == makes_stale


def test_words_about_the_code_make_nothing_stale(stale: Callable) -> None:
    module = "longhand/judging/verdicts.py"
    assert stale(module, lambda text: text.replace('"""Reads', '"""Other words. Reads', 1)) == set()
    assert stale(module, lambda text: text.replace("\n\n\n", "\n\n\n# A comment.\n\n", 1)) == set()
    method = '        """Nothing: the answer is the response."""\n'
    assert stale("longhand/methods/direct.py", lambda text: text.replace(method, "")) == set()


def test_what_asks_is_found_through_imports() -> None:
    """No list of modules is kept by hand: what forms a request and what reads a reply counts by its import."""
    written, judged = (set().union(*(with_imports(SCRIPTS, file) for file in BEHIND[table]))
                       for table in ("responses", "judgements"))  # fmt: skip
    assert {"longhand/wire/content.py", "longhand/wire/identity.py", "longhand/wire/replies.py"} <= written & judged
    assert not [name for name in written if name.startswith("longhand/judging/")]
    assert not [name for name in judged if name.startswith("longhand/methods/")]
    assert "longhand/program/printable.py" in judged


DIFFERENT = [
    ("a = b + 1", "a = b - 1"),
    ("a = b", "b = a"),
    ("a = b", "a = 'b'"),
    ("a = 1", "a = True"),
    ("a = 0.0", "a = -0.0"),
    ("f(a, b)", "f(a)(b)"),
    ("f([a], b)", "f([a, b])"),
    ("f(*a)", "f(a)"),
    ("f(a=b)", "f(a, b)"),
    ("def f(a, /): pass", "def f(a): pass"),
    ("if a:\n    b()\nc()", "if a:\n    b()\n    c()"),
    ("del a", "a"),
]


@pytest.mark.parametrize(("source", "other"), DIFFERENT)
def test_what_python_would_do_otherwise_counts(tmp_path: Path, source: str, other: str) -> None:
    sources = {"one": source, "same": f"# Words.\n{source}  # and more\n", "other": other}
    for name, text in sources.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "step.py").write_text(text)
    one, same, changed = (code_digest(tmp_path / name, ("step.py",)) for name in sources)
    assert one == same != changed
