"""The plan of a judge that asks in batches: the price both ways, and what is under way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from batch_run import ROWS, BatchRun
from batch_server import BatchServer

from longhand.plan.summary import Plan, make_plan


def plan_of(run: BatchRun) -> Plan:
    return asyncio.run(make_plan(run.folder, run.config, [run.job]))


def planned(run: BatchRun) -> dict[str, Any]:
    """The line of the plan, with the notes of all."""
    plan = plan_of(run).to_json()
    (line,) = plan["asks"]
    assert line | {"earlier_answers": 0} == line, "nothing is known of the judge"
    return line | {"notes": plan["notes"], "total": plan["total"]}


def usd(line: dict[str, Any], end: str, price: tuple[float, float]) -> float:
    return (line["tokens_in"][end] * price[0] + line["tokens_out"][end] * price[1]) / 1e6


def test_the_price_is_shown_both_ways(tmp_path: Path) -> None:
    """What cannot be read is asked for again, live: by the high end a tenth of all, one time."""
    with BatchServer() as server:
        line = planned(BatchRun(tmp_path, server))
    assert line["requests"] == ROWS and line["under_way"] == 0
    for end in ("low", "expected"):
        assert line["usd"][end] == pytest.approx(usd(line, end, (1, 4)), rel=0.01)
        assert line["usd_live"][end] == pytest.approx(usd(line, end, (2, 8)), rel=0.01)
    assert line["usd_live"]["high"] == pytest.approx(usd(line, "high", (2, 8)), rel=0.01)
    assert line["usd"]["high"] == pytest.approx(line["usd_live"]["high"] * (0.5 + 0.1) / 1.1, rel=0.01)
    assert line["total"]["usd"] == line["usd"] and line["total"]["usd_live"] == line["usd_live"]
    (note,) = line["notes"]
    both = tuple(f"{line[name]['expected']:.3g}" for name in ("usd", "usd_live"))
    assert note == f"j is asked in batches for {both[0]} USD; live it would be {both[1]} USD"


@pytest.mark.parametrize("settings", [{"batch": True}, {"batch": False}])
def test_without_a_price_of_their_own_batches_cost_as_much(tmp_path: Path, settings: dict[str, Any]) -> None:
    with BatchServer() as server:
        line = planned(BatchRun(tmp_path, server, batch_price=None, **settings))
    assert line["usd"] == line["usd_live"] and line["usd"]["expected"] > 0
    noted = [note for note in line["notes"] if "(the config has no batch_price); live it would be" in note]
    assert len(noted) == settings["batch"]


def test_what_is_under_way_is_neither_asked_nor_paid_again(tmp_path: Path) -> None:
    with BatchServer() as server:
        run = BatchRun(tmp_path, server)
        assert run.submit().status == 0
        line = planned(run)
        assert (line["requests"], line["under_way"], line["rows"]) == (0, ROWS, ROWS)
        assert line["usd"]["high"] == line["usd_live"]["high"] == 0
        assert line["notes"] == [
            f"{ROWS} questions to j are under way in batches, neither asked nor paid for again:"
            " a run collects the answers once they are there"
        ]
        (given_up,) = planned(BatchRun(tmp_path, server, batch=False))["notes"]
        assert "a run cancels these, collects what came, and asks the rest live" in given_up
        server.work("complete")
        assert run.judge().status == 0
        assert server.paid.total() == ROWS
    assert plan_of(run).to_json()["asks"][0]["under_way"] == 0


def test_rows_beside_those_under_way_are_counted(tmp_path: Path) -> None:
    with BatchServer() as server:
        assert BatchRun(tmp_path, server).submit().status == 0
        line = planned(BatchRun(tmp_path, server, rows=ROWS + 2))
    assert (line["requests"], line["under_way"], line["rows"]) == (2, ROWS, ROWS + 2)
    assert line["usd"]["low"] > 0
    assert len(line["notes"]) == 2
