"""Finds the line from a new judge's means to a retired judge's, through systems that both scored.

Reads: results/{drawn dataset}/{model}/scores.parquet of the anchors. Writes: results/succession.parquet.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.results.bridged_scores import succession_row
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import subschema
from longhand.tables.score_tables import SCORES
from longhand.tables.succession_tables import SUCCESSION

_COLUMNS = ["prompt_id", "sample", "judge", "score_q", "words", "language", "category"]


def main(*, scores: list[Path], bridges: FileText, out: Path) -> None:
    """Writes the table.

    Args:
        scores: tables at …/{drawn dataset}/{model}/scores.parquet, anchors in order.
        bridges: JSON: list of {succession, dataset, drawn, old, new}: which judges are held against each other on which
            drawn dataset.
        out: the table.
    """
    settings = json.loads(bridges)
    made = made_with("numpy", "pandas", "scipy", settings={"bridges": settings})
    write_table(out, (_row(scores, bridge) for bridge in settings), SUCCESSION, "bridge_judges", made)


def _row(scores: list[Path], bridge: dict[str, str]) -> Row:
    paths = [path for path in scores if path.parent.parent.name == bridge["drawn"]]
    narrow = subschema(SCORES, _COLUMNS)
    tables = ((path.parent.name, read_table(path, narrow, _COLUMNS).to_pandas()) for path in paths)
    row = succession_row(tables, bridge["old"], bridge["new"])
    print(*_lines(bridge, row), sep="\n", file=sys.stderr)
    return {"succession": bridge["succession"], "dataset": bridge["dataset"], **row}


def _lines(bridge: dict[str, str], row: Row) -> Iterator[str]:
    what = f"{bridge['succession']}, {bridge['dataset']}: {bridge['new']} to {bridge['old']}"
    yield f"{what}: {row['n_systems']} systems, {row['n_texts']} texts, " + (
        row["doubt"] or f"slope {row['slope']:.3f}"
    )
    for anchor in row["anchors"]:
        if anchor["left_out"]:
            yield f"{what}: {anchor['model']} is left out: {anchor['left_out']}"


if __name__ == "__main__":
    run(main)
