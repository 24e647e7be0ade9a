"""One row per response and judge: what it was asked for, how long it is, how good it was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from longhand.program.errors import LonghandError
from longhand.results.quality import quality_of_responses
from longhand.tables.schemas import ANSWERED, NO_STATEMENTS
from longhand.tables.score_tables import SCORES, with_dimensions
from longhand.wire.price import BATCH_TOKENS, TOKENS

KEYS = ["prompt_id", "sample"]
_TOKENS = [f"judge_{name}" for name in (*TOKENS, *BATCH_TOKENS)]
_RANGE = re.compile(r"\[(\d+),(\d+|∞)\)")


def range_label(length: float | None, ranges: Sequence[int]) -> str | None:
    """The range that a required length falls in: "[500,2000)", "[4000,∞)"; None below all of them."""
    if length is None or length != length:
        return None
    below = [low for low in ranges if low <= length]
    if not below:
        return None
    above = ranges[len(below)] if len(below) < len(ranges) else "∞"
    return f"[{below[-1]},{above})"


def slice_order(label: str) -> tuple[float, str]:
    """Sorts the labels of slices: ranges by their lower end, the rest by name."""
    below = _RANGE.fullmatch(label)  # a category may begin with a bracket, too
    return (float(below[1]) if below else 0.0, label)


def join_scores(
    prompts: pa.Table,
    responses: pa.Table,
    lengths: pa.Table,
    judgements: Iterable[pa.Table],
    dimensions: Mapping[str, Sequence[str]],
    ranges: Sequence[int],
) -> pa.Table:
    """The scores table: everything about each response but its text.

    `score_q` is the mean of the dimensions on 0-100, or of the prompt's criteria by their weights, each the mean over
    the judge's repeats that could be read; null where one of them has none. `score` is the mean of `score_l` and
    `score_q` (LongBench-Write), null without either.

    Args:
        prompts, responses, lengths: tables of that name; the responses' texts are not needed.
        judgements: one table per judge; none: one row per response, with null for the judge.
        dimensions: judge -> what it scores, in order; nothing where each prompt has criteria of its own, which get no
            columns. A judge has no value in a column that only others score.
        ranges: lower ends of the length ranges.

    Raises:
        LonghandError: the tables do not hold the same responses.
    """
    base = responses.to_pandas().drop(
        columns=["error", "finish_reason", "attempts", "model", "reported_model", "server", "request_id"]
    )
    joined = base.merge(lengths.drop_columns(["language"]).to_pandas(), on=KEYS, how="left", validate="1:1")
    about = prompts.select(
        ["prompt_id", "language", "category", "constraint", "required", "required_min", "required_max"]
    )
    joined = joined.merge(about.to_pandas(), on="prompt_id", how="left", validate="m:1")
    if joined["words"].isna().any() or joined["language"].isna().any() or len(joined) != len(lengths):
        raise LonghandError("prompts, responses and lengths do not hold the same rows", fix="delete them; run again")
    middle = joined[["required_min", "required_max"]].mean(axis=1).round()
    joined["required"] = joined["required"].fillna(middle)
    joined["range"] = [range_label(value, ranges) for value in joined["required"]]
    columns_of_judges = list(dict.fromkeys(name for names in dimensions.values() for name in names))
    parts = [_with_verdicts(joined, table.to_pandas(), dimensions) for table in judgements]
    if not parts:
        parts = [joined.assign(judge=None, judge_status=None, score_q=None)]
    rows = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    rows["score"] = (rows["score_l"].astype(float) + rows["score_q"].astype(float)) / 2
    schema = with_dimensions(SCORES, columns_of_judges)
    for name in (*_TOKENS, *columns_of_judges):
        rows[name] = rows.get(name)
    columns = [pa.array(rows[field.name], field.type, from_pandas=True) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _with_verdicts(
    joined: pd.DataFrame, verdicts: pd.DataFrame, of_judges: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """The rows with one judge's scores, averaged over its repeats."""
    dimensions = [name for judge in verdicts["judge"].unique() for name in of_judges[judge]]
    by_row = verdicts.groupby(KEYS, sort=False)
    means = verdicts.pivot_table(index=KEYS, columns="dimension", values="score_100", aggfunc="mean", dropna=False)
    means = means.reindex(columns=list(dimensions))
    means["score_q"] = quality_of_responses(verdicts, KEYS)
    means["judge"] = by_row["judge"].first()
    scored = means["score_q"].notna()
    means["judge_status"] = _reasons(verdicts).reindex(means.index, fill_value="unparsed").where(~scored, "ok")
    for name in _TOKENS:
        means[name] = by_row[name.removeprefix("judge_")].sum(min_count=1)
    rows = joined.merge(means, left_on=KEYS, right_index=True, how="left", validate="1:1")
    if rows["judge"].isna().any() or len(rows) != len(means):
        raise LonghandError("responses and judgements do not hold the same rows", fix="delete them; run again")
    return rows


