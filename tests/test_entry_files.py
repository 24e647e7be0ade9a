"""A model and a judge of one name have their own money; what old journals hold is told apart by its depth."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from longhand.ask.entry_files import EntryFiles
from longhand.ask.journal import Journal
from longhand.ask.ledger import Unsettled
from longhand.ask.spend import Budget
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

PRICE = {"input": 0.0, "output": 1e6}  # USD per million tokens: a dollar a token
SPENT = {  # file: dollars
    "models/gpt/d/000": 1,
    "models/gpt/others/001": 2,
    "gpt/d/000": 4,  # old, a model's
    "judges/gpt/d/m/000": 8,
    "judges/gpt/others/001": 16,
    "gpt/d/m/000": 32,  # old, a judge's
    "models/gpt-2/d/000": 64,
    "judges/m/d/gpt/000": 128,
    "m/d/gpt/000": 256,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with Journal(tmp_path) as journal:
        for n, (name, dollars) in enumerate(SPENT.items()):
            with journal.file(name) as file:
                file.add(Answer(f"{n:064x}", "text", "stop", 0, dollars, 0.5, 1))
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "name", "dollars"),
    [("models", "gpt", 1 + 2 + 4), ("judges", "gpt", 8 + 16 + 32), ("models", "gpt-2", 64), ("judges", "m", 128 + 256)],
)
def test_what_an_entry_spent(root: Path, kind: str, name: str, dollars: int) -> None:
    files = EntryFiles(root, kind, name)  # type: ignore[arg-type]
    assert {path.relative_to(root).with_suffix("").as_posix() for path in files.all()} == {
        path for path, cost in SPENT.items() if cost & dollars
    }
    noted: list[int] = []
    request = Unsettled(1, 0, 10)  # may cost 10 dollars
    asyncio.run(Budget(dollars + 10, PRICE, files).affords(request, lambda: noted.append(1)))
    with pytest.raises(
        LonghandError, match=rf"{dollars}.0000 are spent, the next request may cost 10.*budget of {name}"
    ):
        asyncio.run(Budget(dollars + 9, PRICE, files).affords(request, lambda: noted.append(2)))
    assert noted == [1]
    assert (root / kind / name / ".budget").exists()


def test_a_file_knows_its_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.file("judges/j/d/m/000").entry == EntryFiles(tmp_path, "judges", "j")
    assert journal.file("models/m/others/x").folder == tmp_path / "models/m"
    with pytest.raises(ValueError, match="nobody is asked of m"):
        _ = journal.file("m/d/000").entry
