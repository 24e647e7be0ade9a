"""What is said of judges: each figure by hand, what cannot be measured, and the step on files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from test_alpha import by_coincidences

from compare_judges import main as compare_judges
from longhand.results.agreement import agreement_rows, same_model_rows
from longhand.tables.agreement_tables import AGREEMENT, LENGTH_BIAS
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import makers
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES, with_dimensions

Grade = Callable[[str, str, int, int], float | None]
"""model, prompt, sample, repeat -> score_100"""


def verdicts(judge: str, repeats: int = 1, samples: int = 1, prompts: int = 12, **grades: Grade) -> pd.DataFrame:
    """A judge's verdicts on the models m and n."""
    rows = [
        {"model": model, "prompt_id": f"p{p}", "sample": sample, "judge": judge, "repeat": repeat}
        | {"dimension": dimension, "weight": None, "score_100": grade(model, p, sample, repeat)}
        for model in ("m", "n")
        for p in range(prompts)
        for sample in range(samples)
        for repeat in range(repeats)
        for dimension, grade in grades.items()
    ]
    return pd.DataFrame(rows).astype({"score_100": float})


def rows_of(*tables: pd.DataFrame, **filters: Any) -> list[Row]:
    judges = list(dict.fromkeys(table["judge"].iloc[0] for table in tables))
    rows = list(agreement_rows(pd.concat(tables, ignore_index=True), judges, 42))
    return [row for row in rows if all(row[name] == value for name, value in filters.items())]


def only(rows: list[Row]) -> Row:
    (row,) = rows
    return row


def level(model: str, prompt: int, sample: int, repeat: int) -> float:
    return 25.0 * (prompt % 4) + (12.5 if model == "n" else 0)


def test_judges_are_compared_in_the_dimensions_that_they_share_and_in_s_q() -> None:
    first = verdicts("a", Clarity=level, Depth=lambda *at: level(*at) / 2)
    second = verdicts("b", Clarity=lambda *at: level(*at) + 10, Style=lambda *at: 50.0)
    third = verdicts("c", Depth=lambda *at: 100 - level(*at))
    rows = rows_of(first, second, third, part="alpha")
    assert [(r["dimension"], r["judge"], r["other"]) for r in rows] == [
        ("Clarity", "a", "b"),
        ("Depth", "a", "c"),
        ("score_q", None, None),
        ("score_q", "a", "b"),
        ("score_q", "a", "c"),
        ("score_q", "b", "c"),
    ]
    of_first = [level(m, p, 0, 0) for m in "mn" for p in range(12)]
    expected = {
        ("Clarity", "b"): [[v, v + 10] for v in of_first],
        ("Depth", "c"): [[v / 2, 100 - v] for v in of_first],
        ("score_q", None): [[v * 0.75, (v + 60) / 2, 100 - v] for v in of_first],
        ("score_q", "b"): [[v * 0.75, (v + 60) / 2] for v in of_first],
    }
    for row in rows:
        if table := expected.get((row["dimension"], row["other"])) if row["judge"] in (None, "a") else None:
            assert row["value"] == pytest.approx(by_coincidences(table)), row
            assert row["low"] < row["high"] and (row["n"], row["unit"], row["doubt"]) == (12, "", None)


def test_ranks_are_spearmans_over_responses() -> None:
    noise = {p: float(v) for p, v in enumerate(np.random.default_rng(1).normal(0, 30, 24))}
    other: Grade = lambda m, p, s, r: level(m, p, s, r) + noise[p + 12 * (m == "n")]  # noqa: E731
    row = only(rows_of(verdicts("a", D=level), verdicts("b", D=other), part="rank", dimension="score_q"))
    values = [[grade(m, p, 0, 0) for m in "mn" for p in range(12)] for grade in (level, other)]
    assert row["value"] == pytest.approx(scipy.stats.spearmanr(*values).statistic)
    assert (row["figure"], row["judge"], row["other"], row["n"]) == ("spearman", "a", "b", 12)
    assert row["low"] < row["value"] < row["high"]


