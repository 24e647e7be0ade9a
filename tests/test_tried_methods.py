"""The methods checked and self-instruct: asking until something passes, and what becomes of what does not."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import Reply, Scripted, made, prompt, shipped

from longhand.config.load import load_config
from longhand.methods import checked, direct, self_instruct
from longhand.program.errors import LonghandError
from longhand.wire.asker import Call
from longhand.wire.replies import Unanswered

FAILED = Unanswered("failed", "no answer in 8 tries", 8)
TEXT = "The fog came in and the keeper lit his lamp."


def in_turn(*texts: Any) -> Reply:
    """Answers by the number of the call."""
    return lambda call: texts[call.number]


# checked


def check(asker: Scripted, attempts: int = 4, name: str = "language", **columns: Any) -> dict[str, Any]:
    return made(checked.Method({"checked": {"attempts": attempts, "check": name}}), asker, columns)


def test_a_text_is_asked_for_until_it_passes() -> None:
    asker = Scripted(in_turn("It breaks off", ("It is cut.", "length"), " ", TEXT, "never"))
    response = check(asker, 5, context="A text.", prompt="Sum it up.", required=9)
    assert asker.contents == ["A text.\n\nSum it up."] * 4
    assert [call.draw for call in asker.calls] == [[0], [0, 1], [0, 2], [0, 3]]
    assert {call.required for call in asker.calls} == {9}
    assert asker.remarks == [("write", 0, "open_end"), ("write", 1, "truncated"), ("write", 2, "empty")]
    assert (response["status"], response["response"], response["error"]) == ("ok", TEXT, None)
    assert (response["prompt_tokens"], response["completion_tokens"], response["seconds"]) == (40, 20, 8.0)
    assert response["attempts"] == 4


def test_the_first_try_is_the_request_of_the_direct_method() -> None:
    asker = Scripted(lambda _: TEXT)
    check(asker, sample=2)
    made(direct.Method({}), asker, {"sample": 2})
    first, second = asker.calls
    assert (first.messages, first.draw, first.extra) == (second.messages, second.draw, second.extra)


def test_when_no_text_passes_the_row_is_rejected() -> None:
    asker = Scripted(in_turn("Open", "Open", "", TEXT + " Open"))
    response = check(asker)
    assert (response["status"], response["response"]) == ("rejected", None)
    assert response["error"] == "refused: 3 open_end, 1 empty"
    assert (response["prompt_tokens"], response["attempts"], response["finish_reason"]) == (40, 4, None)


def test_a_published_check_is_asked_by_its_name() -> None:
    asker = Scripted(in_turn(TEXT, "雾来了。"))
    assert check(asker, 2, "qwen")["response"] == "雾来了。" and asker.remarks == [("write", 0, "punctuation")]


def test_a_request_without_an_answer_ends_the_tries() -> None:
    asker = Scripted(in_turn("Open", FAILED))
    response = check(asker)
    assert (response["status"], response["error"], response["attempts"]) == ("failed", "no answer in 8 tries", 9)
    assert response["prompt_tokens"] == 10, "what was answered was paid for"


# self-instruct

PROMPTS = {
    "instruct": {"en": "Like these: {examples} One more.", "zh": "仿照：{examples}"},
    "suits": {"en": "Long? {instruction}", "zh": "长吗？{instruction}"},
}
EXAMPLES = "Write a saga of the north.\n\nWrite a guide to knots."
NEW = "Write the history of a {examples} lighthouse."


def instruct(
    reply: Reply, attempts: int = 3, words: tuple[int, int] = (3, 500), **columns: Any
) -> tuple[Any, Scripted]:
    method = self_instruct.Method({"self_instruct": {"attempts": attempts, "words": words}, "prompts": PROMPTS})
    asker = Scripted(reply)
    return made(method, asker, {"prompt": EXAMPLES} | columns), asker


def by_step(instructions: list[Any], verdicts: list[Any]) -> Reply:
    def reply(call: Call) -> Any:
        return (instructions if call.step == "instruct" else verdicts)[call.number]

    return reply


def test_an_instruction_is_asked_for_and_then_whether_it_suits() -> None:
    response, asker = instruct(by_step([f'1. "{NEW}"'], ["yes"]))
    assert asker.contents == [f"Like these: {EXAMPLES} One more.", f"Long? {NEW}"]
    assert [(call.step, call.number, call.draw) for call in asker.calls] == [("instruct", 0, [0]), ("suits", 0, [0])]
    assert (response["status"], response["response"]) == ("ok", NEW)
    assert (response["prompt_tokens"], response["completion_tokens"], response["attempts"]) == (20, 10, 2)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("1. Write a saga.\n2. Write a hymn.", "several"),
        ("Write.", "wrong_length"),
        ("Write " * 501, "wrong_length"),
        ("写一部关于灯塔的小说。", "other_language"),
        ("“Write a guide to knots.”", "copied"),
        ("", "empty"),
        (("Write the history of a", "length"), "truncated"),
        ((NEW, "content_filter"), "refused"),
    ],
)
def test_what_is_no_new_instruction_is_asked_for_again(reply: Any, status: str) -> None:
    response, asker = instruct(by_step([reply, NEW], [None, "Yes"]))
    assert response["response"] == NEW and asker.remarks == [("instruct", 0, status)]
    assert [(call.step, call.draw) for call in asker.calls] == [
        ("instruct", [0]),
        ("instruct", [0, 1]),
        ("suits", [0, 1]),
    ]


@pytest.mark.parametrize("number", [3, 500])
def test_the_bounds_of_an_instruction_are_kept_in(number: int) -> None:
    text = " ".join(["write"] * number)
    assert instruct(by_step([text], ["yes"]))[0]["response"] == text


@pytest.mark.parametrize(
    "verdict",
    ["yes", "Yes.", "YES!", "**Yes**", '"Yes"', " yes\n", "Yes, it does: no doubt.", "是", "是。", "是的，适合。"],
)
def test_a_verdict_that_begins_with_yes_suits(verdict: str) -> None:
    assert instruct(by_step([NEW], [verdict]), 1)[0]["status"] == "ok"


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        ("no", "unsuitable"),
        ("No.", "unsuitable"),
        ("否", "unsuitable"),
        ("不是", "unsuitable"),
        ("**No**, although yes for some.", "unsuitable"),
        ("yes or no", "unreadable"),
        ("Yes/No", "unreadable"),
        ("是或否", "unreadable"),
        ("是否合适要看情况", "unreadable"),
        ("Yesterday", "unreadable"),
        ("It depends: yes.", "unreadable"),
        ("", "empty"),
    ],
)
def test_any_other_verdict_does_not(verdict: str, status: str) -> None:
    response, asker = instruct(by_step([NEW], [verdict]), 1)
    assert (response["status"], response["response"], response["error"]) == ("rejected", None, f"refused: 1 {status}")
    assert asker.remarks == [("suits", 0, status)]


def test_refusals_are_counted_by_their_reasons() -> None:
    response, asker = instruct(by_step(["Write.", NEW, NEW], [None, "no", "No."]))
    assert (response["status"], response["error"]) == ("rejected", "refused: 2 unsuitable, 1 wrong_length")
    assert asker.remarks == [("instruct", 0, "wrong_length"), ("suits", 1, "unsuitable"), ("suits", 2, "unsuitable")]
    assert (response["prompt_tokens"], response["attempts"]) == (50, 5)


def test_a_slot_without_an_answer_fails() -> None:
    assert instruct(by_step([FAILED], []))[0]["status"] == "failed"
    response, _ = instruct(by_step([NEW], [FAILED]))
    assert (response["status"], response["attempts"], response["prompt_tokens"]) == ("failed", 9, 10)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_templates_hold_what_they_are_about(language: str) -> None:
    templates = shipped("self-instruct", self_instruct.Method)
    settings = {"self_instruct": {"attempts": 1, "words": [3, 500]}, "prompts": templates}
    asker = Scripted(by_step(["请写一部灯塔的历史。" if language == "zh" else NEW], ["yes"]))
    response = made(self_instruct.Method(settings), asker, prompt(language=language, prompt="EXAMPLES"))
    first, second = asker.contents
    assert "EXAMPLES" in first and response["response"] in second


@pytest.mark.parametrize("section", ["self_instruct", "restate"])
def test_bounds_must_rise(section: str) -> None:
    with pytest.raises(LonghandError, match=rf"words \[500, 500\] must rise \(config models\.m\.{section}\.words"):
        model = {"backend": "demo", "method": section.replace("_", "-"), section: {"words": [500, 500]}}
        load_config({"models": {"m": model}})
