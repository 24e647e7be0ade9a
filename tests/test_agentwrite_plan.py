"""The plan of AgentWrite: what it foretells is what a server counts where sections come out as imagined."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agentwrite_jobs import Jobs, prompt
from aiohttp import web
from fault_replies import FAULTS, prompt_of
from fault_server import FaultServer
from planned_jobs import generating

from longhand.config.load import Config
from longhand.methods.writing_plan import Limits, read_plan, usual_plan
from longhand.plan.again import Choice, find_again
from longhand.plan.growing_text import GrowingText
from longhand.plan.summary import make_plan
from longhand.program.errors import LonghandError
from longhand.tables.files import write_table
from longhand.tables.schemas import PROMPTS
from longhand.text.tokens import estimate_tokens

ROWS = [
    prompt("a", "A tale of rain. " * 30, required=5000, constraint="about"),
    prompt("b", "A tale of snow.", required_min=900, required_max=1100, constraint="range"),
    prompt("c", "A note.", required=150, constraint="about"),
    prompt("d", "写一篇关于雨的长文", language="zh", required_min=3000, constraint="above"),
    prompt("e", "A tale of any length."),
]
LENGTHS = {"rain": 5000, "snow": 1000, "note": 150, "长文": 3000, "any": 4000}


def sections(words: int) -> int:
    """Of about 447 words, the geometric mean of 200 and 1,000."""
    return max(1, round(words / 447.2))


class CountingServer(FaultServer):
    """Writes plans and sections as they are imagined, and counts tokens as the demo engine does.

    Attributes:
        counted: tokens in and out.
        stops_after: answers until the key is refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counted, self.stops_after = [0, 0], 10**9

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        question = prompt_of(body)
        name = next(name for name in LENGTHS if name in question)
        language = "zh" if name == "长文" else "en"
        if question.startswith("PLAN"):
            text = usual_plan(LENGTHS[name], language, Limits(50, 200, 1000))
        else:
            ((_, words),) = read_plan(question.rpartition("|")[2])
            text = "水" * words if language == "zh" else "water " * words
        if self.answered.total() >= self.stops_after:
            return await FAULTS["401"](request, body)
        self.answered[question] += 1
        tokens = {"prompt_tokens": estimate_tokens(question), "completion_tokens": estimate_tokens(text)}
        self.counted = [self.counted[0] + tokens["prompt_tokens"], self.counted[1] + tokens["completion_tokens"]]
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": tokens})


def planned(run: Path, config: Config) -> dict[str, Any]:
    path = run / "results/d/prompts.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, ROWS, PROMPTS, "test")
    plan = asyncio.run(make_plan(run, config, [generating(config, "d", "m")]))
    total: dict[str, Any] = plan.to_json()["total"]
    return total


@pytest.mark.parametrize("parallel", [False, True])
def test_the_plan_is_what_the_server_counts(tmp_path: Path, parallel: bool) -> None:
    with CountingServer() as server:
        jobs = Jobs(tmp_path, server.url, m={"agentwrite": {"parallel": parallel}, "concurrency": 2})
        before = planned(tmp_path, jobs.config)
        assert before["requests"] == len(ROWS) + sum(map(sections, LENGTHS.values()))
        assert before["requests_certain"] == len(ROWS), "the plans"
        responses = jobs.write("m", ROWS)
        assert before["requests"] == server.answered.total()
        assert [round(before[key]["expected"]) for key in ("tokens_in", "tokens_out")] == server.counted
    assert [row["status"] for row in responses] == ["ok"] * len(ROWS)
    assert sum(row["prompt_tokens"] for row in responses) == server.counted[0]


def test_the_text_so_far_is_sent_again_with_every_section(tmp_path: Path) -> None:
    with CountingServer() as server:
        serial, parallel = (
            planned(tmp_path, Jobs(tmp_path, server.url, m={"agentwrite": {"parallel": alone}}).config)["tokens_in"]
            for alone in (False, True)
        )
    again = sum(  # each section is sent with every later one
        sum(
            n * estimate_tokens(("水" if name == "长文" else "water ") * round(words / sections(words)))
            for n in range(sections(words))
        )
        for name, words in LENGTHS.items()
    )
    assert serial["expected"] - parallel["expected"] == pytest.approx(again, rel=0.01)


@pytest.mark.parametrize("answered", [3, 11, 25])
def test_in_the_middle_of_a_run_the_rest_is_planned(tmp_path: Path, answered: int) -> None:
    """Every request that is left, and what it takes."""
    with CountingServer() as server:
        jobs = Jobs(tmp_path, server.url, m={"concurrency": 2})
        server.stops_after = answered
        with pytest.raises(LonghandError, match="refused the key"):
            jobs.write("m", ROWS)
        already, counted = server.answered.total(), server.counted
        assert already >= answered
        rest, server.stops_after = planned(tmp_path, jobs.config), 10**9
        jobs.write("m", ROWS)
        assert rest["requests"] == server.answered.total() - already
        assert set(server.answered.values()) == {1}
    expected = [rest[key]["expected"] for key in ("tokens_in", "tokens_out")]
    assert expected == pytest.approx([now - then for now, then in zip(server.counted, counted, strict=True)], rel=1e-4)
    assert rest["requests"] == planned(tmp_path / "empty", jobs.config)["requests"] - already
    assert planned(tmp_path, jobs.config)["requests"] == 0


@pytest.mark.parametrize(
    ("fault", "status"), [("too long vllm", "truncated"), ("filter", "rejected"), ("400", "failed")]
)
def test_texts_are_asked_again_by_the_status_that_they_have(tmp_path: Path, fault: str, status: str) -> None:
    """All calls of a text, whatever became of them."""
    third, rows = "Paragraph 3 - ", [ROWS[0]]
    path = tmp_path / "results/d/prompts.parquet"
    path.parent.mkdir(parents=True)
    write_table(path, rows, PROMPTS, "test")
    plan = usual_plan(5000, "en", Limits(50, 200, 1000))
    with FaultServer(
        lambda question, _: fault if question.rpartition("|")[2].startswith(third) else None,
        text=lambda question: plan if question.startswith("PLAN") else "Some text.",
    ) as server:
        jobs = Jobs(tmp_path, server.url, m={})
        assert [row["status"] for row in jobs.write("m", rows)] == [status]
    stale = [generating(jobs.config, "d", "m")]
    for chosen in ("truncated", "rejected", "failed"):
        again = asyncio.run(find_again(tmp_path, jobs.config, stale, Choice(models=["m"], statuses=[chosen])))
        answered = 4 if fault == "filter" else 3
        assert len(again.answers) == (answered if chosen == status else 0)


def texts(seed: int) -> Iterator[str]:
    """Texts that mostly grow, with marks of imagined answers at the ends of lines."""
    draws, text = random.Random(seed), ""
    for _ in range(60):
        line = "".join(draws.choices(["word ", "ab", "水", "3", "é", "。", ", ", "word"], k=draws.randrange(30)))
        text += line + draws.choice(["\n", "\n\n", " ", f"\x91{'0a' * 32}\x92\n"])
        if draws.random() < 0.1:
            text = text[: draws.randrange(len(text))].rpartition("\n")[0] + "\n"
        yield text + draws.choice(["", "end of it", "末"])


@pytest.mark.parametrize("seed", range(20))
def test_a_growing_text_is_counted_as_each_alone(seed: int) -> None:
    growing = GrowingText()
    for text in texts(seed):
        assert growing.tokens(text) == estimate_tokens(text.replace(f"\x91{'0a' * 32}\x92", ""))
