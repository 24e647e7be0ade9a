"""longhand.methods.recorded: responses that were made elsewhere, matched by prompt and context."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from import_responses import main
from longhand.methods.recorded import Method
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS

FIELDS = {"prompt": "prompt", "response": "response"}
SAME = [{"prompt": "Sum it up.", "context": "Text A."}, {"prompt": "Sum it up.", "context": "Text B."}]
PLAIN = [{"prompt": "Rain."}, {"prompt": "Snow."}]


def written(path: Path, rows: list[dict]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def dataset(folder: Path, rows: list[dict]) -> list[Row]:
    return list(prepare_prompts("d", {"prompt": "prompt"}, written(folder / "prompts.jsonl", rows), "jsonl"))


def matched(
    folder: Path, prompts: list[dict], recorded: list[dict], fields: Mapping[str, str | None] = FIELDS
) -> list[str | None]:
    """The responses to the prompts."""
    rows = dataset(folder, prompts)
    settings = {"path": written(folder / "pred.jsonl", recorded), "kind": "jsonl", "fields": fields, "samples": 1}
    method = Method(settings | {"model": "m", "prompts": rows})
    made = [asyncio.run(method.make({}, row | {"sample": 0})) for row in rows]
    return [row["response"] for (row,) in made]


def test_prompts_that_differ_in_context_get_their_own_responses(tmp_path: Path) -> None:
    recorded = [SAME[1] | {"response": "of B"}, SAME[0] | {"response": "of A"}]
    assert matched(tmp_path, SAME, recorded) == ["of A", "of B"]
    renamed = [{"q": row["prompt"], "text": row["context"], "response": row["response"]} for row in recorded]
    fields = {"prompt": "q", "context": "text", "response": "response"}
    assert matched(tmp_path, SAME, renamed, fields) == ["of A", "of B"]
    assert matched(tmp_path, SAME, recorded[:1]) == [None, "of B"]
    assert matched(tmp_path, [*SAME, *PLAIN], [*recorded, {"prompt": "Snow.", "response": "s"}])[3] == "s"


def test_a_response_that_fits_two_prompts_is_an_error(tmp_path: Path) -> None:
    recorded = [{"prompt": "Rain.", "response": "r"}, {"prompt": "Sum it up.", "response": "of which?"}]
    with pytest.raises(LonghandError, match=r"fits 2 prompts .* only in their contexts \(.*pred.jsonl line 2\)"):
        matched(tmp_path, [*SAME, *PLAIN], recorded)
    without = [row | {"response": "of which?"} for row in SAME]
    with pytest.raises(LonghandError, match=r"fits 2 prompts .*; fix: add a column `context`"):
        matched(tmp_path, SAME, without, FIELDS | {"context": None})
    spaced = [{"prompt": "Rain."}, {"prompt": "Rain.\n"}]
    with pytest.raises(LonghandError, match="differ only in spaces"):
        matched(tmp_path, spaced, [{"prompt": "Rain.", "context": None, "response": "r"}])


def test_the_prompt_alone_decides_where_it_can(tmp_path: Path) -> None:
    assert matched(tmp_path, [*SAME, *PLAIN], [{"prompt": " Rain.", "response": "r"}]) == [None, None, "r", None]
    assert matched(tmp_path, SAME[:1], [{"prompt": "Sum it up.", "response": "a"}]) == ["a"]
    other = [{"prompt": "Rain.", "context": "of the file alone", "response": "r"}]
    assert matched(tmp_path, PLAIN, other, FIELDS | {"context": None}) == ["r", None]
    with pytest.raises(LonghandError, match=r"not one of its prompts .*context: null"):
        matched(tmp_path, PLAIN, other)


def test_prompts_without_responses_are_no_mistake_unless_all_are(tmp_path: Path) -> None:
    assert matched(tmp_path, PLAIN, [{"prompt": "Rain.", "response": "r"}]) == ["r", None]
    assert matched(tmp_path, PLAIN, []) == [None, None]
    with pytest.raises(LonghandError, match="not one of its prompts"):
        matched(tmp_path, PLAIN, [{"prompt": "Hail.", "response": "r"}])


def test_a_named_column_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(LonghandError, match="there is no column 'text', only: prompt, response"):
        matched(tmp_path, PLAIN, [{"prompt": "Rain.", "response": "r"}], FIELDS | {"context": "text"})


def test_equal_prompts_in_one_dataset_are_a_mistake(tmp_path: Path) -> None:
    """The same prompt twice would be one question with two rows: `samples` draws several answers."""
    assert len(dataset(tmp_path, SAME)) == 2
    with pytest.raises(LonghandError, match="stands in line 1 already .*line 3"):
        dataset(tmp_path, [*SAME, SAME[0]])


def test_import_responses(tmp_path: Path) -> None:
    rows = dataset(tmp_path, [*SAME, *PLAIN])
    write_table(tmp_path / "prompts.parquet", rows, PROMPTS, "test")
    recorded = written(tmp_path / "pred.jsonl", [row | {"response": row["context"][-2:]} for row in SAME])
    paths = {"prompts": tmp_path / "prompts.parquet", "recorded": recorded}
    main(**paths, fields=json.dumps(FIELDS), samples=2, min_coverage=0.0, name="m", out=tmp_path / "out.parquet")
    made = [
        (row["prompt_id"], row["sample"], row["status"], row["response"]) for row in read_rows(tmp_path / "out.parquet")
    ]
    recorded = {(0, 0): ("ok", "A."), (1, 0): ("ok", "B.")}
    assert made == [
        (row["prompt_id"], sample, *recorded.get((number, sample), ("failed", None)))
        for number, row in enumerate(rows)
        for sample in range(2)
    ]


def test_a_prompt_without_a_response_is_named(tmp_path: Path) -> None:
    prompt = "Which?\x1b[31m\n" + "long " * 5000
    write_table(tmp_path / "prompts.parquet", dataset(tmp_path, [*PLAIN, {"prompt": prompt}]), PROMPTS, "test")
    recorded = written(tmp_path / "pred.jsonl", [row | {"response": "r"} for row in PLAIN])
    paths = {"prompts": tmp_path / "prompts.parquet", "recorded": recorded, "out": tmp_path / "out.parquet"}
    with pytest.raises(LonghandError, match=r"1 of 3 rows .*: no response in pred.jsonl to 'Which\? long [a-z ]+' \("):
        main(**paths, fields=json.dumps(FIELDS), samples=1, min_coverage=0.9, name="m")


def test_references_are_responses(tmp_path: Path) -> None:
    rows = [row | {"reference": f"On {row['prompt']}" if n else None} for n, row in enumerate([*SAME, *PLAIN])]
    write_table(tmp_path / "prompts.parquet", dataset(tmp_path, rows), PROMPTS, "test")
    out = tmp_path / "out.parquet"
    options = {"prompts": tmp_path / "prompts.parquet", "answers": "reference", "fields": "{}", "samples": 1}
    main(**options, min_coverage=0.75, name="texts", out=out)
    made = [(row["status"], row["response"], row["error"]) for row in read_rows(out)]
    assert made[0] == ("failed", None, "the prompt has no reference")
    assert made[1:] == [("ok", row["reference"], None) for row in rows[1:]]
    out.unlink()
    with pytest.raises(LonghandError, match=r"1 of 4 rows have no answer from texts, .*the prompt has no reference"):
        main(**options, min_coverage=0.76, name="texts", out=out)
    assert not out.exists()
