"""From scores to the leaderboard: means, intervals and counts for every slice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from longhand.results.bridged_scores import BRIDGED_COLUMNS, bridged_columns
from longhand.results.certified import Certifications, board_standings
from longhand.results.costs import shared, spent
from longhand.results.leads import leads
from longhand.results.prompt_means import PARTS, counted_rows, evaluated, metric_values, prompt_means, slices
from longhand.results.scores import unread_verdicts
from longhand.results.statistics import mean_interval
from longhand.tables.files import Row
from longhand.tables.schemas import ANSWERED, NO_STATEMENTS
from longhand.text.length import LENGTH_RULES
from longhand.wire.price import Price

MEANS = (*(rule.column for rule in LENGTH_RULES.values()), "repeated_13gram_share")
BOUNDS = {"worst": 0.0, "best": 100.0}
"""What unread verdicts are taken for."""


def leaderboard_rows(
    dataset: str,
    scores: Iterable[tuple[str, pd.DataFrame]],
    dimensions: Mapping[str, Sequence[str]],
    *,
    missing: str,
    prices: Mapping[str, Price],
    judge_prices: Mapping[str, Price],
    helped: Mapping[str, Mapping[str, pd.DataFrame]] | None = None,
    facts: Mapping[str, pd.DataFrame] | None = None,
    panels: Mapping[str, Sequence[str]] | None = None,
    certifications: Certifications | None = None,
    lines: Mapping[str, Row] | None = None,
) -> list[Row]:
    """The leaderboard's rows for the models of one dataset.

    The unit of means is the prompt, see `prompt_means`. Counts, tokens and costs are of all rows, whatever is left out
    of the means.

    Args:
        scores: models with their scores tables.
        dimensions: judge -> what it scores, of the judges that the leaderboard has; others in the table judge for
            training data only. A row has the dimensions of its judge.
        missing: exclude (unscored rows are left out of S_Q), neutral (they get 50, as EvalScope does) or drop (they
            are left out of every mean, as from LongWriter's file of judged items).
        prices, judge_prices: by name; None: no cost is given.
        helped: by model, calls that other entries answered, by their names: prompt_id, sample and tokens, which are in
            the rows'.
        facts: by judge, its calls that the responses of all models share: prompt_id and tokens, which are in no rows.
        panels: name of a panel -> the judges whose mean it is.
        certifications: which judges are certified; None: none is in this run.
        lines: new judge -> its row of SUCCESSION.
    """
    board: list[Row] = []
    means: dict[str | None, dict[str, pd.DataFrame]] = {}
    for model, table in scores:
        helpers = [(prices.get(name), calls) for name, calls in (helped or {}).get(model, {}).items()]
        for key, rows in evaluated(table, dimensions).groupby("judge", sort=False, dropna=False):
            judge = None if pd.isna(key) else str(key)
            of_judge = dimensions[judge] if judge else ()
            judged = [*of_judge, "score_q"]
            prompts = _prompts(counted_rows(rows, judged, missing), of_judge)
            bounds = {ending: _filled(rows, value, missing) for ending, value in BOUNDS.items()}
            means.setdefault(judge, {})[model] = prompts
            for kind, label, part in slices(rows):
                counted, of_prompts = counted_rows(part, judged, missing), _of(part, prompts)
                line = (lines or {}).get(judge or "") if kind == "all" else None
                board.append(
                    {
                        "dataset": dataset,
                        "model": model,
                        "judge": judge,
                        "panel": ", ".join((panels or {}).get(judge or "", ())) or None,
                        "slice_kind": kind,
                        "slice": label,
                        "missing": missing if judge else None,
                        **_counts(part),
                        **_means(counted, of_prompts, of_judge),
                        **(BRIDGED_COLUMNS if line is None else bridged_columns(line, counted, of_prompts)),
                        **_bounds(part, bounds),
                        **spent(part, prices.get(model), judge_prices.get(judge) if judge else None, helpers),
                        **shared(part, (facts or {}).get(judge or ""), judge_prices.get(judge or "")),
                    }
                )
    flags = {judge: leads(of_models) for judge, of_models in means.items()}
    for row in board:
        for metric in PARTS:
            of_models = flags[row["judge"]].get((row["slice_kind"], row["slice"], metric), {})
            row[f"{metric}_leads"] = of_models.get(row["model"])
    for row, standing in zip(board, board_standings(board, certifications), strict=True):
        row["certified"] = None if standing is None else standing.status
    return board


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


def _of(rows: pd.DataFrame, prompts: pd.DataFrame) -> pd.DataFrame:
    """The prompt means of a slice."""
    return prompts[prompts.index.isin(rows["prompt_id"])]


def _prompts(rows: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    return prompt_means(rows.assign(words=_written(rows)), ["score_l", "score_q", "words", *MEANS, *dimensions])


def _written(rows: pd.DataFrame) -> pd.Series:
    """Words of the responses that came."""
    return rows["words"].where(rows["status"] != "failed")


def _means(rows: pd.DataFrame, prompts: pd.DataFrame, dimensions: Sequence[str]) -> Row:
    """Means and counts of a slice: of its rows as `missing` counts them, and of their prompt means."""
    words = _written(rows)
    estimates = {metric: mean_interval(metric_values(prompts, metric)) for metric in PARTS}
    means: dict[str, Any] = {
        "n_scored": int(rows[["score_l", "score_q"]].notna().any(axis=1).sum()),
        "n_scored_l": int(rows["score_l"].notna().sum()),
        "n_scored_q": int(rows["score_q"].notna().sum()),
        "words_median": _finite(words.median()),
        "words_max": _finite(words.max()),
    }
    for name, estimate in estimates.items():
        means |= {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        means |= {f"{name}_doubt": estimate.doubt, f"n_prompts_{name}": estimate.n, f"n_zeros_{name}": estimate.zeros}
    for name in ("words", *MEANS, *dimensions):
        means["words_mean" if name == "words" else name] = _finite(prompts[name].mean())
    return means


def _filled(rows: pd.DataFrame, value: float, missing: str) -> pd.DataFrame:
    """Prompt means as if every verdict that could not be read were `value`."""
    filled = rows.assign(score_q=rows["score_q"].astype(float).mask(unread_verdicts(rows), value))
    return prompt_means(counted_rows(filled, ["score_q"], missing))


def _bounds(rows: pd.DataFrame, prompts: Mapping[str, pd.DataFrame]) -> Row:
    """What S_Q and S̄ of a slice would be at worst and at best, from the prompt means of each."""
    bounds: Row = {"n_unread": int(unread_verdicts(rows).sum())}
    for ending, means in prompts.items():
        for metric in ("score_q", "score"):
            bounds[f"{metric}_{ending}"] = mean_interval(metric_values(_of(rows, means), metric)).mean
    return bounds


def _finite(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
