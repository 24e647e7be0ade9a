"""How often what a run took lies within the range that its plan gave."""

from __future__ import annotations

import math
import random

import pytest

from longhand.plan.usage import Forecast, Prompt, Seen

RUNS = 200
Answers = list[tuple[Prompt, float]]


def answers(source: random.Random, name: str, prompts: int, repeats: int) -> Answers:
    """Tokens of answers of a model that falls behind at long lengths. Those to one prompt err alike."""
    made = []
    for number in range(prompts):
        tokens = math.exp(source.uniform(math.log(200), math.log(8000)))
        prompt, of_prompt = Prompt(f"{name}{number}", "en", tokens), source.gauss(0, 0.35)
        made += [(prompt, 2 * tokens**0.8 * math.exp(of_prompt + source.gauss(0, 0.1))) for _ in range(repeats)]
    return made


def planned(past: Answers, ahead: Answers) -> tuple[float, float]:
    """The sum that is expected of answers ahead, and the factor by which it may be off."""
    forecast = Forecast((Seen(prompt.id, "en", prompt.tokens, was) for prompt, was in past), 2.0)
    expected = [(prompt, forecast.expect(prompt, prompt.tokens)) for prompt, _ in ahead]
    return sum(tokens for _, tokens in expected), forecast.factor(expected)


@pytest.mark.parametrize("repeats", [1, 2, 5])
@pytest.mark.parametrize(("behind", "ahead"), [(10, 110), (40, 80), (100, 20)])
def test_95_of_100_sums_are_within_the_range_of_the_plan(behind: int, ahead: int, repeats: int) -> None:
    """With several answers to a prompt, too: they are not independent. Equal answers say nothing new, and cost none."""
    source, within, factors = random.Random(1), 0, 0.0
    for _ in range(RUNS):
        past, coming = answers(source, "past", behind, repeats), answers(source, "new", ahead, repeats)
        total, factor = planned(past, coming)
        within += total / factor <= sum(was for _, was in coming) <= total * factor
        factors += factor / RUNS
    print(f"{behind} prompts behind, {ahead} ahead, {repeats} answers each: {within / RUNS:.1%}, factor {factors:.2f}")
    assert 0.90 <= within / RUNS <= 0.995
    assert factors < 1.8, "a range that says nothing holds always"


def test_one_earlier_prompt_leaves_the_assumed_spread() -> None:
    (prompt, was), *_ = answers(random.Random(1), "only", 1, 1)
    for number in (1, 3):
        _, factor = planned([(prompt, was)] * number, [(Prompt("new", "en", 900), 1)])
        assert factor == pytest.approx(math.exp(1.96 * math.log(1.5) * math.sqrt(2)), rel=1e-3)
