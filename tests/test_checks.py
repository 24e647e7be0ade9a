"""longhand.text.checks and prompts.new_request: what is taken for a finished text, and for one new request."""

from __future__ import annotations

import pytest

from longhand.prompts.new_request import request_in
from longhand.text.checks import failed_check

ENGLISH = "The fog came in and the keeper lit his lamp"
CHINESE = "雾来了，守塔人点亮了灯"
MORE = "and the boats went out to sea"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{ENGLISH}.", None),
        (f"{ENGLISH}!\n", None),
        (f"**{ENGLISH}.**", None),
        (f"“{ENGLISH}.”", None),
        (f"{ENGLISH} (so they say)", None),
        (f"{CHINESE}。", None),
        (f"{CHINESE}！", None),
        (f"“{CHINESE}。”", None),
        (f"{CHINESE}……", None),
        ("", "open_end"),
        (" \n", "open_end"),
        (ENGLISH, "open_end"),
        (f"{ENGLISH},", "open_end"),
        (f"{ENGLISH}。", "open_end"),  # a mark of another language
        (CHINESE, "open_end"),
        (f"{CHINESE}，", "open_end"),
        (f"{CHINESE}.", "open_end"),
        (f'{ENGLISH}. He said: "', "open_end"),  # a quotation mark that opens
        (f"{ENGLISH}:\n```\nlamp.", "open_end"),
        (f"{ENGLISH} {MORE}. " * 12, "loop"),
        (f"{CHINESE}，众人都看见了，船也出海了。" * 12, "loop"),
    ],
)
def test_a_text_is_checked_by_its_language(text: str, reason: str | None) -> None:
    assert failed_check(text, "language") == reason


def test_the_published_checks_are_as_published() -> None:
    assert failed_check("It ends.", "qwen") == failed_check("完了。", "llama") == "punctuation"
    assert failed_check("It ends.", "llama") is failed_check("完了。", "qwen") is None
    assert failed_check("My revised text.", "llama") == "stopword"


@pytest.mark.parametrize(
    "reply",
    [
        "Write a saga.",
        "\n Write a saga. \n",
        "1. Write a saga.",
        "**3.** Write a saga.",
        "- Write a saga.",
        '"Write a saga."',
        "“Write a saga.”",
        "Request: Write a saga.",
        "New request: “Write a saga.”",
        "**Instruction:** Write a saga.",
        "### Request 2: Write a saga.",
        "Request:\n1. Write a saga.",
        "Here is a new request:\n\nWrite a saga.",
        "Sure! Here's a new writing request for you: Write a saga.",
        "好的，这是一条新请求：\nWrite a saga.",
        "新的请求：Write a saga.",
        "指令：Write a saga.",
        "1、Write a saga.",
        "「Write a saga.」",
    ],
)
def test_what_stands_around_a_request_is_taken_off(reply: str) -> None:
    assert request_in(reply) == "Write a saga."


@pytest.mark.parametrize(
    "request_",
    [
        "Write a guide with these parts:\n1. Tools\n2. Steps",
        '"Rain" and "Snow" are two titles: write both. "Rain"',
        "500 years of rain: write an essay.",
        "2024: write the history of a year.",
        "Write a letter that begins: “Dear sea”",
        "写一篇关于雨的小说，分三部分：\n一、雨前\n二、雨中",
    ],
)
def test_what_belongs_to_a_request_stays(request_: str) -> None:
    assert request_in(request_) == request_


@pytest.mark.parametrize(
    "reply",
    [
        "1. Write a saga.\n2. Write a hymn.",
        "- One.\n\n- Two.",
        "Request 1: One.\nRequest 2: Two.",
        "一、写诗。\n二、写书。",
    ],
)
def test_several_requests_are_none(reply: str) -> None:
    assert request_in(reply) is None


@pytest.mark.parametrize("piece", ["1. ", "- ", "Request: ", "Here is a request: ", '"', "#", "**1.** ", "\n", "Sure "])
def test_a_reply_of_labels_takes_no_time(piece: str) -> None:
    request_in(piece * 30_000 + "x")
