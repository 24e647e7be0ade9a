"""A judge that retrieves by an embedder, as jobs over real HTTP: planned, asked once, and held against the nearest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from embedding_server import EmbeddingServer, vector
from planned_jobs import judging
from reward_jobs import PASSAGE_TOKENS, RewardJobs, RewardServer, answer, context

import ask_again
from longhand.plan.summary import make_plan
from longhand.program.errors import LonghandError
from longhand.text.chunks import cut

pytestmark = pytest.mark.usefixtures("short_waits")

CONTEXTS = {"Avon": context("Avon", 3000), "Bann": context("Bann", 500)}
SAMPLES, STATEMENTS = 5, 3
ANSWERS: dict[str, dict[str, list[str | None]]] = {
    model: {name: [answer(f"{model}{i}{name}", STATEMENTS) for i in range(SAMPLES)] for name in CONTEXTS}
    for model in ("m", "n")
}
PASSAGES = {name: [text[start:end] for start, end in cut(text, PASSAGE_TOKENS)] for name, text in CONTEXTS.items()}


def planned(run: RewardJobs) -> dict[str, int]:
    """Who is asked -> requests."""
    jobs = [judging(run.config, "d", model, "j") for model in run.models]
    lines: list[dict[str, Any]] = asyncio.run(make_plan(run.folder, run.config, jobs)).to_json()["asks"]
    return {line["asked"]: line["requests"] for line in lines}


def nearest(statement: str, passages: list[str]) -> str:
    """What a judge shall be shown: the five passages with the highest cosines, in the order of the document."""
    wanted, vectors = vector(statement), np.array([vector(passage) for passage in passages])
    cosines = vectors @ wanted / np.linalg.norm(vectors, axis=1)
    places = sorted(np.argsort(-cosines)[:5].tolist())
    return "\n\n".join(f"[Passage {number}]\n{passages[place].strip()}" for number, place in enumerate(places, 1))


def test_a_run_is_as_planned_and_shows_the_nearest_passages(tmp_path: Path) -> None:
    with RewardServer() as judge, EmbeddingServer() as embedder:
        run = RewardJobs(tmp_path, judge.url, ANSWERS, CONTEXTS, embedder=embedder.url)
        before = planned(run)
        verdicts = [row for model in run.models for row in run.judge(model)]
        assert {row["status"] for row in verdicts} == {"ok"}
        of_contexts = sum(-(-len(passages) // 64) for passages in PASSAGES.values())
        of_statements = len(run.models) * len(CONTEXTS) * SAMPLES
        assert of_contexts > len(CONTEXTS)
        assert len(embedder.texts) == before["e"] == of_contexts + of_statements
        assert judge.answered.total() == before["j"]
        texts = [text for request in embedder.texts for text in request]
        assert sorted(texts) == sorted(
            [*sum(PASSAGES.values(), []), *(text for text in texts if "river river" in text)]
        )
        assert max(map(len, embedder.texts)) == 64
        supports = [question.split("|") for question in judge.answered if question.startswith("support|")]
        assert len(supports) == of_statements * STATEMENTS
        for _, shown, statement in supports:
            name = next(name for name in CONTEXTS if name in statement)
            assert shown == nearest(statement, PASSAGES[name])
        assert not any(planned(run).values())
        traces = run.traces("m")
        of_embedder = [row for row in traces if row["role"] == "embedder"]
        assert {(row["step"], row["text"]) for row in of_embedder} == {("embed_statements", None)}
        assert len(of_embedder) == of_statements // 2
        assert sum(row["embedding_tokens"] or 0 for row in run.facts()) == 2 * sum(map(len, PASSAGES.values()))


def test_a_statement_that_is_too_long_leaves_one_answer_without_a_grade(tmp_path: Path) -> None:
    def reply(texts: list[str], _: int) -> Any:
        too_long = {"error": {"message": "maximum context length is 512 tokens", "param": "input_tokens"}}
        return web.json_response(too_long, status=400) if any("m0Avon" in text for text in texts) else None

    with RewardServer() as judge, EmbeddingServer(reply) as embedder:
        run = RewardJobs(tmp_path, judge.url, ANSWERS, CONTEXTS, embedder=embedder.url)
        rows = run.judge("m")
    others = [row for row in rows if row["status"] != "ok"]
    assert [(row["prompt_id"], row["sample"], row["dimension"]) for row in others] == [("Avon", 0, "faithfulness")]
    assert "too_long" in others[0]["error"]
    assert others[0]["score"] is None


def test_all_vectors_of_an_embedder_are_made_anew() -> None:
    with pytest.raises(LonghandError, match="leave out --status and --prompt"):
        ask_again.main(embedder=["e"], status=["ok"])
