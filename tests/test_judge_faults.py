"""Every fault of a judge's replies, over real HTTP: verdicts are as without it, or have the stated status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fault_replies import DIMENSIONS
from fault_server import FaultServer
from jobs import ROWS, judge, rows_of

from longhand.tables.files import Row

pytestmark = pytest.mark.usefixtures("short_waits")


def judged(folder: Path, server: FaultServer, response_format: str = "text") -> list[Row]:
    """The judgements table, however few verdicts there are."""
    return rows_of(judge(folder, server, response_format, min_coverage=0.0))


def unlucky_verdict(fault: str, attempts: int) -> Callable[[str, int], str | None]:
    return lambda prompt, before: fault if prompt.endswith("response 0005") and before < attempts else None


@pytest.fixture(scope="session")
def clean_verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    with FaultServer() as server:
        return judged(tmp_path_factory.mktemp("clean"), server)


@pytest.mark.parametrize("fault", ["prose", "broken", "missing", "out of scale", "null", "500", "reset"])
def test_a_second_reply_saves_the_verdict(tmp_path: Path, clean_verdicts: list[Row], fault: str) -> None:
    with FaultServer(unlucky_verdict(fault, 1)) as server:
        rows = judged(tmp_path, server)
    costs = {"prompt_tokens", "completion_tokens", "reply", "requests"}
    shown = [[{k: v for k, v in row.items() if k not in costs} for row in table] for table in (rows, clean_verdicts)]
    assert shown[0] == shown[1]


def test_a_fenced_verdict_is_read(tmp_path: Path, clean_verdicts: list[Row]) -> None:
    with FaultServer(unlucky_verdict("fenced", 99)) as server:
        rows = judged(tmp_path, server)
    assert [row["score"] for row in rows] == [row["score"] for row in clean_verdicts]
    assert server.total == ROWS


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("prose", "unparsed"),
        ("broken", "unparsed"),
        ("missing", "unparsed"),
        ("empty", "unparsed"),
        ("out of scale", "out_of_scale"),
        ("filter", "refused"),
        ("filter 400", "refused"),
        ("too long vllm", "failed"),
        ("500", "failed"),
    ],
)
def test_a_verdict_that_cannot_be_had_is_a_status(
    tmp_path: Path, clean_verdicts: list[Row], fault: str, status: str
) -> None:
    with FaultServer(unlucky_verdict(fault, 99)) as server:
        rows = judged(tmp_path, server)
    lost = [row for row in rows if row["prompt_id"] == "0005"]
    assert [(row["status"], row["score"]) for row in lost] == [(status, None)] * len(DIMENSIONS)
    assert all(row["error"] for row in lost)
    others = [[row for row in table if row["prompt_id"] != "0005"] for table in (rows, clean_verdicts)]
    assert others[0] == others[1]


@pytest.mark.parametrize(("fault", "ends_as"), [("no json_schema", "json_object"), ("no response_format", None)])
def test_a_server_without_structured_output_is_asked_for_less(
    tmp_path: Path, clean_verdicts: list[Row], capsys, fault: str, ends_as: str | None
) -> None:
    with FaultServer(lambda *_: fault) as server:
        rows = judged(tmp_path, server, "json_schema")
        others = {"requests": None}  # are asked, in another form
        assert [row | others for row in rows] == [row | others for row in clean_verdicts]
        formats = [body.get("response_format", {}).get("type") for body in server.bodies]
        assert formats.count(ends_as) == ROWS, "no verdict is asked for twice"
        refused = ROWS if ends_as else 2 * ROWS
        assert len(formats) - ROWS < min(refused, 9), "a refusal is learned from"
        warnings = [line for line in capsys.readouterr().err.splitlines() if "refuses response_format" in line]
        assert len(warnings) == (1 if ends_as else 2)
        asked_before = server.total
        rows = judged(tmp_path, server, "json_schema")
        others = {"requests": None}  # are asked, in another form
        assert [row | others for row in rows] == [row | others for row in clean_verdicts]
        assert server.total == asked_before, "the second run asks nothing"
