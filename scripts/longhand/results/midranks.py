"""Ranks of values of which some are equal, in many resamples of prompts at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longhand.results.statistics import Numbers

Codes = NDArray[np.int64]
"""Which of something each value belongs to, numbered from 0 without gaps."""


class Counted:
    """What prompts have of each distinct row of codes: a resample only counts a prompt another number of times.

    Args:
        prompts: of each value, numbered from 0 without gaps.
        codes: one or more, of equal lengths.
        weights: what a value counts; 1 where there are none.

    Attributes:
        rows: the distinct combinations of codes, sorted.
    """

    def __init__(self, prompts: Codes, *codes: Codes, weights: Numbers | None = None):
        from scipy.sparse import csr_array  # not all that import this module count

        self.rows, places = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
        shape = (len(self.rows), int(prompts.max()) + 1)
        each = np.ones(len(prompts)) if weights is None else weights
        self._of_prompts = csr_array((each, (places.reshape(-1), prompts)), shape=shape)

    def in_each(self, times: Numbers) -> Numbers:
        """The weight of each row: row × table, from how often each prompt is in it (prompt × table)."""
        weights: Numbers = self._of_prompts @ times
        return weights


def centred_ranks(counts: Numbers) -> Numbers:
    """The ranks of values that are there so many times, equals having their mean rank, around a mean of 0.

    Args:
        counts: value × table, in the order of the values.
    """
    ranks: Numbers = np.cumsum(counts, axis=0) - (counts + counts.sum(axis=0)) / 2
    return ranks


def coded(values: Numbers) -> Codes:
    """Codes that rise with the values, numbered from 0 without gaps."""
    codes: Codes = np.unique(values, return_inverse=True)[1].reshape(-1)
    return codes
