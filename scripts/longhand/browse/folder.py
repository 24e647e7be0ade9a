"""How large the reader's folder is."""

from __future__ import annotations

from pathlib import Path


def size_line(browse: Path) -> str:
    """The files of a folder and their size in words: `4,812 files, 262.1 MB, the largest 1.2 MB`."""
    sizes = [path.stat().st_size for path in browse.rglob("*") if path.is_file()]
    return f"{len(sizes):,} files, {_megabytes(sum(sizes))}, the largest {_megabytes(max(sizes, default=0))}"


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"
