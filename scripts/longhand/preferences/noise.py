"""How much of a margin a judge would give to two equal answers: measured on its repeats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from longhand.tables.files import read_table
from longhand.tables.schemas import JUDGEMENTS

_KEYS = ["model", "prompt_id", "sample"]
_JUDGED = ["prompt_id", "sample", "repeat", "score_100"]


class Noise(NamedTuple):
    """What a judge's repeats say.

    Attributes:
        deviation: standard deviation of a response's S_Q (the mean of its repeats), pooled; points of 0-100.
        limit: margin of rewards that two equal answers exceed 1 time in 20; points.
        responses: behind both.
    """

    deviation: float
    limit: float
    responses: int


def read_verdicts(judgements: list[Path]) -> pd.DataFrame:
    """What `measured_noise` needs of tables at …/{model}/judgements/{judge}.parquet; `model` is of their folders."""
    tables = [(path.parents[1].name, read_table(path, JUDGEMENTS, _JUDGED)) for path in judgements]
    parts = [table.to_pandas().assign(model=model) for model, table in tables]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*_JUDGED, "model"])


def measured_noise(verdicts: pd.DataFrame, weights: Mapping[str, float]) -> Noise | None:
    """The noise of one judge; None where no response has two verdicts that could be read.

    Args:
        verdicts: model, prompt_id, sample, repeat and score_100 of each dimension.
        weights: of length and quality in the reward.
    """
    grades = verdicts.groupby([*_KEYS, "repeat"])["score_100"]
    each = grades.mean().where(grades.count() == grades.size())
    spread = each.groupby(_KEYS).agg(["var", "count"]).dropna()
    if spread.empty:
        return None
    deviation = float(np.sqrt((spread["var"] / spread["count"]).mean()))
    of_reward = weights["quality"] / (weights["length"] + weights["quality"])
    return Noise(deviation, 1.96 * of_reward * deviation * 2**0.5, len(spread))  # of the difference of two rewards
