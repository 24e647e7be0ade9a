"""The health of texts: how many are cut, looped, unclosed, in another language; how much they repeat themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row
from longhand.tables.schemas import ANSWERED

COLUMNS = ["prompt_id", "status", "words_longen", "repeated_13gram_share", "loop_onset", "closed", "other_language"]


def health_row(scores: Source) -> Row:
    """The row of HEALTH of one model on one dataset."""
    table = read_scored(scores.path, COLUMNS)
    table = table.filter(pc.is_in(table["status"], value_set=pa.array(ANSWERED)))
    looped = table.filter(pc.is_valid(table["loop_onset"]))
    onsets = looped["loop_onset"].to_numpy().astype(float)
    shares = 100 * onsets / np.maximum(looped["words_longen"].to_numpy(), 1)
    repeated = table.group_by("prompt_id", use_threads=False).aggregate([("repeated_13gram_share", "mean")])
    mean = pc.mean(repeated["repeated_13gram_share_mean"]).as_py()

    def having(column: str, value: object) -> int:
        return pc.sum(pc.equal(table[column], pa.scalar(value))).as_py() or 0

    return {
        "dataset": scores.dataset,
        "model": scores.model,
        "texts": table.num_rows,
        "cut": having("status", "truncated"),
        "looped": looped.num_rows,
        "onset": float(np.median(onsets)) if onsets.size else None,
        "onset_share": float(np.median(shares)) if shares.size else None,
        "unclosed": having("closed", False),
        "other_language": having("other_language", True),
        "repeated": None if mean is None else 100 * mean,
    }
