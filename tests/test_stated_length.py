"""longhand.prompts.stated_length and the method restate: lengths that a response meets, and prompts that state them."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from scripted import Scripted, made, prompt, shipped

from longhand.methods.restate import Method
from longhand.program.errors import LonghandError
from longhand.prompts.required_length import read_required
from longhand.prompts.stated_length import chinese_numeral, draw_length
from longhand.text.requirement import Requirement
from longhand.wire.replies import Unanswered

SHARES = {"about": 0.4, "range": 0.25, "above": 0.1, "below": 0.25}
SETTINGS = {"attempts": 3, "shares": SHARES, "words": [2000, 8000], "step": 1000, "seed": 1}
ROWS = 10_000
ENDS = {2000, 3000, 4000, 5000, 6000, 7000, 8000}


def interval(length: Requirement) -> tuple[float, float]:
    """LonGen's interval of full marks, written down again from its paper."""
    match length.constraint:
        case "about":
            return 0.8 * length.required, 1.2 * length.required
        case "range":
            return length.required_min, length.required_max
        case "above":
            return length.required_min, 1.5 * length.required_min
        case _:
            return 0.5 * length.required_max, length.required_max


def drawn(number: int = ROWS) -> list[tuple[int, Requirement]]:
    lengths = random.Random(7)
    texts = [lengths.randrange(2000, 8000) for _ in range(number)]
    texts[:7] = [2000, 3000, 4000, 5000, 6000, 7000, 7999]
    draw = random.Random(3)
    return [(words, draw_length([words], draw, shares=SHARES, bounds=(2000, 8000), step=1000)) for words in texts]


def test_the_shares_of_length_control_are_the_published_ones() -> None:
    counts = Counter(length.constraint for _, length in drawn())
    for constraint, share in SHARES.items():
        spread = (share * (1 - share) / ROWS) ** 0.5
        assert abs(counts[constraint] / ROWS - share) < 4 * spread, counts


def test_every_length_is_met_by_its_text_and_a_round_number() -> None:
    for words, length in drawn():
        low, high = interval(length)
        assert low <= words <= high, (words, length)
        numbers = {length.required, length.required_min, length.required_max} - {None}
        assert numbers <= ENDS, length
        assert length.constraint != "range" or length.required_min < length.required_max, "2000-2000"


def test_one_in_five_ranges_has_steps_of_two_thousand() -> None:
    """Of a text of 4,321 words: 4,000-5,000, or with twice the step 4,000-6,000."""
    draw = random.Random(3)
    only = {"about": 0, "range": 1, "above": 0, "below": 0}
    lengths = [draw_length([4321], draw, shares=only, bounds=(2000, 8000), step=1000) for _ in range(ROWS)]
    counts = Counter((length.required_min, length.required_max) for length in lengths)
    assert set(counts) == {(4000, 5000), (4000, 6000)}
    assert abs(counts[4000, 6000] / ROWS - 0.2) < 0.016


@pytest.mark.parametrize("words", [0, 1999, 8000, 20_000])
def test_a_text_outside_the_bounds_gets_no_length(words: int) -> None:
    assert draw_length([words], random.Random(1), shares=SHARES, bounds=(2000, 8000), step=1000) is None


def test_a_constraint_that_no_number_fits_is_not_drawn() -> None:
    """140 words in steps of 100: "about 100" takes up to 120, "about 200" begins at 160."""
    draw = random.Random(1)
    lengths = [draw_length([140], draw, shares=SHARES, bounds=(100, 900), step=100) for _ in range(200)]
    assert {length.constraint for length in lengths} == {"range", "above", "below"}
    only_about = {"about": 1, "range": 0, "above": 0, "below": 0}
    assert draw_length([140], draw, shares=only_about, bounds=(100, 900), step=100) is None


