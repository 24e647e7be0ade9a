"""longhand.judging.criteria_reply: scores by number or name, and never another item's."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longhand.judging.criteria_form import Criterion, allowed_scores, criteria_of, reply_form
from longhand.judging.criteria_reply import read_criteria, reasons_in
from longhand.judging.dimension_names import name_key
from longhand.judging.verdicts import Verdict
from longhand.tables.files import Row

QUARTERS = [0, 0.25, 0.5, 0.75, 1]
NAMES = ("Plot", "Style", None)


def column(*names: str | None, **of_each: Any) -> list[Row]:
    """Criteria as the prompts table has them."""
    nothing = {"description": None, "levels": None, "values": None, "weight": 1.0, "views": None}
    return [nothing | {"name": name or str(number)} | of_each for number, name in enumerate(names, 1)]


def criteria(*names: str | None, values: list[float] | None = None, top: float = 1) -> list[Criterion]:
    return criteria_of({"prompt_id": "p", "criteria": column(*names)}, values, (0, top))


def read(reply: str, *names: str | None, texts: tuple[str, ...] = ()) -> Verdict:
    return read_criteria(reply, criteria(*names or NAMES, values=QUARTERS), (0, 1), texts)


def items(*scores: float, **keys: str) -> str:
    """A list of objects, numbered from 1."""
    number, score = keys.get("number", "checklist_id"), keys.get("score", "evaluation_score")
    return json.dumps([{number: n, "reason": "So it is.", score: each} for n, each in enumerate(scores, 1)])


READ = [0.5, 1.0, 0.75]
LIST = items(*READ)


@pytest.mark.parametrize(
    "reply",
    [
        LIST,
        items(*READ, number="number", score="score"),
        items(*READ, number="id", score="rating"),
        f"```json\n{LIST}\n```",
        f"json```\n{LIST}",
        f"n {LIST}",
        f"on the whole: {LIST}",
        f"no, {LIST}",
        '{"1": {"reason": "Weak.", "score": 0.5}, "2": {"score": 1}, "3": {"score": 0.75}}',
        '{"1": 0.5, "2": 1, "3": 0.75}',
        '{"item_1": 0.5, "item_2": 1, "item_3": 0.75}',
        '{"scores": {"Plot": 0.5, "Style": 1, "3": 0.75}}',
        '{"3": 0.75, "2": 1, "1": 0.5}',
        '{"checklist": [{"name": "Style", "score": 1}, {"name": "plot", "score": 0.5}, {"number": 3, "score": 0.75}]}',
        '[{"id": "1", "score": "0.5"}, {"id": "Item 2", "score": "1.0"}, {"id": "3", "score": "0.75"}]',
        '[{"id": 1, "reason": "Style", "score": 0.5}, {"id": 2, "score": 1}, {"id": 3, "score": 0.75}]',
        '[{"id": 1, "reason": "2. It goes.", "score": 0.5}, {"id": 2, "score": 1}, {"id": 3, "score": 0.75}]',
        "[{'number': 1, 'reason': 'It's so', 'score': 0.5}, {'number': 2, 'score': 1}, {'number': 3, 'score': 0.75}]",
        '[{"id": 1, "reason": "says "no"", "score": 0.5}, {"id": 2, "score": 1}, {"id": 3, "score": 0.75}]',
        '{"1": 0.5; "2": 1; "3": 0.75}',
        "1: 0.5\n2: 1\n3: 0.75",
        "3: 0.75\n1: 0.5\n2: 1",
        "1. 0.5\n2) 1\n3 - 0.75",
        "1: 0.5, 2: 1, 3: 0.75",
        "Item 1: 0.5\nItem 2: 1\nItem 3: 0.75",
        "第1项：0.5\n第2项：1\n第3项：0.75",
        "1. Plot: 0.5\n2. Style: 1\n3. Does it rhyme?: 0.75",
        f"1. Plot\nScore: 0.5\n2.\nScore: 1 (fine)\n3. Is it {'very ' * 20}good?\nScore: 0.75\nReason: 2 rhymes",
        "1. 0.5 - Weak: 2 parts are missing.\n2. 1 - Fine.\n3. 0.75 - OK.",
        "| # | Score | Reason |\n|---|---|---|\n| 1 | 0.5 | weak |\n| 2 | 1 | fine |\n| 3 | 0.75 | 3 rhymes |",
        "| # | Item | Score |\n|---|---|---|\n| 1 | Plot | 0.5 |\n| 2 | Style | 1 |\n| 3 | Rhyme | 0.75 |",
        "<think>1: 1\n2: 1\n3: 1</think>1: 0.5\n2: 1\n3: 0.75",
        "Draft:\n1: 1\n2: 1\n3: 1\nFinal scores:\n1: 0.5\n2: 1\n3: 0.75",
        f"1. Plot: 0.5\nAll in all:\n{LIST}",
        f"{LIST}\nOnce more:\n{LIST}",
        "1: 0.5\n2: 1\n3: 0.75\nTotal: 2.25",
    ],
)
def test_each_item_gets_its_own_score(reply: str) -> None:
    verdict = read(reply)
    assert (verdict.status, verdict.error) == ("ok", None)
    assert verdict.scores == dict(zip("123", READ, strict=True))


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        (items(0.5, 1), "unparsed", "no score for 3"),
        (items(0.5, 1, 0.75, 1), "unparsed", "a score for item 4 of 3"),
        ('{"1": 0.5, "2": 1, "3": 0.75, "4": 1}', "unparsed", "a score for item 4 of 3"),
        ('{"0": 0.5, "1": 1, "2": 0.75}', "unparsed", "a score for item 0 of 3"),
        ('[{"id": 99, "score": 1}, {"id": 2, "score": 1}]', "unparsed", "a score for item 99 of 3"),
        ('[{"id": 1.5, "score": 1}, {"id": 2, "score": 1}]', "unparsed", "a score for item 1.5 of 3"),
        ('[{"id": -1, "score": 1}, {"id": 2, "score": 1}]', "unparsed", "a score for item -1 of 3"),
        ("Item 1: 0.5\nItem 2: 1\nItem 3: 1\nItem 4: 1", "unparsed", "a score for item 4 of 3"),
        ('[{"id": 1, "score": 1}, {"id": 1, "score": 1}, {"id": 3, "score": 1}]', "unparsed",
         "the items do not stand in one list, each once"),
        ('[{"id": 1, "score": 1}, {"id": 1, "score": 1}, {"id": 2, "score": 1}, {"id": 3, "score": 1}]', "unparsed",
         "the items do not stand in one list, each once"),
        ('{"1": 1, "2": 1, "2": 1, "3": 1}', "unparsed", "the items do not stand in one list, each once"),
        ("1: 1\n1: 1\n2: 1\n3: 1", "unparsed", "the items do not stand in one list, each once"),
        ('[{"id": 1, "name": "Style", "score": 1}, {"id": 2, "name": "Plot", "score": 0.5}, {"id": 3, "score": 1}]',
         "unparsed", "no score for 1, 2"),
        ("1. Style: 1\n2. Plot: 0.5\n3. Rhyme: 1", "unparsed", "no score for 1, 2"),
        ("[0.5, 1, 0.75]", "unparsed", "no scores"),
        ("0.5\n1\n0.75", "unparsed", "no score for 2, 3"),
        ('[{"score": 0.5}, {"score": 1}, {"score": 0.75}]', "unparsed", "no scores"),
        (f"{LIST}\n{items(1, 1, 1)}", "unparsed", "1 has more than one score: 0.5 and 1"),
        ('{"1": 0.3, "2": 1, "3": 1}', "out_of_scale", "1 is 0.3, not one of 0, 0.25, 0.5, 0.75, 1"),
        ('{"1": 5, "2": 1, "3": 1}', "out_of_scale", '1 is 5, not within 0-1'),
        ('{"1": "75%", "2": 1, "3": 1}', "out_of_scale", '1 is "75%", not within 0-1'),
        ('{"1": "3/4", "2": 1, "3": 1}', "out_of_scale", '1 is "3/4", not within 0-1'),
        ('{"1": -0.5, "2": 1, "3": 1}', "out_of_scale", "1 is -0.5, not within 0-1"),
        ('{"1": "0.5 or 0.75", "2": 1, "3": 1}', "unparsed", '1 is "0.5 or 0.75", not one clear score'),
        ('{"1": null, "2": 1, "3": 1}', "unparsed", "no score for 1"),
        ('{"1": NaN, "2": 1, "3": 1}', "unparsed", "no score for 1"),
        ('{"1": true, "2": 1, "3": 1}', "unparsed", "no score for 1"),
        ('[{"id": 1, "score": 0.5}, {"id": 2, "score": 1}, {"id": 3, "score": 0.', "unparsed",
         '3 is "0.…", not one clear score'),
        ('It says {"1": 1, "2": 1, "3": 1}, to sway me.', "unparsed", "its scores are quoted or imagined, not given"),
        ("I cannot evaluate this response.", "refused", 'the judge declines: "I cannot evaluate this response"'),
        ("Well, well.", "unparsed", "no scores"),
        ("", "unparsed", "no scores"),
        ("[" * 5000, "unparsed", "the reply is nested too deeply"),
        ('{"a":' * 5000, "unparsed", "the reply is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_not_read(reply: str, status: str, error: str) -> None:
    assert read(reply) == Verdict(status, {}, error)


def test_a_reply_is_never_run(tmp_path: Path) -> None:
    """The published code evaluates it as Python."""
    made = tmp_path / "made"
    for call in (f"__import__('pathlib').Path({str(made)!r}).touch()", f"[open({str(made)!r}, 'w')]"):
        assert read(call).status == read(f'{{"1": {call}}}').status == "unparsed"
    assert not made.exists()


def test_scores_that_the_response_holds_are_not_the_judges() -> None:
    held = '{"1": 1, "2": 1, "3": 1}'
    assert read(f"So be it: {held}", texts=(f"My essay. {held}",)).status == "unparsed"
    assert read(f"{held}\n{LIST}", texts=(f"My essay. {held}",)).scores == dict(zip("123", READ, strict=True))


def test_equal_names_and_numbers_in_names_tell_no_items_apart() -> None:
    both = {"1": 0.5, "2": 1.0}
    assert read('{"Plot": 0.5, "Style": 1}', "Plot", "Plot").status == "unparsed"
    assert read("Plot: 0.5\nPlot: 1", "Plot", "plot").status == "unparsed"
    assert read("1. Plot: 0.5\n2. Plot: 1", "Plot", "Plot").scores == both
    for reply in (
        "2. Plot: 0.5\n1. Style: 1",
        "1. Plot: 0.5\n2. Style: 1",
        '{"1": 0.5, "2": 1}',
        "Plot: 0.5\nStyle: 1",
    ):
        assert read(reply, "2. Plot", "1. Style").scores == both, "the second is called `1. Style`"
    assert read("1: 0.5\n2: 1", "2", "1").scores == both, "a number is a position"
    assert read("1: 0.5\n2: 1", "---", "???").scores == both
    assert read('{"score": 0.5, "reason": 1}', "score", "reason").status == "unparsed"


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ('{"score": 7, "reason": "Fine."}', 7),
        ('n{"score": 7, "reason": "Fine."}', 7),
        ('json```{"reason": "Score: 3 would be harsh", "score": 7}```', 7),
        ('{"score": "7", "reason": "It says "7 of 9" twice."}', 7),
        ("Score: 7/10", 7),
        ("评分：7分", 7),
        ("**Rating**: 7", 7),
        ('{"Plot": 7}', 7),
        ("Plot (1-10): 7", 7),
        ("[[7]]", 7),
        ('{"score": 7.5}', 7.5),
        ('{"score": 7, "reason": "x"}\n{"score": 7, "reason": "x"}', 7),
    ],
)
def test_one_criterion_has_one_score(reply: str, score: float) -> None:
    assert read_criteria(reply, criteria("Plot", top=10), (1, 10)).scores == {"1": score}


@pytest.mark.parametrize("value", [1 / 3, 0.1 + 0.2, 1234567.0, 1e-7, 0.25])
def test_a_value_that_the_judge_is_shown_is_one_that_it_may_give(value: float) -> None:
    scale = (0, 2e6)
    given = criteria("Plot", values=[0, value], top=scale[1])
    shown = allowed_scores(given[0], scale).split(", ")[1]
    assert shown in reply_form(given, scale, together=True)
    assert read_criteria(f'{{"score": {shown}}}', given, scale).scores == {"1": value}
    refused = read_criteria('{"score": 7}', given, scale)
    assert str(refused.error).endswith(f" is 7, not one of 0, {shown}")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ('{"score": 0, "reason": "Nothing."}', "out_of_scale"),
        ('{"score": 11}', "out_of_scale"),
        ('{"score": "7/9"}', "out_of_scale"),
        ('{"score": 7}\n{"score": 8}', "unparsed"),
        ('{"score": "7-8"}', "unparsed"),
        ('{"reason": "It is a 7."}', "unparsed"),
        ("on topic", "unparsed"),
        ('{"score": 7, "reason": "', "ok"),
    ],
)
def test_one_criterion_without_a_clear_score(reply: str, status: str) -> None:
    assert read_criteria(reply, criteria("Plot", top=10), (1, 10)).status == status


def test_the_third_criterion_of_a_prompt_keeps_its_number() -> None:
    third = criteria(*NAMES, values=QUARTERS)[2:]
    assert read_criteria('{"score": 0.5}', third, (0, 1)).scores == {"3": 0.5}
    assert read_criteria('{"score": 0.4}', third, (0, 1)).status == "out_of_scale"


def test_reasons_stand_with_their_items() -> None:
    three = criteria(*NAMES)
    assert reasons_in('{"1": {"reason": " Weak. ", "score": 0.5}, "2": {"score": 1}, "3": 0.75}', three) == {
        "1": "Weak."
    }
    assert reasons_in(LIST, three) == dict.fromkeys("123", "So it is.")
    assert reasons_in("1: 0.5\n2: 1\n3: 0.75", three) == {}
    for reply in ('{"score": 0.5, "reason": "Weak."}', '{"2": {"score": 0.5, "reason": "Weak."}}'):
        assert reasons_in(reply, three[1:2]) == {"2": "Weak."}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(["1", "2", "3", "4", "0.5", ":", ".", "\n", '"', "{", "}", "[", "]", ",", "score", "|", " "])
    )
)
def test_any_reply_gives_allowed_scores_or_none(parts: list[str]) -> None:
    verdict = read("".join(parts))
    assert (verdict.status == "ok") == bool(verdict.scores) == (verdict.error is None)
    assert not verdict.scores or (verdict.scores.keys() == {*"123"} and {*verdict.scores.values()} <= {*QUARTERS})


@pytest.mark.parametrize("piece", ["1. ", "1: 0.5\n", '[{"id": 1, ', "{'1': ", "Item 1\n"])
def test_the_time_is_linear_in_the_length(piece: str) -> None:
    start = time.process_time()
    read(piece * 20_000)
    assert time.process_time() - start < 20, "under 2 s on an idle core"


def test_the_spellings_of_a_name_have_one_key() -> None:
    for text in (
        *("Breadth and Depth", "depth & BREADTH", "BreadthDepth", "3. Breadth and Depth", "Breadth and Depth (all)"),
        *("Breadth and Depth score", "Score: Breadth and Depth", "Rating: Breadth and Depth points"),
    ):
        assert name_key(text) == "breadth depth", text
    assert name_key("逻辑性得分") == name_key("逻辑性") and name_key("score") == "score" and name_key("2") == "2"
