"""AgentWrite's texts in numbers: words wanted and written, per section and per text; plans; where texts fall behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from longhand.report import figures
from longhand.report.calls import CallReason, Calls, batches_of_calls, call_reasons, count_calls
from longhand.report.health_counts import Count
from longhand.report.marks import Mark
from longhand.report.states import States
from longhand.summary.inputs import Lengths, Source, read_scored
from longhand.tables.schemas import TRACES, subschema

PLAN, WRITE = "plan", "write"
"""AgentWrite's steps."""

SECTION_STATUSES = ("ok", "truncated", "repeated", "off_length", "empty", "refused", "too_long", "failed")

PLACES = (*range(1, 12), 16, 21, 31, 41)
"""First section of each place in a text that is looked at: sections 1 to 10 are places of their own."""

SECTION_AXIS = (20.0, 2_500.0)

_TOP = 200  # percent of the wanted words that a figure shows

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class SectionPlace:
    """Sections at one place of their texts: written words in percent of wanted ones, the median and the middle 80%."""

    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class TextLengths:
    """The texts that came through whole: medians of words, and medians of each text's shares in percent.

    Attributes:
        n: of these texts, with a required length.
        near: of these, within 20% of the required length.
    """

    n: int
    required: float
    planned: float
    written: float
    planned_share: float
    written_share: float
    near: Count


@dataclass(frozen=True)
class Sectioned:
    """One model's texts on one dataset.

    Attributes:
        texts: asked for.
        rejected: of these, by the method's own checks.
        again: texts whose plan was asked for more than once.
        lengths: None where no text has a required length and came through.
        panel: words wanted and written, a point per section; None without sections.
        places: by place in the text; None where no text has a section.
        calls: all of them, counted.
    """

    mark: Mark
    texts: int
    rejected: Count
    again: Count
    lengths: TextLengths | None
    panel: figures.Panel | None
    places: list[SectionPlace | None]
    calls: Calls


@dataclass(frozen=True)
class SectionsShown:
    """What is shown of all models with AgentWrite on a dataset: a line each, and their figure by place."""

    lines: list[Sectioned]
    plans: States
    sections: States
    reasons: list[CallReason]
    places: list[str]
    figure: Markup | None


def sections_shown(
    key: str, traces: dict[str, Source], scores: dict[str, Source], marks: dict[str, Mark]
) -> SectionsShown | None:
    """Reads the traces and scores of models with AgentWrite on one dataset; None without any."""
    read = {model: _sections(source) for model, source in traces.items() if model in scores}
    if not read:
        return None
    limits = figures.length_axis([_lengths(table) for table in read.values()], SECTION_AXIS)
    lines = [
        _line(f"{key}-{i}", marks[model], table, traces[model], scores[model], limits)
        for i, (model, table) in enumerate(read.items())
    ]
    last = max((i for line in lines for i, place in enumerate(line.places) if place), default=-1) + 1
    names = [_place_name(i) for i in range(last)]
    drawn = [figures.Line(line.mark, _points(line.places)) for line in lines]
    title = "Written in percent of wanted words, by section"
    return SectionsShown(
        lines=lines,
        plans=_states(lines, PLAN, ()),
        sections=_states(lines, WRITE, SECTION_STATUSES),
        reasons=call_reasons(line.calls for line in lines),
        places=names,
        figure=figures.by_range(f"{key}-places", title, names, drawn, _TOP) if names else None,
    )


def _sections(source: Source) -> pa.Table:
    """The calls that write sections, without their texts. What failed says nothing of the writer."""
    columns = ["prompt_id", "sample", "step", "number", "status", "required", "words"]
    batches = list(batches_of_calls(source.path, columns))
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    kept = [
        each.filter(pc.and_(pc.equal(each["step"], WRITE), pc.not_equal(each["status"], "failed"))) for each in tables
    ]
    return pa.concat_tables(kept) if kept else subschema(TRACES, columns).empty_table()


def _lengths(sections: pa.Table) -> Lengths:
    """Words wanted and written of the sections for which a number was wanted; one that is in no text has no words."""
    sized = sections.filter(pc.greater(pc.fill_null(sections["required"], 0), 0))
    return Lengths(
        sized["required"].to_numpy().astype(float),
        pc.if_else(pc.equal(sized["status"], "refused"), 0, pc.fill_null(sized["words"], 0)).to_numpy().astype(float),
        pc.equal(sized["status"], "truncated").to_numpy(),
    )


