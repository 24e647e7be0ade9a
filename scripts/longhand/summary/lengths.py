"""Words required and written, response by response, and how many are near."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row


def length_tables(scores: Source) -> tuple[list[Row], list[Row]]:
    """The rows of LENGTH_POINTS of one model on one dataset, and its row of LENGTH_COUNTS, if any."""
    table = read_scored(scores.path, ["prompt_id", "sample", "status", "required", "words"])
    sized = pc.greater(pc.fill_null(table["required"], 0), 0)
    table = table.filter(pc.and_(sized, pc.not_equal(table["status"], "failed")))
    if not table.num_rows:
        return [], []
    required, words = (table[name].to_numpy() for name in ("required", "words"))
    cut = pc.equal(table["status"], "truncated").to_numpy()
    wordless = words <= 0
    near = (words >= 0.8 * required) & (words <= 1.2 * required)
    counts = {"near": near, "wordless": wordless, "cut": cut & ~wordless}
    key = {"dataset": scores.dataset, "model": scores.model}
    points = table.drop_columns(["status"]).append_column("cut", pa.array(cut))
    return (
        [key | row for row in points.to_pylist()],
        [key | {"n": table.num_rows} | {name: int(which.sum()) for name, which in counts.items()}],
    )
