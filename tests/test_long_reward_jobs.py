"""Judging by LongReward as jobs: what is planned, asked, kept and counted, over real HTTP."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from embedding_server import EmbeddingServer
from reward_jobs import ANALYSIS, CHUNK_TOKENS, PASSAGE_TOKENS, RewardJobs, RewardServer, answer, context

from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS
from longhand.text.chunks import cut

pytestmark = pytest.mark.usefixtures("short_waits")

MODELS, SAMPLES, STATEMENTS = ("m", "n"), 5, 3
CONTEXTS = {"Avon": context("Avon"), "Bann": context("Bann", 500)}
CHUNKS = {name: cut(text, CHUNK_TOKENS) for name, text in CONTEXTS.items()}
ANSWERS: dict[str, dict[str, list[str | None]]] = {
    model: {name: [answer(f"{model}{i}{name}", STATEMENTS) for i in range(SAMPLES)] for name in CONTEXTS}
    for model in MODELS
}
OF_ALL, OF_AN_ANSWER = sum(map(len, CHUNKS.values())), 3 + 1 + STATEMENTS
"""Calls: for the facts of all contexts; for an answer: three grades, its statements, and the support of each."""
NUMBER = len(MODELS) * len(CONTEXTS) * SAMPLES


def jobs(folder: Path, server: RewardServer) -> RewardJobs:
    return RewardJobs(folder, server.url, ANSWERS, CONTEXTS)


def tokens(rows: list[Row]) -> tuple[int, int]:
    """In and out, added up."""
    return tuple(sum(row[name] or 0 for row in rows) for name in ("prompt_tokens", "completion_tokens"))  # type: ignore[return-value]


def test_the_plan_before_half_way_and_after(tmp_path: Path) -> None:
    with RewardServer() as server:
        run = jobs(tmp_path, server)
        before = run.plan()
        assert before["requests"] == OF_ALL + NUMBER * OF_AN_ANSWER, "facts once for all answers of all models"
        certain = OF_ALL + NUMBER * 3  # completeness waits for the facts, support for the statements
        assert before["requests_certain"] == certain
        run.judge("m")
        already = server.tokens
        of_m = OF_ALL + NUMBER // 2 * OF_AN_ANSWER
        assert server.answered.total() == of_m == sum(server.steps.values())
        assert server.steps["facts"] == OF_ALL
        half = run.plan()
        assert half["requests"] == before["requests"] - of_m, "the facts are there"
        assert half["requests_certain"] == NUMBER // 2 * 4, "and completeness is certain by them"
        run.judge("n")
        assert server.answered.total() == before["requests"] and set(server.answered.values()) == {1}
        assert server.steps["facts"] == OF_ALL
        assert run.plan()["requests"] == 0
        sent_for_n = [now - then for now, then in zip(server.tokens, already, strict=True)]
    for plan, counted in ((before, server.tokens), (half, sent_for_n)):
        foretold = [plan[key]["expected"] for key in ("tokens_in", "tokens_out")]
        assert foretold == pytest.approx(counted, rel=0.15)


def test_a_whole_run_is_planned_before_any_answer(tmp_path: Path) -> None:
    """Answers are taken to be of 200 words: eight statements. Each sample takes what the second one does."""
    tokens_in, usual = {}, 3 + 1 + 8
    for samples in (1, 2, 10):
        url, folder = "http://127.0.0.1:9/v1", tmp_path / f"{samples}"
        run = RewardJobs(folder, url, dict.fromkeys(MODELS, {}), CONTEXTS, samples=samples)
        total, answers = run.plan(unwritten=True), len(MODELS) * len(CONTEXTS) * samples
        assert total["requests"] == OF_ALL + answers * (1 + usual)
        assert total["requests_certain"] == OF_ALL + answers * (1 + 3), "writing, two grades and the statements"
        tokens_in[samples] = total["tokens_in"]["expected"]
    assert tokens_in[10] - tokens_in[2] == pytest.approx(8 * (tokens_in[2] - tokens_in[1]), rel=1e-6)


def test_tables_add_up_to_what_the_server_counted(tmp_path: Path) -> None:
    with RewardServer() as server:
        run = jobs(tmp_path, server)
        verdicts = [row for model in MODELS for row in run.judge(model)]
        traces = [row for model in MODELS for row in run.traces(model)]
        facts = run.facts()
        answered = server.answered.total()
    calls = [row for row in traces if row["part"] is None]
    assert len(calls) == NUMBER * OF_AN_ANSWER and len(facts) == OF_ALL
    assert len(calls) + len(facts) == answered
    assert not {"facts", "embed_passages"} & {row["step"] for row in traces}
    for of_answers in (verdicts, calls):
        together = [a + b for a, b in zip(tokens(of_answers), tokens(facts), strict=True)]
        assert together == list(server.tokens)
    assert len({row["request_id"] for row in [*calls, *facts]}) == answered


def test_vectors_add_up_to_what_the_server_counted(tmp_path: Path) -> None:
    """A context's stand once in the table of facts, those of statements in the traces."""
    with RewardServer() as server, EmbeddingServer() as embedder:
        run = RewardJobs(tmp_path, server.url, ANSWERS, CONTEXTS, embedder=embedder.url)
        for model in MODELS:
            run.judge(model)
        traces, facts = [row for model in MODELS for row in run.traces(model)], run.facts()
        assert run.plan()["requests"] == 0
    of_statements = [row for row in traces if row["role"] == "embedder"]
    assert {row["step"] for row in of_statements} == {"embed_statements"} and len(of_statements) == NUMBER
    assert all(row["text"] is row["words"] is None and row["status"] == "ok" for row in of_statements)
    passages = {name: len(cut(text, PASSAGE_TOKENS)) for name, text in CONTEXTS.items()}
    of_contexts = {row["prompt_id"]: row for row in facts if row["embedding_tokens"] is not None}
    assert [(row["chunk"], row["embedding_tokens"]) for row in of_contexts.values()] == [
        (0, 2 * number) for number in passages.values()
    ]
    embedded = sum(row["embedding_tokens"] for row in of_contexts.values()) + tokens(of_statements)[0]
    assert embedded == 2 * sum(map(len, embedder.texts))
    assert sum(len(row["embedding_requests"]) for row in facts) + len(of_statements) == len(embedder.texts)


