"""A judge that is asked in batches: submitted, found again, collected by ids, and never paid twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_jobs import collect, judging, states, submit
from batch_server import BatchServer
from jobs import ROWS, rows_of
from provider_batch import ProviderBatch
from test_criteria_faults import CRITERIA, EXPECTED, RESPONSES, SCALE, VALUES, scores, verdict
from test_criteria_faults import rows as rows_with_criteria

from longhand.ask.batches import questions
from longhand.ask.batches.held import Held, under_way
from longhand.ask.batches.state import SETTLED, UNDER_WAY, new_key, write_state
from longhand.ask.journal import Journal, JournalFile
from longhand.ask.lines import read_answers
from longhand.ask.voids import void
from longhand.judging.criteria import Method
from longhand.plan.again import tables_of
from longhand.plan.stale import StaleJob
from longhand.program.errors import LonghandError, NotFinished


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


def answers(folder: Path) -> dict[str, Any]:
    return {answer.id: answer for answer, _ in read_answers(folder / "journal/judges/j/d/m/000.jsonl")}


def test_what_a_batch_answers_is_what_is_answered_live(tmp_path: Path, server: BatchServer) -> None:
    live = collect(tmp_path / "live", judging(server, batch=False))
    (state,) = submit(tmp_path, judging(server))
    assert (state.status, len(state.requests)) == ("under_way", ROWS)
    server.work("complete")
    table = collect(tmp_path, judging(server))
    assert rows_of(table) == rows_of(live)
    assert {(one.batch, one.seconds, one.attempts, one.model) for one in answers(tmp_path).values()} == {
        (True, 0.0, 1, None)
    }
    assert set(server.paid.values()) == {2} and server.paid_by_batch.total() == ROWS  # once live, once in the batch


def test_each_repeat_is_a_request_of_its_own(tmp_path: Path, server: BatchServer) -> None:
    (state,) = submit(tmp_path, judging(server, repeats=3))
    assert len(set(state.requests)) == 3 * ROWS


def test_a_job_ends_at_once_and_says_how_far_its_batches_are(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_REQUESTS", 5)
    assert [len(state.requests) for state in submit(tmp_path, judging(server))] == [5, 5, 2]
    first, *_ = server.batches.values()
    server.work("half")  # 2, 2 and 1 requests
    finish(server, first)
    with pytest.raises(NotFinished) as raised:
        collect(tmp_path, judging(server))
    line = "not finished: 2 of 3 batches are under way (8 of 12 requests done); run again later"
    assert str(raised.value) == line
    assert len(answers(tmp_path)) == 5
    assert server.total == 5 + 2 + 1  # nothing live
    server.work("complete")
    collect(tmp_path, judging(server))
    assert set(server.paid.values()) == {1} and server.paid.total() == ROWS


def finish(server: BatchServer, batch: ProviderBatch) -> None:
    """Completes one batch and leaves the others as they are."""
    others = {name: one for name, one in server.batches.items() if one is not batch}
    for name in others:
        del server.batches[name]
    server.work("complete")
    server.batches.update(others)


def test_an_input_file_is_cut_by_bytes(tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_BYTES", 1000)
    made = submit(tmp_path, judging(server))
    assert len(made) > 2 and sum(len(state.requests) for state in made) == ROWS
    assert all(len(file.content) <= 1000 for file in server.files.values())


def test_what_the_journal_or_a_batch_has_is_not_submitted_again(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server, rows=3))
    (_, more) = submit(tmp_path, judging(server, rows=5))
    assert len(more.requests) == 2
    server.work("complete")
    collect(tmp_path, judging(server, rows=5))
    assert submit(tmp_path, judging(server, rows=5)) == []
    assert server.called["batches.create"] == 2


def test_no_other_job_sends_what_a_batch_holds(tmp_path: Path, server: BatchServer) -> None:
    """The same request, of another judge that is asked live."""
    (state,) = submit(tmp_path, judging(server))
    work = judging(server, batch=False)
    entry = work.entries["judge"]
    other = replace(work, entries={"judge": replace(entry, serving=replace(entry.serving, name="k"))})
    with pytest.raises(
        NotFinished, match="a request is in a batch of judge j, and a run .* collects it; run again later"
    ):
        collect(tmp_path, other)
    assert server.total == 0
    assert under_way(tmp_path / "journal") == set(state.requests)


def test_what_others_are_asking_is_left_out_of_a_batch(tmp_path: Path, server: BatchServer) -> None:
    (everything,) = submit(tmp_path / "elsewhere", judging(server, file="another/m/000"))
    asked_live, answered, *_ = everything.requests
    with Journal(tmp_path / "journal") as journal:
        assert journal.claim(asked_live)
        assert journal.taken(everything.requests) == set(), "a job's own claims are no others'"
        (state,) = submit(tmp_path, judging(server))
    assert set(state.requests) == set(everything.requests) - {asked_live}
    uploaded = [json.loads(line)["custom_id"] for line in server.files[str(state.file)].content.splitlines()]
    assert uploaded == list(state.requests)
    held = Held(tmp_path / "journal")
    held.check(asked_live)
    with pytest.raises(NotFinished):
        held.check(answered)
    folder = tmp_path / "journal/judges/j/batches"
    write_state(folder, state.settled())
    held.check(answered)
    settled = folder / f"{state.key}.json"
    settled.write_text("{", encoding="utf-8")
    held.check(answered)  # it is not read before each request
    write_state(folder, replace(state, key=new_key(state.requests)))
    with pytest.raises(NotFinished):
        held.check(answered)


def test_no_batch_is_settled_before_its_answers_are_on_the_disk(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: JournalFile) -> None:
        raise LonghandError("the journal may have lost answers: No space left on device")

    submit(tmp_path, judging(server))
    server.work("complete")
    with monkeypatch.context() as patched:
        patched.setattr(JournalFile, "sync", full)
        with pytest.raises(LonghandError, match="may have lost answers"):
            collect(tmp_path, judging(server))
    (state,) = states(tmp_path)
    assert state.status == UNDER_WAY
    collect(tmp_path, judging(server))
    (state,) = states(tmp_path)
    assert state.status == SETTLED and {*server.paid.values()} == {1}


Lines = list[dict[str, Any]]


def scrambled(output: Lines) -> Lines:
    """In another order, twice, among lines of others and such that say nothing."""
    foreign = [output[0] | {"custom_id": name} for name in ("0" * 64, 7, None, ["x"])]
    return [*output[::-1], {"error": None}, *foreign, *output]


def test_results_are_matched_by_their_ids_only(tmp_path: Path, server: BatchServer) -> None:
    live = collect(tmp_path / "live", judging(server, batch=False))
    submit(tmp_path, judging(server))
    server.work("complete")
    (batch,) = server.batches.values()
    file = server.files[str(batch.output_file_id)]
    lines = scrambled([json.loads(line) for line in file.content.splitlines()])
    file.content = b"\n\n[]\nnull\n" + b"[" * 100_000 + b"\n" + "\n".join(map(json.dumps, lines)).encode()  # noqa: ISC003
    assert rows_of(collect(tmp_path, judging(server))) == rows_of(live)
    (state,) = states(tmp_path)
    assert state.result | {"unreadable": 0} == {"status": "completed", "answers": ROWS, "errors": 0, "missing": 0} | {
        "foreign": 1,
        "unreadable": 0,
    }
    assert set(server.paid.values()) == {2}


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def half(content: bytes) -> bytes:
    return b"".join(line + b"\n" for line in content.splitlines()[::2])


@pytest.mark.parametrize("damage", [cut, half])
def test_an_output_that_lacks_answers_is_read_again_before_anything_is_asked_live(
    tmp_path: Path, server: BatchServer, damage: Callable[[bytes], bytes]
) -> None:
    submit(tmp_path, judging(server))
    server.work("complete")
    (batch,) = server.batches.values()
    file = server.files[str(batch.output_file_id)]
    whole, file.content = file.content, damage(file.content)
    came = sum(line.endswith(b"}\n") for line in file.content.splitlines(keepends=True))
    what = f"batch {batch.id} has answered 12 requests, and its output has {came} of them"
    with pytest.raises(NotFinished, match=what):
        collect(tmp_path, judging(server))
    assert len(answers(tmp_path)) == came
    file.content = whole
    collect(tmp_path, judging(server))
    assert set(server.paid.values()) == {1}
    kept = list(read_answers(tmp_path / "journal/judges/j/d/m/000.jsonl"))
    assert len(kept) == ROWS, "what came before is not kept again, and would be counted twice"


def test_an_output_that_goes_on_lacking_answers_is_taken_as_it_is(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    server.work("complete")
    (batch,) = server.batches.values()
    file = server.files[str(batch.output_file_id)]
    file.content = half(file.content)
    with pytest.raises(NotFinished):
        collect(tmp_path, judging(server))
    collect(tmp_path, judging(server))
    assert len(answers(tmp_path)) == ROWS
    assert server.paid.total() == ROWS + ROWS // 2
    (state,) = states(tmp_path)
    assert (state.result["answers"], state.result["missing"]) == (6, 6)


def test_lines_with_errors_are_asked_live(tmp_path: Path) -> None:
    """Errors with a status of their own, and lines of status 200 with an error, or with half an answer."""
    faults = {"prompt 1 ": "500", "prompt 2 ": "400", "prompt 3 ": "error in 200", "prompt 4 ": "abort"}

    def plan(prompt: str, times: int) -> str | None:
        return None if times else next((fault for part, fault in faults.items() if part in prompt), None)

    with BatchServer(plan) as server:
        submit(tmp_path, judging(server))
        server.work("complete")
        table = collect(tmp_path, judging(server))
    assert {row["status"] for row in rows_of(table)} == {"ok"}
    in_batch = [answer.batch for answer in answers(tmp_path).values()]
    assert (sum(in_batch), len(in_batch)) == (ROWS - len(faults), ROWS)
    assert server.total == ROWS + len(faults)


def test_an_unreadable_reply_is_asked_again_live(tmp_path: Path) -> None:
    with BatchServer(lambda prompt, times: "prose" if "prompt 7 " in prompt and not times else None) as server:
        submit(tmp_path, judging(server))
        server.work("complete")
        table = collect(tmp_path, judging(server))
    assert {row["status"] for row in rows_of(table)} == {"ok"}
    assert server.total == ROWS + 1


def test_what_is_asked_anew_goes_into_a_batch_again(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    server.work("complete")
    collect(tmp_path, judging(server))
    (chosen, *_) = answers(tmp_path)
    assert void(tmp_path / "journal", [chosen]) == 1
    (state,) = submit(tmp_path, judging(server))
    assert list(state.requests) == [chosen]
    wildcards = {"dataset": "d", "model": "m", "judge": "j"}
    job = StaleJob("judge_responses", wildcards, {}, ("results/d/m/judgements/j.parquet",), ())
    assert Path("work/d/m/batches/j.json") in tables_of(job), "what makes Snakemake submit"


@pytest.mark.parametrize(("together", "requests"), [(True, RESPONSES), (False, RESPONSES * CRITERIA)])
def test_criteria_are_judged_in_batches_in_one_call_or_several(tmp_path: Path, together: bool, requests: int) -> None:
    rows = rows_with_criteria()
    marks = {name: f"{{{name}}}" for name in ("prompt", "response", "context", "reference")}
    template = f"{{response}}\n{'all of these' if together else 'this'}:\n{{criteria}}"
    rubric = {"template": template, "placeholders": marks, "scale": SCALE, "values": VALUES}
    method = Method({"repeats": 1, "attempts": 2, "rubric": rubric | {"criteria": {"together": together}}})
    with BatchServer(text=verdict) as server:
        of_dimensions = judging(server, rows=RESPONSES)
        work = replace(of_dimensions, make=method.make, to_ask=lambda: rows, to_write=lambda: rows)
        (state,) = submit(tmp_path, work)
        assert len(state.requests) == requests
        server.work("complete")
        assert scores(rows_of(collect(tmp_path, work))) == EXPECTED
        assert server.total == requests


def test_a_request_is_one_line_whatever_a_provider_takes_for_the_end_of_one(tmp_path: Path) -> None:
    """Python's own splitlines ends lines at ten characters."""
    body = {"model": "j", "messages": [{"role": "user", "content": "a\u2028b\u2029c\x85d\x0b\x0c\x1c\r\n雨 \\u2028"}]}
    file = questions.InputFile(tmp_path)
    assert file.add("ab" * 32, body)
    file.file.seek(0)
    (line,) = file.file.read().decode().splitlines()
    assert json.loads(line)["body"] == body and "雨" in line
