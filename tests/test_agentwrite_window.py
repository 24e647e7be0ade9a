"""AgentWrite at a server whose window is small: no request is over it, and the text that fits is kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import pytest
from agentwrite_jobs import PLAN, WRITE, line, prompt

from longhand.methods.agentwrite import Method
from longhand.methods.writing_plan import read_plan
from longhand.text.tokens import estimate_tokens
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered
from longhand.wire.request import smaller_answer

SECTIONS, WORDS = 12, 500
SETTINGS = {
    "agentwrite": {"parallel": False, "max_sections": 50, "section_words": [200, 1000], "attempts": 5},
    "prompts": {"plan": {"en": PLAN}, "write": {"en": WRITE}},
}


class SmallWindow(Asker):
    """A model as vLLM serves it: a prompt that does not fit together with max_tokens is refused.

    Attributes:
        limits: max_tokens of each request for a section.
    """

    def __init__(self, window: int):
        self.name, self.window, self.limits = "m", window, list[int]()
        self.identity = Identity("vllm", "m", engine={"max-model-len": window}, sampling={"max_tokens": 4096})

    async def answer(self, call: Call) -> Answer:
        question = call.messages[0]["content"]
        limit = call.extra.get("max_tokens", 4096)
        if estimate_tokens(question) + limit > self.window:
            raise Unanswered("failed", "max_tokens is too large")
        if call.step == "plan":
            text = "\n".join(line(n + 1, f"part {chr(97 + n) * 9}", WORDS) for n in range(SECTIONS))
        else:
            self.limits.append(limit)
            ((_, words),) = read_plan(question.rpartition("|")[2])
            text = "word " * words
        return Answer(hashlib.sha256(question.encode()).hexdigest(), text, "stop", 1, 1, 1.0, 1)


@pytest.mark.parametrize(("window", "kept"), [(65_536, SECTIONS), (12_000, SECTIONS), (8192, 9), (6000, 7)])
def test_the_text_that_fits_the_window_is_kept(window: int, kept: int) -> None:
    """By hand: a question has 107 words and 500 per section before it, of 1.35 tokens, taken 1.25 times; 200 are spare.

    So window - 200 - 1.6875 * (107 + 500 n) tokens are left for section n, and it needs 250 words, 337.5 tokens.
    """
    model = SmallWindow(window)
    row = prompt("a", "A tale.") | {"sample": 0}
    (made,) = asyncio.run(Method(SETTINGS).make({"writer": model, "planner": model}, row))
    whole = kept == SECTIONS
    assert made["status"] == ("ok" if whole else "truncated")
    assert made["response"].split("\n\n") == [("word " * WORDS).strip()] * kept
    assert model.limits == sorted(model.limits, reverse=True), "less and less is left"
    assert model.limits[0] == 4096 and (window == 65_536) == (set(model.limits) == {4096})
    assert all(limit >= WORDS / 2 * 1.35 for limit in model.limits), "a section has room for half of its words"
    if not whole:
        error = f"section {kept + 1} of {SECTIONS} is missing: the context has no room for its {WORDS} words"
        assert made["error"] == error


@pytest.mark.parametrize("make", [lambda n: "a " * n, lambda n: "水" * n, lambda n: "word " * n, lambda n: "." * n])
def test_what_is_sure_to_fit_is_not_estimated_and_the_rest_is_the_same(make: Callable[[int], str]) -> None:
    identity = SmallWindow(8192).identity
    for number in range(0, 9000, 37):
        messages = [{"role": "user", "content": make(number)}]
        room = 8192 - int(1.25 * estimate_tokens("\n" + make(number))) - 200
        assert smaller_answer(identity, messages) == ({"max_tokens": max(1, room)} if room < 4096 else {})
