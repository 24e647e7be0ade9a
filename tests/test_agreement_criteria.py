"""What is said of judges that grade by the criteria of each prompt: of S_Q alone, by weights, each figure by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_agreement import only, rows_of


def by_criteria(judge: str, shift: float = 0.0, spread: float = 8.0) -> pd.DataFrame:
    """Two repeats; every other prompt has a third criterion, and the second has three times the weight of the others.

    Repeats differ in the second criterion, by `spread`.
    """
    rows = [
        {"model": "m", "prompt_id": f"p{p}", "sample": 0, "judge": judge, "repeat": repeat, "dimension": str(place)}
        | {"weight": 3.0 if place == 2 else 1.0}
        | {"score_100": 10.0 * (p % 5) + 5 * place + shift + (spread * repeat if place == 2 else 0.0)}
        for p in range(12)
        for repeat in (0, 1)
        for place in range(1, 4 if p % 2 else 3)
    ]
    return pd.DataFrame(rows)


def test_criteria_of_prompts_are_compared_in_s_q_alone_by_their_weights() -> None:
    rows = rows_of(by_criteria("a"), by_criteria("b", shift=7.0))
    assert {row["dimension"] for row in rows} == {"score_q"}, "criterion 1 of one prompt is not that of another"
    shift = only([row for row in rows if row["part"] == "shift" and row["model"] is None])
    assert shift["value"] == pytest.approx(-7)
    # S_Q of the repeats differs by 8 · 3/4 where a prompt has two criteria, by 8 · 3/5 where it has three.
    apart = only([r for r in rows if (r["part"], r["figure"], r["judge"]) == ("retest", "deviation", "a")])
    assert apart["value"] == pytest.approx(np.sqrt((6 * 6.0**2 / 2 + 6 * 4.8**2 / 2) / 12))


def test_a_criterion_that_one_repeat_lacks_is_read_from_the_other() -> None:
    whole, lacking = by_criteria("a", spread=0.0), by_criteria("b", spread=0.0)
    lacking.loc[(lacking["repeat"] == 1) & (lacking["dimension"] == "1"), "score_100"] = None
    rows = rows_of(whole, lacking)
    assert only([row for row in rows if row["part"] == "shift" and row["model"] is None])["value"] == 0
    assert only([r for r in rows if r["part"] == "retest" and r["judge"] == "b"])["doubt"] == "one_repeat"
