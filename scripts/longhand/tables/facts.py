"""Where the tables of facts lie."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SUFFIX = ".facts.parquet"


def facts_tables(paths: Iterable[Path]) -> dict[tuple[str, str], Path]:
    """Tables at results/{dataset}/{judge}.facts.parquet by dataset and judge."""
    return {(path.parent.name, path.name.removesuffix(_SUFFIX)): path for path in paths}
