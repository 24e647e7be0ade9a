"""The plan of a judge that retrieves by an embedder: requests, tokens and money before a run, and none after it."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned_jobs import judging
from rich.console import Console
from scripted import Scripted

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.jobs.method import JUDGE, method_class
from longhand.plan.again import Choice, find_again
from longhand.plan.shown import show
from longhand.plan.summary import Plan, make_plan
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.text.chunks import cut
from longhand.text.tokens import estimate_tokens
from longhand.wire.asker import Call
from longhand.wire.vectors import encode

API = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1"}
ANSWERS = 4
CONTEXTS = [" ".join(f"Fact {n} of book {book} is about river {n * book}." for n in range(1000)) for book in (1, 2)]
TOKENIZER = {
    "version": "1.0",
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"?": 0}},
}
TOKENIZER["model"] |= {"unk_token": "?"}  # type: ignore[operator]


def config(run: Path, monkeypatch: pytest.MonkeyPatch, **long_reward: Any) -> Config:
    """A run folder with two contexts and four answers about each."""
    nothing = dict.fromkeys(PROMPTS.names) | {"language": "en", "prompt": "Which river?"}
    prompts = [nothing | {"prompt_id": str(book), "context": CONTEXTS[book]} for book in (0, 1)]
    answer = dict.fromkeys(RESPONSES.names) | {"status": "ok", "attempts": 1, "model": "m"}
    answers = [
        answer | {"prompt_id": str(book), "sample": sample, "response": f"River {sample} of book {book} is long. " * 10}
        for book in (0, 1)
        for sample in range(ANSWERS)
    ]
    write_table(run / "results/d/prompts.parquet", prompts, PROMPTS, "test")
    write_table(run / "results/d/m/responses.parquet", answers, RESPONSES, "test")
    (run / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    monkeypatch.chdir(run)
    price = {"price": {"input": 0.1, "output": 0}}
    chosen = load_config(
        {
            "datasets": {"d": {"path": "p.jsonl", "rubric": None, "fields": {"context": "context"}}},
            "models": {"m": API | {"model": "m"}},
            "judges": {
                "j": API | {"model": "j", "method": "long-reward", "long_reward": {"retrieval": "e"} | long_reward}
            },
            "embedders": {"e": API | price | {"model": "e"}},
        }
    )
    monkeypatch.chdir(run.parent)  # a plan of a run folder elsewhere
    return chosen


def planned(run: Path, chosen: Config) -> Plan:
    return asyncio.run(make_plan(run, chosen, [judging(chosen, "d", "m", "j")]))


def line_of(plan: Plan, name: str) -> dict[str, Any]:
    return next((line for line in plan.to_json()["asks"] if line["asked"] == name), {"requests": 0})


def vectors(call: Call) -> str:
    texts = [message["content"] for message in call.messages]
    return encode(np.array([np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]))


def reply(call: Call) -> str:
    kinds = {"facts": "- Rivers.", "statements": "- River 1 is long.\n- It flows.", "support": "[[Fully supported]]"}
    return kinds.get(call.step, "[[8]]")


def answered(run: Path, chosen: Config, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Puts all answers of a run into its journal; the embedder."""
    order = judging(chosen, "d", "m", "j").order
    entries, embedder, judge = order.entries(), Scripted(vectors), Scripted(reply)
    embedder.identity, judge.identity = entries["embedder"].identity, entries["judge"].identity
    method = method_class(JUDGE, order.method)(order.settings)
    prompts = {row["prompt_id"]: row for row in read_rows(run / "results/d/prompts.parquet")}
    monkeypatch.chdir(run)
    for row in read_rows(run / "results/d/m/responses.parquet"):
        asyncio.run(method.make({"judge": judge, "embedder": embedder}, prompts[row["prompt_id"]] | row))
    with Journal(run / "journal") as journal:
        for folder, asker in (("judges/j", judge), ("embedders/e", embedder)):
            with journal.file(f"{folder}/d/m/000") as file:
                for answer, _ in asker.given.values():
                    file.add(answer)
    return embedder