def test_a_shift_is_the_first_judge_less_the_second_over_prompts() -> None:
    """b gives 6 less to m and 2 more to n; one prompt of n was not read, and one prompt has more samples read."""
    less: Grade = lambda m, p, s, r: level(m, p, s, r) + (-6 if m == "m" else 2) + (p % 2) - 0.5  # noqa: E731
    unread: Grade = lambda m, p, s, r: None if (m, p) == ("n", 0) else less(m, p, s, r)  # noqa: E731
    rows = rows_of(verdicts("a", samples=2, D=level), verdicts("b", samples=2, D=unread), part="shift")
    of_all, m, n = [row for row in rows if row["dimension"] == "score_q"]
    assert [row["model"] for row in (of_all, m, n)] == [None, "m", "n"]
    assert m["value"] == pytest.approx(6) and n["value"] == pytest.approx(-2 + -0.5 / 11)
    differences = [6.5 if p == 0 else 2.5 if p % 2 == 0 else 1.5 for p in range(12)]
    assert of_all["value"] == pytest.approx(np.mean(differences)), "prompts weigh alike, however many were read"
    reach = scipy.stats.t.ppf(0.975, 11) * np.std(differences, ddof=1) / 12**0.5
    assert (of_all["low"], of_all["high"]) == pytest.approx((of_all["value"] - reach, of_all["value"] + reach))
    assert (of_all["n"], m["n"], n["n"]) == (12, 12, 11) and of_all["unit"] == "points"
    assert [row["model"] for row in rows if row["dimension"] == "D"] == [None]


def test_the_spread_of_repeats_by_hand() -> None:
    """Repeats of D lie 4 apart on even prompts and 8 on odd ones; a third repeat of one response was read."""
    spread: Grade = lambda m, p, s, r: (  # noqa: E731
        None if r == 2 and (m, p) != ("m", 0) else level(m, p, s, r) + (4 if p % 2 == 0 else 8) * (r == 1)
    )
    steady: Grade = lambda m, p, s, r: None if r == 2 and (m, p) != ("m", 0) else 50.0  # noqa: E731
    rows = rows_of(verdicts("a", repeats=3, D=spread, E=steady), part="retest", judge="a")
    of = {(row["dimension"], row["figure"]): row for row in rows}
    # Squares around the mean: 8 and 32 by response, of the one with three 32/3.
    pooled = (11 * 8 + 12 * 32 + 32 / 3) / (23 + 2)
    assert of["D", "deviation"]["value"] == pytest.approx(pooled**0.5)
    assert of["score_q", "deviation"]["value"] == pytest.approx(pooled**0.5 / 2)
    assert of["D", "deviation"]["low"] < pooled**0.5 < of["D", "deviation"]["high"]
    assert (of["E", "deviation"]["value"], of["E", "deviation"]["low"]) == (0, None)
    assert of["E", "deviation"]["doubt"] == "all_equal" and of["E", "alpha"]["value"] is None
    table = [[spread(m, p, 0, r) for r in range(3)] for m in "mn" for p in range(12)]
    assert of["D", "alpha"]["value"] == pytest.approx(by_coincidences(table))
    assert of["D", "deviation"]["unit"] == "points" and {row["n"] for row in rows} == {12}


def test_noise_and_what_more_would_buy_are_of_the_judges_s_q() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 10, (2, 40, 2, 2))
    grade: Grade = lambda m, p, s, r: 50 + 20 * (p % 2) + noise["mn".index(m), p, s, r]  # noqa: E731
    rows = rows_of(verdicts("a", repeats=2, samples=2, prompts=40, D=grade), judge="a")
    of = {(row["part"], row["figure"], row["unit"]): row for row in rows}
    assert of["noise", "prompt", "points"]["value"] == pytest.approx(10, abs=2)
    assert of["noise", "repeat", "points"]["value"] == pytest.approx(10, abs=2)
    shares = [of["noise", name, "percent"]["value"] for name in ("prompt", "sample", "repeat")]
    assert sum(shares) == pytest.approx(100) and shares[1] < 15
    variances = [of["noise", name, "points"]["value"] ** 2 for name in ("prompt", "sample", "repeat")]
    for figure, (k, r, n) in {
        "now": (2, 2, 40),
        "more_repeats": (2, 3, 40),
        "more_samples": (3, 2, 40),
        "more_prompts": (2, 2, 80),
    }.items():
        expected = (variances[0] / n + variances[1] / (n * k) + variances[2] / (n * k * r)) ** 0.5
        assert of["next", figure, "points"]["value"] == pytest.approx(expected), figure
    assert all(row["n"] == 40 for row in rows if row["part"] in ("noise", "next"))