def _line(
    key: str, mark: Mark, sections: pa.Table, traces: Source, scores: Source, limits: tuple[float, float]
) -> Sectioned:
    texts = read_scored(scores.path, ["prompt_id", "sample", "status", "required", "words_longbench_write"])
    lengths, panel = _lengths(sections), None
    if lengths.words.size:
        panel = figures.required_against_written(f"{key}-sections", mark, lengths, limits, "sections", "wanted")
    rejected = pc.sum(pc.equal(texts["status"], "rejected")).as_py() or 0
    return Sectioned(
        mark=mark,
        texts=texts.num_rows,
        rejected=Count(rejected, texts.num_rows),
        again=_planned_again(traces),
        lengths=_of_texts(sections, texts),
        panel=panel,
        places=_places(sections),
        calls=count_calls(traces.path),
    )


def _planned_again(traces: Source) -> Count:
    """How many of the planned texts had their plan asked for more than once."""
    plans = Counter[tuple[str, int]]()
    for batch in batches_of_calls(traces.path, ["prompt_id", "sample", "step"]):
        of_plans = batch.filter(pc.equal(batch["step"], PLAN))
        plans.update(zip(of_plans["prompt_id"].to_pylist(), of_plans["sample"].to_pylist(), strict=True))
    return Count(sum(n > 1 for n in plans.values()), len(plans))


def _of_texts(sections: pa.Table, texts: pa.Table) -> TextLengths | None:
    """Required, planned and written words of the texts that have all their sections, which are the plan's."""
    whole = texts.filter(pc.equal(texts["status"], "ok"))
    whole = whole.filter(pc.greater(pc.fill_null(whole["required"], 0), 0))
    planned = sections.group_by(["prompt_id", "sample"]).aggregate([("required", "sum")])
    joined = whole.join(planned, ["prompt_id", "sample"], join_type="inner")
    joined = joined.filter(pc.greater(pc.fill_null(joined["required_sum"], 0), 0))
    if not joined.num_rows:
        return None
    names = ("required", "required_sum", "words_longbench_write")
    required, sums, words = (joined[name].to_numpy().astype(float) for name in names)
    near = int(((words >= 0.8 * required) & (words <= 1.2 * required)).sum())
    return TextLengths(
        n=joined.num_rows,
        required=float(np.median(required)),
        planned=float(np.median(sums)),
        written=float(np.median(words)),
        planned_share=float(np.median(100 * sums / required)),
        written_share=float(np.median(100 * words / sums)),
        near=Count(near, joined.num_rows),
    )


def _places(sections: pa.Table) -> list[SectionPlace | None]:
    """By place in the text: what was written of what was wanted. Sections without a text wrote nothing."""
    sized = sections.filter(pc.greater(pc.fill_null(sections["required"], 0), 0))
    shares = 100 * _lengths(sections).words / sized["required"].to_numpy()
    at = np.searchsorted(PLACES, sized["number"].to_numpy() + 1, side="right") - 1
    return [_place(shares[at == i]) for i in range(len(PLACES))]


def _place(shares: Array) -> SectionPlace | None:
    if not shares.size:
        return None
    low, middle, high = (float(x) for x in np.quantile(shares, (0.1, 0.5, 0.9)))
    return SectionPlace(len(shares), middle, low, high)


def _place_name(i: int) -> str:
    first, following = PLACES[i], PLACES[i + 1] if i + 1 < len(PLACES) else None
    return f"{first}+" if following is None else str(first) if following == first + 1 else f"{first}–{following - 1}"


def _points(places: list[SectionPlace | None]) -> list[tuple[int, float, tuple[float, float] | None]]:
    """As drawn: what is over the top of the figure lies on it."""
    return [
        (i, min(place.share, _TOP), (min(place.low, _TOP), min(place.high, _TOP)))
        for i, place in enumerate(places)
        if place
    ]


def _states(lines: list[Sectioned], step: str, known: tuple[str, ...]) -> States:
    """The calls of a step by status, a line per model."""
    counts = [Counter[str]() for _ in lines]
    for line, by_status in zip(lines, counts, strict=True):
        for (of_step, status, _), n in line.calls.items():
            by_status[status] += n if of_step == step else 0
    present = {status for by_status in counts for status, n in by_status.items() if n}
    statuses = [*known, *sorted(present.difference(known), key=lambda status: (status != "ok", status))]
    rows = zip(lines, counts, strict=True)
    return States(None, statuses, [(line.mark, [c[status] for status in statuses], c.total()) for line, c in rows])
