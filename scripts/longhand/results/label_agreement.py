"""How far a judge's grades agree with graded labels: equal grades, Krippendorff's alpha, order of the responses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from longhand.results.alpha import alpha_interval
from longhand.results.certification import accuracy_interval
from longhand.results.midranks import Codes
from longhand.results.rank_correlation import grouped_spearman
from longhand.results.statistics import Estimate
from longhand.tables.files import Row

RESPONSE = ["model", "prompt_id", "sample"]
FIGURES = ("exact", "alpha", "rank")
NO_AGREEMENT: Row = {"n_graded": None} | {f"{name}{end}": None for name in FIGURES for end in ("", "_low", "_high")}
"""These columns of the table of certifications, where labels are no grades."""


def grades_of(label: pd.DataFrame, judge: pd.DataFrame) -> pd.DataFrame:
    """The grades that labels and a judge gave to the same thing, a row each.

    Args:
        label, judge: judgements: RESPONSE, dimension, repeat, score.

    Returns:
        RESPONSE, dimension, `label`, `judge` (the mean of its repeats), `same` (the share of them that is the label).
    """
    keys = [*RESPONSE, "dimension"]
    labelled = label[label["score"].notna()].groupby(keys, sort=False)["score"].mean().rename("label")
    both = judge[judge["score"].notna()].merge(labelled.reset_index(), on=keys)
    both["same"] = np.isclose(both["score"].astype(float), both["label"].astype(float)).astype(float)
    means = both.groupby(keys, sort=False).agg(label=("label", "first"), judge=("score", "mean"), same=("same", "mean"))
    return means.reset_index()


def agreement_figures(grades: pd.DataFrame, responses: pd.DataFrame, seed: int) -> Row:
    """What a row of the table of certifications says about grades.

    Args:
        grades: see grades_of.
        responses: RESPONSE, `label` and `score`: S_Q of both, on 0-100; a row for each that both have.
        seed: of the resampling.
    """
    prompts = _codes(grades["prompt_id"])
    estimates = {
        "exact": accuracy_interval(grades["same"].to_numpy(dtype=float), prompts),
        "alpha": alpha_interval(grades[["label", "judge"]].to_numpy(dtype=float), prompts, seed),
        "rank": grouped_spearman(
            responses["label"].to_numpy(dtype=float),
            responses["score"].to_numpy(dtype=float),
            _codes(responses["prompt_id"]),
            seed,
        ),
    }
    figures: Row = {"n_graded": len(grades[RESPONSE].drop_duplicates())}
    for name, estimate in estimates.items():
        figures |= _shown(name, estimate)
    return figures


def _shown(name: str, estimate: Estimate) -> Row:
    mean = None if estimate.mean is None or np.isnan(estimate.mean) else estimate.mean
    return {name: mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _codes(prompts: pd.Series) -> Codes:
    codes: Codes = pd.factorize(prompts)[0].astype(np.int64)
    return codes