def test_three_judges_say_what_one_more_would_buy() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 3, (3, 2, 20))
    favoured = {("a", "m"): 12, ("b", "n"): 9}
    tables = [
        verdicts(
            judge,
            prompts=20,
            D=lambda m, p, s, r, j=j, judge=judge: 50 + favoured.get((judge, m), 0) + noise[j, "mn".index(m), p],
        )  # fmt: skip
        for j, judge in enumerate("abc")
    ]
    of = {(row["part"], row["figure"]): row for row in rows_of(*tables, judge=None) if row["part"] != "alpha"}
    # Without rows' and columns' means: (12, 0), (0, 9), (0, 0) leaves ±5.5, ∓5, ∓.5 of two models.
    squares = 2 * (5.5**2 + 5**2 + 0.5**2)
    assert of["noise", "judge_by_model"]["value"] == pytest.approx((squares / 2) ** 0.5, rel=0.15)
    part = of["noise", "judge_by_model"]["value"] ** 2
    now, more = (of["next", name]["value"] for name in ("now", "more_judges"))
    assert now**2 - more**2 == pytest.approx(part / 3 - part / 4) and more < now
    two = {(row["part"], row["figure"]): row for row in rows_of(*tables[:2], judge=None)}
    assert two["noise", "judge_by_model"]["doubt"] == two["next", "more_judges"]["doubt"] == "few_judges"
    assert two["noise", "judge_by_model"]["value"] is two["next", "more_judges"]["value"] is None


def test_what_cannot_be_measured_says_why() -> None:
    def doubts(*tables: pd.DataFrame) -> dict[tuple[str, str | None, str], str | None]:
        rows = rows_of(*tables)
        assert all(set(row) == set(AGREEMENT.names) - {"dataset"} for row in rows)
        assert all(row["doubt"] for row in rows if row["value"] is None and row["unit"] != "percent")
        assert all((row["low"] is None) == (row["high"] is None) for row in rows)
        return {(row["part"], row["judge"], row["figure"]): row["doubt"] for row in rows if not row["model"]}

    alone = doubts(verdicts("a", D=level))
    assert alone["alpha", None, "alpha"] == "one_judge" and alone["retest", "a", "deviation"] == "one_repeat"
    assert alone["noise", "a", "repeat"] == "one_repeat" and alone["next", "a", "more_samples"] == "one_sample"
    assert alone["noise", "a", "prompt"] is None and alone["noise", None, "judge_by_model"] == "few_judges"
    constant: Grade = lambda m, p, s, r: 50.0  # noqa: E731
    equal = doubts(*(verdicts(judge, repeats=2, D=constant) for judge in "abc"))
    assert {equal["alpha", "a", "alpha"], equal["rank", "a", "spearman"], equal["shift", "a", "mean"]} == {"all_equal"}
    assert equal["noise", "a", "prompt"] == equal["retest", "a", "deviation"] == "all_equal"
    unread: Grade = lambda m, p, s, r: None  # noqa: E731
    none = doubts(*(verdicts(judge, D=unread) for judge in "abc"))
    assert none["alpha", None, "alpha"] == none["alpha", "a", "alpha"] == "no_pairs"
    assert none["retest", "a", "deviation"] == none["noise", "a", "prompt"] == "no_verdicts"
    assert none["noise", None, "judge_by_model"] == "no_verdicts"
    five = doubts(*(verdicts(judge, repeats=2, prompts=5, D=level) for judge in "ab"))
    assert {five["alpha", "a", "alpha"], five["shift", "a", "mean"], five["noise", "a", "prompt"]} == {"few_prompts"}
    one_model = [verdicts(judge, D=level) for judge in "abc"]
    alone = doubts(*(table[table["model"] == "m"] for table in one_model))
    assert alone["noise", None, "judge_by_model"] == "one_model"


def test_the_same_model_is_named() -> None:
    tables = pd.concat([verdicts("a", D=level), verdicts("b", D=level)], ignore_index=True)
    same = {"a": {"judges": ["b"], "models": ["n", "not evaluated"]}, "b": {"judges": ["a"], "models": []}}
    rows = list(same_model_rows(tables, ["a", "b"], same))
    assert [(r["part"], r["figure"], r["judge"], r["other"], r["model"], r["n"]) for r in rows] == [
        ("same", "model", "a", None, "n", 12),
        ("same", "judge", "a", "b", None, 12),
    ]


