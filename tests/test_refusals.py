"""Whether a server refuses a prompt, the key or the whole job, and what becomes of rows that nobody answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fault_replies import error
from fault_server import FaultServer
from jobs import ROWS, generate, rows_of

from longhand.config.serving import Serving
from longhand.program.errors import LonghandError
from longhand.program.printable import printable
from longhand.tables.files import Row
from longhand.wire.replies import ErrorReply, Transient, Unanswered

pytestmark = pytest.mark.usefixtures("short_waits")

# As the providers send them, by their documentation or as quoted in public bug reports.
_LINES = Path(__file__).with_name("moderation_replies.jsonl").read_text(encoding="utf-8").splitlines()
MODERATION = {line["provider"]: (line["status"], line["body"]) for line in map(json.loads, _LINES)}


def meaning(status: int, body: Any) -> Exception:
    reply = ErrorReply.read(status, {}, json.dumps(body).encode(), printable)
    return reply.meaning(Serving("m", "openai", "m", api_key_env="K"), {})


@pytest.mark.parametrize("provider", MODERATION)
def test_moderation_is_told_from_other_refusals(provider: str) -> None:
    met = meaning(*MODERATION[provider])
    assert isinstance(met, Unanswered) and met.status == "refused"


@pytest.mark.parametrize(
    ("status", "message", "status_of_answer"),
    [
        (400, "messages: this cannot be read", "failed"),
        (400, "max_tokens is too large", "failed"),
        (400, "temperature: 3 is not case-sensitive", "failed"),
        (403, "Country, region, or territory not supported", "failed"),
        (403, "Your account has been suspended for violating our usage policies", "failed"),
        (403, "Your resource has been temporarily blocked: behavior that may violate our content policy", "failed"),
        (403, "Access was terminated. Review our usage guidelines", "failed"),
    ],
)
def test_what_is_no_moderation(status: int, message: str, status_of_answer: str) -> None:
    met = meaning(status, {"error": {"message": message}})
    assert isinstance(met, Unanswered) and met.status == status_of_answer
    assert (met.otherwise is not None) == (status == 403)


def test_401_and_spent_money_end_the_job_and_429_is_tried_again() -> None:
    flagged = {"error": {"message": "Your input was flagged", "code": "content_filter"}}
    assert "the API refused the key: Your input was flagged" in str(meaning(401, flagged))
    assert isinstance(meaning(429, flagged), Transient)
    for status, code in ((429, "insufficient_quota"), (403, "exceeded_current_quota_error"), (400, "Arrearage")):
        assert "the money is spent" in str(meaning(status, {"error": {"message": "pay", "code": code}}))


def test_moderation_may_come_with_200() -> None:
    bodies: list[Any] = [{"error": body["error"]} for _, body in (MODERATION["OpenRouter"], MODERATION["Azure"])]
    bodies.append({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}})
    for body in bodies:
        assert ErrorReply.read(200, {}, json.dumps(body).encode(), printable).moderated
    assert not ErrorReply.read(200, {}, b'{"error": {"message": "upstream failed"}}', printable).moderated
    assert not ErrorReply.read(403, {}, b"<html>content policy</html>", printable).moderated


def forbidden_at(*numbers: int) -> Callable[[str, int], Any]:
    """A gateway that forbids some prompts, in words that nobody knows."""

    async def fault(_: Any, __: dict[str, Any]) -> Any:
        return error(403, "computer says no")

    return lambda prompt, _: fault if int(prompt[7:]) in numbers else None


def statuses(rows: list[Row]) -> str:
    return "".join({"ok": ".", "failed": "F"}[row["status"]] for row in rows)


def test_one_forbidden_prompt_is_a_row(tmp_path: Path) -> None:
    with FaultServer(forbidden_at(5)) as server:
        rows = rows_of(generate(tmp_path, server, concurrency=1, min_coverage=0.5))
    assert statuses(rows) == ".....F......"
    assert rows[5]["error"] == "HTTP 403: computer says no"


def test_a_forbidden_prompt_ends_a_job_that_got_no_answer(tmp_path: Path) -> None:
    with FaultServer(forbidden_at(0)) as server:
        with pytest.raises(LonghandError, match="the API refused the key: computer says no"):
            generate(tmp_path, server, concurrency=1, min_coverage=0.5)
        assert server.total == 1
        rows = rows_of(generate(tmp_path, server, concurrency=1, min_coverage=0.5))  # it is asked last
        assert statuses(rows) == "F..........."
        assert server.bodies[-1]["messages"][0]["content"] == "prompt 0"
    with FaultServer(forbidden_at(*range(13))) as server, pytest.raises(LonghandError, match="refused the key"):
        generate(tmp_path, server, rows=13, concurrency=1)  # nothing is answered, and one row is new
    assert server.total == 1


@pytest.mark.parametrize("fault", ["400", "500", "reset"])
def test_rows_that_nobody_answers_fail_no_later_run(tmp_path: Path, fault: str) -> None:
    bad = set(range(3, 8))
    with FaultServer(lambda prompt, _: fault if int(prompt[7:]) in bad else None) as server:

        def run(rows: int = ROWS) -> list[Row]:
            return rows_of(generate(tmp_path, server, rows, tries=2, concurrency=2, min_coverage=0.0))

        try:
            run()
        except LonghandError as met:  # by timing; then the others are answered by the next run
            assert "requests in a row got no answer" in str(met)
        assert statuses(run()) == "...FFFFF...."
        requests_before, good = server.total, server.answered.copy()
        (tmp_path / "000.parquet").unlink()
        rows = run()  # as after -R, or without work/
        assert statuses(rows) == "...FFFFF...."
        assert server.answered == good and server.total > requests_before
        before = len(server.bodies)
        assert statuses(run(rows=15)) == "...FFFFF......."
        numbers = [int(body["messages"][0]["content"][7:]) for body in server.bodies[before:]]
        assert set(numbers[:3]) == {12, 13, 14} and set(numbers[3:]) == bad, "what is known to fail is asked last"
        bad.clear()
        assert statuses(run(rows=15)) == "." * 15, "and answered once it can be"


def test_unknown_rows_end_a_job_as_ever(tmp_path: Path) -> None:
    with FaultServer(lambda *_: "400") as server:
        for most in (12, 24):
            with pytest.raises(LonghandError, match="gave up"):
                generate(tmp_path, server, rows=100)
            assert server.total <= most
    for path in tmp_path.glob("journal/models/m/*.unanswered"):
        assert all(json.loads(line)["error"] == "HTTP 400: messages: this cannot be read" for line in path.open())
        path.write_text("{}\nno json\n" + "[" * 100_000 + '\n{"id": 1, "status": 2, "error": 3, "attempts": []}\n')
    with FaultServer() as server:
        assert statuses(rows_of(generate(tmp_path, server))) == "." * ROWS


def test_reasons_are_kept_without_work(tmp_path: Path) -> None:
    """Only the journal's folder has them; another job of the same model finds them too."""
    with FaultServer(lambda prompt, _: "400" if prompt == "prompt 5" else None) as server:
        generate(tmp_path, server, min_coverage=0.5)
        shutil.copytree(tmp_path / "journal", tmp_path / "moved/journal")
        generate(tmp_path / "moved", server, shard="001", min_coverage=0.5, rows=ROWS + 1)
    assert [body["messages"][0]["content"] for body in server.bodies[-2:]] == ["prompt 12", "prompt 5"]
