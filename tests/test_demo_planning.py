"""Plans and their sections by the demo engine, by our templates and by others of the same form."""

from __future__ import annotations

import re
from statistics import fmean

import pytest
from demo_replies import INSTRUCTIONS, answer, filled, shipped

from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

POINTS = {"en": "The ferries, at dawn and with 900 words of their own", "zh": "清晨的渡船，另写900字"}
OTHER_PLANS = {
    "en": "<instruction>\n{instruction}\n</instruction>\n\nOutline this text: sections from 300 to 700 words. Form:\n"
    "**Section n**: Topic: [what it is about]; Length in words: [e.g. 400]\n\nReply with the outline only.",
    "zh": "写作任务：{instruction}\n\n请列出提纲，每段300-700字，格式如下：\n"
    "第1段——内容：<要点>，字数：<多少>字\n\n提纲：",
}

# ---- plans


def plan_question(language: str) -> str:
    limits = {"least": "200", "most": "1,000", "parts": "50"}
    return filled(shipped(f"agentwrite/plan.{language}"), instruction=INSTRUCTIONS[language], **limits)


FORMS = {
    "en": re.compile(r"Paragraph (\d+) - Main Point: (.+) - Word Count: (\d+) words"),
    "zh": re.compile(r"段落 (\d+) - 要点：(.+) - 字数：(\d+)字"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_plans_have_the_form_and_mostly_the_length(language: str) -> None:
    sums, greetings = [], 0
    for seed in range(100):
        lines = [line for line in answer(plan_question(language), seed).splitlines() if line]
        parts = [match for line in lines if (match := FORMS[language].fullmatch(line))]
        assert [int(part[1]) for part in parts] == list(range(1, len(parts) + 1))
        assert len({part[2] for part in parts}) == len(parts)
        assert all(200 <= int(part[3]) <= 1000 for part in parts)
        assert {language_of(part[2]) for part in parts} == {language}
        assert lines[-len(parts) :] == [part[0] for part in parts]
        greetings += len(lines) > len(parts)
        sums.append(sum(int(part[3]) for part in parts))
    wrong = [total for total in sums if total != 3000]
    assert 0 < len(wrong) < 25 and max(wrong) < 0.7 * 3000
    assert 0 < greetings < 25


@pytest.mark.parametrize("words", [150, 250])
def test_a_short_text_is_planned_as_one_part(words: int) -> None:
    question = plan_question("en").replace("3,000 words", f"{words} words").replace("500 words", "a part")
    assert re.fullmatch(rf"Paragraph 1 - .* - Word Count: {words} words", answer(question, 3).splitlines()[-1])


@pytest.mark.parametrize(
    ("language", "form"),
    [("en", r"\*\*Section \d+\*\*: Topic: .+; Length in words: (\d+)"), ("zh", r"第\d+段——内容：.+，字数：(\d+)字?")],
)
def test_a_reworded_template_gets_its_form_filled(language: str, form: str) -> None:
    question = filled(OTHER_PLANS[language], instruction=INSTRUCTIONS[language])
    counts = [[int(n) for n in re.findall(form, answer(question, seed))] for seed in range(20)]
    assert all(300 <= words <= 700 for parts in counts for words in parts)
    assert sum(sum(parts) == 3000 for parts in counts) > 15


# ---- sections


def section_question(language: str, words: int) -> str:
    form = {"en": "Paragraph {} - Main Point: {} - Word Count: {} words", "zh": "段落 {} - 要点：{} - 字数：{}字"}[
        language
    ]
    steps = [form.format(1, POINTS[language][:12], 5000), form.format(2, POINTS[language], words)]
    return filled(
        shipped(f"agentwrite/write.{language}"),
        instruction=INSTRUCTIONS[language],
        plan="\n".join([*steps, form.format(3, POINTS[language][:6], 7000)]),
        text="It took 6,000 words. 写了八千字。",
        step=steps[1],
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_section_has_the_words_of_its_line(language: str) -> None:
    for words in (200, 700):
        lengths = [count_longbench_write(answer(section_question(language, words), seed)) for seed in range(40)]
        assert 0.85 * words < fmean(lengths) < 1.15 * words
        assert sum(0.6 * words < length < 1.6 * words for length in lengths) >= 36
    assert language_of(answer(section_question(language, 200))) == language


def test_a_section_is_about_its_line_and_no_longer_than_the_limit() -> None:
    texts = [answer(section_question("en", 1000), seed, limit=300) for seed in range(10)]
    assert sum(200 < count_longbench_write(text) < 400 for text in texts) >= 8
    assert max(map(count_longbench_write, texts)) < 400
    assert sum("ferries" in text for text in texts) >= 6 and not any("winters" in text for text in texts)
