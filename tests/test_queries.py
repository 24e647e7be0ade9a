"""The method query, and what becomes of its queries: what is refused, what is dropped, what prompts they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_tables import made as made_dataset
from made_tables import prompt as row_of
from made_tables import write_source
from scripted import Reply, Scripted, made, shipped

from longhand.methods import query
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row
from longhand.wire.asker import Call
from longhand.wire.replies import Unanswered

PROMPTS = {
    "ask": {"en": "One query. {wanted}", "zh": "一个问题。{wanted}"},
    "suits": {"en": "Enough? {query}", "zh": "够吗？{query}"},
}
TEXT = "The ferry of {wanted} sank in 1912. Who was on board? Nobody was ever told."
NEW = "Why was nobody told who was on the {query} ferry?"


def by_step(queries: list[Any], verdicts: list[Any]) -> Reply:
    def reply(call: Call) -> Any:
        return (queries if call.step == "ask" else verdicts)[call.number]

    return reply


def ask(reply: Reply, attempts: int = 3, **columns: Any) -> tuple[Any, Scripted]:
    method = query.Method({"query": {"attempts": attempts, "words": [3, 40]}, "prompts": PROMPTS})
    asker = Scripted(reply)
    return made(method, asker, {"prompt": "About a fact.", "context": TEXT} | columns), asker


# the method


def test_a_query_is_asked_for_and_then_whether_the_document_is_enough() -> None:
    response, asker = ask(by_step([f'**Query:** "{NEW}"', NEW], ["yes"]))
    assert asker.contents == [f"{TEXT}\n\nOne query. About a fact.", f"{TEXT}\n\nEnough? {NEW}"]
    assert [(call.step, call.number, call.draw) for call in asker.calls] == [("ask", 0, [0]), ("suits", 0, [0])]
    assert (response["status"], response["response"], response["prompt_tokens"]) == ("ok", NEW, 20)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("1. Who built it?\n2. Who sank it?", "several"),
        ("Who built the ferry, and when did it sink? And who was on board?", "several"),
        ("谁造了这条船？它什么时候沉没？", "several"),
        (f"{NEW}\nAnswer: it was night.", "answered"),
        (f"{NEW}\n\nIt was night, and nobody asked.", "answered"),
        ("船是什么时候沉没的？\n**答案**：1912年。", "answered"),
        ("I'm sorry, but I cannot help with that.", "declined"),
        ("抱歉，我无法完成这个请求。", "declined"),
        ("Why sink?", "wrong_length"),
        ("why " * 41 + "?", "wrong_length"),
        ("船是什么时候沉没的？", "other_language"),
        ("Who was on board?", "copied"),
        ("", "empty"),
        (("Who was on", "length"), "truncated"),
        ((NEW, "content_filter"), "refused"),
    ],
)
def test_what_is_no_query_is_asked_for_again(reply: Any, status: str) -> None:
    response, asker = ask(by_step([reply, NEW], [None, "Yes."]))
    assert response["response"] == NEW and asker.remarks == [("ask", 0, status)]
    assert [call.draw for call in asker.calls] == [[0], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    "reply",
    [
        'What is meant by "Who was on board?" in the second sentence?',
        "Sum up what the text says of the ferry.\n- its route\n- its end",
        "Why does the captain say that he cannot go on?!",
        "Question: Why was nobody told?",
    ],
)
def test_what_is_one_query(reply: str) -> None:
    assert ask(by_step([reply], ["yes"]))[0]["response"] == reply.removeprefix("Question: ")


@pytest.mark.parametrize(
    ("verdict", "status"),
    [("No.", "unsuitable"), ("否", "unsuitable"), ("It depends.", "unreadable"), ("yes or no", "unreadable")],
)
def test_a_query_that_the_document_does_not_answer_is_rejected(verdict: str, status: str) -> None:
    response, asker = ask(by_step([NEW, NEW], [verdict, verdict]), 2)
    assert (response["status"], response["response"]) == ("rejected", None)
    assert response["error"] == f"refused: 2 {status}"
    assert asker.remarks == [("suits", 0, status), ("suits", 1, status)]


def test_a_query_without_an_answer_fails() -> None:
    response, _ = ask(by_step([NEW], [Unanswered("failed", "no answer in 8 tries", 8)]))
    assert (response["status"], response["attempts"], response["prompt_tokens"]) == ("failed", 9, 10)


def test_a_prompt_without_a_document_is_an_error() -> None:
    with pytest.raises(LonghandError, match="the prompt has no document to ask about"):
        ask(by_step([], []), context=None)


@pytest.mark.parametrize(("language", "text"), [("en", NEW), ("zh", "船上的人后来为什么没有消息？")])
def test_the_shipped_templates_hold_what_they_are_about(language: str, text: str) -> None:
    settings = {"query": {"attempts": 1, "words": [3, 40]}, "prompts": shipped("query", query.Method)}
    asker = Scripted(by_step([text], ["yes"]))
    row = {"language": language, "prompt": "WANTED", "context": "DOCUMENT", "prompt_id": "p", "sample": 0}
    assert made(query.Method(settings), asker, row)["response"] == text
    first, second = asker.contents
    assert first.startswith("DOCUMENT\n\n") and "WANTED" in first
    assert second.startswith("DOCUMENT\n\n") and text in second


# the dataset

QUERIES = {"dataset": "slots", "model": "m", "near_duplicates": 0.7, "number": None}
WHY = "Why did the old ferry leave the harbour of the town at night?"


def write_queries(folder: Path, documents: dict[str, list[str | tuple[str, str | None]]]) -> dict[str, list[Path]]:
    """Tables of documents and what was written about each, a slot each."""
    return write_source(
        folder,
        [
            (row_of(f"slot {at}", context=document, category=f"kind {at}"), [text])
            for document, texts in documents.items()
            for at, text in enumerate(texts)
        ],
    )


def contexts(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row["context"], row["prompt"]) for row in rows]


def test_queries_have_their_documents_and_those_alike_are_dropped(tmp_path: Path) -> None:
    source = write_queries(
        tmp_path,
        {
            "One.": [WHY, ("rejected", "refused: 5 unsuitable"), f" {WHY.upper()}\n", "Sum it up.", ("failed", None)],
            "Two.": [("truncated", "Who"), WHY, WHY, "Who is meant by old?"],
        },
    )
    rows, counts = made_dataset(tmp_path, "queries", QUERIES, **source)
    assert contexts(rows) == [
        ("One.", WHY),
        ("One.", "Sum it up."),
        ("Two.", WHY),
        ("Two.", "Who is meant by old?"),
    ], "the same question about another document is another one"
    assert [row["category"] for row in rows] == ["kind 0", "kind 3", "kind 1", "kind 3"]
    assert [row["prompt_id"] for row in rows] == [prompt_id("made", text, of) for of, text in contexts(rows)]
    filters = {"all": 9, "no_text": 1, "rejected": 1, "truncated": 1, "equal": 1, "near_duplicates": 1}
    assert counts == filters | {"over_number": 0}
    rows, counts = made_dataset(tmp_path, "queries", QUERIES | {"near_duplicates": None}, **source)
    assert counts["near_duplicates"] == 0 and len(rows) == 5


def test_a_cap_takes_the_first_of_every_document_before_the_second_of_any(tmp_path: Path) -> None:
    texts = {
        "One.": ["Who came first?", "What burned down there?", "Why so late at night?"],
        "Two.": [("rejected", "no"), "How did it end?"],
        "Three.": ["Where was the key?", "When did the rain stop?"],
    }
    source = write_queries(tmp_path, texts)
    of_round = [("One.", 0), ("Two.", 1), ("Three.", 0), ("One.", 1), ("Three.", 1), ("One.", 2)]
    for number in range(1, 8):
        rows, counts = made_dataset(tmp_path, "queries", QUERIES | {"number": number}, **source)
        kept = {(name, texts[name][at]) for name, at in of_round[:number]}
        assert set(contexts(rows)) == kept and counts["over_number"] == 6 - len(kept)
        assert [name for name, _ in contexts(rows)] == sorted((name for name, _ in kept), key=list(texts).index)