def test_a_length_is_met_by_either_count_of_a_text() -> None:
    """Of Chinese, LonGen's counter counts an eighth more than LongBench-Write's: the marks too."""
    draw, kinds = random.Random(3), Counter()
    for fewest in range(2000, 7000):
        most = fewest + fewest // 8
        length = draw_length([most, fewest], draw, shares=SHARES, bounds=(2000, 8000), step=1000)
        low, high = interval(length)
        assert low <= fewest and most <= high, (fewest, length)
        kinds[length.constraint] += 1
    assert all(abs(kinds[constraint] / 5000 - share) < 0.04 for constraint, share in SHARES.items()), kinds
    assert draw_length([7200, 8100], draw, shares=SHARES, bounds=(2000, 8000), step=1000) is None


@pytest.mark.parametrize(
    ("value", "numeral"),
    [(10, "十"), (120, "一百二十"), (200, "二百"), (2000, "两千"), (2500, "两千五百"), (3050, "三千零五十"),
     (8000, "八千"), (10_000, "一万"), (12_000, "一万两千"), (20_500, "两万零五百"), (100_000, "十万")],
)  # fmt: skip
def test_numbers_in_chinese(value: int, numeral: str) -> None:
    assert chinese_numeral(value) == numeral
    assert read_required(f"写一篇{numeral}字的文章。") == Requirement("about", required=value)


def test_all_numbers_in_chinese_are_read_back() -> None:
    for value in range(10, 30_000, 10):
        assert read_required(f"字数不超过{chinese_numeral(value)}字。") == Requirement("below", required_max=value)


# The method: what is asked, what is taken.

PHRASES = {
    "en": {
        "about": r"about (\S+) words",
        "range": r"between (\S+) and (\S+) words",
        "above": r"at least (\S+) words",
        "below": r"at most (\S+) words",
    },
    "zh": {
        "about": "：(.+?)字左右",
        "range": "：(.+?)字到(.+?)字",
        "above": "：不少于(.+?)字",
        "below": "：不超过(.+?)字",
    },
}
TEXTS = {"en": "rain " * 4321, "zh": "雨" * 4321}


def restated(call_content: str, language: str) -> str:
    """What an obedient model makes of the shipped question: the query, and the length as it is written there."""
    phrase = next(
        match[0].lstrip("：") for pattern in PHRASES[language].values() if (match := re.search(pattern, call_content))
    )
    return f"Write about rain: {phrase}." if language == "en" else f"写一写雨，{phrase}。"


def method(**settings: object) -> Method:
    return Method({"restate": SETTINGS | settings, "prompts": shipped("restate", Method)})


def row(language: str, number: int = 0) -> dict[str, object]:
    query = "Write about rain." if language == "en" else "写一写雨。"
    return {"prompt_id": f"p{number}", "language": language, "prompt": query, "context": TEXTS[language]}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_shipped_templates_ask_for_is_what_is_read_back(language: str) -> None:
    asker = Scripted(lambda call: restated(call.messages[-1]["content"], language))
    kinds = Counter()
    for number in range(200):
        response = made(method(), asker, row(language, number))
        assert response["status"] == "ok", response
        length = read_required(response["response"])
        low, high = interval(length)
        assert low <= 4321 <= high, length
        kinds[length.constraint] += 1
    assert set(kinds) == set(SHARES) and kinds["about"] > kinds["below"] > kinds["above"]
    assert len(asker.calls) == 200 and asker.remarks == []
    in_chinese = sum("千" in re.split("</请求>", content)[-1] for content in asker.contents)
    assert in_chinese == 0 if language == "en" else 70 < in_chinese < 130


def test_a_reply_that_does_not_state_the_length_is_asked_for_again() -> None:
    replies = iter(["Write about rain.", "Write about rain in about 40 words.", None])

    def reply(call) -> str:
        given = next(replies)
        return given or f"Request: {restated(call.messages[-1]['content'], 'en')}"

    asker = Scripted(reply)
    response = made(method(), asker, row("en"))
    assert response["status"] == "ok" and response["response"].startswith("Write about rain: ")
    assert [call.draw for call in asker.calls] == [[0], [0, 1], [0, 2]]
    assert asker.remarks == [("restate", 0, "not_stated"), ("restate", 1, "not_stated")]
    assert (response["prompt_tokens"], response["completion_tokens"], response["seconds"]) == (30, 15, 6.0)
    assert response["attempts"] == 3


