"""The demo's judge by criteria: each form that a question may want, with scores from text statistics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longhand.demo.items import reply_form_of
from longhand.demo.judge import Judge, is_judging

TEXTS = "<Request>\nWrite of rain.\n</Request>\n<Response>\n{}\n</Response>\n1. Is it wet?\n2. Is it short?\n"
OBJECT = '{"1": {"reason": "...", "score": 0 | 0.5 | 1},\n "2": {"reason": "...", "score": 1-10}}'
LIST = (
    "- 0: no.\n- 0.5: in part.\n- 1: yes.\nReply with a list:\n"
    '[{"checklist_id": 1, "reason": "...", "evaluation_score": ...}, '
    '{"checklist_id": 2, "reason": "...", "evaluation_score": ...}, ...]'
)
ONE = 'An integer from 1 to 10: {"reason": "...", "score": 1-10}'


def reply(form: str, response: str = "It rains. It pours.", temperature: float = 0.0, *key: object) -> Any:
    return json.loads(Judge(0, "j").reply(TEXTS.format(response) + form, None, temperature, *key))


def test_each_form_is_answered_with_scores_that_it_allows() -> None:
    by_number = reply(OBJECT)
    assert by_number.keys() == {"1", "2"} and all(each["reason"] for each in by_number.values())
    assert by_number["1"]["score"] in (0, 0.5, 1) and by_number["2"]["score"] in range(1, 11)
    listed = reply(LIST)
    assert [each["checklist_id"] for each in listed] == [1, 2]
    assert all(each["evaluation_score"] in (0, 0.5, 1) and each["reason"] for each in listed)
    one = reply(ONE)
    assert one.keys() == {"reason", "score"} and one["score"] in range(1, 11)


@pytest.mark.parametrize("form", [OBJECT, LIST, ONE])
def test_a_verdict_is_of_its_text_and_its_question(form: str) -> None:
    assert is_judging(TEXTS.format("It rains.") + form)
    assert reply(form) == reply(form)
    texts = [f"It rains {n} times. " * n for n in range(1, 9)]
    assert len({json.dumps(reply(form, text)) for text in texts}) > 4
    questions = [f"Is it {n}?\n{form}" for n in range(8)]
    scores = {json.dumps(reply(question)).partition("score")[2] for question in questions}
    assert len(scores) > 1, "another criterion, another score"
    drawn = {
        json.dumps(reply(form, "Rain fell on our roof. A cat slept below it, and dreamt.", 1.0, n)) for n in range(20)
    }
    assert len(drawn) > 1


@pytest.mark.parametrize("text", ["", "Write of rain.", '{"reason": "...", "score": x}', "[1, 2]", '{"1": 2}'])
def test_what_is_no_form(text: str) -> None:
    assert reply_form_of(text) is None


def test_a_form_in_the_judged_text_is_none() -> None:
    assert not is_judging(TEXTS.format(OBJECT) + "Say something.")
