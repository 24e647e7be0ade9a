"""What answers cost, and what may have to be paid; a budget that holds."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from fault_server import FaultServer
from jobs import ROWS, command, finished, spend, start
from patience import wait_for

from longhand.ask.journal import Journal
from longhand.ask.lines import read_answers
from longhand.ask.spend import Spend, keep_report, report, reported, spent_in
from longhand.config.load import load_config
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

DOLLAR_A_TOKEN = {"input": 0, "output": 1e6}  # the server says 20 tokens for each answer, at most 100 are allowed


def test_spend_is_summed_over_legs(tmp_path: Path) -> None:
    price = {"input": 1.0, "output": 10.0}
    with FaultServer(lambda prompt, before: "500" if prompt == "prompt 1" and not before else None) as server:
        finished(command(tmp_path, server.url, rows=5, price=price))
        first = spend(tmp_path)
        output = finished(command(tmp_path, server.url, price=price))
    assert first["answers"] == 5
    figures = spend(tmp_path)
    path = tmp_path / "journal/models/m/d/000.jsonl"
    assert figures.pop("journal")[0] == path.stat().st_size
    assert figures | {"seconds": 0} == {
        "answers": 12,
        "maybe_paid": 0,
        "requests": 13,
        "retries": 1,
        "prompt_tokens": 120,
        "completion_tokens": 240,
        "seconds": 0,
        "usd": 0.00252,
        "usd_at_most": 0.00252,
    }
    assert "spent in all legs of this job: 12 answers, 13 requests, 1 retries" in output
    assert "12 of 12 rows, 7 answers" in output


def test_a_budget_is_not_passed(tmp_path: Path) -> None:
    settings = {"price": DOLLAR_A_TOKEN, "budget": 200}
    with FaultServer(latency=0.02) as server:
        output = finished(command(tmp_path, server.url, **settings), status=1)
        # 6 answers cost 120; the next could cost 100.
        message = (
            "error: the budget of 200 USD ends here: 120.0000 are spent, the next request may cost 100.0000 (budget"
        )
        assert message in output
        assert server.total == 6
        finished(command(tmp_path, server.url, **settings), status=1)
        assert server.total == 6
        finished(command(tmp_path, server.url, **settings | {"budget": 320}))
        assert server.total == ROWS
        finished(command(tmp_path, server.url, **settings | {"budget": 1}))  # what is paid for can be had


def test_a_budget_holds_over_jobs_at_the_same_time(tmp_path: Path) -> None:
    with FaultServer(latency=0.05) as server:
        settings = {"price": DOLLAR_A_TOKEN, "budget": 300}
        jobs = [start(command(tmp_path, server.url, f"d{n}", rows=ROWS + n, **settings)) for n in range(3)]
        outputs = [job.communicate()[0] for job in jobs]
    assert all("error: the budget of 300 USD ends here: 220.0000 are spent" in output for output in outputs), outputs
    assert server.total == 11
    answers = [answer for path in (tmp_path / "journal").rglob("*.jsonl") for answer, _ in read_answers(path)]
    assert len(answers) == 11


def test_a_kill_hides_nothing_that_may_be_paid(tmp_path: Path) -> None:
    """Of 4 requests in flight nobody knows: they count as the most that they can cost, 100 each, for good."""
    with FaultServer(latency=30) as server:
        job = start(command(tmp_path, server.url, "killed", price=DOLLAR_A_TOKEN))
        wait_for(lambda: server.in_flight == 4, 10, "requests")
        job.kill()
        job.communicate()
        server.latency = 0
        settings = {"price": DOLLAR_A_TOKEN, "budget": 499}
        output = finished(command(tmp_path, server.url, "other", rows=5, **settings), status=1)  # another job
        sums = "0.0000 are spent, up to 400.0000 more for requests without a reply, the next request may cost 100.0000"
        assert f"error: the budget of 499 USD ends here: {sums}" in output
        assert server.total == 4
        output = finished(command(tmp_path, server.url, "killed", **settings | {"budget": 400 + 11 * 20 + 100}))
        assert server.total == 4 + ROWS
    assert "spent in all legs of this job: 12 answers, up to 4 more paid for, 12 requests" in output
    figures = spend(tmp_path, "killed")
    assert [figures[key] for key in ("answers", "maybe_paid", "usd", "usd_at_most")] == [12, 4, 240, 640]


def test_what_a_killed_job_sent_is_told_though_another_job_has_the_answers(tmp_path: Path) -> None:
    with FaultServer(latency=30) as server:
        job = start(command(tmp_path, server.url, "killed"))
        wait_for(lambda: server.in_flight == 4, 10, "requests")
        job.kill()
        job.communicate()
        server.latency = 0
        assert "12 answers, 12 requests" in finished(command(tmp_path, server.url, "other"))
        output = finished(command(tmp_path, server.url, "killed"))
        assert server.total == 4 + ROWS
    assert "spent in all legs of this job: 0 answers, up to 4 more paid for" in output


def test_only_what_may_be_paid_is_told(tmp_path: Path) -> None:
    """A reply that says no costs nothing; one that never comes, or cannot be read, may."""
    faults = {1: "500", 2: "429 bare", 3: "400", 4: "reset", 5: "not JSON"}

    def plan(prompt: str, before: int) -> str | None:
        return faults.get(int(prompt[7:])) if not before else None

    with FaultServer(plan) as server:
        output = finished(command(tmp_path, server.url, min_coverage=0.5))
    assert "11 answers, up to 2 more paid for, 15 requests, 4 retries" in output
    with FaultServer() as server:
        assert "12 answers, up to 2 more paid for" in finished(command(tmp_path, server.url))
    assert "0 answers, 0 requests" in finished(command(tmp_path, "http://127.0.0.1:9/v1", "e", tries=1, rows=13), 1)


def test_a_report_is_whole_or_as_it_was(tmp_path: Path) -> None:
    keep_report(tmp_path / "000.jsonl", {"answers": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))  # what a full disk looks like to a writer
        keep_report(tmp_path / "000.jsonl", {"answers": 2, "requests": 3})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"000.spend.json": '{"answers": 1}\n'}


def test_a_budget_reads_on_where_a_report_ends(tmp_path: Path) -> None:
    def spent() -> Spend:
        total, start = reported(path)
        spent_in(path, total, start)
        return total

    def answers(*tokens: int) -> None:
        with Journal(tmp_path) as journal, journal.file("models/m/d/000") as file:
            for n in tokens:
                file.add(Answer(f"{n:064x}", "text", "stop", 2, n, 0.5, 1))

    path = tmp_path / "models/m/d/000.jsonl"
    answers(1, 2)
    keep_report(path, figures := report(path, None))
    end = path.stat().st_size
    answers(4)
    assert reported(path) == (Spend(2, 2, 4, 3, 1.0), end)
    assert spent() == Spend(3, 3, 6, 7, 1.5)
    for damage in ({"answers": -1}, {"requests": "2"}, {"journal": [end]}, {"journal": [end - 1, 0]}, {"seconds": []}):
        keep_report(path, figures | damage)
        assert reported(path) == (Spend(), 0)
        assert spent() == Spend(3, 3, 6, 7, 1.5)
    path.with_suffix(".spend.json").write_bytes(b"[" * 100_000)
    assert reported(path) == (Spend(), 0)
    keep_report(path, figures)
    path.write_bytes(path.read_bytes()[end:])  # by hand
    assert spent() == Spend(1, 1, 2, 4, 0.5)


def test_a_budget_needs_a_price() -> None:
    reached = {"backend": "openai", "model": "m", "base_url": "http://x/v1", "budget": 5.0}
    price = {"price": {"input": 1, "output": 2}}
    for settings in (reached, reached | price | {"sampling": {"max_tokens": None}}):
        with pytest.raises(LonghandError, match="budget needs a price, and max_tokens .*config judges.j"):
            load_config({"judges": {"j": settings}})
    assert load_config({"judges": {"j": reached | price}}).judges["j"].serving.budget == 5.0
