"""Agreement with graded labels, on tables whose figures are known by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from test_alpha import by_coincidences

from certify_judges import main as certify_judges
from longhand.results.certified import BY_PEOPLE, read_certifications
from longhand.results.label_agreement import agreement_figures, grades_of
from longhand.tables.certification_tables import CERTIFICATION
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.makers import makers
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES

PROMPTS, MODELS, ITEMS = 24, ("a", "b", "c"), 4


def verdicts(judge: str, grades: np.ndarray, model: str, repeats: int = 1) -> list[dict[str, Any]]:
    """Rows of judgements: the grade of each prompt and criterion, as many times as there are repeats."""
    return [
        {"model": model, "prompt_id": f"p{p:02d}", "sample": 0, "judge": judge, "repeat": repeat}
        | {"dimension": str(item + 1), "score": float(grade)}
        for p, row in enumerate(grades)
        for item, grade in enumerate(row)
        for repeat in range(repeats)
    ]


def test_equal_grades_alpha_and_order_are_those_of_their_definitions() -> None:
    random = np.random.default_rng(3)
    label = {model: random.integers(1, 6, (PROMPTS, ITEMS)) for model in MODELS}
    judge = {model: np.clip(of + random.integers(-1, 2, of.shape), 1, 5) for model, of in label.items()}
    labelled = pd.DataFrame([row for model in MODELS for row in verdicts("people", label[model], model)])
    judged = pd.DataFrame([row for model in MODELS for row in verdicts("j", judge[model], model, 2)])
    judged.loc[0, "score"] = None  # one repeat that could not be read: the other one counts
    grades = grades_of(labelled, judged)
    means = {
        name: np.concatenate([of[model].mean(axis=1) for model in MODELS])
        for name, of in (("label", label), ("score", judge))
    }
    prompts = [f"p{p:02d}" for _ in MODELS for p in range(PROMPTS)]
    models = [model for model in MODELS for _ in range(PROMPTS)]
    responses = pd.DataFrame({"prompt_id": prompts, "model": models, "sample": 0} | means)
    figures = agreement_figures(grades, responses, seed=1)
    pairs = [(float(a), float(b)) for m in MODELS for a, b in zip(label[m].ravel(), judge[m].ravel(), strict=True)]
    assert figures["n_graded"] == PROMPTS * len(MODELS)
    assert figures["exact"] == pytest.approx(np.mean([a == b for a, b in pairs]))
    assert figures["alpha"] == pytest.approx(by_coincidences([list(pair) for pair in pairs]))
    assert figures["rank"] == pytest.approx(spearmanr(means["label"], means["score"]).statistic)
    assert all(figures[f"{name}_low"] < figures[name] < figures[f"{name}_high"] for name in ("exact", "alpha", "rank"))


def test_nothing_in_common_has_no_agreement() -> None:
    nobody = pd.DataFrame(
        verdicts("j", np.empty((0, 1)), "a"),
        columns=["model", "prompt_id", "sample", "judge", "repeat", "dimension", "score"],
    )
    figures = agreement_figures(grades_of(nobody, nobody), pd.DataFrame(columns=["prompt_id", "label", "score"]), 1)
    assert figures["n_graded"] == 0 and {figures[name] for name in ("exact", "alpha", "rank", "rank_low")} == {None}


def scores(judge: str, values: list[float], words: list[int]) -> list[dict[str, Any]]:
    blank = dict.fromkeys(SCORES.names) | {"sample": 0, "status": "ok", "language": "en"}
    blank |= {field.name: 0 for field in SCORES if not field.nullable and field.name not in blank}
    rows = [blank | {field.name: 0 for field in SCORES if not field.nullable and blank[field.name] is None}] * len(
        values
    )
    return [
        row
        | {
            "prompt_id": f"p{n:02d}",
            "judge": judge,
            "score_q": value,
            "words": length,
            "sample": 0,
            "status": "ok",
            "language": "en",
        }
        for n, (row, value, length) in enumerate(zip(rows, values, words, strict=True))
    ]


Numbers = dict[str, list[float]]
LABEL: Numbers = {"a": [50.0] * 12, "b": [75.0] * 10 + [50.0, 50.0]}
WORDS = {"a": [100] * 12, "b": [200] * 5 + [50] * 7}


def certified_slices(tmp_path: Path, judge: Numbers) -> dict[tuple[str, str], Row]:
    """Rows of the table of certifications for a judge of two systems: the text of `a` has 100 words."""
    files: dict[str, list[Path]] = {"scores": [], "judgements": []}
    for model in ("a", "b"):
        folder = tmp_path / "set" / model
        rows = [*scores("people", LABEL[model], WORDS[model]), *scores("j", judge[model], WORDS[model])]
        files["scores"].append(folder / "scores.parquet")
        write_table(files["scores"][-1], rows, SCORES, "join_scores")
        for name, of in (("people", LABEL), ("j", judge)):
            blank = dict.fromkeys(JUDGEMENTS.names) | {"status": "ok", "attempts": 1}
            graded = [
                blank | {key: value for key, value in row.items() if key != "model"}
                for row in verdicts(name, np.array(of[model])[:, None], model)
            ]
            files["judgements"].append(folder / "judgements" / f"{name}.parquet")
            write_table(files["judgements"][-1], graded, JUDGEMENTS, "judge_responses")
    entry = {"name": "graded", "labels": "people", "people": True, "threshold": 0.5, "least": 10, "ranges": [0, 100]}
    entry |= {"against": "people", "judges": {"j": ["r"]}, "responses": [["set", "a"], ["set", "b"]]}
    certify_judges(entries=json.dumps([entry]), **files, seed=1, out=tmp_path / "c.parquet")
    return {(row["slice_kind"], row["slice"]): row for row in read_rows(tmp_path / "c.parquet", CERTIFICATION)}


def test_two_systems_have_one_pair_a_prompt_and_equal_labels_are_left_out(tmp_path: Path) -> None:
    """The judge is right where the label is clear, in 9 of 10; the longer text in half of them."""
    table = certified_slices(tmp_path, {"a": [40.0] * 12, "b": [90.0] * 9 + [10.0, 99.0, 99.0]})
    (maker,) = makers(tmp_path / "c.parquet")
    assert {"evalica", "scipy"} <= dict(maker.versions).keys(), "alpha is evalica's"
    whole = table["all", "all"]
    assert (whole["n"], whole["accuracy"], whole["baseline"], whole["n_left_out"]) == (10, 0.9, 0.5, 2)
    assert (whole["kind"], whole["rubrics"], whole["n_graded"], whole["against"]) == ("graded", ["r"], 24, "people")
    assert whole["low"] > 0.5 and whole["reason"] == "no_gain", "in order where the longer text is not: 4 pairs of 10"
    certifications = read_certifications([tmp_path / "c.parquet"], {"set": "r"})
    assert certifications and certifications.standing("set", "people", ["en"]).status == BY_PEOPLE
    assert {label: row["n"] for (kind, label), row in table.items() if kind == "range"} == {"[0,100)": 5, "[100,∞)": 5}
    assert table["range", "[0,100)"]["n_graded"] == 7, "grades are in the range of their own text"


def test_a_verdict_that_could_not_be_read_is_in_no_agreement(tmp_path: Path) -> None:
    """One on a text of 200 words, and one on a text of 50 words."""
    unread = float("nan")
    table = certified_slices(tmp_path, {"a": [40.0] * 12, "b": [unread] + [90.0] * 9 + [unread, 90.0]})
    graded = {key: (row["n"], row["n_unread"], row["n_graded"]) for key, row in table.items()}
    assert graded["all", "all"] == (10, 1, 22) and table["all", "all"]["accuracy"] == pytest.approx(0.95)
    assert graded["range", "[0,100)"] == (5, 0, 6) and graded["range", "[100,∞)"] == (5, 1, 16)
