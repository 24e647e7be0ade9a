"""What the demo engine does beside planning, writing and judging, and that writing prompts are none of it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from statistics import fmean

import openai
import pytest
from conftest import SHARED
from demo_replies import CHECKOUT, INSTRUCTIONS, answer, filled, shipped, task_of

from longhand.demo.writer import Writer
from longhand.prompts.required_length import read_required
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

OTHER_EXTENSIONS = {
    "en": "Instruction:\n{instruction}\n\nCurrent text:\n{text}\n\nExpand this text; the longer text:",
    "zh": "写作要求：\n{instruction}\n\n现有文本：\n{text}\n\n请扩写上面的文本：",
}


# ---- extensions

TEXTS = {
    "en": "\n\n".join(["The ferry leaves at dawn. Nobody is awake but the gulls and the baker's wife."] * 20),
    "zh": "\n\n".join(["渡船在清晨出发，只有海鸥和面包师醒着。"] * 20),
}


def extension_question(template: str, language: str) -> str:
    return filled(template, instruction=INSTRUCTIONS[language], text=TEXTS[language])


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_extensions_grow(language: str, ours: bool) -> None:
    template = shipped(f"extend/extend.{language}") if ours else OTHER_EXTENSIONS[language]
    texts = [answer(extension_question(template, language), seed) for seed in range(60)]
    growth = [count_longbench_write(text) / count_longbench_write(TEXTS[language]) for text in texts]
    assert sum(1.2 <= ratio <= 1.8 for ratio in growth) >= 50
    assert 0 < sum(ratio < 1.2 for ratio in growth) < 10 and max(growth) < 1.9
    assert all("\n\n" in text and text[-1] in ".?。？" and language_of(text) == language for text in texts)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_opening_is_continued(language: str) -> None:
    question = extension_question(shipped(f"extend/extend.{language}"), language)
    whole = []
    for seed in range(40):
        opening = answer(question, seed)
        opening = opening[: opening.index("\n\n")]
        rest = answer(question, seed + 100, opening)
        assert rest.startswith("\n\n") and opening not in rest and rest.strip()[0] != "\n"
        assert not answer(question, seed + 100, f"{opening}\n\n")[0].isspace()
        whole.append(count_longbench_write(opening + rest) / count_longbench_write(TEXTS[language]))
    assert 1.3 < fmean(whole) < 1.7 and min(whole) > 1.1


def test_a_direct_text_is_continued_too(client: openai.OpenAI) -> None:
    messages = [
        {"role": "user", "content": "Write 300 words on tides."},
        {"role": "assistant", "content": "Tides. " * 100},
    ]
    body = {"continue_final_message": True, "add_generation_prompt": False}
    made = client.chat.completions.create(model="demo-a", messages=messages, extra_body=body)
    assert 120 < count_longbench_write(made.choices[0].message.content) < 300


# ---- instructions


@pytest.mark.parametrize("language", ["en", "zh"])
def test_new_instructions_differ(language: str) -> None:
    examples = {"en": ["Describe lighthouses.", "A novel of bees."], "zh": ["请介绍灯塔。", "写一部关于蜜蜂的小说。"]}[
        language
    ]
    question = filled(shipped(f"self-instruct/instruct.{language}"), examples="\n\n".join(examples))
    made = [answer(question, seed) for seed in range(30)]
    assert len(set(made)) == 30 and {language_of(text) for text in made} == {language}
    assert not any(re.search("lighthouses|bees|灯塔|蜜蜂", text) for text in made)
    assert all(3 < count_longbench_write(text) < 500 and "\n" not in text for text in made)
    assert not any(read_required(text) for text in made)


@pytest.mark.parametrize(("language", "yes", "no"), [("en", "yes", "no"), ("zh", "是", "否")])
def test_most_instructions_suit(language: str, yes: str, no: str) -> None:
    question = filled(shipped(f"self-instruct/suits.{language}"), instruction=INSTRUCTIONS[language])
    verdicts = [answer(question, seed) for seed in range(100)]
    assert set(verdicts) == {yes, no} and verdicts.count(yes) > 80


# ---- queries about documents


@pytest.mark.parametrize("kind", ["fact", "summary", "reasoning", "places"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_queries_are_about_the_document_before_them(language: str, kind: str) -> None:
    wish = filled(shipped(f"query/ask.{language}"), wanted=shipped(f"documents/{kind}.{language}"))
    question = f"{TEXTS[language]}\n\n{wish}"
    assert task_of(question) == "queries.reply"
    made = [answer(question, seed) for seed in range(100)]
    about = [text for text in made if re.search("ferry leaves|Nobody is awake|渡船在清晨", text)]
    assert len(about) > 70 and {language_of(text) for text in made} == {language}
    faults = {"two questions": r"^1\. ", "an answer": r"\n(?:Answer|答案)", "none": "I cannot help|我无法"}
    for fault, form in faults.items():
        assert 0 < sum(re.search(form, text) is not None for text in made) < 15, fault
    forms = {"summary": "^Sum up|^请概括", "places": "agree with|是否一致"}
    assert sum(re.search(forms.get(kind, "What does the text say|是怎么说的"), text) is not None for text in made) > 60


# ---- stated lengths


@pytest.mark.parametrize(
    ("step", "language", "numbers", "length"),
    [
        ("about", "en", {"length": "4000"}, "about 4000 words"),
        ("range", "en", {"least": "2,000", "most": "4,000"}, "between 2,000 and 4,000 words"),
        ("above", "en", {"length": "3000"}, "at least 3000 words"),
        ("below", "en", {"length": "3000"}, "at most 3000 words"),
        ("about", "zh", {"length": "四千"}, "四千字左右"),
        ("range", "zh", {"least": "2000", "most": "4000"}, "2000字到4000字"),
        ("above", "zh", {"length": "3000"}, "不少于3000字"),
        ("below", "zh", {"length": "三千"}, "不超过三千字"),
    ],
)
def test_a_request_gets_its_length(step: str, language: str, numbers: dict[str, str], length: str) -> None:
    request = {"en": "Tell the story of a clock: its maker, its owners.", "zh": "讲一个钟表匠的故事。"}[language]
    made = [answer(filled(shipped(f"restate/{step}.{language}"), query=request, **numbers), seed) for seed in range(60)]
    assert all(text.startswith(request) for text in made)
    assert 0 < made.count(request) < 20, "some forget the length"
    assert all(text.count(length) == 1 for text in made if text != request)


def test_another_length_is_replaced() -> None:
    question = filled(shipped("restate/about.en"), query="Write about 500 words on clocks.", length="4000")
    assert {answer(question, seed) for seed in range(60)} == {
        "Write about 500 words on clocks.",
        "Write about 4000 words on clocks.",
    }


# ---- writing prompts stay writing prompts

OUTLINE = "Paragraph {} - Main Point: {} - Word Count: {} words"


@pytest.mark.parametrize(
    "prompt",
    [
        "Write a story.\n\n" + "\n".join(OUTLINE.format(n, point, 300) for n, point in enumerate(["start", "end"], 1)),
        "Make a plan for a garden: beds, paths, water.",
        "Rewrite this as an essay of 800 words: The sea is wide.",
        "Should towns have trees? Answer yes or no, and give reasons in 500 words.",
        "Instruction: write a longer text about 900 words long on glass.",
        "<request>\nMay we fell the limes, yes or no?\n</request>\n\nAnswer a neighbour in 400 words.",
        "<request>\nA tale.\n</request>\n\n<answer>\nIt rained.\n</answer>\n\nReview this answer in 300 words.",
        "Please extend this text:\n\nText:\nIt rained. Nobody came.",
        "Write one new fairy tale, and only that.",
        "It rained.\n\nWrite one question about this text, then answer it in 300 words.",
        "写一个关于灯塔的问题，再写一篇文章来回答。",
        "请把这段文字扩写成800字的文章：下雨了。",
        "写一份计划：怎样读书，字数：500字",
    ],
)
def test_a_writing_prompt_is_no_task(prompt: str) -> None:
    assert task_of(prompt) is None


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts: Sequence[object] = (
        list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    )
    return [text for part in parts for text in strings(part)]


def test_the_prompts_of_published_benchmarks_are_no_tasks() -> None:
    published = SHARED / "upstream"
    if not published.is_dir():
        pytest.skip("the published data are not beside the checkout")
    files = [CHECKOUT / "resources/datasets/longhand-mini.jsonl", *published.glob("*.jsonl")]
    files += published.glob("*/**/*.jsonl")
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    texts = {text for line in lines for text in strings(json.loads(line)) if 20 < len(text) < 20_000}
    assert len(texts) > 5000
    assert [text[:300] for text in texts if task_of(text)] == []


@pytest.mark.parametrize(
    ("prompt", "digest"),
    [
        ("Write about 150 words on tides.", "161cf1044a8b8237"),
        ("写一篇800字的散文，写秋天的河。", "e02f4e2f77b4ec6f"),
        ("Tell me about lighthouses.", "bc36e17300161416"),
        ("Write a 20,000-word novel about a ferry.", "228133332afdf74c"),
    ],
)
def test_direct_texts_are_those_of_before(prompt: str, digest: str) -> None:
    written = Writer(0, "m", 2500).write(prompt, 1, 0.5, [1, 0])
    assert hashlib.sha256(written.encode()).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    "hostile",
    [
        "1 - a: " * 20_000,
        "1:" + "x - word: " * 50_000,
        "1 - a: b - word: 5\n" * 20_000,
        "第1 - 要点：" + "，字数" * 50_000,
        "<request>\n" * 20_000,
        "<request>\nx\n</request>" * 10_000,
        "请求：" * 30_000,
        "：字" * 50_000,
        "<request>\n" + "rewrite 5 words: " * 20_000 + "\n</request>",
    ],
)
def test_hostile_questions_are_read_quickly(hostile: str) -> None:
    started = time.process_time()
    task_of(hostile)
    assert time.process_time() - started < 20
