"""A retired judge: its answers come from the journal, and nothing is ever sent to it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fault_server import FaultServer
from jobs import ROWS, judge, prompts
from planned_jobs import judging, look

import ask_again
from longhand.ask.endpoints import api_key
from longhand.config.load import load_config
from longhand.config.serving import Serving
from longhand.methods.recorded import taken_row
from longhand.program.errors import LonghandError
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES


def test_what_the_journal_has_is_taken_and_nothing_is_sent(tmp_path: Path) -> None:
    with FaultServer() as server:
        judge(tmp_path, server)
        sent = server.received.total()
        table = judge(tmp_path, server, retired=True)
        assert server.received.total() == sent > 0
    assert {row["status"] for row in read_rows(table)} == {"ok"}


def test_what_it_lacks_failed_and_coverage_decides(tmp_path: Path) -> None:
    with FaultServer() as server:
        with pytest.raises(LonghandError, match=f"{ROWS} of {ROWS}|0 of {ROWS}"):
            judge(tmp_path, server, retired=True)
        assert server.received.total() == 0
        table = judge(tmp_path, server, retired=True, min_coverage=0.0)
        assert server.received.total() == 0
    rows = list(read_rows(table))
    assert {row["status"] for row in rows} == {"failed"} and {row["score"] for row in rows} == {None}
    why = "failed: j is retired, and the journal has no answer of it to this question"
    assert {row["error"] for row in rows} == {why}


def test_it_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GONE_KEY", raising=False)
    assert "GONE_KEY" not in os.environ
    reached: dict[str, Any] = {"base_url": "https://example.org/v1", "api_key_env": "GONE_KEY"}
    assert api_key(Serving("j", "openai", "j", **reached, retired=True)) == ""
    with pytest.raises(LonghandError, match="GONE_KEY is not set"):
        api_key(Serving("j", "openai", "j", **reached))


def test_its_answers_cannot_be_voided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "j"}
    config = load_config({"judges": {"old": api | {"retired": True}, "new": api}})
    voided: list[Path] = []

    def one(judge: str) -> None:
        async def chosen(*_: object) -> SimpleNamespace:
            rows = {(judge, "d", "m", "ok"): 3}
            return SimpleNamespace(rows=rows, answers=["a"], tables=[], carry_out=lambda run: voided.append(run) or 1)

        monkeypatch.setattr(ask_again, "find_again", chosen)
        ask_again.main(status=["ok"], directory=tmp_path)

    monkeypatch.setattr(ask_again, "stale_jobs", lambda *_: (config, []))
    one("new")
    assert voided == [tmp_path]
    with pytest.raises(LonghandError, match="judge old is retired, so that nothing could be asked again"):
        one("old")
    assert voided == [tmp_path]


def test_the_plan_counts_no_requests_for_it(tmp_path: Path) -> None:
    api = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "j"}
    judges = {"old": api | {"retired": True}, "new": api | {"model": "k"}}
    settings = {"datasets": {"d": {"path": "p.jsonl"}}, "models": {"m": {"backend": "demo"}}, "judges": judges}
    config = load_config(settings)
    rows = [dict.fromkeys(PROMPTS.names) | row | {"language": "en"} for row in prompts()]
    narrow = [{name: row[name] for name in PROMPTS.names} for row in rows]
    write_table(tmp_path / "results/d/prompts.parquet", narrow, PROMPTS, "test")
    responses = [taken_row(row, "m", f"Text {number}.") for number, row in enumerate(rows)]
    write_table(tmp_path / "results/d/m/responses.parquet", responses, RESPONSES, "test")
    jobs = [judging(config, "d", "m", name) for name in judges]
    planned = {job.job.order.judge: job for job in look(tmp_path, config, jobs)}
    assert {name: len(job.missing) for name, job in planned.items()} == {"old": 0, "new": ROWS}
    assert planned["old"].rows == ROWS
