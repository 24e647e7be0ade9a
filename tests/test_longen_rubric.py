"""Verdicts on LonGen's rubric: seven dimensions, 1 to 10, where 1 and 10 begin alike."""

from __future__ import annotations

import json

import pytest

from longhand.config.load import load_config
from longhand.judging.rubric import Rubric
from longhand.judging.verdicts import Verdict, read_verdict

SEVEN = load_config({}).rubrics["longen"]["dimensions"]
SCORES = dict(zip(SEVEN, (10, 7, 1, 9, 10, 4, 8), strict=True))
PLAIN = json.dumps(SCORES)


def read(reply: str) -> Verdict:
    return read_verdict(reply, SEVEN, (1, 10))


def with_clarity(value: str) -> str:
    return PLAIN.replace('"Clarity": 10', f'"Clarity": {value}')


def lines(form: str, between: str = "\n") -> str:
    return between.join(form.replace("K", name).replace("N", str(score)) for name, score in SCORES.items())


def test_the_rubrics_are_the_published_dimensions_and_scale() -> None:
    names = ["Relevance", "Coherence", "Accuracy", "Consistency", "Clarity", "Creativity", "Engagement"]
    for name in ("longen", "longen-published"):
        rubric = load_config({}).rubrics[name]
        assert (list(rubric["dimensions"]), rubric["scale"]) == (names, [1, 10])
    assert load_config({}).datasets["longen"]["rubric"] == "longen"
    assert Rubric("", {}, SEVEN, (1, 10)).rescaled(10) == 100
    assert Rubric("", {}, SEVEN, (1, 10)).rescaled(1) == 0


READABLE = {
    "plain": PLAIN,
    "analysis first": json.dumps({"Analysis": "Relevance: 3 of its 10 parts are off."} | SCORES),
    "of ten": "{" + lines('"K": "N/10"', ", ") + "}",
    "of ten, bare": "{" + lines('"K": N/10', ", ") + "}",
    "out of ten": "{" + lines('"K": "N out of 10"', ", ") + "}",
    "fen": "{" + lines('"K": "N分（满分10分）"', ", ") + "}",
    "one decimal": "{" + lines('"K": N.0', ", ") + "}",
    "lines": lines("- **K** (1-10): N/10"),
    "headings": lines("### K: N\nIt is fine, as 3 of 10 parts show."),
    "table": "| Dimension | Score (1-10) |\n|---|---|\n" + lines("| K | N |"),
    "format first": "{" + lines('"K": "<1-10>"', ", ") + "}\n" + PLAIN,
    "scale told": f"On a scale of 1 to 10:\n{PLAIN}",
    "Chinese names": json.dumps(dict(zip((a[0] for a in SEVEN.values()), SCORES.values(), strict=True))),
    "doubled braces": "{"
    + PLAIN
    + "}",  # a judge that repeats the braces of the published template as they stand there
    "words": with_clarity('"ten"'),
    "Chinese numeral": with_clarity("十"),
    "fullwidth": with_clarity("１０"),
}


@pytest.mark.parametrize("reply", READABLE.values(), ids=READABLE)
def test_reads_what_is_clear(reply: str) -> None:
    assert read(reply) == Verdict("ok", {name: float(score) for name, score in SCORES.items()}, None)


def test_a_half_point_is_a_score_as_it_is_on_five() -> None:
    """Integers are asked for; a number between two is still one clear number on the scale."""
    assert read(with_clarity("7.5")).scores["Clarity"] == 7.5
    assert read(with_clarity('"7.5/10"')).scores["Clarity"] == 7.5


@pytest.mark.parametrize(
    "value", ["0", "11", "0.5", "10.5", "-1", "100", '"11/10"', "4/5", '"4 out of 5"', '"80%"', '"十一"']
)
def test_a_score_off_the_scale_is_none(value: str) -> None:
    verdict = read(with_clarity(value))
    assert verdict.status in ("out_of_scale", "unparsed") and verdict.scores == {}
    assert (verdict.status == "unparsed") == (value == '"十一"'), "numerals are read up to ten"


@pytest.mark.parametrize(
    "value", ["9-10", '"9 or 10"', '"9, maybe 10"', "8+", '"~8"', "null", '"N/A"', '""', "[8, 9]", '"1-10"']
)
def test_wants_one_clear_number(value: str) -> None:
    assert (read(with_clarity(value)).status, read(with_clarity(value)).scores) == ("unparsed", {})


def test_a_verdict_of_six_or_on_five_is_none() -> None:
    assert read(json.dumps({k: n for k, n in SCORES.items() if k != "Engagement"})).error == "no score for Engagement"
    assert read("On a scale of 1 to 5:\n" + PLAIN).status == "out_of_scale"


def test_consistency_and_coherence_are_two() -> None:
    assert read(PLAIN.replace('"Consistency"', '"Coherence"')).status == "unparsed"


@pytest.mark.parametrize(("last", "status"), [("1", "unparsed"), ("8", "ok"), ("10", "ok")])
def test_a_reply_cut_within_its_last_score(last: str, status: str) -> None:
    """A 1 at the very end may be the beginning of a 10."""
    cut = PLAIN.removesuffix("8}") + last
    assert read(cut).status == status
    assert read(cut + "}").status == "ok"


TEMPLATE = 'Of {query}:\n{response}\nReply as {{"Analysis": ..., "Relevance": ...}}, {{{query}}} or {{query}}.'
ROW = {"prompt": "a {response} {{x}}", "response": "b {query} }}", "reference": None}


def test_doubled_braces_are_one_brace_as_published_code_sends_them() -> None:
    marks = {"prompt": "{query}", "response": "{response}", "reference": "{reference}"}
    question = Rubric(TEMPLATE, marks, SEVEN, (1, 10), doubled_braces=True).question(ROW)
    assert question == TEMPLATE.format(query=ROW["prompt"], response=ROW["response"])
    assert "{{" in Rubric(TEMPLATE, marks, SEVEN, (1, 10)).question({**ROW, "prompt": ""})
    assert load_config({}).rubrics["longen-published"]["doubled_braces"]
