"""Counts of the health of texts: how many are cut, looped, unclosed, in another language, repeating themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.report.marks import Mark
from longhand.summary.inputs import Source, read_scored
from longhand.tables.schemas import ANSWERED

COLUMNS = ["prompt_id", "status", "words_longen", "repeated_13gram_share", "loop_onset", "closed", "other_language"]


@dataclass(frozen=True)
class Count:
    """Texts that have something, of all texts; `share` in percent, None without texts."""

    n: int
    of: int

    @property
    def share(self) -> float | None:
        return 100 * self.n / self.of if self.of else None


@dataclass(frozen=True)
class HealthCounts:
    """How many of a model's texts have what.

    Attributes:
        texts: how many there are.
        cut: off, as the tokens ran out.
        looped: into saying one passage over and over (longhand.text.loops).
        onset, onset_share: where loops begin, the median of the looped texts: in words, and in percent of the text.
        unclosed: without a closing mark at the end.
        other_language: than the prompt's.
        repeated: percent of a text's 13-grams that stood in it before; the mean, samples of a prompt averaged first.
    """

    mark: Mark
    texts: int
    cut: Count
    looped: Count
    onset: float | None
    onset_share: float | None
    unclosed: Count
    other_language: Count
    repeated: float | None


def health_counts(scores: dict[str, Source], marks: dict[str, Mark]) -> list[HealthCounts]:
    """A line per model; empty where nothing was measured."""
    lines = [_line(marks[model], read_scored(source.path, COLUMNS)) for model, source in scores.items()]
    return lines if any(line.repeated is not None for line in lines) else []


def _line(mark: Mark, table: pa.Table) -> HealthCounts:
    texts = pc.is_in(table["status"], value_set=pa.array(ANSWERED))
    table = table.filter(texts)
    looped = table.filter(pc.is_valid(table["loop_onset"]))
    onsets = looped["loop_onset"].to_numpy().astype(float)
    shares = 100 * onsets / np.maximum(looped["words_longen"].to_numpy(), 1)
    repeated = table.group_by("prompt_id", use_threads=False).aggregate([("repeated_13gram_share", "mean")])
    mean = pc.mean(repeated["repeated_13gram_share_mean"]).as_py()
    n = table.num_rows

    def having(column: str, value: bool) -> Count:
        return Count(pc.sum(pc.equal(table[column], pa.scalar(value))).as_py() or 0, n)

    return HealthCounts(
        mark=mark,
        texts=n,
        cut=Count(pc.sum(pc.equal(table["status"], "truncated")).as_py() or 0, n),
        looped=Count(looped.num_rows, n),
        onset=float(np.median(onsets)) if onsets.size else None,
        onset_share=float(np.median(shares)) if shares.size else None,
        unclosed=having("closed", False),
        other_language=having("other_language", True),
        repeated=None if mean is None else 100 * mean,
    )