def _reasons(verdicts: pd.DataFrame) -> pd.Series:
    """Why responses have no S_Q, by their keys: the first status among the verdicts on dimensions without any score.

    `no_statements` comes last: beside another, the judge failed too.
    """
    scored = verdicts.groupby([*KEYS, "dimension"])["score_100"].transform("count") > 0
    lacking = verdicts[~scored & (verdicts["status"] != "ok")]
    in_order = lacking.iloc[(lacking["status"] == NO_STATEMENTS).argsort(kind="stable")]
    return in_order.groupby(KEYS)["status"].first()


def verdict_counts(scores: pa.Table) -> list[str]:
    """What became of the verdicts, a line for each judge: "judge j: 38 ok, 2 no_statements"."""
    lines = []
    for judge in scores["judge"].drop_null().unique().to_pylist():
        counts = Counter(scores.filter(pc.equal(scores["judge"], judge))["judge_status"].to_pylist())
        lines.append(f"judge {judge}: " + ", ".join(f"{number} {status}" for status, number in counts.most_common()))
    return lines


def unread_verdicts(scores: pd.DataFrame) -> pd.Series:
    """Which rows lack a verdict that there should be: `check_coverage` counts these, too.

    Not among them are responses that the model left empty or refused, nor those that state nothing.
    """
    due = scores["judge"].notna() & scores["status"].isin([*ANSWERED, "failed"])
    return due & scores["score_q"].isna() & (scores["judge_status"] != NO_STATEMENTS)


def check_coverage(scores: pa.Table, min_coverage: float) -> None:
    """Raises LonghandError when a judge's readable verdicts are too few to stand for the responses.

    Responses that never came count as verdicts that are missing. Those that the model left empty or refused do not
    count, nor those without any statement that could be held against the context: they are what it does.
    """
    for judge in scores["judge"].unique().to_pylist():
        rows = [r for r in scores.select(["judge", "status", "judge_status"]).to_pylist() if r["judge"] == judge]
        due = [r for r in rows if r["status"] in (*ANSWERED, "failed") and r["judge_status"] != NO_STATEMENTS]
        if judge is None or not due:
            continue
        lost = Counter(
            "without a response" if r["status"] == "failed" else r["judge_status"]
            for r in due
            if r["status"] == "failed" or r["judge_status"] != "ok"
        )
        if 1 - lost.total() / len(due) < min_coverage:
            counts = ", ".join(f"{lost[status]} {status}" for status in sorted(lost))
            fix = (
                "raise the judge's attempts or max_tokens, use response_format (recorded: mend its file),"
                " or lower scores.min_coverage"
            )
            if lost["no_context"] == lost.total():
                fix = "give these prompts a context or take them out, or lower scores.min_coverage"
            raise LonghandError(
                f"only {len(due) - lost.total()} of {len(due)} responses have a readable verdict ({counts})",
                f"judge {judge}, min_coverage {min_coverage}",
                fix,
            )
