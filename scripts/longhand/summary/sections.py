"""AgentWrite's texts in numbers: words wanted and written, per section and per text; plans; where texts fall behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.calls import batches_of_calls
from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row
from longhand.tables.schemas import TRACES, subschema

PLAN, WRITE = "plan", "write"
"""AgentWrite's steps."""

PLACES = (*range(1, 12), 16, 21, 31, 41)
"""First section of each place in a text that is looked at: sections 1 to 10 are places of their own."""

_NEAR = (0.8, 1.2)  # of the words that are wanted

Array = np.ndarray[Any, np.dtype[Any]]


def read_sections(traces: Source) -> pa.Table:
    """The calls that write sections, without their texts. What failed says nothing of the writer.

    `required` is null where no number of words was wanted; `words` are those in the text: none where the server
    filtered the answer.
    """
    columns = ["prompt_id", "sample", "step", "number", "status", "required", "words"]
    batches = [pa.Table.from_batches([batch]) for batch in batches_of_calls(traces.path, columns)]
    table = pa.concat_tables(batches) if batches else subschema(TRACES, columns).empty_table()
    table = table.filter(pc.and_(pc.equal(table["step"], WRITE), pc.not_equal(table["status"], "failed")))
    words = pc.if_else(pc.equal(table["status"], "refused"), 0, pc.fill_null(table["words"], 0))
    table = table.set_column(table.schema.get_field_index("words"), "words", words)
    wanted = pc.greater(pc.fill_null(table["required"], 0), 0)
    required = pc.if_else(wanted, table["required"], pa.scalar(None, pa.int64()))
    return table.set_column(table.schema.get_field_index("required"), "required", required)


def text_row(sections: pa.Table, traces: Source, scores: Source) -> Row:
    """The row of SECTION_TEXTS of a model on a dataset."""
    texts = read_scored(scores.path, ["prompt_id", "sample", "status", "required", "words_longbench_write"])
    plans = _plans(traces)
    sized = sections.filter(pc.is_valid(sections["required"]))
    wanted, words = (sized[name].to_numpy() for name in ("required", "words"))
    return {
        "dataset": traces.dataset,
        "model": traces.model,
        "texts": texts.num_rows,
        "rejected": pc.sum(pc.equal(texts["status"], "rejected")).as_py() or 0,
        "planned": len(plans),
        "planned_again": sum(n > 1 for n in plans.values()),
        **_whole(sections, texts),
        "sections": sized.num_rows,
        "sections_within_20": _within_20(words, wanted),
        "sections_without_words": int((words <= 0).sum()),
        "sections_cut": pc.sum(pc.equal(sized["status"], "truncated")).as_py() or 0,
    }


def _plans(traces: Source) -> Counter[tuple[str, int]]:
    """How often the plan of each text was asked for."""
    plans = Counter[tuple[str, int]]()
    for batch in batches_of_calls(traces.path, ["prompt_id", "sample", "step"]):
        of_plans = batch.filter(pc.equal(batch["step"], PLAN))
        plans.update(zip(of_plans["prompt_id"].to_pylist(), of_plans["sample"].to_pylist(), strict=True))
    return plans


def _whole(sections: pa.Table, texts: pa.Table) -> Row:
    """Required, planned and written words of the texts that have all their sections, which are the plan's."""
    whole = texts.filter(pc.equal(texts["status"], "ok"))
    whole = whole.filter(pc.greater(pc.fill_null(whole["required"], 0), 0))
    planned = sections.group_by(["prompt_id", "sample"]).aggregate([("required", "sum")])
    joined = whole.join(planned, ["prompt_id", "sample"], join_type="inner")
    joined = joined.filter(pc.is_valid(joined["required_sum"]))
    row: Row = {"whole": joined.num_rows}
    names = ("required", "planned_words", "written", "planned_share", "written_share", "within_20")
    if not joined.num_rows:
        return row | dict.fromkeys(names)
    columns = ("required", "required_sum", "words_longbench_write")
    required, sums, words = (joined[name].to_numpy().astype(float) for name in columns)
    medians = [
        float(np.median(values)) for values in (required, sums, words, 100 * sums / required, 100 * words / sums)
    ]
    return row | dict(zip(names, [*medians, _within_20(words, required)], strict=True))


def _within_20(words: Array, wanted: Array) -> int:
    return int(((words >= _NEAR[0] * wanted) & (words <= _NEAR[1] * wanted)).sum())


def place_rows(sections: pa.Table, source: Source) -> Iterator[Row]:
    """Rows of SECTION_PLACES: what was written of what was wanted, by place. Sections without a text wrote nothing."""
    sized = sections.filter(pc.is_valid(sections["required"]))
    shares = 100 * sized["words"].to_numpy() / sized["required"].to_numpy()
    at = np.searchsorted(PLACES, sized["number"].to_numpy() + 1, side="right") - 1
    for place, (first, following) in enumerate(zip(PLACES, [*PLACES[1:], None], strict=True)):
        if (of_place := shares[at == place]).size:
            low, middle, high = (float(x) for x in np.quantile(of_place, (0.1, 0.5, 0.9)))
            sections_of = {"place": place, "first": first, "last": following and following - 1}
            spread = {"n": of_place.size, "share": middle, "low": low, "high": high}
            yield {"dataset": source.dataset, "model": source.model} | sections_of | spread


def length_rows(sections: pa.Table, source: Source) -> Iterator[Row]:
    """Rows of SECTION_LENGTHS."""
    sized = sections.filter(pc.is_valid(sections["required"]))
    columns = {name: sized[name] for name in ("required", "words")}
    groups = pa.table(columns | {"cut": pc.equal(sized["status"], "truncated")})
    counted = groups.group_by(["required", "words", "cut"]).aggregate([([], "count_all")])
    for row in counted.sort_by([(name, "ascending") for name in ("required", "words", "cut")]).to_pylist():
        yield {"dataset": source.dataset, "model": source.model, "n": row.pop("count_all")} | row