def test_facts_are_kept_by_prompt_and_chunk(tmp_path: Path) -> None:
    with RewardServer() as server:
        run = jobs(tmp_path, server)
        for model in MODELS:
            run.judge(model)
        facts = run.facts()
    expected = [(name, i, *ends) for name, spans in CHUNKS.items() for i, ends in enumerate(spans)]
    assert [(row["prompt_id"], row["chunk"], row["start"], row["end"]) for row in facts] == expected
    assert all(row["status"] == "ok" and len(row["facts"]) == 4 and row["attempts"] == 1 for row in facts)
    assert all(row["embedding_tokens"] is None for row in facts), "nobody embeds"
    texts = [value for row in facts for value in (*row.values(), *row["facts"]) if isinstance(value, str)]
    assert not any("the river" in text for text in texts), "nothing of the contexts is copied"


def test_they_are_made_again_from_the_journal(tmp_path: Path) -> None:
    """Whichever model's job asked, with no server, and whatever became of work/."""
    with RewardServer() as server:
        run = jobs(tmp_path, server)
        run.judge("n")
    rows, kept = run.facts(), run.facts_table.read_bytes()
    assert len(rows) == OF_ALL
    run.facts_table.unlink()
    shutil.rmtree(tmp_path / "work", ignore_errors=True)
    run.facts()
    assert run.facts_table.read_bytes() == kept


def test_only_prompts_with_a_judged_answer_have_facts(tmp_path: Path) -> None:
    """One without a text in all models is asked nothing; equal questions of two prompts are paid for once."""
    answers: dict[str, dict[str, list[str | None]]] = {
        "m": {"Avon": [None], "Bann": [None], "Same": ["Yes, a river. " * 10]},
        "n": {"Avon": [None], "Bann": ["A river. " * 10], "Same": [None]},
    }
    twin = {"Same": CONTEXTS["Bann"].replace("Bann", "Same")}
    with RewardServer() as server:
        run = RewardJobs(tmp_path, server.url, answers, CONTEXTS | twin)
        for model in answers:
            run.judge(model)
        facts = run.facts()
        assert {row["prompt_id"] for row in facts} == {"Bann", "Same"}
        assert server.steps["facts"] == len(facts)


