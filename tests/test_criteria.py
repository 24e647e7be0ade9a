"""longhand.judging.criteria: what a judge is asked about a prompt's criteria, and the rows that come of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted import Scripted
from test_criteria_replies import column

from longhand.judging.criteria import Method
from longhand.program.errors import LonghandError
from longhand.tables.files import Row
from longhand.wire.asker import Call
from longhand.wire.replies import Unanswered

TEMPLATE = "<Request>{prompt}</Request><Response>{response}</Response>\n{criteria}\nReply: {form}"
PLACEHOLDERS = {"prompt": "{prompt}", "context": "{context}", "response": "{response}", "reference": "{reference}"}
CRITERIA = [
    *column("Plot", description="Is there one?", weight=2.0, views=["C"]),
    *column(None, None, description="Does it {rhyme}?", values=[0.0, 1.0])[1:],
]


def row(**columns: Any) -> Row:
    """A response with its prompt, as a judge gets it."""
    nothing = dict.fromkeys(("context", "reference", "other_references", "examples", "required"))
    texts = {"prompt_id": "p", "sample": 0, "prompt": "Write.", "response": "Rain.", "language": "en"}
    return nothing | texts | {"criteria": CRITERIA} | columns


def rubric(together: bool = True, **settings: Any) -> dict[str, Any]:
    """As the rule prepare_rubric writes it."""
    of_criteria = {"together": together} | settings.pop("criteria", {})
    given = {"template": TEMPLATE, "placeholders": PLACEHOLDERS, "scale": [0, 1], "criteria": of_criteria}
    return given | {"values": [0, 0.25, 0.5, 0.75, 1]} | settings


def judged(
    reply: Callable[[Call], Any], of: dict[str, Any] | None = None, repeats: int = 1, attempts: int = 1,
    together: bool | None = None, **columns: Any,
) -> tuple[list[Row], Scripted]:  # fmt: skip
    asker = Scripted(reply)
    settings = {"repeats": repeats, "attempts": attempts, "together": together, "rubric": of or rubric()}
    return asyncio.run(Method(settings).make({"judge": asker}, row(**columns))), asker


def kept(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(each[name] for name in names) for each in rows]


def test_all_in_one_call() -> None:
    rows, asker = judged(lambda _: '{"1": {"reason": "Hardly.", "score": 0.25}, "2": {"score": 1}}')
    assert asker.contents == [
        "<Request>Write.</Request><Response>Rain.</Response>\n1. Plot: Is there one?\n2. Does it {rhyme}?\n"
        'Reply: {"1": {"reason": "...", "score": 0 | 0.25 | 0.5 | 0.75 | 1},\n "2": {"reason": "...", "score": 0 | 1}}'
    ]
    assert kept(rows, "dimension", "score", "score_100", "weight", "status", "reason") == [
        ("1", 0.25, 25.0, 2.0, "ok", "Hardly."),
        ("2", 1.0, 100.0, 1.0, "ok", None),
    ]
    assert kept(rows, "prompt_tokens", "requests") == [(10, [*asker.given]), (None, [])], "it was paid once"


def test_a_call_for_each() -> None:
    scores = iter(('{"score": 0.25, "reason": "Hardly."}', "Score: 1"))
    rows, asker = judged(lambda _: next(scores), rubric(together=False))
    first, second = (content.partition("\n")[2] for content in asker.contents)
    assert first == '1. Plot: Is there one?\nReply: {"reason": "...", "score": 0 | 0.25 | 0.5 | 0.75 | 1}'
    assert second == '2. Does it {rhyme}?\nReply: {"reason": "...", "score": 0 | 1}'
    assert kept(rows, "dimension", "score", "weight", "reason", "prompt_tokens") == [
        ("1", 0.25, 2.0, "Hardly.", 10),
        ("2", 1.0, 1.0, None, 10),
    ]
    assert [each["requests"] for each in rows] == [[key] for key in asker.given]


@pytest.mark.parametrize(("of_rubric", "of_judge", "calls"), [(True, None, 1), (True, False, 2), (False, True, 1)])
def test_a_judge_may_be_asked_the_other_way(of_rubric: bool, of_judge: bool | None, calls: int) -> None:
    other = rubric(of_rubric, criteria={"other_template": "Otherwise: {response} {criteria}"})
    _, asker = judged(lambda _: '{"1": 1, "2": 1, "score": 1}', other, together=of_judge)
    assert len(asker.calls) == calls
    assert {content.startswith("Otherwise") for content in asker.contents} == {of_judge is not None}


def test_the_form_of_an_item() -> None:
    levels = [{"label": "0", "text": "No."}, {"label": "1-2", "text": "Yes, {form}."}]
    of_prompt = column("Plot", None, "Wit", description="Is it so?", levels=levels)
    form = "({number}) {name}|{description}|{values}\n{levels}\n"
    _, asker = judged(lambda _: "", rubric(criteria={"item": form}), criteria=of_prompt)
    shown = asker.contents[0].partition("</Response>\n")[2].partition("\nReply")[0]
    same = "|Is it so?|0, 0.25, 0.5, 0.75, 1\n0: No.\n1-2: Yes, {form}."
    assert shown == f"(1) Plot{same}\n\n(2) {same}\n\n(3) Wit{same}"
    _, asker = judged(lambda _: "", rubric(), criteria=of_prompt[:1])
    assert "</Response>\n1. Plot: Is it so?\n   0: No.\n   1-2: Yes, {form}.\nReply" in asker.contents[0]
    _, asker = judged(lambda _: "", rubric(criteria={"item": "{name}"}), criteria=of_prompt)
    assert "</Response>\n1. Plot\n2. \n3. Wit\nReply" in asker.contents[0], "a reply names them by number"
    _, asker = judged(lambda _: "", rubric(criteria={"item": "{name}"}), criteria=of_prompt[::2])
    assert "</Response>\n1. Plot\n2. Wit\nReply" in asker.contents[0]
    _, asker = judged(lambda _: "", rubric(False, criteria={"item": "{name}"}), criteria=of_prompt)
    assert "</Response>\nWit\nReply" in asker.contents[2]


def test_a_reply_may_be_made_to_fit() -> None:
    def schemas(together: bool, **settings: Any) -> list[dict[str, Any]]:
        asker = Scripted(lambda _: "", response_format="json_schema")
        given = {"repeats": 1, "attempts": 1, "rubric": rubric(together, **settings)}
        asyncio.run(Method(given).make({"judge": asker}, row()))
        return [call.extra["response_format"]["json_schema"]["schema"] for call in asker.calls]

    quarters = {"type": "number", "enum": [0, 0.25, 0.5, 0.75, 1]}
    (schema,) = schemas(True)
    assert schema["required"] == ["1", "2"] and not schema["additionalProperties"]
    assert schema["properties"]["1"]["properties"] == {"reason": {"type": "string"}, "score": quarters}
    assert schema["properties"]["2"]["properties"]["score"] == {"type": "integer", "enum": [0, 1]}
    assert schema["properties"]["2"]["required"] == ["reason", "score"]
    first, second = schemas(False)
    assert first["properties"]["score"] == quarters and second["properties"]["score"]["enum"] == [0, 1]
    whole = column("Plot", "Wit")
    asker = Scripted(lambda _: "", response_format="json_schema")
    given = {"repeats": 1, "attempts": 1, "rubric": rubric(False, scale=[1, 10]) | {"values": None}}
    asyncio.run(Method(given).make({"judge": asker}, row(criteria=whole)))
    properties = asker.calls[0].extra["response_format"]["json_schema"]["schema"]["properties"]
    assert properties["score"] == {"type": "integer", "minimum": 1, "maximum": 10}


def test_a_scale_from_0_to_1_without_values_allows_all_between_in_a_reply_that_fits_and_in_words() -> None:
    of = rubric(False) | {"values": None}
    asker = Scripted(lambda _: "", response_format="json_schema")
    given = {"repeats": 1, "attempts": 1, "rubric": of}
    asyncio.run(Method(given).make({"judge": asker}, row()))
    any_number, yes_or_no = (
        call.extra["response_format"]["json_schema"]["schema"]["properties"]["score"] for call in asker.calls
    )
    assert any_number == {"type": "number", "minimum": 0, "maximum": 1}
    assert yes_or_no == {"type": "integer", "enum": [0, 1]}, "the second criterion has values of its own"
    rows, asker = judged(lambda _: '{"score": 0.7, "reason": "x"}', of)
    assert '"score": 0-1}' in asker.contents[0]
    assert kept(rows, "score", "status") == [(0.7, "ok"), (None, "out_of_scale")]


def test_one_that_cannot_be_read_leaves_the_others() -> None:
    def reply(call: Call) -> str:
        return "Well." if "Plot" in call.messages[-1]["content"] else '{"score": 0.75}'

    rows, asker = judged(reply, rubric(False), repeats=2, attempts=2)
    assert kept(rows, "repeat", "dimension", "status", "score", "attempts") == [
        (0, "1", "unparsed", None, 2),
        (0, "2", "out_of_scale", None, 2),
        (1, "1", "unparsed", None, 2),
        (1, "2", "out_of_scale", None, 2),
    ]
    assert rows[1]["error"] == "2 is 0.75, not one of 0, 1" and len(asker.given) == 8
    together, _ = judged(lambda _: '{"1": 1, "2": 0.75}', repeats=1)
    assert kept(together, "status", "score") == [("out_of_scale", None)] * 2, "a reply is read as a whole"


def test_what_has_no_verdict() -> None:
    for of in (rubric(True), rubric(False)):
        rows, asker = judged(lambda _: "", of, repeats=2, response=None)
        assert not asker.calls
        assert kept(rows, "repeat", "dimension", "weight", "status", "attempts", "reply") == [
            (repeat, number, weight, "no_response", 0, None)
            for repeat in (0, 1)
            for number, weight in (("1", 2.0), ("2", 1.0))
        ]
    rows, _ = judged(lambda _: Unanswered("failed", "no answer"))
    assert kept(rows, "status", "error") == [("failed", "failed: no answer")] * 2
    rows, _ = judged(lambda _: ("half", "content_filter"))
    assert kept(rows, "status") == [("refused",)] * 2


def requests(**of_prompt: Any) -> list[str]:
    changed = [each | of_prompt for each in CRITERIA[:1]] + CRITERIA[1:]
    return [*judged(lambda _: "", rubric(False), criteria=changed)[1].given]


def test_what_decides_no_answer_asks_nothing_again() -> None:
    assert requests() == requests(weight=9.0) == requests(views=None)
    for changed in ({"name": "Story"}, {"description": "Is there none?"}, {"values": [0.0, 0.5]}):
        first, second = requests(**changed)
        assert first != requests()[0] and second == requests()[1], "the other criterion's answer is found"


def test_repeats_are_drawn_apart() -> None:
    _, asker = judged(lambda _: "", rubric(False), repeats=3)
    assert len(asker.given) == 6
    assert [call.number for call in asker.calls] == list(range(6))


def test_a_long_response_is_cut_for_the_judge() -> None:
    text = "One two, three.\n\nIt's four-fold; 五六。 End"  # One two , three . It 's four-fold ; 五 六 。 End
    cut = rubric(cut={"over": 9, "to": 10})
    rows, asker = judged(lambda _: '{"1": 1, "2": 1}', cut, response=text)
    assert "<Response>One two, three.\n\nIt's four-fold; 五</Response>" in asker.contents[0]
    assert kept(rows, "words_cut") == [(3,)] * 2
    for over, to in ((13, 4), (12, 13), (4, 13)):  # HelloBench's code leaves texts of 15,001 to 16,000 words whole
        rows, asker = judged(lambda _: "", rubric(cut={"over": over, "to": to}), response=text)
        assert text in asker.contents[0] and kept(rows, "words_cut") == [(None,)] * 2


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"criteria": None}, "the prompt has no criteria, and the dataset's rubric judges by them"),
        ({"criteria": column("Plot", values=[1.0, 2.0])}, "criterion 1 allows 2, and the rubric's scale is 0-1"),
    ],
)
def test_a_prompt_that_cannot_be_judged_is_named(columns: Row, error: str) -> None:
    with pytest.raises(LonghandError) as raised:
        judged(lambda _: "", **columns)
    assert error in str(raised.value) and "(prompt p, 'Write.')" in str(raised.value)


def test_references_and_contexts_are_shown() -> None:
    of = rubric(template="{context}|{prompt}|{reference}|{response}|{criteria}")
    columns = {"context": "Long ago.", "reference": "A.", "other_references": ["B.", "C."]}
    _, asker = judged(lambda _: "", of, **columns)
    assert asker.contents[0].startswith("Long ago.|Write.|A.\n\nB.\n\nC.|Rain.|1. Plot")


def test_a_schema_is_json() -> None:
    asker = Scripted(lambda _: "", backend="vllm", response_format="json_schema")
    asyncio.run(Method({"repeats": 1, "attempts": 1, "rubric": rubric()}).make({"judge": asker}, row()))
    schema = json.loads(json.dumps(asker.calls[0].extra))["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["1"]["properties"]["reason"]["maxLength"] > 0, "vLLM bounds free text"


def test_the_reasons_of_a_guided_reply_fit_into_a_judges_default_max_tokens() -> None:
    """Of vLLM: a reason of any length would leave no tokens for the scores of later criteria."""
    for number in (1, 2, 7, 20):
        criteria = [{"name": None, "description": f"Rain {each}?"} for each in range(number)]
        asker = Scripted(lambda _: "", backend="vllm", response_format="json_schema")
        of = Method({"repeats": 1, "attempts": 1, "rubric": rubric()})
        asyncio.run(of.make({"judge": asker}, row(criteria=[CRITERIA[0] | each for each in criteria])))
        schema = json.loads(json.dumps(asker.calls[0].extra))["response_format"]["json_schema"]["schema"]
        longest = [each["properties"]["reason"]["maxLength"] for each in schema["properties"].values()]
        assert len(longest) == number and min(longest) >= 100 and sum(longest) <= 2000
