"""What the demo engine writes and judges, over real HTTP with the OpenAI client."""

from __future__ import annotations

import asyncio
import json
from statistics import fmean

import openai
import pytest
from demo_process import LIMIT, ask, served, text

from longhand.text.language import language_of
from longhand.text.length import count_longbench_write
from longhand.text.tokens import estimate_tokens

DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]


# ---- writing


def test_answer_has_the_form_of_the_api(client: openai.OpenAI) -> None:
    answer = ask(client, "Write about 200 words on tides.")
    assert answer.model == "demo-a"
    assert answer.object == "chat.completion"
    assert "demo" in answer.id
    assert answer.system_fingerprint == "longhand-demo"
    assert [(c.index, c.finish_reason, c.message.role) for c in answer.choices] == [(0, "stop", "assistant")]
    written = answer.choices[0].message.content
    assert answer.usage.completion_tokens == estimate_tokens(written)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    [model] = client.models.list().data
    assert (model.id, model.owned_by) == ("demo-a", "longhand-demo")


@pytest.mark.parametrize(
    ("prompt", "words", "language"),
    [
        ("Write about 150 words on tides.", 150, "en"),
        ("Write a 1,500-word essay on lighthouses.", 1500, "en"),
        ("写一篇800字的散文，写秋天的河。", 800, "zh"),
        ("请写一篇关于灯塔的文章，两千字左右。", 2000, "zh"),
        ("Tell me about lighthouses.", 400, "en"),
    ],
)
def test_length_follows_the_prompt(client: openai.OpenAI, prompt: str, words: int, language: str) -> None:
    written = [c.message.content for c in ask(client, prompt, n=8).choices]
    lengths = [count_longbench_write(t) for t in written]
    assert {language_of(t) for t in written} == {language}
    assert 0.8 * words < fmean(lengths) < 1.2 * words
    assert all(0.5 * words < n < 1.8 * words for n in lengths)
    assert len(set(written)) == 8


@pytest.mark.parametrize(
    "prompt", ["Write a 20,000-word novel about a ferry.", "写一部两万字的小说，讲一个修钟表的人。"]
)
def test_texts_end_near_the_limit(client: openai.OpenAI, prompt: str) -> None:
    for choice in ask(client, prompt, n=5).choices:
        assert 0.8 * LIMIT < count_longbench_write(choice.message.content) < 1.25 * LIMIT
        assert choice.finish_reason == "stop"


def test_text_looks_like_text(client: openai.OpenAI) -> None:
    english = text(client, "Write 1000 words about volcanoes and their ashes.")
    paragraphs = english.split("\n\n")
    assert len(paragraphs) > 4
    assert all(p[0].isupper() and p[-1] in ".?" for p in paragraphs)
    assert "volcanoes" in english and ", " in english
    chinese = text(client, "写一篇1000字的文章，谈谈火山。")
    assert "火山" in chinese and "，" in chinese and chinese.endswith(("。", "？"))
    assert " " not in chinese


def test_max_tokens_cuts(client: openai.OpenAI) -> None:
    for prompt in ("Write 500 words about rain.", "写五百字，写雨。"):
        whole = text(client, prompt)
        for key in ("max_tokens", "max_completion_tokens"):
            answer = ask(client, prompt, **{key: 60})
            [choice] = answer.choices
            assert choice.finish_reason == "length"
            assert answer.usage.completion_tokens == 60
            assert whole.startswith(choice.message.content)
            assert 55 <= estimate_tokens(choice.message.content) <= 60
        assert ask(client, prompt, max_tokens=32_768).choices[0].message.content == whole


def test_what_a_text_depends_on(client: openai.OpenAI) -> None:
    prompt = "Write about 100 words on tides."
    first = text(client, prompt)
    assert text(client, prompt) == first
    others = [
        text(client, prompt, seed=2),
        text(client, prompt, temperature=0.6),
        text(client, prompt + " "),
        ask(client, prompt, n=2).choices[1].message.content,
    ]
    assert len({first, *others}) == 5
    assert ask(client, prompt, n=2).choices[0].message.content == first
    # At temperature 0 there is one answer.
    greedy = {c.message.content for seed in (1, 2) for c in ask(client, prompt, seed=seed, temperature=0, n=2).choices}
    assert len(greedy) == 1


def test_another_process_writes_the_same(client: openai.OpenAI) -> None:
    prompts = [
        "Write about 300 words on tides.",
        "写三百字，谈谈潮汐。",
        verdict_request("Write.", "Some text. More text."),
    ]
    with served("--max-words", str(LIMIT), "--seed", "3", PYTHONHASHSEED="7") as url:
        twin = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        assert [text(twin, p) for p in prompts] == [text(client, p) for p in prompts]
    with served("--max-words", str(LIMIT), "--seed", "4") as url:
        other = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        assert all(text(other, p) != text(client, p) for p in prompts[:2])


