"""Panels of judges: the mean of their S_Q beside each judge's own, where the config names one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from longhand.results.scores import KEYS
from longhand.tables.score_tables import SCORES


def panels_for(panels: Mapping[str, Sequence[str]], judges: Collection[str]) -> dict[str, list[str]]:
    """The panels whose judges are all among these: name -> its judges."""
    return {name: list(members) for name, members in panels.items() if set(members) <= set(judges)}


def with_panels(scores: pd.DataFrame, panels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The rows of a table of scores, and after them a row of each panel for each response, as if it were a judge.

    Its S_Q is the mean of its judges' where each has one. Else its status is that of the first judge without. It has no
    dimensions and no tokens: those are its judges'.

    Args:
        scores: columns of the table, with the keys of responses, `judge` and `score_q`.
        panels: name -> its judges. One of whose judges some have nothing in the table, since they are recorded and have
            no verdicts on the model, has no rows.
    """
    parts = [scores]
    for name, judges in panels.items():
        members = [scores[scores["judge"] == judge].set_index(KEYS) for judge in judges]
        if any(rows.empty for rows in members):
            continue
        mean = pd.concat([rows["score_q"].astype(float) for rows in members], axis=1).mean(axis=1, skipna=False)
        rows = members[0].assign(judge=name, score_q=mean.round(9))
        if "judge_status" in rows:
            statuses = pd.concat([each["judge_status"] for each in members], axis=1)
            rows["judge_status"] = statuses.where(statuses != "ok").bfill(axis=1).iloc[:, 0].fillna("ok")
        if "score" in rows:
            rows["score"] = (rows["score_l"].astype(float) + rows["score_q"]) / 2
        judges_columns = [column for column in rows if column.startswith("judge_") and column != "judge_status"]
        judges_columns += [column for column in rows if column not in SCORES.names]
        parts.append(rows.assign(**dict.fromkeys(judges_columns, np.nan)).reset_index()[list(scores)])
    return pd.concat(parts, ignore_index=True) if panels else scores