def test_equal_questions_of_two_prompts_stand_once_in_the_sums(tmp_path: Path) -> None:
    with RewardServer() as server:
        run = RewardJobs(tmp_path, server.url, {"m": {"a": ["A river. " * 9], "b": ["A mill. " * 9]}}, {})
        twins = [run.prompt(name, CONTEXTS["Bann"]) | {"prompt": "What of it?"} for name in ("a", "b")]
        write_table(run.home / "prompts.parquet", twins, PROMPTS, "test")
        verdicts, facts = run.judge("m"), run.facts()
        together = [a + b for a, b in zip(tokens(verdicts), tokens(facts), strict=True)]
    assert len(facts) == 2 * len(CHUNKS["Bann"]) == 2 * server.steps["facts"]
    assert together == list(server.tokens)
    assert all(row["prompt_tokens"] is None and row["facts"] for row in facts if row["prompt_id"] == "b")


def test_facts_that_cannot_be_read_are_rows_with_a_status(tmp_path: Path) -> None:
    """Each attempt is paid for; completeness is missing, and the reward with it."""

    class Mumbling(RewardServer):
        def reply(self, step: str, question: str) -> str:
            return "Well." if step == "facts" and "In Bann the river 0 " in question else super().reply(step, question)

    with Mumbling() as server:
        run = RewardJobs(tmp_path, server.url, {"m": ANSWERS["m"]}, CONTEXTS, attempts=2)
        verdicts, facts = run.judge("m"), run.facts()
        together = [a + b for a, b in zip(tokens(verdicts), tokens(facts), strict=True)]
        assert together == list(server.tokens)
        assert run.plan()["requests"] == 0
    unread = [row for row in facts if row["status"] == "unparsed"]
    assert [(row["prompt_id"], row["chunk"], row["attempts"]) for row in unread] == [("Bann", 0, 2)]
    assert all(row["facts"] is None and row["reply"] == "Well." and row["error"] for row in unread)
    statuses = Counter((row["dimension"], row["status"]) for row in verdicts)
    assert statuses["completeness", "unparsed"] == SAMPLES and statuses["faithfulness", "ok"] == 2 * SAMPLES


def test_each_statement_says_on_which_passages_it_stands(tmp_path: Path) -> None:
    with RewardServer() as server:
        run = jobs(tmp_path, server)
        run.judge("m")
        traces = run.traces("m")
    findings = [row for row in traces if row["part"] is not None]
    assert len(findings) == NUMBER // 2 * STATEMENTS
    requests = {row["request_id"]: row["text"] for row in traces if row["step"] == "support"}
    grades = {"[[Fully supported]]": 1.0, "[[Partially supported]]": 0.5, "[[No support]]": 0.0}
    for row in findings:
        assert (row["role"], row["step"], row["attempts"], row["status"]) == ("judge", "statement", 0, "ok")
        assert row["grade"] == grades[requests[row["request_id"]].removeprefix(ANALYSIS)]
        text = CONTEXTS[row["prompt_id"]]
        ends = [(each["start"], each["end"]) for each in row["passages"]]
        assert len(ends) == 5 == len({*ends}) and ends == sorted(ends)
        assert all(0 <= start < end <= len(text) for start, end in ends)


def test_killed_at_random_nothing_is_asked_twice(tmp_path: Path) -> None:
    """All that was answered is in the journal when the kill comes; what waits is never answered."""
    expected = OF_ALL + NUMBER * OF_AN_ANSWER
    chance = random.Random(os.environ.get("LONGHAND_KILL_SEED", "7"))
    kills = sorted(chance.sample(range(1, expected), 2))
    with RewardServer(latency=0.002) as server:
        run = jobs(tmp_path, server)
        models, journal = [*MODELS], tmp_path / "journal"
        for most in kills:
            server.most_answers = most
            while models:
                job = subprocess.Popen(run.command(models[0]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                while job.poll() is None and _lines(journal) < most:
                    time.sleep(0.01)
                if _lines(journal) >= most:
                    break
                models.pop(0)
            job.send_signal(signal.SIGKILL)
            job.wait()
            left = run.plan()
            assert server.answered.total() == most and left["requests"] == expected - most, kills
        server.most_answers = 10**9
        for model in MODELS:
            subprocess.run(run.command(model), check=True, capture_output=True, timeout=60)
    assert set(server.answered.values()) == {1} and server.answered.total() == expected
    verdicts = [row for model in MODELS for row in read_rows(run.judgements(model))]
    assert {row["status"] for row in verdicts} == {"ok"}
    together = [a + b for a, b in zip(tokens(verdicts), tokens(run.facts()), strict=True)]
    assert together == list(server.tokens)


def _lines(journal: Path) -> int:
    """Answers that the journal has."""
    return sum(path.read_bytes().count(b"\n") for path in journal.rglob("*.jsonl"))