@pytest.mark.parametrize("tokenizer", [None, "tokenizer.json"])
def test_embedding_is_counted_before_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer: str | None
) -> None:
    chosen = config(tmp_path, monkeypatch, tokenizer=tokenizer)
    name = None if tokenizer is None else str(tmp_path / tokenizer)
    of_contexts = sum(math.ceil(len(cut(context, 128, name)) / 64) for context in CONTEXTS)
    plan = planned(tmp_path, chosen)
    line = line_of(plan, "e")
    assert of_contexts > 2
    assert (line["step"], line["rows"], line["jobs"]) == ("judge", None, 1)
    assert (line["requests"], line["requests_certain"]) == (of_contexts + 2 * ANSWERS, of_contexts)
    of_texts = sum(map(estimate_tokens, CONTEXTS))
    assert line["tokens_in"]["expected"] == pytest.approx(of_texts, rel=0.1)  # statements are short
    assert line["tokens_out"]["high"] == 0
    assert line["usd"]["expected"] == pytest.approx(0.1 * line["tokens_in"]["expected"] / 1e6, rel=0.01)
    assert line["requests_with_repeats"]["high"] == line["requests"], "vectors are always readable"
    console = Console(width=200, record=True)
    show(plan, console)
    assert f" {line['requests']} " in next(row for row in console.export_text().splitlines() if " e " in row)


def test_a_run_sends_what_was_planned_and_then_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = config(tmp_path, monkeypatch)
    before = line_of(planned(tmp_path, chosen), "e")
    embedder = answered(tmp_path, chosen, monkeypatch)
    passages = [call for _, call in embedder.given.values() if call.step == "embed_passages"]
    assert len(passages) == before["requests_certain"]
    assert before["requests"] == len(passages) + 2 * ANSWERS, "these answers have equal statements, so fewer are sent"
    after = planned(tmp_path, chosen).to_json()
    assert after["total"]["requests"] == 0


def test_a_context_that_is_embedded_in_part_is_planned_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = config(tmp_path, monkeypatch)
    before = line_of(planned(tmp_path, chosen), "e")
    answered(tmp_path, chosen, monkeypatch)
    journal = tmp_path / "journal/embedders/e/d/m/000.jsonl"
    kept = journal.read_bytes().splitlines(keepends=True)[1:2]
    journal.write_bytes(b"".join(kept))
    plan = planned(tmp_path, chosen)
    line = line_of(plan, "e")
    assert line["requests_certain"] == before["requests_certain"] - 1 + 1  # one is there; the statements are known now
    assert line["earlier_answers"] >= 1
    assert line["tokens_out"]["high"] == 0


def test_vectors_are_asked_anew_without_the_replies_of_the_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = config(tmp_path, monkeypatch)
    embedder = answered(tmp_path, chosen, monkeypatch)
    stale = [judging(chosen, "d", "m", "j")]
    vectors_again = asyncio.run(find_again(tmp_path, chosen, stale, Choice(embedders=["e"])))
    assert vectors_again.answers == embedder.given.keys()
    assert dict(vectors_again.rows) == {("j", "d", "m", "ok"): 2 * ANSWERS}
    verdicts_again = asyncio.run(find_again(tmp_path, chosen, stale, Choice(judges=["j"])))
    assert verdicts_again.answers and not verdicts_again.answers & embedder.given.keys()
    assert not asyncio.run(find_again(tmp_path, chosen, stale, Choice(embedders=["another"]))).rows


@pytest.mark.parametrize("narrow", [{"statuses": ["ok"]}, {"models": ["m"]}])
def test_what_verdicts_on_other_responses_stand_on_is_kept_where_some_are_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, narrow: dict[str, list[str]]
) -> None:
    chosen = config(tmp_path, monkeypatch)
    answered(tmp_path, chosen, monkeypatch)
    stale = [judging(chosen, "d", "m", "j")]
    everything = asyncio.run(find_again(tmp_path, chosen, stale, Choice(judges=["j"])))
    of_prompt = asyncio.run(find_again(tmp_path, chosen, stale, Choice(judges=["j"], prompts=["0"])))
    some = asyncio.run(find_again(tmp_path, chosen, stale, Choice(judges=["j"], **narrow)))
    chunks = [len(cut(context, 4096)) for context in CONTEXTS]
    assert some.rows == everything.rows and some.answers < everything.answers
    assert len(everything.answers - some.answers) == sum(chunks)
    assert len(of_prompt.answers - some.answers) == chunks[0]
