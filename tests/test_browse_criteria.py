"""The reader's side files of prompts that have criteria, and of verdicts by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browse_files import Rows, listed, unpacked

from longhand.browse.prompts import read_excerpts, write_prompts
from longhand.browse.verdicts import write_verdicts
from longhand.tables.files import write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES

HOSTILE = "</script><script>hacked()</script> \u202e \0 \U0001f600"
CRITERIA: Rows = [
    {
        "name": f"Depth {HOSTILE}",
        "description": "x" * 20_000,
        "levels": [{"label": "1-2", "text": "Shallow."}, {"label": "9-10", "text": None}],
        "values": None,
        "weight": 2.0,
        "views": ["C"],
    },
    *[{"name": str(n), "description": f"Item {n}.", "levels": None, "values": [0.0, 0.25, 1.0], "weight": 1.0,
       "views": None} for n in range(2, 13)],
]  # fmt: skip


def prompt(name: str, criteria: Rows | None) -> dict[str, Any]:
    return dict.fromkeys(PROMPTS.names) | {
        "prompt_id": name,
        "prompt": "Write.",
        "language": "en",
        "criteria": criteria,
    }


def response(name: str) -> dict[str, Any]:
    values = {"prompt_id": name, "sample": 0, "status": "ok", "response": "A text.", "attempts": 1, "model": "m"}
    return dict.fromkeys(RESPONSES.names) | values


def judgement(judge: str, repeat: int, place: int, weight: float | None = 1.0, **values: Any) -> dict[str, Any]:
    key = {"prompt_id": "p", "sample": 0, "judge": judge, "repeat": repeat, "dimension": str(place), "weight": weight}
    return dict.fromkeys(JUDGEMENTS.names) | key | {"status": "ok", "attempts": 1} | values


def test_criteria_of_a_prompt_are_in_order_with_all_that_they_have(tmp_path: Path) -> None:
    write_table(tmp_path / "prompts.parquet", [prompt("p", CRITERIA), prompt("q", None)], PROMPTS, "test")
    write_table(tmp_path / "responses.parquet", [response("p"), response("q")], RESPONSES, "test")
    write_prompts(tmp_path, "d", tmp_path / "prompts.parquet", [read_excerpts(tmp_path / "responses.parquet")], {})
    first, *others = unpacked(tmp_path, "prompts/d/0")["criteria"]
    assert first == {
        "name": f"Depth {HOSTILE}",
        "description": "x" * 20_000,
        "levels": [{"label": "1-2", "text": "Shallow."}, {"label": "9-10"}],
        "weight": 2.0,
        "views": ["C"],
    }
    assert others == [
        {"name": str(n), "description": f"Item {n}.", "values": [0, 0.25, 1], "weight": 1.0} for n in range(2, 13)
    ]
    assert "criteria" not in unpacked(tmp_path, "prompts/d/1")


def test_scores_name_their_criterion_and_have_reasons_of_their_own(tmp_path: Path) -> None:
    together = [
        judgement("all", repeat, n, 2.0 if n == 1 else 1.0, score=n / 4, score_100=25.0 * n, reply=f"Reply {repeat}",
                  reason=f"Since {repeat}/{n}. {HOSTILE}", words_cut=90)
        for repeat in (0, 1) for n in (1, 2, 3)
    ]  # fmt: skip
    apart = [judgement("each", 0, n, reply="[[1]]", score=1.0, score_100=100.0, requests=[f"r{n}"]) for n in (1, 2)]
    apart.append(judgement("each", 0, 3, reply="?", status="unparsed", error="no score", requests=["r3", "r4"]))
    write_table(tmp_path / "prompts.parquet", [prompt("p", CRITERIA[:3])], PROMPTS, "test")
    write_table(tmp_path / "responses.parquet", [response("p")], RESPONSES, "test")
    tables = {"all": tmp_path / "all.parquet", "each": tmp_path / "each.parquet"}
    for judge, rows in (("all", together), ("each", apart)):
        write_table(tables[judge], rows, JUDGEMENTS, "test")
    write_verdicts(tmp_path, "d/m", tmp_path / "prompts.parquet", tmp_path / "responses.parquet", tables, {})
    rows = listed(tmp_path, "verdicts/d/m/0")
    assert [(row["judge"], row["repeat"], row["reply"], len(row["scores"])) for row in rows] == [
        *(("all", 0, "Reply 0", 3), ("all", 1, "Reply 1", 3)),
        *(("each", 0, "[[1]]", 1), ("each", 0, "[[1]]", 1), ("each", 0, "?", 1)),
    ]
    assert [row.get("words_cut") for row in rows] == [90, 90, None, None, None]
    assert rows[1]["scores"][2] == {
        "criterion": 3,
        "score": 0.75,
        "score_100": 75.0,
        "status": "ok",
        "reason": f"Since 1/3. {HOSTILE}",
    }
    assert rows[4]["scores"] == [{"criterion": 3, "status": "unparsed", "error": "no score"}]
