"""The script that holds ways of judging against each other, on tables; and what the terminal shows."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import compare_judge_modes
import show_judge_modes
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import FACTS, JUDGEMENTS, TRACES

GRADES = ("helpfulness", "logicality", "faithfulness", "completeness")
REWARDS = {
    # judge -> model -> rewards of two answers to each of three prompts, on 0-100; None: one grade is missing
    "fine": {"a": [(10, 60), (20, 30), (90, 40)], "b": [(50, 20), (70, 80), (10, 30)]},
    "=rough": {"a": [(20, 70), (30, 40), (None, 50)], "b": [(60, 30), (80, 90), (20, 40)]},
}
PRICE = {"input": 2.0, "output": 10.0}


def judgement(judge: str, prompt: int, sample: int, dimension: str, score: float | None) -> Row:
    values = {"prompt_id": f"p{prompt}", "sample": sample, "judge": judge, "repeat": 0, "dimension": dimension}
    values |= {"score": None if score is None else score / 10, "score_100": score, "attempts": 1}
    return dict.fromkeys(JUDGEMENTS.names) | values | {"status": "unparsed" if score is None else "ok"}


def call(prompt: int, sample: int, request: str) -> Row:
    values = {"prompt_id": f"p{prompt}", "sample": sample, "role": "judge", "step": "helpfulness", "number": 0}
    values |= {"repeat": 0, "status": "ok", "prompt_tokens": 1000, "completion_tokens": 100, "attempts": 1}
    return dict.fromkeys(TRACES.names) | values | {"request_id": request}


def fact(prompt: int) -> Row:
    values = {"prompt_id": f"p{prompt}", "chunk": 0, "start": 0, "end": 9, "status": "ok", "attempts": 1}
    values |= {"prompt_tokens": 5000, "completion_tokens": 10, "embedding_requests": []}
    return dict.fromkeys(FACTS.names) | values | {"request_id": f"facts {prompt}"}


def compared(folder: Path, method: str, judges: list[str], judgements: list[Path], facts: list[Path]) -> Path:
    """The table of these judges, each at PRICE."""
    compare_judge_modes.main(
        judgements=judgements,
        facts=facts,
        methods=json.dumps({method: judges}),
        prices=json.dumps({judge: {"judge": PRICE} for judge in judges}),
        seed=1,
        out=folder / "judge-modes.parquet",
        csv=folder / "judge-modes.csv",
    )
    return folder / "judge-modes.parquet"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The table of both judges, as the script writes it."""
    home = tmp_path / "d"
    for judge, models in REWARDS.items():
        for model, prompts in models.items():
            answers = [(p, s, reward) for p, pair in enumerate(prompts) for s, reward in enumerate(pair)]
            rows = [
                judgement(judge, p, s, name, None if reward is None and name == "logicality" else reward or 50)
                for p, s, reward in answers
                for name in GRADES
            ]
            write_table(home / model / f"judgements/{judge}.parquet", rows, JUDGEMENTS, "test")
            calls = [call(p, s, f"{model} {p} {s}" + (judge if s else "")) for p, s, _ in answers]
            write_table(home / model / f"judgements/{judge}.traces.parquet", calls, TRACES, "test")
        write_table(home / f"{judge}.facts.parquet", [fact(p) for p in range(3)], FACTS, "test")
    judgements = [home / model / f"judgements/{judge}.parquet" for model in ("a", "b") for judge in REWARDS]
    return compared(
        tmp_path, "long-reward", list(REWARDS), judgements, [home / f"{judge}.facts.parquet" for judge in REWARDS]
    )


def test_answers_of_all_models_are_candidates(table: Path) -> None:
    fine, rough = read_rows(table)
    assert (fine["dataset"], fine["n_answers"], fine["n_scored"], rough["n_scored"], rough["n_compared"]) == (
        *("d", 12, 12),
        *(11, 11),
    )
    assert rough["shift"] == pytest.approx(10) and rough["rank_within"] == rough["rank_all"] == pytest.approx(1)
    # Only the last prompt has lost its best answer: 90 against 10 became 50 against 20.
    assert rough["pairs_changed"] == pytest.approx(1 / 3) and rough["pairs_turned"] == 0
    assert (fine["calls"], rough["calls"], rough["calls_shared"]) == (12 + 3, 12 + 3, 6 + 3)
    assert fine["cost"] == pytest.approx((27_000 * 2 + 1230 * 10) / 1e6)
    assert rough["cost_shared"] == pytest.approx((21_000 * 2 + 630 * 10) / 1e6)


