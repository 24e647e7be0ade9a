"""The parts of a plan: what answers will take, how long a GPU is busy."""

from __future__ import annotations

import math
from pathlib import PurePath

import pytest

from longhand.config.load import load_config
from longhand.plan.costs import GUESSED_TOKENS, Costs, Experience, Range
from longhand.plan.loads import STARTUP, Demand, Server, packed, servers_of
from longhand.plan.looking import Request
from longhand.plan.notes import loads_note
from longhand.plan.past import Past
from longhand.plan.usage import Figures, Forecast, Prompt, Seen

MODEL = PurePath("models/m")


def test_without_experience_the_guess_stands() -> None:
    nothing = Forecast([], unknown=2.0)
    assert nothing.expect(Prompt("p", "en", 700.0), 700.0) == 700.0
    assert nothing.factor([(Prompt("p", "en", 1.0), 1.0)]) == 2.0


def test_the_same_prompt_says_most_then_the_nearest_lengths() -> None:
    limit = [Seen(f"p{n}", "en", guess, min(guess, 1000.0)) for n, guess in enumerate((500.0, 1000.0, 4000.0, 8000.0))]
    forecast = Forecast([*limit, Seen("same", "en", 2000.0, 123.0)], unknown=2.0)
    assert forecast.expect(Prompt("same", "en", 2000.0), 2000.0) == 123.0
    many = Forecast([Seen(f"q{n}", "en", 2000.0 + 500 * n, 1000.0) for n in range(12)], unknown=2.0)
    assert many.expect(Prompt("new", "en", 20_000.0), 20_000.0) == pytest.approx(1000.0), "it writes no more than that"
    assert many.expect(Prompt("new", "zh", 20_000.0), 20_000.0) == pytest.approx(1000.0), "better than no experience"
    even = Forecast([Seen(f"q{n}", "en", 100.0 * n, 50.0 * n) for n in range(1, 12)], unknown=2.0)
    assert even.expect(Prompt("new", "en", 5000.0), 5000.0) == pytest.approx(2500.0)


def test_the_range_narrows_with_experience_and_with_requests() -> None:
    def forecast(number: int) -> Forecast:
        return Forecast([Seen(f"p{n}", "en", 1000.0, 1000.0 * math.exp(0.3 * (-1) ** n)) for n in range(number)], 2.0)

    def factor(behind: int, ahead: int) -> float:
        return forecast(behind).factor((Prompt(f"new{n}", "en", 1000.0), 1.0) for n in range(ahead))

    assert factor(10, 10) > factor(100, 10) > factor(100, 100) > 1


def test_what_is_not_known_of_one_is_not_known_of_the_sum() -> None:
    priced, unpriced = Costs(usd=Range(1, 2, 3)), Costs(tokens_in=Range(5, 5, 5), usd=None)
    assert priced.plus(priced).usd == Range(2, 4, 6)
    for both in (priced.plus(unpriced), unpriced.plus(priced), unpriced.plus(unpriced)):
        assert both.usd is None and both.gpu_hours == Range()
    assert priced.plus(unpriced.known).usd == Range(1, 2, 3), "the sum of what is known, which says so itself"


def test_longest_first_packing() -> None:
    assert packed([4, 3, 2, 1], 2) == 5
    assert packed([7, 1, 1, 1], 4) == 7


def experience(figures: list[Figures], **settings: object) -> Experience:
    model = {"backend": "vllm", "model": "x", "concurrency": 10, "gpus": 2, **settings}
    return Experience(load_config({"models": {"m": model}}).models["m"], Past(figures))


def requests(number: int, entry: PurePath = MODEL) -> list[Request]:
    return [Request(Prompt(f"p{n}", "en", 1000.0), entry, 50) for n in range(number)]


def server(known: Experience, number: int) -> Server:
    demand = Demand("out", MODEL, known.entry.serving, requests(number), 1)
    return servers_of([demand], {MODEL: known}, [])[0]


def test_gpu_hours_by_measured_speed_else_by_the_config() -> None:
    assert server(experience([]), 20).hours is None
    configured = server(experience([], tokens_per_second=100), 20).hours
    assert configured is not None
    assert configured.expected == pytest.approx(2 * (20 * 1000 / 100 + STARTUP) / 3600)
    measured = [Figures(Prompt(f"p{n}", "en", 1000.0), 50, 60, 1000, 1000, 50.0) for n in range(20)]
    hours = server(experience(measured, tokens_per_second=100), 20).hours
    assert hours is not None
    assert hours.expected == pytest.approx(2 * (2 * 1000 / 20 + STARTUP) / 3600), "20 tokens per second and request"
    assert hours.low < hours.expected < hours.high < 2 * hours.expected * GUESSED_TOKENS
    nothing = Demand("out", MODEL, experience(measured).entry.serving, [], 1)
    assert servers_of([nothing], {MODEL: experience(measured)}, []) == [], "no server starts for nothing"


def test_a_measured_start_takes_the_place_of_the_assumed_one() -> None:
    settings = {"backend": "vllm", "model": "x", "tokens_per_second": 100, "concurrency": 10}
    model = load_config({"models": {"m": settings}}).models["m"]
    measured = server(Experience(model, Past(starts=[500.0, 90.0, 80.0])), 20)
    assert measured.hours is not None
    assert measured.hours.expected == pytest.approx((20 * 1000 / 100 + 90) / 3600), "the median"
    assert "a load counts as 90 s, the median of 3 that were measured" in loads_note(measured)
    assumed = loads_note(server(Experience(model, Past()), 20))
    assert assumed == (
        "the server of m is loaded once for 20 requests of 1 job; a load counts as 120 s, since none was measured yet"
    )


def test_no_answer_is_longer_than_it_may_be() -> None:
    costs = experience([], sampling={"max_tokens": 300}).costs(requests(4), 1, None)
    assert costs.tokens_out.expected == costs.tokens_out.high == 1200


def test_an_imagined_answer_is_as_long_as_it_was_imagined() -> None:
    shorter = [Figures(Prompt(f"p{n}", "en", 1000.0), 50, 50, 500, 500, 1.0) for n in range(20)]
    plans = [Figures(Prompt(f"p{n}", "en", 1000.0), 50, 50, 7, 7, 1.0, last=False) for n in range(20)]
    one = [*requests(1), Request(Prompt("p", "en", 1000.0), MODEL, 50, certain=False, imagined=80)]
    costs = experience([*shorter, *plans]).costs(one, 1, None)
    assert costs.tokens_out.expected == pytest.approx(500 + 80)
    assert (costs.requests.low, costs.certain) == (2, 1)


def test_unread_replies_are_asked_for_again() -> None:
    settings = {"judges": {"j": {"backend": "demo", "attempts": 3, "price": {"input": 1.0, "output": 1.0}}}}
    judge = load_config(settings).judges["j"]
    past = Past([Figures(Prompt("p", "en", 9.0), 90, 100, 40, 40, 1.0)] * 100, replies=100, unread=20)
    wanted = [Request(Prompt("p", "en", 9.0), PurePath("judges/j"), 90)]
    costs = Experience(judge, past).costs(wanted, 3, None)
    assert costs.requests.low == 1
    assert costs.requests.expected == pytest.approx(1 + 0.2 + 0.04)
    assert costs.tokens_in.expected == pytest.approx(124)
    assert costs.usd is not None and costs.usd.expected == pytest.approx(174e-6, rel=0.01)
