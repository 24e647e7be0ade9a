"""Too few answers end a step, also where its tables were made under a lower min_coverage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gather_shards
import join_scores
from import_responses import main as import_responses
from longhand.methods.direct import unanswered_row
from longhand.program.errors import LonghandError
from longhand.prompts.shards import shard_of
from longhand.tables.coverage import Coverage, check_table
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES

IDS = ["0000", "0001", "0002", "0003"]
SHARDS = 2


def response(prompt_id: str, status: str) -> Row:
    row = unanswered_row({"prompt_id": prompt_id, "sample": 0}, "m", status, f"HTTP 400 for {prompt_id}", 1)
    return row | ({"response": "text", "error": None} if status == "ok" else {})


def verdict(prompt_id: str, status: str) -> list[Row]:
    row = dict.fromkeys(JUDGEMENTS.names) | {
        "prompt_id": prompt_id,
        "sample": 0,
        "judge": "j",
        "status": status,
        "error": "no",
    }
    return [row | {"repeat": n, "dimension": name, "attempts": 1} for n in range(2) for name in ("Clarity", "Depth")]


def gather(folder: Path, rows: list[Row], out: str) -> Path:
    schema = RESPONSES if "finish_reason" in rows[0] else JUDGEMENTS
    prompts, shards = folder / "prompts.parquet", [folder / f"{n}.parquet" for n in range(SHARDS)]
    nothing = dict.fromkeys(PROMPTS.names) | {"prompt": "p", "language": "en"}
    write_table(prompts, [nothing | {"prompt_id": n} for n in IDS], PROMPTS, "test")
    for number, shard in enumerate(shards):
        write_table(shard, [r for r in rows if shard_of(r["prompt_id"], SHARDS) == number], schema, "test")
    gather_shards.main(prompts=prompts, shards=shards, step="test", out=folder / out)
    return folder / out


def test_responses_that_failed_count_again_when_the_limit_is_raised(tmp_path: Path, capsys) -> None:
    rows = [response(n, status) for n, status in zip(IDS, ("ok", "failed", "refused", "ok"), strict=True)]
    table = gather(tmp_path, rows, "d/m/responses.parquet")
    assert [row["status"] for row in read_rows(table)] == ["ok", "failed", "refused", "ok"]
    assert capsys.readouterr().err.endswith("responses.parquet is complete: 2 ok, 1 failed, 1 refused\n")
    check_table(table, 0.75)
    with pytest.raises(LonghandError, match="1 of 4 rows have no answer from m, for example: HTTP 400 for 0001 .*0.76"):
        check_table(table, 0.76)
    for missing in ("exclude", "neutral", "drop"):  # where scores are joined, before anything else is read
        with pytest.raises(LonghandError, match="1 of 4 rows have no answer from m"):
            join_scores.main(
                prompts=tmp_path / "none",
                responses=table,
                lengths=tmp_path / "none",
                judgements=[],
                ranges=[0],
                missing=missing,
                min_coverage=0.76,
                out=tmp_path / "scores.parquet",
            )


def test_verdicts_that_failed_count_once(tmp_path: Path, capsys) -> None:
    rows = [
        row for n, status in zip(IDS, ("ok", "failed", "unparsed", "ok"), strict=True) for row in verdict(n, status)
    ]
    table = gather(tmp_path, rows, "d/m/judgements/j.parquet")
    assert capsys.readouterr().err.endswith("judgements/j.parquet is complete: 4 ok, 2 failed, 2 unparsed\n")
    check_table(table, 0.75)
    with pytest.raises(
        LonghandError, match="1 of 4 rows have no answer from j, .* scripts/ask_again.py --status failed"
    ):
        check_table(table, 1.0)


def test_recorded_responses_that_are_too_few_end_the_run_before_a_judge_is_asked(tmp_path: Path) -> None:
    nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
    write_table(tmp_path / "p.parquet", [nothing | {"prompt_id": n, "prompt": n} for n in IDS], PROMPTS, "test")
    lines = [json.dumps({"prompt": n, "response": "text"}) for n in IDS[1:]]
    (tmp_path / "pred.jsonl").write_text("\n".join(lines))
    paths = {"prompts": tmp_path / "p.parquet", "recorded": tmp_path / "pred.jsonl", "out": tmp_path / "out.parquet"}
    fields = json.dumps({"prompt": "prompt", "response": "response"})
    with pytest.raises(LonghandError, match="1 of 4 rows have no answer from m, .*pred.jsonl, min_coverage 0.76"):
        import_responses(**paths, fields=fields, samples=1, min_coverage=0.76, name="m")
    assert not paths["out"].exists()
    import_responses(**paths, fields=fields, samples=1, min_coverage=0.75, name="m")
    assert [row["status"] for row in read_rows(paths["out"])] == ["failed", "ok", "ok", "ok"]


def test_what_was_rejected_is_told_with_an_example() -> None:
    """Else nobody who looks at the terminal learns that, say, a template of theirs gives no plans."""
    coverage = Coverage()
    for name, status in zip(IDS, ("ok", "rejected", "rejected", "empty"), strict=True):
        coverage.add(response(name, status))
    assert str(coverage) == "2 rejected, 1 ok, 1 empty; rejected, for example: HTTP 400 for 0001"
