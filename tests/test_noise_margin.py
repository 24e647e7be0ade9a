"""`min_margin: noise`: pairs only where the margin is over what the judge's repeats make of two equal answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from training_world import World, write

import audit_pairs
import build_pairs
import collect_candidates
from longhand.config.load import load_config
from longhand.preferences.noise import Noise, measured_noise, read_verdicts
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES

QUALITY = {"length": 0, "quality": 1}
DIMENSIONS = ("helpfulness", "faithfulness")
REPEATS: dict[str, list[list[list[float | None]]]] = {
    "wide": [[[90, 90], [94, 94]], [[50, 50], [54, 54]], [[70, 70], [74, 74]]],
    "near": [[[60, 60], [64, 64]], [[56, 56], [60, 60]]],
    "half": [[[80, None], [80, 80]], [[20, 20], [20, None]], [[None, None], [None, None]]],
}
"""Prompt -> sample -> repeat -> a score per dimension; the third of `half` states nothing."""


def verdicts() -> list[Row]:
    return [
        {"prompt_id": prompt, "sample": sample, "judge": "j", "repeat": repeat, "dimension": name, "score_100": score}
        | {"status": "no_statements" if score is None else "ok", "attempts": 1}
        for prompt, samples in REPEATS.items()
        for sample, repeats in enumerate(samples)
        for repeat, scores in enumerate(repeats)
        for name, score in zip(DIMENSIONS, scores, strict=True)
    ]


def test_criteria_count_by_their_weights() -> None:
    """Repeats 10 apart in the criterion with three quarters of the weight are 7.5 apart in S_Q."""
    rows = [
        {"model": "m", "prompt_id": prompt, "sample": 0, "repeat": repeat, "dimension": place}
        | {"weight": weight, "score_100": 40.0 + 10 * repeat * (weight == 3)}
        for prompt in ("p", "q")
        for repeat in (0, 1)
        for place, weight in (("1", 3.0), ("2", 1.0))
    ]
    noise = measured_noise(pd.DataFrame(rows), QUALITY)
    assert noise and noise.deviation == pytest.approx(np.sqrt(7.5**2 / 2 / 2))


class Judged(World):
    """A World whose rewards are a judge's."""

    def __init__(self, folder: Path):
        """Writes the tables."""
        super().__init__(
            folder, {name: [("ok", f"Text {n}.", 50.0) for n in range(len(of))] for name, of in REPEATS.items()}
        )
        self.judgements = write(folder / "m/judgements/j.parquet", JUDGEMENTS, verdicts())
        quality = {"wide": [92, 52, 72], "near": [62, 58], "half": [80, 20, None]}
        rows = [
            row
            | {"judge": "j", "score_q": (score := quality[row["prompt_id"]][row["sample"]])}
            | {"judge_status": "no_statements" if score is None else "ok"}
            for row in read_rows(self.scores)
        ]
        write(self.scores, SCORES, rows)

    def build(self, min_margin: Any) -> dict[str, Row]:
        """Makes the pairs; returns the outcomes by prompt."""
        reward, out = json.dumps(QUALITY), self.out
        collect_candidates.main(
            prompts=self.prompts, scores=[self.scores], responses=[self.responses], judge="j",
            dimensions=[], reward=reward, out=out / "candidates.parquet",
        )  # fmt: skip
        build_pairs.main(
            candidates=out / "candidates.parquet", prompts=self.prompts, responses=[self.responses], rejected="worst",
            min_margin=min_margin, judgements=[self.judgements], reward=reward, min_candidates=2, pairs_per_prompt=1,
            seed=1, system="null", out=out / "pairs.parquet", outcomes=out / "outcomes.parquet",
        )  # fmt: skip
        return {row["prompt_id"]: row for row in self.rows("outcomes")}

    def figures(self) -> dict[tuple[str, str, str], Row]:
        """The audit."""
        names = ("pairs", "outcomes", "candidates")
        audit_pairs.main(
            **{name: self.out / f"{name}.parquet" for name in names}, scores=[self.scores],
            judgements=[self.judgements], judge="j", reward=json.dumps(QUALITY), rejected="worst",
            out=self.out / "audit.parquet",
        )  # fmt: skip
        return {(row["part"], row["figure"], row["slice"]): row for row in self.rows("audit")}


def limit_by_hand(texts: int) -> float:
    """Five responses have two repeats that could be read, 4 points apart: variance 8, of their mean 4."""
    return 2 * float(scipy.stats.studentized_range.ppf(0.95, texts, 5))


def test_pairs_are_over_the_noise_and_the_limit_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = Judged(tmp_path)
    outcomes = world.build("noise")
    assert {name: row["outcome"] for name, row in outcomes.items()} == {
        "wide": "paired", "near": "small_margin", "half": "paired",
    }  # fmt: skip
    limits = {name: row["min_margin"] for name, row in outcomes.items()}
    expected = {"wide": limit_by_hand(3), "near": limit_by_hand(2), "half": limit_by_hand(2)}
    assert limits == {name: pytest.approx(limit, rel=1e-3) for name, limit in expected.items()}
    printed = "margins must be over the judge's noise on 5 responses: 7.27 points for 2 texts, 9.20 points for 3 texts"
    assert printed in capsys.readouterr().out
    figures = world.figures()
    for texts, label in ((2, "2 texts"), (3, "3 texts")):
        row = figures["margin", "least that a pair must have", label]
        assert (row["value"], row["n"]) == (pytest.approx(limit_by_hand(texts), rel=1e-3), 1)
        row = figures["noise", "margin that equal answers exceed 1 time in 20", f"best and worst of {texts}"]
        assert (row["value"], row["n"]) == (pytest.approx(limit_by_hand(texts), rel=1e-3), 1)
    assert figures["noise", "pairs within it", "all"]["value"] == 0
    world.export(json.dumps({"How it was made": {"min_margin": "noise"}}))
    card = (world.out / "README.md").read_text()
    assert "- min_margin: `noise`\n- least margin in points: `7.27 (2 texts), 9.2 (3 texts)`\n" in card


