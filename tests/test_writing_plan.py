"""Plans of AgentWrite: which lines are sections, and which plans are none."""

from __future__ import annotations

import time

import pytest

from longhand.methods.writing_plan import Limits, fault_in, read_plan, usual_plan
from longhand.text.requirement import Requirement

LIMITS = Limits(50, 200, 1000)
POINTS = [
    "a harbour at dawn",
    "the letter arrives",
    "old friends quarrel",
    "a storm",
    "who stays behind",
    "the way home",
]


def line(number: int, point: str, words: int) -> str:
    return f"Paragraph {number} - Main Point: {point} - Word Count: {words} words"


def plan(*counts: int) -> str:
    return "\n".join(line(n + 1, POINTS[n], words) for n, words in enumerate(counts))


def fault(text: str, required: Requirement | None = None, limits: Limits = LIMITS, cut: bool = False) -> str | None:
    return fault_in(text, read_plan(text), limits, required, cut=cut)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Paragraph 1 - Main Point: rain - Word Count: 400 words", 400),
        ("**Paragraph 1** - **Main Point**: rain - **Word Count**: 400 words", 400),
        ("1. Paragraph 1 – Main Point: rain – Word count: approximately 1,200 words.", 1200),
        ("- Main Point: rain - Word Count: 300-500", 400),
        ("段落 1 - 要点：雨 - 字数：400字", 400),
        ("段落1 - 要点: 雨和雪 - 字数: 约600字左右。", 600),
        ("第一段 - 要点：雨 - 字数：300～500字", 400),
        ("Paragraph 2 - Main Point: the word count: of the bible - Word Count: 250 words", 250),
    ],
)
def test_a_line_with_a_main_point_and_a_count_is_a_section(text: str, words: int) -> None:
    assert read_plan(f"\n  {text} \n") == [(text, words)]


@pytest.mark.parametrize("digits", ["1" + "0" * 12, "1" + "0" * 30, "9" * 5000, "500-" + "9" * 5000])
def test_a_count_that_no_table_holds_is_one_of_ten_million(digits: str) -> None:
    text = f"Paragraph 1 - Main Point: rain - Word Count: {digits} words"
    ((_, words),) = read_plan(text)
    assert 1000 < words <= 10_000_000
    assert fault(text, Requirement("about", 300)) is not None and fault(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Sure! Here is a plan for your story:",
        "# Plan",
        "Here are the main points:",
        "Paragraph 1: the beginning",
        "Paragraph 1 - Main Point: rain",
        "Word Count: 400 words",
        "Total Word Count: 4000 words",
        "Paragraph 1 - Main Point: - Word Count: 400 words",
        "Paragraph 1 - Main Point: … - Word Count: 400 words",
        "Each line has a main point and a word count: 400 words, say.",
        "好的，以下是写作计划：",
        "要点：字数：400字",
        "   ",
    ],
)
def test_greetings_headings_and_empty_lines_are_no_sections(text: str) -> None:
    assert read_plan(text) == []


def test_a_sound_plan_among_talk_has_its_lines_alone() -> None:
    text = f"Of course!\n\n## Part 1: the start\n{plan(400, 600)}\n\n---\nTotal: 1000 words"
    assert [section.words for section in read_plan(text)] == [400, 600]
    assert fault(text, Requirement("about", 1000)) is None
    assert fault(text.replace("Total: 1000 words", "I hope this helps!"), Requirement("about", 1000)) is None


def test_equal_lines_are_as_many_sections() -> None:
    twice = line(1, "rain", 400)
    assert [section.line for section in read_plan(f"{twice}\n{twice}")] == [twice, twice]
    assert fault(f"{twice}\n{twice}") is None


@pytest.mark.parametrize(
    "torn",
    ["Paragraph 3 - Main Point: the st", "Paragraph 3", "Paragraph 3:", "段落 3 - 要点：雨", "and then the", "Para"],
)
def test_a_plan_that_ends_in_the_middle(torn: str) -> None:
    assert fault(f"{plan(400, 400)}\n{torn}") == "the plan ends in the middle"


