"""What answers cost: a request that several answers share counts once; what the journal says is apart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from report_run import make_run

from longhand.ask.entry_files import EntryFiles
from longhand.ask.journal import Journal
from longhand.ask.spend import keep_report, paid_in, report, usd_at_most
from longhand.report.origins import costs, dates, durations
from longhand.summary.costs import Answers, Payee, cost_rows
from longhand.summary.inputs import Source
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import FACTS, JUDGEMENTS, RESPONSES, TRACES
from longhand.wire.answer import Answer

CHEAP, DEAR = {"input": 1.0, "output": 2.0}, {"input": 10.0, "output": 20.0}
MODELS = {
    "a": {"writer": Payee("models", "a", CHEAP)},
    "b": {"writer": Payee("models", "b", None)},
    "recorded": {},
    "planned": {"writer": Payee("models", "planned", CHEAP), "planner": Payee("models", "p", DEAR)},
}
JUDGES = {
    "j": {"judge": Payee("judges", "j", DEAR)},
    "long": {"judge": Payee("judges", "long", CHEAP), "embedder": Payee("embedders", "e", {"input": 0.5, "output": 0})},
}


def table(folder: Path, name: str, schema: Any, rows: list[Row]) -> Path:
    """Rows of a table, whose other columns have something that fits."""
    known = {"string": "x", "int64": 0, "double": 0.0, "list<item: string>": []}
    fill = {field.name: None if field.nullable else known[str(field.type)] for field in schema}
    path = folder / name
    write_table(path, [fill | row for row in rows], schema, "test")
    return path


def took(prompt_tokens: int | None, completion_tokens: int | None, seconds: float = 1.0, **more: object) -> Row:
    return {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "seconds": seconds} | more


def responses(folder: Path, model: str, rows: list[Row]) -> Source:
    return Source(table(folder, f"d/{model}/responses.parquet", RESPONSES, rows), "d", model)


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    of_a = [took(100, 1000, request_id="1"), took(100, 500, request_id="2"), took(None, None, request_id=None)]
    of_b = [took(100, 1000, request_id="1"), took(7, 70, request_id="3")]  # it asks as `a` does, in one answer
    recorded = [took(5, 5, request_id=None)]
    planned = [took(999, 999, request_id="4")]  # its calls stand in the traces
    calls = [
        took(10, 20, role="planner", attempts=1, request_id="4"),
        took(10, 30, role="writer", attempts=2, request_id="5"),
        took(10, 30, role="writer", attempts=1, request_id="5"),
        took(None, None, role="writer", attempts=3, request_id=None),
    ]
    verdicts = {
        "a": [took(50, 5, requests=["v1", "v2"]), took(None, None, requests=[]), took(60, 6, requests=["v3"])],
        "b": [took(50, 5, requests=["v1", "v2"]), took(70, 7, requests=["v4"])],
    }
    findings = [
        took(40, 4, role="judge", attempts=1, request_id="s1", step="support"),
        took(40, 4, role="judge", attempts=1, request_id="s1", step="support"),
        took(None, None, role="judge", attempts=0, request_id="s1", step="statement"),
        took(8, None, role="embedder", attempts=1, request_id="e2"),
    ]
    facts = [
        took(1000, 10, attempts=2, request_id="f1", embedding_tokens=80, embedding_requests=["e1"]),
        took(1000, 10, attempts=1, request_id="f2", embedding_requests=[]),
        took(None, None, attempts=1, request_id="f2", embedding_requests=[]),
    ]
    judged = [
        Source(table(tmp_path, f"d/{model}/judgements/j.parquet", JUDGEMENTS, rows), "d", model, "j")
        for model, rows in verdicts.items()
    ]
    rewarded = table(tmp_path, "d/a/judgements/long.parquet", JUDGEMENTS, [took(999, 9, requests=["s1"])])
    traced = table(tmp_path, "d/a/judgements/long.traces.parquet", TRACES, findings)
    return Answers(
        responses=[
            responses(tmp_path, "a", of_a),
            responses(tmp_path, "b", of_b),
            responses(tmp_path, "recorded", recorded),
            responses(tmp_path, "planned", planned),
        ],
        judgements=[*judged, Source(rewarded, "d", "a", "long")],
        traces=[Source(table(tmp_path, "d/planned/traces.parquet", TRACES, calls), "d", "planned")],
        judge_traces=[Source(traced, "d", "a", "long")],
        facts={("d", "long"): table(tmp_path, "d/long.facts.parquet", FACTS, facts)},
    )


def test_each_request_is_paid_once(answers: Answers) -> None:
    """Counted by hand from the rows above."""
    rows = {(row["what"], row["name"]): row for row in cost_rows({"evaluation": answers}, MODELS, JUDGES)}
    counted = {
        ("responses", "a"): (2, 0, 200, 1500, 2.0, (200 * 1 + 1500 * 2) / 1e6),
        ("responses", "p"): (1, 0, 10, 20, 1.0, (100 + 400) / 1e6),
        ("responses", "b"): (1, 1, 7, 70, 1.0, None),
        ("responses", "planned"): (1, 1, 10, 30, 1.0, 70e-6),
        ("verdicts", "j"): (4, 1, 180, 18, 3.0, (1800 + 360) / 1e6),
        ("verdicts", "long"): (1, 1, 40, 4, 1.0, 48e-6),
        ("embeddings", "e"): (2, 0, 88, None, 1.0, 44e-6),
        ("facts", "long"): (3, 1, 2000, 20, 2.0, 2040e-6),
    }
    assert {key for key in rows if key[1]} == set(counted)
    names = ("requests", "shared", "prompt_tokens", "completion_tokens", "seconds")
    for key, (*sums, usd) in counted.items():
        assert [rows[key][name] for name in names] == sums, key
        assert rows[key]["cost"] == (usd if usd is None else pytest.approx(usd)), key
    for what in ("responses", "verdicts", "embeddings", "facts", "all"):
        parts = [row for (of, name), row in rows.items() if name and what in (of, "all")]
        assert rows[what, None]["requests"] == sum(row["requests"] for row in parts)
        assert rows[what, None]["cost"] == pytest.approx(sum(row["cost"] or 0 for row in parts))


def test_what_came_in_batches_costs_its_own_price(tmp_path: Path) -> None:
    """One verdict in a batch, one live, and one of a batch that was asked again live; one that is shared."""
    in_batch = took(100, 10, requests=["b"], batch_prompt_tokens=100, batch_completion_tokens=10)
    mixed = took(200, 20, requests=["m", "l"], batch_prompt_tokens=90, batch_completion_tokens=9)
    path = table(tmp_path, "j.parquet", JUDGEMENTS, [in_batch, took(7, 3, requests=["x"]), mixed, in_batch])
    price = {"input": 10.0, "output": 20.0, "batch_input": 1.0, "batch_output": 2.0}
    answers = Answers(judgements=[Source(path, "d", "a", "j")])
    row, *_ = cost_rows({"evaluation": answers}, {}, {"j": {"judge": Payee("judges", "j", price)}})
    in_batches, live = (190 * 1 + 19 * 2) / 1e6, ((7 + 110) * 10 + (3 + 11) * 20) / 1e6
    assert row["cost"] == pytest.approx(in_batches + live)
    assert (row["requests"], row["shared"], row["prompt_tokens"]) == (4, 1, 307)


def test_of_two_judges_with_the_same_questions_the_attempts_of_one_alone_are_paid(tmp_path: Path) -> None:
    """The first gives up after two replies that cannot be read, the second asks twice more, once in a batch."""
    price = {"input": 10.0, "output": 20.0, "batch_input": 1.0, "batch_output": 2.0}
    judges = {name: {"judge": Payee("judges", name, price)} for name in "jk"}
    batch = {"batch_prompt_tokens": 100, "batch_completion_tokens": 10}
    rows = {
        "j": took(200, 20, 2.0, requests=["1", "2"]),
        "k": took(400, 45, 5.0, requests=["1", "2", "3", "4"]) | batch,
    }
    tables = [
        Source(table(tmp_path, f"{name}.parquet", JUDGEMENTS, [row]), "d", "a", name) for name, row in rows.items()
    ]
    for order in (tables, tables[::-1]):
        counted = list(cost_rows({"evaluation": Answers(judgements=order)}, {}, judges))
        whole = counted[-1]
        assert (whole["requests"], whole["prompt_tokens"], whole["completion_tokens"]) == (4, 400, 45)
        assert whole["seconds"] == 5.0 and whole["shared"] == (0 if order is tables else 1)
        assert whole["cost"] == pytest.approx((300 * 10 + 35 * 20 + 100 * 1 + 10 * 2) / 1e6)


def test_the_page_says_what_is_which(answers: Answers, tmp_path: Path) -> None:
    """In thousands of the prices above, so that it is money."""
    dear = {
        name: {
            role: each._replace(price=each.price and {k: 1e4 * v for k, v in each.price.items()})
            for role, each in roles.items()
        }
        for name, roles in MODELS.items()
    }
    rows = list(cost_rows({"evaluation": answers}, dear, {name: dict(roles) for name, roles in JUDGES.items()}))
    assert costs(rows, []) == (
        "Cost $37.70: $37.70 for responses, $0.0022 for verdicts, $0.0020 for facts of contexts and $0.0000 for "
        "embeddings, by the prices in the config; b has no price. "
        "5 answers came of questions that were paid once for several."
    )
    more = responses(tmp_path, "a", [took(0, 500, request_id="9")])
    rows = list(cost_rows({"evaluation": Answers(), "data": Answers([more])}, dear, {}))
    whole = {"kind": None, "name": None, "usd": 10.0, "maybe_paid": 0, "usd_at_most": 10.0}
    of_data = "What is not on the leaderboard cost $10.00 more."
    assert costs(rows, [whole]) == f"{of_data} By the journal, $10.00 was paid over all runs."
    lost = whole | {"maybe_paid": 2, "usd_at_most": 12.5}
    assert costs(rows, [lost]).endswith(" over all runs; 2 requests without a reply may make it $12.50.")
    unpriced = list(cost_rows({"evaluation": Answers(answers.responses[1:2])}, MODELS, {}))
    assert costs(unpriced, []) == "No price is known, so no cost."
    assert costs([], []) == "" and durations([]) == ""
    assert dates([], datetime(2026, 11, 22, 6, 0, tzinfo=UTC)) == "This page was made at 2026-11-22 06:00 UTC."


def test_what_two_uses_share_counts_for_the_first(answers: Answers) -> None:
    rows = list(cost_rows({"evaluation": answers, "data": answers}, MODELS, JUDGES))
    whole = {row["used_for"]: row for row in rows if row["what"] == "all"}
    assert whole["data"]["requests"] == 0 and whole["data"]["cost"] is None
    assert whole["data"]["shared"] == 18  # rows with a request, and the one with vectors
    assert not list(cost_rows({"evaluation": Answers()}, MODELS, JUDGES))


def test_the_journal_says_what_was_paid(tmp_path: Path) -> None:
    """Also where a job's report is older than its answers, or not there."""
    with Journal(tmp_path) as journal:
        for name, tokens in (("models/m/d/000", (1, 2)), ("models/m/e/000", (4,))):
            with journal.file(name) as file:
                for n in tokens:
                    file.add(Answer(f"{n:064x}", "text", "stop", 10, n, 0.5, 2))
                    path = tmp_path / f"{name}.jsonl"
                    if n == 1:
                        keep_report(path, report(path, CHEAP))
    spend, unsettled = paid_in(EntryFiles(tmp_path, "models", "m"))
    assert (spend.answers, spend.requests, spend.prompt_tokens, spend.completion_tokens) == (3, 6, 30, 7)
    assert unsettled.requests == 0 and usd_at_most(spend, unsettled, None) is None
    assert usd_at_most(spend, unsettled, CHEAP) == pytest.approx(44e-6)


def test_only_the_table_of_what_was_paid_is_of_the_journal(tmp_path: Path) -> None:
    """The journal is no declared input: it may grow, and no other table is another one then."""

    def digests() -> dict[str, bytes]:
        return {path.stem: path.read_bytes() for path in sorted(run.summarized().glob("*.parquet"))}

    run = make_run(tmp_path, ["weak"], ["judge"], prompts=2)
    before = digests()
    with Journal(tmp_path / "journal") as journal, journal.file("models/weak/other-run/000") as file:
        file.add(Answer(f"{1:064x}", "text", "stop", 10, 5, 0.5, 2))
    after = digests()
    assert [name for name in before if before[name] != after[name]] == ["paid"] and len(before) > 30
    (of_model, _) = read_rows(tmp_path / "results/summary/paid.parquet")
    assert (of_model["name"], of_model["requests"], of_model["completion_tokens"]) == ("weak", 2, 5)