def write(folder: Path, table: pd.DataFrame) -> tuple[list[Path], list[Path]]:
    """Tables of judgements and scores as the run writes them; the words of m are half of what is required."""
    judgements, scores = [], []
    for (model, judge), rows in table.groupby(["model", "judge"]):
        path = folder / "d" / model / "judgements" / f"{judge}.parquet"
        blank = dict.fromkeys(JUDGEMENTS.names) | {"status": "ok", "attempts": 1}
        columns = [name for name in rows if name in JUDGEMENTS.names]
        write_table(path, [blank | row for row in rows[columns].replace({np.nan: None}).to_dict("records")],
                    JUDGEMENTS, "judge_responses")  # fmt: skip
        judgements.append(path)
    for model, rows in table.groupby("model"):
        path = folder / "d" / model / "scores.parquet"
        means = rows.groupby(["prompt_id", "sample", "judge"], as_index=False)["score_100"].mean()
        blank = dict.fromkeys(SCORES.names) | {"status": "ok", "language": "en", "required": 1000}
        blank |= {name: 0 for name in SCORES.names if name.startswith("words")}
        filled = [
            blank
            | {"words": (500 if model == "m" else 1000) + 20 * int(row["prompt_id"][1:])}
            | {"prompt_id": row["prompt_id"], "sample": row["sample"], "judge": row["judge"]}
            | {"score_q": row["score_100"]}
            for row in means.to_dict("records")
        ]
        write_table(path, filled, with_dimensions(SCORES, []), "join_scores")
        scores.append(path)
    return judgements, scores


def test_the_step_writes_both_tables(tmp_path: Path) -> None:
    other: Grade = lambda m, p, s, r: level(m, p, s, r) + 5 + p % 3  # noqa: E731
    table = pd.concat([verdicts("a", repeats=2, D=level), verdicts("b", D=other), verdicts("training", D=other)])
    judgements, scores = write(tmp_path, table)
    kept = [path for path in judgements if path.stem != "training"]
    outs = {"out": tmp_path / "agreement.parquet", "length_bias": tmp_path / "length_bias.parquet"}
    same = json.dumps({"a": {"judges": [], "models": ["m"]}, "b": {"judges": [], "models": []}})
    # However the files are ordered, models and judges are what their folders say.
    compare_judges(scores=scores[::-1], judgements=kept[::-1], judges=["a", "b"], same=same, seed=42, **outs)
    rows = read_table(outs["out"], AGREEMENT).to_pylist()
    assert {row["dataset"] for row in rows} == {"d"} and {row["judge"] for row in rows} == {"a", "b", None}
    shifts = {row["model"]: row for row in rows if row["part"] == "shift" and row["dimension"] == "score_q"}
    assert {model: row["value"] for model, row in shifts.items()} == pytest.approx({None: -6, "m": -6, "n": -6})
    assert [(row["judge"], row["model"]) for row in rows if row["part"] == "same"] == [("a", "m")]
    (maker,) = makers(outs["out"])
    assert {"evalica", "scipy"} <= dict(maker.versions).keys(), "alpha is evalica's"
    biases = read_table(outs["length_bias"], LENGTH_BIAS).to_pylist()
    assert [(row["judge"], row["model"], row["extrapolated"]) for row in biases] == [
        ("a", "n", False), ("a", "m", True), ("b", "n", False), ("b", "m", True)
    ]  # fmt: skip
    assert biases[0]["score_q"] == pytest.approx(np.mean([level("n", p, 0, 0) for p in range(12)]))


def test_twenty_models_and_three_judges_take_seconds() -> None:
    rng = np.random.default_rng(0)
    shape = (20, 240, 1, 3, 1, 6)
    levels = [[f"{name}{n}" for n in range(k)] for name, k in zip("mpsjrd", shape, strict=True)]
    names = ["model", "prompt_id", "sample", "judge", "repeat", "dimension"]
    table = pd.MultiIndex.from_product(levels, names=names).to_frame(index=False).assign(weight=None)
    scores = rng.normal(3, 1, shape[:3])[..., None, None, None] + rng.normal(0, 1, shape)
    table["score_100"] = 25 * (np.clip(np.round(scores), 1, 5).ravel() - 1)
    table.loc[rng.random(len(table)) < 0.01, "score_100"] = np.nan
    table["weight"] = np.nan
    start = time.process_time()
    assert len(list(agreement_rows(table, levels[3], 1))) > 100
    assert time.process_time() - start < 20, "2.5 s on an idle core"