@pytest.mark.parametrize(
    "text",
    ["", "\n \n", "." * 60_000, "." * 60_000 + "x", "字数" * 30_000, "第" * 60_000, "1 " * 30_000, "要点：" * 20_000],
)
def test_what_a_model_may_write_instead_is_refused_in_no_time(text: str) -> None:
    started = time.process_time()
    assert fault(text) is not None
    assert time.process_time() - started < 20


def test_a_plan_that_was_cut_off() -> None:
    assert fault(plan(400, 400), cut=True) == "the plan ends in the middle"


def test_a_plan_that_loops() -> None:
    looped = "\n".join(
        line(n + 1, "the hero walks through the dark forest and meets a stranger", 400) for n in range(12)
    )
    assert fault(looped) == "the plan loops"
    assert fault("I cannot say it. " * 60) == "the plan loops"


def test_a_line_that_lost_its_count_is_no_plan() -> None:
    text = f"{line(1, 'rain', 400)}\nParagraph 2 - Main Point: wind\n{line(3, 'snow', 400)}"
    assert fault(text) == "a line of the plan has no word count: Paragraph 2 - Main Point: wind"


def test_no_section_too_many_sections_and_sections_of_a_wrong_size() -> None:
    assert fault("I cannot help with that.") == "the plan has no line with a main point and a word count"
    assert fault(plan(*[400] * 5), limits=Limits(4, 200, 1000)) == "the plan has 5 sections, more than 4"
    assert fault(plan(*[400] * 4), limits=Limits(4, 200, 1000)) is None
    assert fault(plan(400, 199)) == "section 2 has 199 words, not 200 to 1000"
    assert fault(plan(1001)) == "section 1 has 1001 words, not 200 to 1000"
    assert fault(plan(200, 1000)) is None


@pytest.mark.parametrize(
    ("required", "least", "most"),  # sums that are just sound
    [
        (Requirement("about", 2000), 1400, 2600),
        (Requirement("range", None, 2000, 3000), 1400, 3900),
        (Requirement("above", None, 2000), 1400, None),
        (Requirement("below", None, None, 2000), None, 2600),
        (None, None, None),
    ],
)
def test_a_sum_may_miss_what_is_required_by_thirty_percent(
    required: Requirement | None, least: int | None, most: int | None
) -> None:
    def summing_to(words: int) -> str:
        return plan(words // 4, words // 4, words // 4, words - 3 * (words // 4))

    assert fault(summing_to(least or 800), required) is None
    assert fault(summing_to(most or 4000), required) is None
    if least is not None:
        assert str(fault(summing_to(least - 1), required)).startswith(f"the plan has {least - 1} words")
    if most is not None:
        assert str(fault(summing_to(most + 1), required)).startswith(f"the plan has {most + 1} words")


def test_a_short_text_may_be_one_section_of_any_size() -> None:
    assert fault(plan(150), Requirement("about", 150)) is None
    assert fault(plan(399), Requirement("below", None, None, 399)) is None
    assert fault(plan(150), Requirement("about", 400)) == "section 1 has 150 words, not 200 to 1000"
    assert fault(plan(75, 75), Requirement("about", 150)) == "section 1 has 75 words, not 200 to 1000"
    assert fault(plan(100), Requirement("about", 150)) == "the plan has 100 words, and 150 are required"
    assert fault(plan(150)) == "section 1 has 150 words, not 200 to 1000", "nothing says that it shall be short"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("words", [50, 399, 400, 450, 1000, 5000, 20_000])
@pytest.mark.parametrize("limits", [LIMITS, Limits(120, 190, 210)])
def test_the_usual_plan_is_sound(language: str, words: int, limits: Limits) -> None:
    text, required = usual_plan(words, language, limits), Requirement("about", words)
    assert fault(text, required, limits) is None
    if limits is LIMITS:
        assert sum(section.words for section in read_plan(text)) == words


def test_a_length_that_no_plan_can_have_has_no_usual_plan() -> None:
    required = Requirement("about", 100_000)
    assert fault(usual_plan(100_000, "en", LIMITS), required) == "the plan has 50000 words, and 100000 are required"