def test_many_at_once_get_their_own_answers(address: str) -> None:
    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            requests = [
                client.chat.completions.create(
                    model="demo-a",
                    messages=[{"role": "user", "content": f"Write 60 words on topic{'abcdefgh'[i % 8] * 3}"}],
                )
                for i in range(64)
            ]
            return [answer.choices[0].message.content for answer in await asyncio.gather(*requests)]

    texts = asyncio.run(all_of_them())
    assert texts[:8] * 8 == texts
    assert len(set(texts)) == 8


def test_plain_completions(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="demo-a", prompt=["Write 50 words.", "写五十字。"], n=2, seed=1)
    assert answer.object == "text_completion"
    assert [c.index for c in answer.choices] == [0, 1, 2, 3]
    assert [language_of(c.text) for c in answer.choices] == ["en", "en", "zh", "zh"]
    alone = client.completions.create(model="demo-a", prompt="写五十字。", n=2, seed=1)
    assert [c.text for c in alone.choices] == [c.text for c in answer.choices[2:]]


# ---- judging


def verdict_request(request: str, response: str, scale: str = "between 1 and 5") -> str:
    example = '{"Analysis": "...", ' + ", ".join(f'"{name}": ...' for name in DIMENSIONS) + "}"
    return (
        f"Judge this.\n\n<Request>\n{request}\n</Request>\n\n<Response>\n{response}\n</Response>\n\n"
        f"Give each dimension an integer {scale}. Reply in JSON:\n{example}\n"
    )


SCHEMA = {
    "type": "object",
    "properties": {
        "Analysis": {"type": "string", "maxLength": 80},
        "Creativity": {"type": "integer", "minimum": 1, "maximum": 10},
        "Fit": {"$ref": "#/$defs/grade"},
        "Done": {"type": "boolean"},
        "Verdict": {"enum": ["bad", "fair", "good"]},
        "Notes": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "Maybe": {"anyOf": [{"type": "null"}, {"type": "integer", "exclusiveMinimum": 0, "maximum": 3}]},
    },
    "$defs": {"grade": {"type": "number", "minimum": 0, "maximum": 100}},
}


def test_verdict_by_example(client: openai.OpenAI) -> None:
    seen = []
    for i in range(12):
        request = f"Write {200 * (i + 1)} words about glass, mirrors and windows."
        reply = json.loads(text(client, verdict_request(request, text(client, request, seed=i))))
        assert list(reply) == ["Analysis", *DIMENSIONS]
        assert "demo judge" in reply["Analysis"]
        scores = [reply[name] for name in DIMENSIONS]
        assert all(type(s) is int and 1 <= s <= 5 for s in scores)
        seen.append(tuple(scores))
    assert len(set(seen)) >= 8  # between responses
    assert sum(len(set(scores)) > 1 for scores in seen) >= 10  # between dimensions
    assert all(len(set(column)) > 1 for column in zip(*seen, strict=True))


def test_verdict_by_schema(client: openai.OpenAI) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA, "strict": True}}
    question = "<User Request>Write about glass.</User Request>\n<Response>Glass is old. It is clear.</Response>"
    reply = json.loads(text(client, question, response_format=wanted))
    assert list(reply) == list(SCHEMA["properties"])
    assert 0 < len(reply["Analysis"]) <= 80
    assert type(reply["Creativity"]) is int and 1 <= reply["Creativity"] <= 10
    assert 0 <= reply["Fit"] <= 100
    assert reply["Verdict"] in ("bad", "fair", "good")
    assert type(reply["Done"]) is bool
    assert len(reply["Notes"]) == 2
    assert 1 <= reply["Maybe"] <= 3
    in_vllms_form = text(client, question, extra_body={"structured_outputs": {"json": SCHEMA}})
    assert json.loads(in_vllms_form) == reply


def test_scale_is_read_from_the_prompt(client: openai.OpenAI) -> None:
    request = "Write 800 words about glass."
    written = text(client, request)
    reply = json.loads(text(client, verdict_request(request, written, "between 1 and 10"), temperature=0))
    assert max(reply[name] for name in DIMENSIONS) > 5


def test_repeats_differ_only_with_temperature(client: openai.OpenAI) -> None:
    question = verdict_request("Write 600 words about glass.", text(client, "Write 600 words about glass."))
    assert len({text(client, question, seed=i, temperature=0) for i in range(8)}) == 1
    warm = [json.loads(text(client, question, seed=i)) for i in range(16)]
    assert len({tuple(r[name] for name in DIMENSIONS) for r in warm}) > 1
    assert all(max(r[name] for r in warm) - min(r[name] for r in warm) <= 2 for name in DIMENSIONS)
    assert text(client, question, seed=5) == text(client, question, seed=5)