def test_a_margin_of_just_the_noise_is_noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Judged(tmp_path)
    monkeypatch.setattr(Noise, "limit", lambda *_: 4.0)
    assert world.build("noise")["near"]["outcome"] == "small_margin"
    assert world.build(4.0)["near"]["outcome"] == "paired", "points are the least that is enough"


def test_the_noise_of_a_reward_is_that_of_its_share_of_quality(tmp_path: Path) -> None:
    paths = [Judged(tmp_path / "first").judgements]
    paths.append(write(tmp_path / "second/n/judgements/j.parquet", JUDGEMENTS, verdicts()))
    for tables, responses in ((paths[:1], 5), (paths, 10)):  # answers of two models are not repeats of one
        noise = measured_noise(read_verdicts(tables), {"length": 1, "quality": 3})
        assert noise is not None
        assert (noise.deviation, noise.of_reward) == pytest.approx((2.0, 1.5))
        assert (noise.responses, noise.freedom) == (responses, responses)


@pytest.mark.parametrize(("candidates", "rejected"), [(k, way) for k in (2, 4, 10) for way in ("random", "worst")])
def test_equal_answers_exceed_the_limit_one_time_in_twenty(candidates: int, rejected: str) -> None:
    """Simulated: all answers are equal, rewards are noise, and the noise is measured on 40 other answers."""
    random = np.random.default_rng(1)
    rewards = np.sort(random.normal(50, 3, (100_000, candidates)))
    drawn = random.integers(0, candidates - 1, len(rewards))
    others = rewards[:, 0] if rejected == "worst" else rewards[np.arange(len(rewards)), drawn]
    margins = rewards[:, -1] - others
    measured = 3 * np.sqrt(random.chisquare(40, len(margins)) / 40)
    exceeded = np.mean(margins > measured * Noise(1, 1, 40, 40).limit(candidates, rejected))
    for_two = np.mean(margins > 3 * 1.96 * 2**0.5)
    print(f"best of {candidates}, {rejected} other: {exceeded:.1%} exceed the limit, {for_two:.1%} one made for two")
    assert exceeded == pytest.approx(0.05, abs=0.003)


def test_the_limit_for_the_worst_is_the_studentized_range() -> None:
    for candidates, freedom in ((2, 5), (4, 20), (10, 200)):
        limit = Noise(1, 2, 1, freedom).limit(candidates, "worst")
        assert limit == pytest.approx(2 * scipy.stats.studentized_range.ppf(0.95, candidates, freedom), rel=2e-3)


def test_an_answer_without_statements_is_named_wherever_pairs_are_told_of(tmp_path: Path) -> None:
    world = Judged(tmp_path)
    assert world.build(0)["half"]["scored"] == 2
    (without,) = (row for row in world.rows("candidates") if row["no_reward"] is not None)
    assert (without["prompt_id"], without["sample"], without["no_reward"]) == ("half", 2, "no_statements")
    shown = world.figures()["candidates", "no_statements", "all"]
    assert (shown["value"], shown["n"]) == (pytest.approx(1 / 8), 1)
    of_half = [row for row in world.rows("pairs") if row["prompt_id"] == "half"]
    assert [(row["chosen_sample"], row["rejected_sample"]) for row in of_half] == [(0, 1)]


def test_noise_is_not_guessed(tmp_path: Path) -> None:
    world = Judged(tmp_path)
    write(world.judgements, JUDGEMENTS, [row for row in verdicts() if row["repeat"] == 0])
    assert measured_noise(read_verdicts([world.judgements]), QUALITY) is None
    with pytest.raises(LonghandError, match="no response has two verdicts that could be read"):
        world.build("noise")


@pytest.mark.parametrize(
    ("entry", "judge", "message"),
    [
        (
            {},
            {},
            r"one verdict, so nothing says what its noise is \(config preferences.p.min_margin\); fix: judges.j.rep",
        ),
        (
            {"reward": {"length": 1, "quality": 0}},
            {"repeats": 2},
            "noise is of the judge, and the reward counts no qual",
        ),
        (
            {"min_margin": "nois"},
            {"repeats": 2},
            r"'nois' does not have the right form. .*\(config preferences.p.min_m",
        ),
        ({}, {"repeats": 2}, None),
    ],
)
def test_noise_needs_repeats(entry: dict, judge: dict, message: str | None) -> None:
    pairs = {"dataset": "longhand-mini", "models": ["m"], "judge": "j", "min_margin": "noise"} | entry
    config = {
        "models": {"m": {"backend": "demo", "samples": 2}},
        "judges": {"j": {"backend": "demo"} | judge},
        "preferences": {"p": pairs},
    }
    if message is None:
        assert load_config(config).raw["preferences"]["p"]["min_margin"] == "noise"
        return
    with pytest.raises(LonghandError, match=message):
        load_config(config)
