"""The method extend: which calls a round makes, in which order, with which prompts, and what comes of the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from scripted import Scripted, made, prompt, shipped

from longhand.config.load import load_config
from longhand.methods.extend import HALF, WHOLE, Method, first_half, joined, opening_of
from longhand.program.errors import LonghandError
from longhand.wire.asker import Call
from longhand.wire.replies import Unanswered

SETTINGS = {"rounds": 1, "attempts": 1, "min_growth": 1.2, "check": "language", "prefix": True}
TEMPLATE = "Longer, please.\nTask: {instruction}\nText: {text}\nEnd."
TEXT = "The fog came in.\n\nThe keeper lit his lamp.\n\nA boat went by.\n\nNobody saw."  # 4 paragraphs, 15 words
HALF_ANSWER = "Grey fog came in from the sea.\n\nSlowly the old keeper lit his lamp.\n\nIt was cold."
OPENING = "Grey fog came in from the sea.\n\nSlowly the old keeper lit his lamp."  # 2 of 3 paragraphs, 14 words
REST = "A boat with one red sail went by.\n\nNobody on the shore saw it."


def method(**settings: Any) -> Method:
    return Method({"extend": SETTINGS | settings, "prompts": {"extend": {"en": TEMPLATE, "zh": TEMPLATE}}})


def replies(**texts: Any) -> Callable[[Call], Any]:
    """Answers by step: a text, or one for each call of the step, by its number."""

    def reply(call: Call) -> Any:
        given = texts[call.step]
        return given[call.number] if isinstance(given, list) else given

    return reply


def row(text: str | None = TEXT) -> dict[str, Any]:
    return {"prompt": "Write of {text}, $PLAN$ and fog.", "context": text}


def filled(instruction: str, text: str) -> str:
    return f"Longer, please.\nTask: {instruction}\nText: {text}\nEnd."


def test_a_round_is_two_calls_and_the_second_goes_on_from_the_opening() -> None:
    asker = Scripted(replies(half=HALF_ANSWER, whole=REST))
    response = made(method(), asker, row())
    instruction = "Write of {text}, $PLAN$ and fog."
    first, second = asker.calls
    half = "The fog came in.\n\nThe keeper lit his lamp."
    assert first.messages == [{"role": "user", "content": filled(instruction, half)}]
    assert second.messages == [
        {"role": "user", "content": filled(instruction, TEXT)},
        {"role": "assistant", "content": OPENING, "prefix": True},
    ]
    assert [(call.step, call.number, call.draw, call.extra) for call in asker.calls] == [
        (HALF, 0, [0, 0], {}),
        (WHOLE, 0, [0, 0], {}),
    ]
    assert response["status"] == "ok" and response["response"] == f"{OPENING}\n\n{REST}"
    assert (response["prompt_tokens"], response["completion_tokens"], response["attempts"]) == (20, 10, 2)
    assert response["finish_reason"] == "stop" and asker.remarks == []


@pytest.mark.parametrize(
    ("backend", "api", "extra", "more"),
    [
        ("vllm", "chat", {"continue_final_message": True, "add_generation_prompt": False}, {}),
        ("vllm", "completions", {}, {}),
        ("openai", "completions", {}, {}),
        ("demo", "chat", {}, {}),
    ],
)
def test_how_a_server_is_told_to_go_on(backend: str, api: str, extra: dict[str, bool], more: dict[str, bool]) -> None:
    asker = Scripted(replies(half=HALF_ANSWER, whole=REST), backend, api=api)
    made(method(), asker, row())
    assert [call.extra for call in asker.calls] == [{}, extra]
    assert asker.calls[1].messages[1] == {"role": "assistant", "content": OPENING} | more


def test_without_an_opening_the_whole_is_asked_for_plainly() -> None:
    """Of one paragraph no two thirds are kept."""
    longer = "Grey fog came in from the sea and the keeper lit his lamp and a boat went by unseen by all."
    asker = Scripted(replies(half="It was all one paragraph.", whole=longer), "vllm")
    response = made(method(), asker, row())
    assert [len(call.messages) for call in asker.calls] == [1, 1] and asker.calls[1].extra == {}
    assert response["response"] == longer


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("one", "one"),
        ("one\ntwo\nthree\nfour", "one\ntwo"),
        ("one\n\ntwo\nthree\nfour\n\n", "one\ntwo"),  # two paragraphs, four lines
        ("one\n\ntwo\n\nthree", "one"),
        ("one\n \t\ntwo\n\n\n\nthree\nand more\n\nfour\n\nfive", "one\n\ntwo"),
    ],
)
def test_the_first_half(text: str, half: str) -> None:
    assert first_half(text) == half


def test_the_opening_is_two_thirds_of_the_paragraphs() -> None:
    for number in range(1, 40):
        parts = [f"part {n}" for n in range(number)]
        opening = opening_of("\n\n".join(parts))
        assert opening == "\n\n".join(parts[: int(number * 2 / 3 + 1e-9)])
    assert opening_of("one line\nanother") == "", "lines are no paragraphs here"


@pytest.mark.parametrize(
    ("rest", "whole"),
    [
        ("\n\nNext.", "Begun.\n\nNext."),  # the template has taken the line ends off, the model writes them
        ("Next.", "Begun.\n\nNext."),  # the server has
        (" And on.", "Begun. And on."),  # the same paragraph goes on
        ("\nNext.", "Begun.\nNext."),
    ],
)
def test_no_white_space_is_lost_or_doubled(rest: str, whole: str) -> None:
    assert joined("Begun.", rest) == whole and joined("", rest) == rest


def test_a_failed_round_is_tried_again_from_the_same_text() -> None:
    """Three rounds: the second fails, the third starts from what the first made."""
    second = "Grey fog. It was wet.\n\nThe lamp shone far out.\n\nCut off here."
    third = "Far out at sea, where no lamp is seen, the boat went on and on till day came.\n\nThen it was home."
    asker = Scripted(replies(half=[HALF_ANSWER, second, second], whole=[REST, "No end to this", third]))
    response = made(method(rounds=3), asker, row())
    grown = f"{OPENING}\n\n{REST}"
    assert [call.step for call in asker.calls] == [HALF, WHOLE] * 3
    assert [call.draw for call in asker.calls[::2]] == [[0, 0], [0, 1], [0, 2]]
    assert asker.contents[2] == asker.contents[4] == filled(row()["prompt"], OPENING)  # half of the grown text
    assert asker.calls[3].messages == asker.calls[5].messages
    assert asker.calls[5].messages[0]["content"] == filled(row()["prompt"], grown)
    assert asker.remarks == [(WHOLE, 1, "open_end")]
    assert response["response"] == f"Grey fog. It was wet.\n\nThe lamp shone far out.\n\n{third}"


def test_what_has_grown_stays_when_later_rounds_fail() -> None:
    asker = Scripted(replies(half=HALF_ANSWER, whole=[REST, "Short.", "Short."]))
    response = made(method(rounds=3, attempts=5), asker, row())
    assert response["response"] == f"{OPENING}\n\n{REST}" and len(asker.calls) == 6
    assert asker.remarks == [(WHOLE, 1, "not_longer"), (WHOLE, 2, "not_longer")]


@pytest.mark.parametrize(
    ("half", "whole", "remark"),
    [
        ("", REST, (HALF, "empty")),
        ((HALF_ANSWER, "length"), REST, (HALF, "truncated")),
        ((HALF_ANSWER, "content_filter"), REST, (HALF, "refused")),
        (HALF_ANSWER, "", (WHOLE, "empty")),
        (HALF_ANSWER, (REST, "length"), (WHOLE, "truncated")),
        (HALF_ANSWER, f"\n\n{OPENING}\n\n{REST}", (WHOLE, "restarted")),
        (HALF_ANSWER, "Grey fog came in  from the sea and the keeper was away. " + REST, (WHOLE, "restarted")),
        (HALF_ANSWER, f"{REST} And then", (WHOLE, "open_end")),
        (HALF_ANSWER, "Done.", (WHOLE, "not_longer")),
        (HALF_ANSWER, f"{REST} " + "The boat went by and nobody saw it at all. " * 20, (WHOLE, "loop")),
    ],
)
def test_what_fails_a_round(half: Any, whole: Any, remark: tuple[str, str]) -> None:
    asker = Scripted(replies(half=half, whole=whole))
    response = made(method(rounds=2, attempts=3), asker, row())
    assert (response["status"], response["response"]) == ("rejected", None)
    step, status = remark
    assert asker.remarks == [(step, number, status) for number in range(6)]
    assert response["error"] == f"refused: 6 {status}"
    assert len(asker.calls) == (6 if step == HALF else 12), "rounds x attempts x two calls at most"


def test_a_text_that_has_not_grown_enough_is_extended_anew_from_its_beginning() -> None:
    """15 words: 18 are not over 1.2 times as many."""
    little = "A boat went by."  # with the opening 18 words
    asker = Scripted(replies(half=HALF_ANSWER, whole=[little, REST]))
    response = made(method(attempts=2), asker, row())
    assert [len(text.split()) for text in (TEXT, f"{OPENING} {little}")] == [15, 18]
    assert asker.contents[0] == asker.contents[2] and response["response"] == f"{OPENING}\n\n{REST}"
    assert made(method(), Scripted(replies(half=HALF_ANSWER, whole=little)), row())["status"] == "rejected"


def test_a_request_without_an_answer() -> None:
    failed = Unanswered("failed", "no answer in 8 tries", 8)
    too_long = Unanswered("too_long", "the prompt is too long", 1)
    for error in (failed, too_long):
        response = made(method(rounds=2), Scripted(replies(half=error, whole=REST)), row())
        assert (response["status"], response["attempts"]) == (error.status, error.attempts)
    later = Scripted(replies(half=[HALF_ANSWER, failed], whole=REST))
    response = made(method(rounds=2), later, row())
    assert (response["status"], response["attempts"]) == ("failed", 10), "it is asked for again in the next run"
    for error in (too_long, Unanswered("refused", "filtered", 1)):
        grown = made(method(rounds=2), Scripted(replies(half=[HALF_ANSWER, error], whole=REST)), row())
        assert (grown["status"], grown["response"]) == ("ok", f"{OPENING}\n\n{REST}")


def test_answers_fit_into_what_the_text_leaves_of_the_window() -> None:
    """Servers refuse a prompt and a max_tokens that do not fit together."""
    text = "\n\n".join(f"{n} " + "fog " * 100 for n in range(10))  # 1,000 words, 1,350 tokens by estimate
    sampling, engine = {"max_tokens": 3000}, {"max-model-len": 4096}
    asker = Scripted(lambda _: "", "vllm", sampling=sampling, engine=engine)
    made(method(), asker, row(text))
    assert asker.calls[0].extra == {}, "half of the text leaves 3,000 tokens"
    asker = Scripted(replies(half=HALF_ANSWER, whole=REST), "vllm", sampling=sampling, engine=engine)
    made(method(), asker, row(text))
    limit = asker.calls[1].extra["max_tokens"]
    assert 4096 - 1.5 * 1400 - 200 < limit < 4096 - 1.35 * 1000 - 200, "a chat template adds some tokens"
    full = Scripted(lambda _: "", "vllm", sampling=sampling, engine={"max-model-len": 600})
    made(method(), full, row(text))
    assert full.calls[0].extra == {"max_tokens": 1}, "never none or less: the server says that the prompt is too long"


def test_only_the_answer_that_ends_the_last_round_is_not_imagined() -> None:
    """What follows from the others depends on their form."""
    extend, call = method(rounds=2), Call([], [0], WHOLE, 0, {})
    numbers = [extend.imagine(dataclasses.replace(call, number=number), prompt(context=TEXT)) for number in range(4)]
    assert [text is None for text in numbers] == [False, True, False, True]
    last_half = dataclasses.replace(call, step=HALF, number=1)
    assert extend.imagine(last_half, prompt(context=TEXT)) is not None


def test_a_row_without_a_text_is_an_error() -> None:
    with pytest.raises(LonghandError, match="no context to extend"):
        made(method(), Scripted(replies()), row(None))


def test_an_api_must_be_said_to_go_on() -> None:
    model = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1", "method": "extend"}
    with pytest.raises(LonghandError, match=r"config models\.m\.extend\.prefix\); fix: .*extend: \{prefix: true\}"):
        load_config({"models": {"m": model}})
    load_config({"models": {"m": model | {"extend": {"prefix": True}}}})
    load_config({"models": {"m": model | {"api": "completions"}}})
    load_config({"models": {"m": {"backend": "demo", "method": "extend"}}})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_template_has_the_instruction_and_the_text(language: str) -> None:
    extend = Method({"extend": SETTINGS, "prompts": shipped("extend", Method)})
    asker = Scripted(replies(half="", whole=""))
    made(extend, asker, prompt(language=language, prompt="<the task>", context="the text\n\nand\n\nits end"))
    (content,) = asker.contents
    assert content.index("<the task>") < content.index("\nthe text\n") and "its end" not in content
