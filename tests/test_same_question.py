"""The same question about two contexts is two prompts, in every step; and the form of LongReward's own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED
from training_world import World

import import_responses
import prepare_prompts
from longhand.config.load import load_config
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows

QUESTION = "What does the author say of teachers?"
CONTEXTS = {11: "A long text on schools.", 12: "Another long text."}


def lines(path: Path, rows: list[Row]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def questions_of(folder: Path, rows: list[Row]) -> Path:
    """The prompts table of questions in the form of LongReward's sft.jsonl, as the shipped entry reads them."""
    return prepared(folder, lines(folder / "sft.jsonl", rows))


def prepared(folder: Path, file: Path) -> Path:
    fields = load_config({}).datasets["long-reward-example"]["fields"]
    out = folder / "prompts.parquet"
    prepare_prompts.main(name="d", fields=json.dumps(fields), kind="jsonl", file=file, out=out)
    return out


def imported(prompts: Path, responses: Path, samples: int, **fields: str) -> list[Row]:
    """The rows of a recorded model whose file has LongReward's columns."""
    out = prompts.with_name("responses.parquet")
    named = json.dumps({"prompt": "query", "response": "answer"} | fields)
    paths = {"prompts": prompts, "recorded": responses, "out": out}
    import_responses.main(**paths, fields=named, samples=samples, min_coverage=0.0, name="sampled")
    return list(read_rows(out))


def sft(*numbers: int) -> list[Row]:
    return [{"idx": n, "query": QUESTION, "answer": f"First of {n}.", "context": CONTEXTS[n]} for n in numbers]


def test_sampled_responses_belong_to_the_one_context_of_their_question(tmp_path: Path) -> None:
    """Their `idx` says "11-7" for sample 7 of question 11; they are matched by the question, in the file's order."""
    other = {"idx": 12, "query": "And of pupils?", "answer": "First.", "context": CONTEXTS[12]}
    prompts = questions_of(tmp_path, [*sft(11), other])
    order = [("11-7", "seven"), ("12-0", "none"), ("11-0", "naught"), ("11-3", "three")]
    questions = {"11": QUESTION, "12": "And of pupils?"}
    sampled = [{"idx": i, "query": questions[i[:2]], "answer": answer} for i, answer in order]
    rows = imported(prompts, lines(tmp_path / "sampled.jsonl", sampled), samples=3)
    assert [(row["sample"], row["status"], row["response"]) for row in rows] == [
        (0, "ok", "seven"), (1, "ok", "naught"), (2, "ok", "three"), (0, "ok", "none"),
        (1, "failed", None), (2, "failed", None),
    ]  # fmt: skip
    assert [row["context"] for row in read_rows(prompts)] == [CONTEXTS[11], CONTEXTS[12]]
    assert [row["reference"] for row in read_rows(prompts)] == ["First of 11.", "First."]


def test_a_question_about_two_contexts_needs_to_be_told_which(tmp_path: Path) -> None:
    prompts = questions_of(tmp_path, sft(11, 12))
    assert len({row["prompt_id"] for row in read_rows(prompts)}) == 2
    sampled = [{"idx": f"{n}-0", "query": QUESTION, "answer": f"Of {n}."} for n in (12, 11)]
    file = lines(tmp_path / "sampled.jsonl", sampled)
    with pytest.raises(LonghandError, match=r"fits 2 prompts .* only in their contexts .*line 1\); fix: add a column"):
        imported(prompts, file, samples=1)
    with_context = [row | {"text": CONTEXTS[int(row["idx"][:2])]} for row in sampled]
    rows = imported(prompts, lines(file, with_context), samples=1, context="text")
    assert [row["response"] for row in rows] == ["Of 11.", "Of 12."]


def test_pairs_and_conversations_show_each_question_its_own_context(tmp_path: Path) -> None:
    samples: list[Any] = [("ok", "A good answer.", 90.0), ("ok", "A bad one.", 10.0)]
    about = {f"p{n}": {"prompt": QUESTION, "context": text} for n, text in CONTEXTS.items()}
    world = World(tmp_path, dict.fromkeys(about, samples), about)
    world.pair()
    world.select()
    for table, column in (("pairs", "prompt"), ("train", "messages")):
        shown = {row["prompt_id"]: row[column][0]["content"] for row in world.rows(table)}
        assert shown == {name: f"{one['context']}\n\n{QUESTION}" for name, one in about.items()}, table


@pytest.mark.skipif(not SHARED.exists(), reason="the published data are not beside the checkout")
def test_the_published_example_and_its_ten_responses(tmp_path: Path) -> None:
    prompts = prepared(tmp_path, SHARED / "upstream/long_reward_sft.jsonl")
    (question,) = read_rows(prompts)
    file = SHARED / "upstream/long_reward_sampled_responses.jsonl"
    theirs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows = imported(prompts, file, samples=10)
    assert [(row["sample"], row["status"], row["response"]) for row in rows] == [
        (n, "ok", line["answer"]) for n, line in enumerate(theirs)
    ]
    assert question["prompt"] == theirs[0]["query"] and theirs[0]["idx"] == "11-7"
    assert len(question["context"]) > 40_000 and question["required"] is None and question["language"] == "en"
