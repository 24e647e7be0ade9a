"""Journals that earlier versions wrote are found: the same ids, the old places, voids and notes in them.

The lines and ids are literal: made by the version before journals were looked up as one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from longhand.ask.journal import Journal
from longhand.ask.unanswered import KnownUnanswered
from longhand.ask.voids import void
from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import request_id

FIRST = "a658829c0f0243d16865a919075afe269a3d6ba4e3e95ecc886979d7bb05da40"
SECOND = "ab903b61993a8921e19a225abf7063b7502d40e594e345ed93252000c77cb0c5"
VERDICT = "210a7f24a0686afeeba61005690e10429db9fb722e97e38d75e4c99ab4a9529b"
OTHER = "d48d704c7ed1e2fc9a7b0bfd542fc1183331fc6f18239cf675fb2735157d07db"
_REST = '"finish_reason": "stop", "prompt_tokens": 3, "completion_tokens": 5, "seconds": 0.5, "attempts": 1'
FILES = {  # a model and a judge of one name shared a folder
    "gpt/d/000.jsonl": (
        f'{{"v": 1, "id": "{FIRST}", "text": "first", {_REST}, "model": "m", "server": null}}\n'
        f'{{"v": 1, "id": "{SECOND}", "text": "second \\u5199", {_REST}, "model": "m", "server": null}}\n'
    ),
    "gpt/d/001.jsonl": f'{{"v": 1, "id": "{OTHER}", "text": "other", {_REST}, "model": "m"}}\n',  # before `server`
    "gpt/d/writer/000.jsonl": f'{{"v": 1, "id": "{VERDICT}", "text": "verdict", {_REST}, "model": "m"}}\n',
    "gpt/voids.jsonl": f'{{"v": 1, "void": "{SECOND}", "file": "d/000.jsonl", "byte": 230}}\n',
    "gpt/d/000.unanswered": '{"id": "ff", "status": "too_long", "attempts": 2, "error": "it does not fit"}\n',
    "gpt/.writers": "d/001.jsonl\n",
    "gpt/.claims": "",
}
TEXTS = {FIRST: "first", SECOND: None, VERDICT: "verdict", OTHER: "other"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "journal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "journal"


def texts(root: Path) -> dict[str, str | None]:
    journal = Journal(root)
    answers = {key: journal.get(key) for key in TEXTS}
    return {key: None if answer is None else answer.text for key, answer in answers.items()}


def test_ids_are_what_they_were() -> None:
    engine = {"dtype": "bfloat16", "max-model-len": 65536}
    sampling = {"max_tokens": 32768, "temperature": 0.5, "top_p": 1.0}
    more = {"system": "Schreib schön.", "sampling": sampling, "seed": 42}
    writer = Identity(backend="vllm", model="org/writer", revision="abc", engine=engine, **more)
    sampling = {"max_tokens": 1024, "temperature": 0.5}
    judge = Identity(backend="openai", model="judge-1", sampling=sampling, response_format="json_schema")
    question = [{"role": "user", "content": "Write 500 words on \u2028 rivers. 写一篇"}]
    rated = [{"role": "user", "content": "Rate this: …"}]
    schema = {"name": "verdict", "schema": {"type": "object"}}
    extra = {"response_format": {"type": "json_schema", "json_schema": schema}}
    assert request_id(writer, question, [0], {}) == FIRST
    assert request_id(writer, question, [1], {}) == SECOND
    assert request_id(judge, rated, [0, 2], extra) == VERDICT
    assert request_id(Identity("demo", "m"), rated, [3], {}) == OTHER


def test_answers_of_an_old_journal_are_found_and_nothing_of_it_is_written(root: Path) -> None:
    assert texts(root) == TEXTS, "what was voided counts no more"
    with Journal(root) as journal:
        assert not journal.claim(FIRST) and not journal.claim(VERDICT)
        assert journal.claim(SECOND)
        with journal.file("models/renamed/d/000") as file:
            file.add(Answer(SECOND, "anew", "stop", 3, 5, 0.5, 1, "m"))
    assert texts(root) == TEXTS | {SECOND: "anew"}
    assert {name: (root / name).read_text(encoding="utf-8") for name in FILES} == FILES


def test_what_got_no_answer_is_known(root: Path) -> None:
    reason = KnownUnanswered(Journal(root)).reason("ff")
    assert reason is not None and (reason.status, reason.attempts) == ("too_long", 2)


def test_an_old_answer_is_voided_by_a_new_note(root: Path) -> None:
    assert void(root, [FIRST, SECOND]) == 1
    assert texts(root) == TEXTS | {FIRST: None}
    note = f'{{"v": 1, "void": "{FIRST}", "file": "gpt/d/000.jsonl", "byte": 0}}\n'
    assert (root / "voids.jsonl").read_text() == note
    assert (root / "gpt/voids.jsonl").read_text() == FILES["gpt/voids.jsonl"]
