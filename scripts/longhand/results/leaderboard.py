"""From scores to the leaderboard: means, intervals and counts for every slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from longhand.program.printable import printable
from longhand.results.prompt_means import METRICS, counted_rows, evaluated, metric_values, prompt_means, slices
from longhand.results.scores import KEYS
from longhand.results.statistics import mean_interval
from longhand.tables.files import Row
from longhand.tables.schemas import ANSWERED, NO_STATEMENTS
from longhand.text.length import LENGTH_RULES
from longhand.wire.price import Price, cost

MEANS = (*(rule.column for rule in LENGTH_RULES.values()), "repeated_13gram_share")
TOKENS = ("prompt_tokens", "completion_tokens")


def leaderboard_rows(
    dataset: str,
    model: str,
    scores: pd.DataFrame,
    dimensions: Mapping[str, Sequence[str]],
    *,
    missing: str,
    prices: Mapping[str, Price],
    judge_prices: Mapping[str, Price],
    helped: Mapping[str, pd.DataFrame] | None = None,
    facts: Mapping[str, pd.DataFrame] | None = None,
) -> Iterator[Row]:
    """The leaderboard's rows for one model on one dataset.

    The unit of means is the prompt: samples of a prompt are averaged first. Counts, tokens
    and costs are of all rows, whatever is left out of the means.

    Args:
        scores: the scores table.
        dimensions: judge -> what it scores, of the judges that the leaderboard has; others in the table judge for
            training data only. A row has the dimensions of its judge.
        missing: exclude (unscored rows are left out of S_Q), neutral (they get 50, as EvalScope does) or drop (they
            are left out of every mean, as from LongWriter's file of judged items).
        prices, judge_prices: by name; None: no cost is given.
        helped: calls that other entries answered, by their names: prompt_id, sample and tokens, which are in the rows'.
        facts: by judge, its calls that the responses of all models share: prompt_id and tokens, which are in no rows.
    """
    helpers = [(prices.get(name), calls) for name, calls in (helped or {}).items()]
    for judge, rows in evaluated(scores, dimensions).groupby("judge", sort=False, dropna=False):
        name = None if pd.isna(judge) else str(judge)
        own_dimensions = dimensions[name] if name else ()
        for kind, label, part in slices(rows):
            yield {
                "dataset": dataset,
                "model": model,
                "judge": name,
                "slice_kind": kind,
                "slice": label,
                "missing": missing if name else None,
                **_counts(part),
                **_means(counted_rows(part, [*own_dimensions, "score_q"], missing), own_dimensions),
                **_spent(part, prices.get(model), judge_prices.get(name) if name else None, helpers),
                **_shared(part, (facts or {}).get(name or ""), judge_prices.get(name or "")),
            }


def _counts(rows: pd.DataFrame) -> Row:
    unscored = rows["score_l"].isna() & (rows["status"] != "failed")
    return {
        "n_without_length": int((unscored & rows["required"].isna()).sum()),
        "n_without_rule": int((unscored & rows["required"].notna()).sum()),
        "n": len(rows),
        "n_answered": int(rows["status"].isin(ANSWERED).sum()),
        "n_judged": int((rows["judge_status"] == "ok").sum()),
        "n_no_statements": int((rows["judge_status"] == NO_STATEMENTS).sum()),
        "n_truncated": int((rows["status"] == "truncated").sum()),
        "n_looped": int(rows["loop_onset"].notna().sum()),
        "n_unclosed": int((rows["closed"] == False).sum()),  # noqa: E712 - null is neither
        "n_other_language": int((rows["other_language"] == True).sum()),  # noqa: E712
    }


def _means(rows: pd.DataFrame, dimensions: Sequence[str]) -> Row:
    columns = ["score_l", "score_q", "words", *MEANS, *dimensions]
    written = rows.assign(words=rows["words"].where(rows["status"] != "failed"))
    prompts = prompt_means(written, columns)
    estimates = {metric: mean_interval(metric_values(prompts, metric)) for metric in METRICS}
    means: dict[str, Any] = {
        "n_scored": int(rows[["score_l", "score_q"]].notna().any(axis=1).sum()),
        "n_scored_l": int(rows["score_l"].notna().sum()),
        "n_scored_q": int(rows["score_q"].notna().sum()),
        "words_median": _finite(written["words"].median()),
        "words_max": _finite(written["words"].max()),
    }
    for name, estimate in estimates.items():
        means |= {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    for name in ("words", *MEANS, *dimensions):
        means["words_mean" if name == "words" else name] = _finite(prompts[name].mean())
    return means


def _finite(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _spent(rows: pd.DataFrame, price: Price, judge_price: Price, helpers: Sequence[tuple[Price, pd.DataFrame]]) -> Row:
    spent: dict[str, Any] = {}
    for prefix, column, chosen in (("", "cost", price), ("judge_", "judge_cost", judge_price)):
        tokens_in, tokens_out = (_sum(rows[prefix + name]) for name in TOKENS)
        spent |= {f"{prefix}prompt_tokens": tokens_in, f"{prefix}completion_tokens": tokens_out, column: None}
        if chosen is not None and tokens_in is not None and tokens_out is not None:
            spent[column] = cost(chosen, tokens_in, tokens_out)
    for other, calls in helpers:
        if price is not None and spent["cost"] is not None:
            calls_for_rows = calls.merge(rows[KEYS], on=KEYS)
            tokens = [_sum(calls_for_rows[name]) or 0 for name in TOKENS]
            spent["cost"] = None if other is None else spent["cost"] - cost(price, *tokens) + cost(other, *tokens)
    return spent


def _shared(rows: pd.DataFrame, calls: pd.DataFrame | None, price: Price) -> Row:
    """What calls took that are shared by all responses to the prompts of these rows."""
    spent: Row = dict.fromkeys(("judge_shared_prompt_tokens", "judge_shared_completion_tokens", "judge_shared_cost"))
    if calls is None:
        return spent
    of_prompts = calls[calls["prompt_id"].isin(rows["prompt_id"])]
    tokens_in, tokens_out = (_sum(of_prompts[name]) for name in TOKENS)
    spent |= {"judge_shared_prompt_tokens": tokens_in, "judge_shared_completion_tokens": tokens_out}
    if price is not None and tokens_in is not None and tokens_out is not None:
        spent["judge_shared_cost"] = cost(price, tokens_in, tokens_out)
    return spent


def _sum(counts: pd.Series) -> int | None:
    known = counts.dropna()
    return int(known.sum()) if len(known) else None


def as_csv(leaderboard: pd.DataFrame) -> str:
    """The leaderboard as CSV: its texts in one line, an apostrophe before what a spreadsheet takes for a formula."""
    texts = leaderboard.select_dtypes(exclude="number").columns
    plain = leaderboard.assign(**{name: leaderboard[name].map(_plain) for name in texts})
    return str(plain.rename(columns=_plain).to_csv(index=False, float_format="%.4f"))


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