CRITERIA = {"together": ((60, 20), (40, 80)), "each": ((70, 30), (20, 100))}
"""Judge -> prompt -> scores by two criteria, the first with three times the weight; one call a response, or two."""


@pytest.fixture
def criteria_table(tmp_path: Path) -> Path:
    home = tmp_path / "d/m/judgements"
    for judge, prompts in CRITERIA.items():
        rows = []
        for p, scores in enumerate(prompts):
            for place, score in enumerate(scores, 1):
                row = judgement(judge, p, 0, str(place), score) | {"weight": 3.0 if place == 1 else 1.0}
                if judge == "each" or place == 1:
                    row |= {"requests": [f"{judge} {p} {place}"], "prompt_tokens": 1000, "completion_tokens": 50}
                rows.append(row)
        write_table(home / f"{judge}.parquet", rows, JUDGEMENTS, "test")
    return compared(tmp_path, "rubric", list(CRITERIA), [home / f"{judge}.parquet" for judge in CRITERIA], [])


def test_criteria_together_and_each_by_itself(criteria_table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    together, each = read_rows(criteria_table)
    # (3 x 60 + 20) / 4 = 50 and 50 together; (3 x 70 + 30) / 4 = 60 and 40 each by itself.
    assert (each["reference"], each["shift"], each["n_compared"]) == ("together", pytest.approx(0), 2)
    assert [(row["calls"], row["prompt_tokens"], row["calls_shared"]) for row in (together, each)] == [
        (2, 2000, 0),
        (4, 4000, 0),
    ]
    assert each["cost"] == pytest.approx((4000 * 2 + 200 * 10) / 1e6) == pytest.approx(2 * together["cost"])
    show_judge_modes.main(modes=criteria_table)
    shown = capsys.readouterr().out
    assert ["each", "4", "4k", "200", "$0.01", "2"] in [line.split() for line in shown.splitlines()]
    assert "rows above" not in shown, "nothing is in common"


def test_a_judge_of_some_models_is_held_against_the_reference_on_these(tmp_path: Path) -> None:
    """The reference judges a and b, the other b alone, and gives it 5 more."""
    home = tmp_path / "d"
    scores = {("whole", "a"): (10, 90), ("whole", "b"): (40, 60), ("part", "b"): (45, 65)}
    for (judge, model), of_prompts in scores.items():
        rows = [judgement(judge, p, 0, "Clarity", score) for p, score in enumerate(of_prompts)]
        write_table(home / model / f"judgements/{judge}.parquet", rows, JUDGEMENTS, "test")
    compare_judge_modes.main(
        judgements=[home / model / f"judgements/{judge}.parquet" for judge, model in scores],
        facts=[],
        methods=json.dumps({"rubric": ["whole", "part"]}),
        prices=json.dumps({"whole": {"judge": None}, "part": {}}),
        seed=1,
        out=tmp_path / "modes.parquet",
        csv=tmp_path / "modes.csv",
    )
    whole, part = read_rows(tmp_path / "modes.parquet")
    assert (whole["n_answers"], part["n_answers"], part["n_compared"], part["shift"]) == (4, 2, 2, 5)
    assert part["calls"] == 0 and part["cost"] == 0, "verdicts from elsewhere were asked of nobody"


def test_the_csv_has_the_same_numbers_and_no_formulas(table: Path) -> None:
    with table.with_suffix(".csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["judge"] for row in rows] == ["fine", "'=rough"]
    assert [float(row["shift"]) for row in rows] == [0.0, 10.0]


def test_the_terminal_shows_costs_and_changes_in_80_columns(
    table: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show_judge_modes.main(modes=table)
    shown = capsys.readouterr().out
    assert "…  " not in shown and all(len(line) <= 80 for line in shown.splitlines())
    assert "d: 12 answers to 3 prompts" in shown
    words = [line.split() for line in shown.splitlines()]
    assert ["fine", "15", "27k", "1.23k", "$0.07", "12"] in words
    assert ["=rough", "15", "27k", "1.23k", "$0.07", "11"] in words
    assert ["=rough", "1", "1.00", "1.00", "10.0", "0.33"] in words


def test_a_config_without_judges_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        LonghandError, match="nothing is judged, so there are no ways of judging to compare .*evaluate.judges"
    ):
        compare_judge_modes.main(
            judgements=[], facts=[], methods="{}", prices="{}", seed=1, out=tmp_path / "o", csv=tmp_path / "c"
        )


def test_a_table_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(LonghandError, match=r"^there is no such table \(.*modes.parquet\)$"):
        show_judge_modes.main(modes=tmp_path / "modes.parquet")
