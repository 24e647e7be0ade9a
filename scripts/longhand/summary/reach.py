"""How far a model reaches: written against required words, step by step of what is required."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc

from longhand.results.scores import slice_order
from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row
from longhand.tables.summary_tables_datasets import CUT_OFF, GIVES_UP

SHORT = 0.5
"""Under this share of what is required, a model has given up."""


def reach_rows(scores: Sequence[Source]) -> Iterator[Row]:
    """Rows of REACH of all models on one dataset, by range.

    A table of scores holds every prompt, failed or not, so that the first one says what each range requires.
    """
    steps: dict[str, Row] = {}
    for source in scores:
        yield from _course(source, steps)


def _course(source: Source, steps: dict[str, Row]) -> list[Row]:
    """A model's rows; ranges that are new are added to `steps`."""
    table = read_scored(source.path, ["status", "range", "required", "words"])
    table = table.filter(pc.is_valid(table["range"]))
    ranges = table["range"].combine_chunks().dictionary_encode()
    at, required, words = ranges.indices.to_numpy(), table["required"].to_numpy(), table["words"].to_numpy()
    answer = pc.not_equal(table["status"], "failed").to_numpy()
    cut = pc.equal(table["status"], "truncated").to_numpy()
    about = {"dataset": source.dataset, "model": source.model, "longest": int(words[answer].max(initial=0))}
    labels = ranges.dictionary.to_pylist()
    rows = []
    for label in sorted(labels, key=slice_order):
        of_range = at == labels.index(label)
        lengths = required[of_range]
        uniform = len(np.unique(lengths)) == 1
        step = steps.setdefault(label, {"range": label, "required": float(np.median(lengths)), "uniform": uniform})
        of_step = of_range & answer
        if of_step.any():
            low, middle, high = (float(x) for x in np.quantile(words[of_step], (0.1, 0.5, 0.9)))
            n, n_cut = int(of_step.sum()), int(cut[of_step].sum())
            written = {"n": n, "words": middle, "low": low, "high": high, "share": middle / step["required"]}
            rows.append(about | step | written | {"cut": n_cut, "limited": 2 * n_cut >= n})
    return _with_end(rows)


def _with_end(rows: Sequence[Row]) -> list[Row]:
    """The rows, and on one of them how the course ends there, where it does.

    It says no more of the model from the step on from which the median response has under half of the required words
    at every step, or from the first one where half of the responses or more were cut off, whichever comes first; the
    latter where they are the same step: the token limit ended it, not the model.
    """
    kept = [i for i, row in enumerate(rows) if row["share"] >= SHORT]
    gives_up = kept[-1] + 1 if kept else 0
    cut_off = next((i for i, row in enumerate(rows) if row["limited"]), len(rows))
    end = min(gives_up, cut_off)
    how = CUT_OFF if end == cut_off else GIVES_UP
    return [row | {"ends": how if i == end else None} for i, row in enumerate(rows)]
