"""Faults of Self-Lengthen's published code, one test each, over real HTTP: what happened there comes out right."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from agentwrite_jobs import Jobs
from aiohttp import web
from fault_replies import completion, error
from fault_server import FaultServer

from longhand.prompts.required_length import read_required
from longhand.tables.files import Row
from longhand.tables.schemas import PROMPTS
from longhand.text.imagined import made_up
from longhand.text.length import count_longen

NEW = {"en": "Write the history of a lighthouse.", "zh": "请写一部灯塔的历史。"}
ROWS = 40


def prompts(number: int = ROWS, **columns: Any) -> list[Row]:
    """Rows in both languages by turns; a text of 2,000 to 7,950 words as context where none is named."""
    rows = []
    for n in range(number):
        language = "zh" if n % 2 else "en"
        context = made_up(2000 + 150 * (n % 40), language, n)
        row = {"prompt_id": f"{n:03d}", "prompt": f"{NEW[language]} ({n})", "language": language, "context": context}
        rows.append(dict.fromkeys(PROMPTS.names) | row | columns)
    return rows


def slots(number: int) -> list[Row]:
    """Rows of examples."""
    return [row | {"prompt": f"{n} bridges.", "context": None} for n, row in enumerate(prompts(number))]


def jobs(folder: Path, server: FaultServer, method: str, **settings: Any) -> Jobs:
    return Jobs(folder, server.url, m={"method": method, method.replace("-", "_"): settings})


def statuses(rows: list[Row]) -> Counter[str]:
    return Counter(row["status"] for row in rows)


def restate(question: str) -> str:
    """What an obedient model makes of the shipped question: the query, and the length as it was given."""
    query = re.search(r"<(?:request|请求)>\n(.*?)\n</", question, re.S)[1]
    behind = question.split(query, 1)[1]
    length = re.search(r"should be: (.*? words)\.|篇幅：(.*?)。", behind)
    return f"{query} In {length[1]}." if length[1] else f"{query}篇幅{length[2]}。"


@pytest.mark.parametrize("verdict", ["Yes.", "Yes", "yes, it does", "是。"])
def test_a_verdict_with_a_mark_is_refused(tmp_path: Path, verdict: str) -> None:
    """The answer had to equal "yes" or 是: "Yes." was refused, ten times over."""

    def text(question: str) -> str:
        zh = "请求" in question
        return verdict if "<request>" in question or "<请求>" in question else NEW["zh" if zh else "en"]

    with FaultServer(text=text) as server:
        rows = jobs(tmp_path, server, "self-instruct").write("m", slots(4))
        assert [row["response"] for row in rows] == [NEW["en"], NEW["zh"]] * 2
        assert server.total == 6, "an instruction for each, and a verdict on each of the two that came"


def test_a_refused_instruction_is_lost_without_a_count(tmp_path: Path) -> None:
    """What ten tries did not give was missing, and nobody was told why: ours has a row and the calls."""
    with FaultServer(text=lambda question: "否。" if "<请求>" in question else NEW["zh"]) as server:
        made = jobs(tmp_path, server, "self-instruct", attempts=3)
        rows, calls = made.write("m", slots(6)), made.traces("m", slots(6))
    assert statuses(rows) == {"rejected": 6}
    assert [row["error"] for row in rows] == ["refused: 3 other_language", "refused: 3 unsuitable"] * 3
    counts = {("instruct", "other_language"): 9, ("instruct", "ok"): 9, ("suits", "unsuitable"): 9}
    assert Counter((call["step"], call["status"]) for call in calls) == counts


def test_chinese_gets_below_for_above(tmp_path: Path) -> None:
    """The Chinese list of constraints had the two swapped: 2,600 words were said to be "fewer than 2,000"."""
    for constraint in ("above", "below"):
        shares = {constraint: 1}
        with FaultServer(text=restate) as server:
            restated = jobs(tmp_path / constraint, server, "restate", shares=shares).write("m", prompts())
        assert statuses(restated) == {"ok": ROWS}
        for row, source in zip(restated, prompts(), strict=True):
            length = read_required(row["response"])
            words = 2000 + 150 * (int(source["prompt_id"]) % 40)
            assert length.constraint == constraint, row["response"]
            if constraint == "above":
                assert length.required_min <= words <= 1.5 * length.required_min
            else:
                assert 0.5 * length.required_max <= words <= length.required_max


def test_a_range_of_nothing(tmp_path: Path) -> None:
    """A text of exactly 2,000 words got "2000-2000 words"."""
    shares = {"range": 1}
    exact = [row | {"context": made_up(2000 + 1000 * (n % 6), row["language"], n)} for n, row in enumerate(prompts())]
    with FaultServer(text=restate) as server:
        rows = jobs(tmp_path, server, "restate", shares=shares).write("m", exact)
    lengths = [read_required(row["response"]) for row in rows]
    assert all(length.required_min < length.required_max for length in lengths) and len(lengths) == ROWS


def test_a_rewritten_query_that_states_no_number_is_kept(tmp_path: Path) -> None:
    """Nothing checked that the number stands in the query: a model that left it out made a row all the same."""
    forgets = {f"{NEW['en']} ({n})" for n in range(0, ROWS, 4)}

    def text(question: str) -> str:
        query = next((query for query in forgets if query in question), None)
        return query or restate(question)

    with FaultServer(text=text) as server:
        rows = jobs(tmp_path, server, "restate").write("m", prompts())
    assert statuses(rows) == {"ok": ROWS - len(forgets), "rejected": len(forgets)}
    assert {row["error"] for row in rows} == {None, "refused: 3 not_stated"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_filter_for_another_language(tmp_path: Path, language: str) -> None:
    """Qwen's refused each ordinary full stop and let a loop of English pass; LLaMA's refused each Chinese text."""
    good = made_up(300, language)
    loop = ("The rain fell on the town and nobody went out. " if language == "en" else "雨落在城里，没有人出门。") * 40
    with FaultServer() as server:
        server.text = lambda _: loop.strip() if server.total == 1 else good
        made = jobs(tmp_path, server, "checked")
        (row,) = made.write("m", prompts(1, language=language))
        first, _ = made.traces("m", prompts(1, language=language))
    assert row["response"] == good and first["status"] == "loop"


def test_a_run_hangs_once_a_few_tasks_fail(tmp_path: Path) -> None:
    """It waited for 95% of the tasks, for good where more than 5% had failed; and killed what was still going on."""
    dead = {f"({n})" for n in range(0, ROWS, 5)}

    def plan(question: str, _: int) -> str | None:
        return "400" if any(mark in question for mark in dead) else None

    with FaultServer(plan, text=lambda question: made_up(300, "zh" if "灯塔" in question else "en")) as server:
        made = jobs(tmp_path, server, "checked")
        rows, calls = made.write("m", prompts(context=None)), made.traces("m", prompts(context=None))
    assert statuses(rows) == {"ok": ROWS - len(dead), "failed": len(dead)}
    assert len(rows) == len(calls) == ROWS and Counter(call["status"] for call in calls) == statuses(rows)


WINDOW = 4096


async def within(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """As vLLM refuses a prompt and an answer that do not fit together; three tokens to two words."""
    words = sum(count_longen(message["content"]) for message in body["messages"])
    if 1.25 * words + body["max_tokens"] > WINDOW:
        return error(400, f"'max_tokens' is too large: {body['max_tokens']}", param="max_tokens")
    begun = body["messages"][-1]["role"] == "assistant"
    return completion(made_up(1000, "en", 1 + begun + len(body["messages"][0]["content"])))


def test_answers_of_16384_tokens_are_asked_for_whatever_the_prompt_is(tmp_path: Path) -> None:
    """A server refuses what does not fit into its window; text that grows meets it sooner or later."""
    longest = {"sampling": {"max_tokens": 3000}, "engine": {"max-model-len": WINDOW}}
    settings = {"method": "extend", "extend": {"prefix": True, "rounds": 1}} | longest
    with FaultServer(lambda *_: within) as server:
        texts = prompts(4, language="en", context=made_up(1200, "en"), prompt=NEW["en"])
        rows = Jobs(tmp_path, server.url, m=settings).write("m", texts)
        limits = {len(body["messages"]): body["max_tokens"] for body in server.bodies}
    assert statuses(rows) == {"ok": 4}
    assert limits[1] > limits[2] > 500, "half of the text leaves more room than the whole and its opening"


def test_a_server_that_starts_anew_makes_a_text_with_two_beginnings(tmp_path: Path) -> None:
    """The opening and a whole new text were joined."""
    half, anew = made_up(400, "en", 1), made_up(900, "en", 2)

    def text(question: str) -> str:
        return f"{half.split(chr(10))[0]}\n\n{anew}" if question in half else half

    with FaultServer(text=text) as server:
        settings = {"method": "extend", "extend": {"prefix": True, "attempts": 1}}
        made = Jobs(tmp_path, server.url, m=settings)
        texts = prompts(1, language="en", context=made_up(300, "en"))
        (row,), calls = made.write("m", texts), made.traces("m", texts)
    assert row["status"] == "rejected" and row["error"] == "refused: 3 restarted"
    assert [(call["step"], call["status"]) for call in calls] == [("half", "ok"), ("whole", "restarted")] * 3