@pytest.mark.parametrize(
    ("given", "finish", "status"),
    [
        ("{stated}", "length", "truncated"),
        ("{stated}", "content_filter", "refused"),
        (" ", "stop", "empty"),
        ("Write about rain.", "stop", "not_stated"),
        ("写一写雨，写一写海，也写一写出海又归来的船。{length}", "stop", "other_language"),
        ("{length}", "stop", "shortened"),
        ("{stated} " + "Write it well. " * 50, "stop", "lengthened"),
    ],
)
def test_a_prompt_that_is_never_restated_is_rejected(given: str, finish: str, status: str) -> None:
    query = "Write about rain, and about the sea, and about all the boats that went out and came home again."

    def reply(call) -> tuple[str, str]:
        stated = restated(call.messages[-1]["content"], "en")
        return given.format(stated=stated, length=stated.split(": ")[1]), finish

    asker = Scripted(reply)
    response = made(method(), asker, row("en") | {"prompt": query})
    assert (response["status"], response["response"]) == ("rejected", None)
    assert response["error"] == f"refused: 3 {status}"
    assert asker.remarks == [("restate", number, status) for number in range(3)]


def test_what_a_prompt_has_around_it_stays() -> None:
    """Labels of a reply are taken off, and not those that were there before."""
    query = "Task: Write about rain."

    def reply(call) -> str:
        return f"Task: {restated(call.messages[-1]['content'], 'en')}"

    assert made(method(), Scripted(reply), row("en") | {"prompt": query})["response"].startswith("Task: Write about")
    assert made(method(), Scripted(reply), row("en"))["response"].startswith("Write about rain")


def test_a_response_that_no_length_fits_costs_nothing() -> None:
    asker = Scripted(lambda _: "never")
    response = made(method(), asker, row("en") | {"context": "rain " * 1999})
    assert response["status"] == "rejected" and asker.calls == []
    assert response["error"] == "no length from 2000 to 8000 fits a response of 1999 words"
    assert response["attempts"] == 0 and response["prompt_tokens"] is None


@pytest.mark.parametrize(
    ("characters", "marks", "words"), [(1999, 300, "1999 or 2299 words"), (7500, 600, "7500 or 8100 words")]
)
def test_a_response_is_within_the_bounds_by_both_counters(characters: int, marks: int, words: str) -> None:
    """LonGen counts Chinese marks, LongBench-Write does not."""
    asker = Scripted(lambda _: "never")
    response = made(method(), asker, row("zh") | {"context": "雨" * characters + "，" * marks})
    assert response["error"] == f"no length from 2000 to 8000 fits a response of {words}" and asker.calls == []


def test_a_draw_depends_on_the_row_and_the_seed_alone() -> None:
    def questions(seed: int, numbers: range, **columns: int) -> list[str]:
        asker = Scripted(lambda call: restated(call.messages[-1]["content"], "en"))
        for number in numbers:
            made(method(seed=seed), asker, row("en", number) | columns)
        return asker.contents

    first = questions(1, range(10))
    assert first == questions(1, range(9, -1, -1))[::-1]
    assert first != questions(2, range(10)) and first != questions(1, range(10), sample=1)


def test_a_request_without_an_answer_and_a_row_without_a_text() -> None:
    failing = Scripted(lambda _: Unanswered("failed", "no answer", 8))
    response = made(method(), failing, row("en"))
    assert (response["status"], response["error"], response["attempts"]) == ("failed", "no answer", 8)
    with pytest.raises(LonghandError, match="no context"):
        made(method(), failing, prompt())


def test_numbers_stay_within_bounds_that_are_no_multiples_of_the_step() -> None:
    only = {"about": 0, "range": 1, "above": 0, "below": 0}
    length = draw_length([7200], random.Random(1), shares=only, bounds=(7100, 7500), step=1000)
    assert length == Requirement("range", required_min=7100, required_max=7500)
