"""Lists of facts and statements: what is one, and what never becomes a fact."""

from __future__ import annotations

import time

import pytest

from longhand.judging.listed import read_list


def listed(reply: str, *texts: str, is_cut: bool = False) -> object:
    readout = read_list(reply, "Facts", is_cut=is_cut, texts=texts)
    return readout.value if readout.status == "ok" else readout.status


@pytest.mark.parametrize(
    "reply",
    [
        "- A is so.\n- B is so.",
        "Here are the facts:\n\n- A is so.\n- B is so.\n\nI hope this helps.",
        "1. A is so.\n2. B is so.",
        "* A is so.\n* B is so.",
        "• A is so.\n  • B is so.",
        "- A\n  is so.\n- B is\n  so.",
        "- A is so.\n- B is so.\nNote:\n  all is so.",
        '{"Facts": ["A is so.", " B is  so. ", ""]}',
        "<think>- C</think>- A is so.\n- B is so.",
    ],
)
def test_a_list(reply: str) -> None:
    assert listed(reply) == ("A is so.", "B is so.")


def test_numbers_and_signs_stay_in_the_items() -> None:
    assert listed("- -5 degrees\n-事实一。\n1、事实二。\n- 3.5 m of [[10]]") == (
        "-5 degrees",
        "事实一。",
        "事实二。",
        "3.5 m of [[10]]",
    )
    assert listed("---\n- It has 2 ends.\n**bold** words") == ("It has 2 ends.",)


@pytest.mark.parametrize(
    "reply", ["[[none]]", "[[ None ]].", "- [[none]]", "[[无]]", '{"Facts": []}', "Nothing. [[none]]"]
)
def test_none(reply: str) -> None:
    assert listed(reply) == ()


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("Max tries. Failed.", "unparsed"),
        ("Error: rate limit exceeded", "unparsed"),
        ("The request was rejected by the content policy.", "unparsed"),
        ("None", "unparsed"),
        ("", "unparsed"),
        ("- A is so.\n[[none]]", "unparsed"),
        ('{"Facts": ["A"]} {"Facts": ["B"]}', "unparsed"),
        ('{"Facts": ["A", 3]}', "unparsed"),
        ('{"Facts": ["A"], "Facts": ["B"]}', "unparsed"),
        ("- None", "unparsed"),
        ("1. N/A.", "unparsed"),
        ("- [无]", "unparsed"),
        ('{"Facts": ["none"]}', "unparsed"),
        ("I'm sorry, but I cannot assist with that request. You could:\n- Ask someone.\n- Read the law.", "refused"),
        ("抱歉，我无法处理该请求。你可以：\n- 换一个问题\n- 联系客服", "refused"),
        ("I cannot assist with that request. [[none]]", "refused"),
        ("I'm sorry, but I cannot assist with that request.", "refused"),
        ("- I'm sorry, but I cannot assist with that request.", "refused"),
        ("抱歉，我无法处理该请求。", "refused"),
    ],
)
def test_what_never_becomes_a_fact(reply: str, status: str) -> None:
    assert listed(reply) == status


def test_a_list_that_is_cut_off_is_none() -> None:
    assert listed("- A is so.\n- B is", is_cut=True) == "unparsed"
    assert listed('{"Facts": ["A is so."', is_cut=True) == "unparsed"


def test_a_refusal_in_the_text_beside_a_list_is_not_the_judges() -> None:
    text = "The clerk wrote: I cannot assist with that request. Then he left."
    assert listed("I cannot assist with that request\n- He left.", text) == ("He left.",)


@pytest.mark.parametrize(
    "reply", ["- " + " " * 200_000, "-\t" * 50_000, "- A.\n" + " " * 200_000, "1." + "\u3000" * 200_000]
)
def test_white_space_without_end_takes_no_time(reply: str) -> None:
    start = time.process_time()
    listed(reply)
    assert time.process_time() - start < 5


def test_a_refusal_that_the_text_tells_of_is_a_fact() -> None:
    text = "The clerk wrote: I cannot assist with that request. Then he left."
    assert listed("- I cannot assist with that request.", text) == ("I cannot assist with that request.",)


def test_one_item_that_sounds_like_a_refusal_loses_no_list() -> None:
    assert listed("- A is so.\n- It is not possible to rate the material.") == (
        "A is so.",
        "It is not possible to rate the material.",
    )
    assert listed("- It is not possible to rate the material.\n- I must decline.") == "refused"
