"""Judges by criteria over real HTTP, both ways: faults lose nothing, and nothing is paid twice."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from fault_server import FaultServer, Plan, no_fault
from jobs import rows_of

from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table, Work
from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.judging.criteria import Method
from longhand.tables.files import Row
from longhand.tables.schemas import JUDGEMENTS
from longhand.wire.identity import Identity

pytestmark = pytest.mark.usefixtures("short_waits")

RESPONSES, CRITERIA = 6, 3
SCALE, VALUES = [0, 1], [0, 0.25, 0.5, 0.75, 1]
ITEM = re.compile(r"^(\d)\. (Is it .*)$", re.MULTILINE)


def score(response: str, criterion: str) -> float:
    """What the server's judge gives, whichever way it is asked."""
    return VALUES[hashlib.sha256(f"{response} {criterion}".encode()).digest()[0] % 5]


def verdict(question: str) -> str:
    """One score, or one for each item, in one of several forms."""
    response, items = question.partition("\n")[0], ITEM.findall(question)
    if "all of these" not in question:
        return json.dumps({"score": score(response, items[0][1]), "reason": "So it is."})
    given = {number: score(response, criterion) for number, criterion in items}
    if len(question) % 2:
        return json.dumps([{"number": int(number), "score": each} for number, each in given.items()])
    return "\n".join(f"Item {number}: {each}" for number, each in given.items())


def rows(weight: float = 1.0, first: str = "Is it 0?") -> list[Row]:
    nothing = dict.fromkeys(("context", "reference", "other_references", "examples"))
    criteria = [
        {"name": str(n + 1), "description": f"Is it {n}?", "levels": None, "values": None, "weight": weight}
        for n in range(CRITERIA)
    ]
    return [
        nothing
        | {"prompt_id": f"p{n}", "sample": 0, "prompt": "Write.", "response": f"Text {n}."}
        | {"criteria": [criteria[0] | {"description": first if n == 0 else "Is it 0?"}, *criteria[1:]]}
        for n in range(RESPONSES)
    ]


def judged(folder: Path, server: FaultServer, together: bool, of: list[Row] | None = None, tries: int = 3) -> list[Row]:
    """The judgements of a job, however few there are."""
    out, of = folder / "judgements.parquet", of or rows()
    template = f"{{response}}\n{'all of these' if together else 'this'}:\n{{criteria}}"
    marks = {name: f"{{{name}}}" for name in ("prompt", "response", "context", "reference")}
    rubric = {"template": template, "placeholders": marks, "scale": SCALE, "values": VALUES}
    method = Method({"repeats": 1, "attempts": 2, "rubric": rubric | {"criteria": {"together": together}}})
    serving = Serving("j", "openai", "j", base_url=server.url, concurrency=4, tries=tries, min_coverage=0.0)
    entry = Entry("judges", Identity("openai", "j", sampling={"max_tokens": 100}), serving)
    work = Work("j on d/m", {"judge": entry}, "d/m/000", len(of), lambda: of, lambda: of, method.make)
    table, faults = Table(out, JUDGEMENTS, "judge_responses"), FaultNotes("judge_responses", "j", "d")
    run_job(work, table, folder / "journal", folder / "server.log", faults)
    return rows_of(out)


def server_of(plan: Plan = no_fault) -> FaultServer:
    return FaultServer(plan, text=verdict)


def scores(table: list[Row]) -> list[tuple[str, str, float | None]]:
    return [(row["prompt_id"], row["dimension"], row["score"]) for row in table]


EXPECTED = [
    (row["prompt_id"], criterion["name"], score(row["response"], criterion["description"]))
    for row in rows()
    for criterion in row["criteria"]
]


@pytest.mark.parametrize("together", [True, False])
def test_both_ways_have_a_row_for_each_criterion(tmp_path: Path, together: bool) -> None:
    with server_of() as server:
        table = judged(tmp_path, server, together)
        assert scores(table) == EXPECTED and {row["status"] for row in table} == {"ok"}
        assert server.total == (RESPONSES if together else RESPONSES * CRITERIA)
        assert sum(row["prompt_tokens"] or 0 for row in table) == 10 * server.total, "each call is paid on one row"
        assert judged(tmp_path, server, together, rows(weight=9.0)) == [row | {"weight": 9.0} for row in table]
        assert server.total == (RESPONSES if together else RESPONSES * CRITERIA), "a weight asks nothing"
        changed = judged(tmp_path, server, together, rows(first="Is it not?"))
        assert server.total == (RESPONSES if together else RESPONSES * CRITERIA) + 1, "one question is another one"
        assert [row for row in scores(changed) if row[0] != "p0"] == [row for row in EXPECTED if row[0] != "p0"]
        assert changed[0]["score"] == score("Text 0.", "Is it not?")


@pytest.mark.parametrize("fault", ["500", "reset", "prose", "broken", "empty", "null"])
@pytest.mark.parametrize("together", [True, False])
def test_a_second_reply_saves_the_verdict(tmp_path: Path, fault: str, together: bool) -> None:
    def plan(question: str, before: int) -> str | None:
        return fault if "Text 3." in question and before == 0 else None

    with server_of(plan) as server:
        assert scores(judged(tmp_path, server, together)) == EXPECTED
        assert all(number == (2 if "Text 3." in question else 1) for question, number in server.received.items())


@pytest.mark.parametrize(("fault", "status"), [("prose", "unparsed"), ("filter", "refused"), ("500", "failed")])
def test_one_criterion_that_is_not_answered_leaves_the_others(tmp_path: Path, fault: str, status: str) -> None:
    def plan(question: str, _: int) -> str | None:
        return fault if "Text 3." in question and "Is it 1?" in question else None

    with server_of(plan) as server:
        table = judged(tmp_path, server, together=False)
        lost = [row for row in table if row["status"] != "ok"]
        assert [(row["prompt_id"], row["dimension"], row["status"]) for row in lost] == [("p3", "2", status)]
        assert [row for row in scores(table) if row[2] is not None] == [
            row for row in EXPECTED if row[:2] != ("p3", "2")
        ]
        server.plan = no_fault
        before = server.total
        again = judged(tmp_path, server, together=False)
        if status == "failed":
            assert scores(again) == EXPECTED and server.total == before + 1, "what got no answer is asked again"
        else:
            assert again == table and server.total == before, "what was answered is not asked twice"
