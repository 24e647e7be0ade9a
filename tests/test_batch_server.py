"""The tests' own server of batches, by the client library that Longhand uses: it is as OpenAI's reference says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from batch_server import BatchServer, key_of

NUMBER = 7


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


@pytest.fixture
def client(server: BatchServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key="none", max_retries=0)


def body(number: int) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": f"prompt {number}"}]}


def line(number: int, **fields: Any) -> str:
    shown = {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions", "body": body(number)}
    return json.dumps(shown | fields)


def create(client: openai.OpenAI, lines: list[str], key: str = "k") -> openai.types.Batch:
    uploaded = client.files.create(file=("requests.jsonl", "\n".join(lines).encode()), purpose="batch")
    return client.batches.create(
        input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"key": key}
    )


def lines_of(client: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()] if file_id else []


LINES = [line(number) for number in range(NUMBER)]


def test_a_batch_goes_through_its_states_and_its_results_come_unordered(
    server: BatchServer, client: openai.OpenAI
) -> None:
    batch = create(client, LINES)
    assert (batch.status, batch.metadata, batch.output_file_id) == ("validating", {"key": "k"}, None)
    states = []
    for step in ("validate", "half", "finalize", "complete"):
        server.work(step)
        batch = client.batches.retrieve(batch.id)
        assert batch.request_counts is not None
        states.append((batch.status, batch.request_counts.completed))
    assert states == [("in_progress", 0), ("in_progress", 3), ("finalizing", 7), ("completed", 7)]
    results = lines_of(client, batch.output_file_id)
    assert batch.error_file_id is None and batch.output_file_id is not None
    assert client.files.retrieve(batch.output_file_id).purpose == "batch_output"
    names = [result["custom_id"] for result in results]
    assert sorted(names) == [f"r{number}" for number in range(NUMBER)] and names != sorted(names)
    for result in results:
        text = result["response"]["body"]["choices"][0]["message"]["content"]
        assert text.startswith(f"prompt {result['custom_id'][1:]} "), "each line has its own answer"
    assert server.paid == dict.fromkeys((key_of(body(number)) for number in range(NUMBER)), 1)


def test_lines_that_fail_are_in_the_error_file_and_cost_nothing(client: openai.OpenAI, server: BatchServer) -> None:
    server.plan = lambda prompt, _: "filter 400" if prompt < "prompt 4" else None
    batch = create(client, LINES)
    server.work("complete")
    batch = client.batches.retrieve(batch.id)
    assert [len(lines_of(client, file)) for file in (batch.output_file_id, batch.error_file_id)] == [3, 4]
    refused = lines_of(client, batch.error_file_id)[0]["response"]
    assert refused["status_code"] == 400 and refused["body"]["error"]["code"] == "content_filter"
    assert server.paid.total() == 3


@pytest.mark.parametrize(("ended_by", "code"), [("expire", "batch_expired"), ("cancelled", "batch_cancelled")])
def test_what_was_answered_before_the_end_is_there_and_the_rest_was_not_run(
    server: BatchServer, client: openai.OpenAI, ended_by: str, code: str
) -> None:
    batch = create(client, LINES)
    server.work("half")
    if ended_by == "cancelled":
        assert client.batches.cancel(batch.id).status == "cancelling"
    server.work(ended_by)
    batch = client.batches.retrieve(batch.id)
    assert batch.status == code.removeprefix("batch_")
    errors = lines_of(client, batch.error_file_id)
    assert len(lines_of(client, batch.output_file_id)) == 3 == server.paid.total()
    assert {(error["response"], error["error"]["code"]) for error in errors} == {(None, code)} and len(errors) == 4
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


@pytest.mark.parametrize(
    ("lines", "code", "number"),
    [
        ([*LINES, line(2)], "duplicate_custom_id", 8),
        ([LINES[0], "{"], "invalid_json_line", 2),
        ([line(0), line(1, body=body(1) | {"model": "other"})], "model_mismatch", 2),
        ([line(0, url="/v1/embeddings")], "url_mismatch", 1),
        ([line(number) for number in range(11)], "too_many_tasks", None),
        ([], "empty_file", None),
    ],
)
def test_an_input_that_is_not_valid_fails_as_a_whole(
    server: BatchServer, client: openai.OpenAI, lines: list[str], code: str, number: int | None
) -> None:
    server.most = 10
    batch = create(client, lines)
    server.work("complete")
    batch = client.batches.retrieve(batch.id)
    assert batch.status == "failed" and batch.errors is not None and batch.errors.data
    assert [(each.code, each.line) for each in batch.errors.data] == [(code, number)]
    assert server.paid.total() == 0


def test_lists_have_pages_with_the_newest_first_and_may_lag(server: BatchServer, client: openai.OpenAI) -> None:
    server.page = 2
    for number in range(5):
        create(client, LINES, key=str(number))
    assert [(batch.metadata or {})["key"] for batch in client.batches.list(limit=100)] == ["4", "3", "2", "1", "0"]
    assert server.called["batches.list"] == 3
    server.lag = 1
    create(client, LINES, key="late")
    assert [len(list(client.batches.list())) for _ in range(2)] == [5, 6]


@pytest.mark.parametrize(
    ("fault", "created", "error"),
    [
        ("500", 0, openai.InternalServerError),
        ("500 after", 1, openai.InternalServerError),
        ("reset", 0, openai.APIConnectionError),
        ("reset after", 1, openai.APIConnectionError),
        ("half after", 1, openai.APIConnectionError),
        ("429", 0, openai.RateLimitError),
    ],
)
def test_a_call_fails_before_or_after_the_work(
    server: BatchServer, client: openai.OpenAI, fault: str, created: int, error: type[Exception]
) -> None:
    server.calls = lambda call, times: fault if call == "batches.create" and times == 0 else None
    with pytest.raises(error):
        create(client, LINES)
    assert len(server.batches) == created
    create(client, LINES)
    assert len(server.batches) == created + 1


def test_live_requests_are_in_the_same_ledger(server: BatchServer, client: openai.OpenAI) -> None:
    create(client, LINES)
    server.work("complete")
    client.chat.completions.create(**body(3))
    assert server.paid[key_of(body(3))] == 2 and server.paid.total() == NUMBER + 1
    assert server.paid_by_batch.total() == NUMBER
