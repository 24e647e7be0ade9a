"""Ways of judging, held against a reference: what they cost, and what they do to scores and pairs.

A mode is a judge and one of its repeats; its scores are S_Q. The first judge is the reference. Its first two repeats
say how much the same way of judging differs from itself. What two judges ask alike is asked once, so a mode may have
replies in common with the reference's first repeat: held against that, it shows what the way of judging alone changes.
With the second repeat it has none in common but what all repeats share: held against that, it compares with the
reference's first repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from longhand.results.rank_correlation import grouped_spearman, spearman
from longhand.results.statistics import Estimate, Numbers, mean_interval, share_interval
from longhand.tables.files import Row
from longhand.wire.price import BATCH_TOKENS, TOKENS, Price, cost

ANSWER = ["prompt_id", "model", "sample"]
"""Keys of an answer; `model` is its number in the order of models, which decides between equal scores."""
_OF_CALL = ["role", "repeat", "request_id", "calls", *TOKENS]


class Judged(NamedTuple):
    """What one judge did.

    Attributes:
        judge: its name.
        scores: S_Q on 0-100, NaN where there is none: a row per answer by `ANSWER`, a column per repeat.
        calls: what it asked: `role`, `repeat` (missing where all repeats use a call), `request_id` (missing where no
            answer came), `calls` and tokens; of these, those that came in batches, where any did.
        prices: by role.
    """

    judge: str
    scores: pd.DataFrame
    calls: pd.DataFrame
    prices: Mapping[str, Price]


def mode_rows(judges: Sequence[Judged], seed: int) -> Iterator[Row]:
    """A row per mode and what it is held against, the reference first: columns of JUDGE_MODES but `dataset`.

    Args:
        judges: that judged the same answers, the reference first.
        seed: of the resampling.
    """
    reference: pd.DataFrame | None = None
    paid: set[str] = set()
    for judged in judges:
        scores = judged.scores
        of_reference, reference = reference is None, scores if reference is None else reference
        for repeat in scores.columns:
            calls = judged.calls[judged.calls["repeat"].isna() | (judged.calls["repeat"] == repeat)]
            mode: Row = {
                "reference": judges[0].judge,
                "judge": judged.judge,
                "repeat": int(repeat),
                "n_prompts": scores.index.get_level_values("prompt_id").nunique(),
                "n_answers": len(scores),
                "n_scored": int(scores[repeat].notna().sum()),
                **costs(calls, paid, judged.prices),
            }
            for against in reference.columns[: 1 if of_reference else 2]:
                yield mode | {"against": int(against)} | compared(reference[against], scores[repeat], seed)
            paid |= set(calls["request_id"].dropna())


def calls_of_verdicts(verdicts: pd.DataFrame) -> pd.DataFrame:
    """What a judge without traces asked, as `Judged.calls`: a row of judgements has all tries for it.

    Args:
        verdicts: its tables of judgements. Equal questions have equal answers, so the first request of a row names all.
    """
    sent = verdicts[verdicts["requests"].str.len() > 0]
    calls = {"role": "judge", "request_id": sent["requests"].str[0], "calls": sent["requests"].str.len()}
    return sent.assign(**calls)[[*_OF_CALL, *BATCH_TOKENS]]


def calls_of_traces(traces: Sequence[pd.DataFrame], facts: pd.DataFrame) -> pd.DataFrame:
    """What a judge that looks into contexts asked, as `Judged.calls`. A row of facts has all tries for them.

    Args:
        traces: its tables of traces.
        facts: its table of facts.
    """
    called = [table[table["attempts"] > 0].assign(calls=1) for table in traces]
    of_facts = facts.assign(role="judge", repeat=np.nan, calls=facts["attempts"])
    embedded = facts.explode("embedding_requests").dropna(subset="embedding_requests")
    # The tokens of all requests for a context stand on its row: they count with the first.
    tokens = embedded["embedding_tokens"].where(~embedded.index.duplicated(), 0)
    of_vectors = pd.DataFrame(
        {"role": "embedder", "repeat": np.nan, "request_id": embedded["embedding_requests"], "calls": 1}
        | {"prompt_tokens": tokens, "completion_tokens": 0}
    )
    return pd.concat([table[_OF_CALL] for table in (*called, of_facts, of_vectors)], ignore_index=True)


def costs(calls: pd.DataFrame, paid: set[str], prices: Mapping[str, Price]) -> Row:
    """What the calls of a mode cost by itself, and what of it was paid for by others before.

    Args:
        calls: see `Judged`; one that several answers use stands there several times.
        paid: requests of the modes before.
        prices: by role.
    """
    # A call without an answer has no request to be known by.
    distinct = calls[calls["request_id"].isna() | ~calls["request_id"].duplicated()]
    distinct = distinct.reindex(columns=[*_OF_CALL, *BATCH_TOKENS])
    row: Row = {}
    for ending, part in (("", distinct), ("_shared", distinct[distinct["request_id"].isin(paid)])):
        known = all(prices.get(role) is not None for role in distinct["role"].unique())
        by_role = part.groupby("role")[[*TOKENS, *BATCH_TOKENS]].sum()
        spent = sum(cost(price, *tokens) for role, tokens in by_role.iterrows() if (price := prices.get(str(role))))
        row |= {f"calls{ending}": int(part["calls"].sum()), f"cost{ending}": float(spent) if known else None}
        row |= {f"{name}{ending}": int(part[name].sum()) for name in TOKENS}
    return row


def compared(reference: pd.Series, mode: pd.Series, seed: int) -> Row:
    """The scores of a mode held against the reference's, with 95% intervals over prompts: t, Wilson's of shares.

    `rank_within` is the mean over prompts of Spearman's correlation of the scores of a prompt's answers, of those
    prompts where it is defined; `rank_all` the correlation over all answers; `shift` the mean over prompts of the mean
    difference. These are of answers with both scores. `pairs_changed` is the share of prompts whose pair (best against
    worst by each mode's own scores) is another one, or is there with one mode only; of prompts with a pair by either.
    `pairs_turned` is the share of the mode's pairs whose rejected answer has the higher score by the reference, of
    those that it has scores for.
    """
    both = pd.DataFrame({"reference": reference, "mode": mode})
    scored = both.dropna()
    by_prompt = [part.to_numpy(dtype=float).T for _, part in scored.groupby("prompt_id")]
    within = np.array([spearman(*values) for values in by_prompt])
    shifts = np.array([float(np.mean(values[1] - values[0])) for values in by_prompt])
    groups = scored.groupby("prompt_id").ngroup().to_numpy()
    by_reference, by_mode = scored.to_numpy(dtype=float).T
    of_all = grouped_spearman(by_reference, by_mode, groups, seed)
    changed, turned = _pairs(both)
    row: Row = {"n_compared": len(scored)}
    for name, estimate in (
        ("rank_within", mean_interval(within, scale=(-1, 1))),
        ("rank_all", of_all),
        ("shift", mean_interval(shifts, scale=(-100, 100))),
        ("pairs_changed", share_interval(changed)),
        ("pairs_turned", share_interval(turned)),
    ):
        row |= _columns(name, estimate)
    return row


def _columns(name: str, estimate: Estimate) -> Row:
    return {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high, f"{name}_n": estimate.n}


def _pairs(both: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """1 or 0 for each prompt with a pair: whether it is another one; and for each pair of the mode: if it is turned."""
    changed, turned = [], []
    for _, part in both.groupby("prompt_id"):
        by_reference, by_mode = part.to_numpy(dtype=float).T
        pair = best_and_worst(by_mode)
        if (expected := best_and_worst(by_reference)) is not None or pair is not None:
            changed.append(float(pair != expected))
        if pair is not None and not np.isnan(by_reference[list(pair)]).any():
            turned.append(float(by_reference[pair[0]] < by_reference[pair[1]]))
    return np.array(changed), np.array(turned)


def best_and_worst(scores: Numbers) -> tuple[int, int] | None:
    """Where the chosen and the rejected answer of a prompt stand; None where no two scores differ.

    Of equals the first is chosen, the last rejected, as `preferences` does.
    """
    if np.isnan(scores).all() or np.nanmax(scores) == np.nanmin(scores):
        return None
    return int(np.nanargmax(scores)), len(scores) - 1 - int(np.nanargmin(scores[::-1]))
