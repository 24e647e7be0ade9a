"""From responses and scores to pairs, their audit, exports and fine-tuning data: the steps, on files."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from training_world import Sample, World, write

import export_pred
import select_sft
from longhand.program.errors import LonghandError
from longhand.tables import files
from longhand.tables.files import read_rows
from longhand.tables.schemas import RESPONSES
from longhand.tables.training_tables import CANDIDATES, OUTCOMES, PAIRS

RESPONSES_TO: dict[str, list[Sample]] = {
    "one text": [("ok", "Some text.", 90.0), ("empty", None, 0.0), ("failed", None, None)],
    "white space": [("ok", "Some text.", 90.0), ("ok", " \n\u3000", 0.0), ("too_long", None, 0.0)],
    "same": [("ok", "Some text.", 90.0), ("ok", "Some text.", 90.0), ("refused", None, 0.0)],
    "tie": [("ok", "Some text.", 90.0), ("ok", "Another.", 90.0), ("refused", None, 0.0)],
    "range": [("ok", "Some text.", None), ("ok", "Another.", None), ("ok", "A third.", None)],
    "good": [("ok", "Some text.", 90.0), ("truncated", "Another", 40.0), ("refused", None, 0.0)],
}
OUTCOME = {"one text": "no_text", "white space": "no_text", "same": "identical_texts", "tie": "tie"}
OUTCOME |= {"range": "no_length_score", "good": "paired"}


def test_a_text_that_is_not_there_is_never_rejected(tmp_path: Path) -> None:
    """By length alone it scores 0, the worst of all, and would be the rejected one with no content."""
    world = World(tmp_path, RESPONSES_TO)
    world.pair()
    (pair,) = world.rows("pairs")
    assert (pair["prompt_id"], pair["chosen_sample"], pair["rejected_sample"]) == ("good", 0, 1)
    assert pair["rejected"] == [{"role": "assistant", "content": "Another"}]
    (line,) = [json.loads(line) for line in (world.out / "pairs.jsonl").read_text().splitlines()]
    assert (line["chosen"], line["rejected"]) == ("Some text.", "Another")
    textless = [row for row in world.rows("candidates") if row["text_sha256"] is None]
    assert len(textless) == 7
    assert {(row["reward"], row["no_reward"]) for row in textless} == {(None, "no_text")}


def test_every_prompt_says_why_it_made_no_pair(tmp_path: Path) -> None:
    world = World(tmp_path, RESPONSES_TO)
    world.pair()
    outcomes = {row["prompt_id"]: row for row in world.rows("outcomes")}
    assert {prompt_id: row["outcome"] for prompt_id, row in outcomes.items()} == OUTCOME
    counts = ("responses", "candidates", "scored", "texts", "pairs")
    assert [outcomes["white space"][name] for name in counts] == [3, 1, 1, 1, 0]
    assert [outcomes["same"][name] for name in counts] == [3, 2, 2, 1, 0]
    assert [outcomes["range"][name] for name in counts] == [3, 3, 0, 0, 0]
    shown = {(row["part"], row["figure"]): row["n"] for row in world.audit()}
    assert (shown["outcome", "identical_texts"], shown["outcome", "tie"], shown["outcome", "no_text"]) == (1, 1, 2)
    assert (shown["candidates", "no_text"], shown["candidates", "no_length_score"]) == (7, 3)
    assert shown["candidates", "same_text"] == 1
    card = (world.out / "README.md").read_text()
    for line in (
        "| responses with a text | 11 |",
        "| prompts: all texts are the same | 1 |",
        "| prompts: different texts, equal rewards | 1 |",
        "| prompts: too few candidates: no text | 2 |",
        "| prompts: too few candidates: no length score by the dataset's length rule | 1 |",
    ):
        assert line in card


def test_fine_tuning_data_says_what_it_dropped(tmp_path: Path) -> None:
    world = World(tmp_path, RESPONSES_TO)
    world.select(min_length_score=80)
    kept = world.rows("train")
    assert [(row["prompt_id"], row["sample"]) for row in kept] == [
        ("one text", 0), ("white space", 0), ("same", 0), ("same", 1), ("tie", 0), ("tie", 1), ("good", 0)
    ]  # fmt: skip
    card = (world.out / "README.md").read_text()
    for line in (
        "| all | 0 | 18 |",
        "| no text | 7 | 11 |",
        "| cut off | 1 | 10 |",
        "| no length score by the dataset's length rule | 3 | 7 |",
        "| S_L under 80 | 0 | 7 |",
    ):
        assert line in card, card
    lines = [json.loads(line) for line in (world.out / "train.jsonl").read_text().splitlines()]
    listed = json.loads((world.out / "llama_factory/s.json").read_text())
    texts = [row["messages"][-1]["content"] for row in kept]
    assert [line["response"] for line in lines] == texts == [row["output"] for row in listed]


@pytest.mark.parametrize("message", [[], [{"role": "assistant", "content": None}], [{"role": None, "content": ""}]])
def test_an_audit_of_any_table(tmp_path: Path, message: list) -> None:
    """All that the schema allows: no prompts, no pairs; pairs of nothing."""
    world = World(tmp_path, {})
    for name, schema in (("pairs", PAIRS), ("outcomes", OUTCOMES), ("candidates", CANDIDATES)):
        write(world.out / f"{name}.parquet", schema, [])
    figures = world.audit()
    assert len(figures) > 20
    assert {row["value"] for row in figures} == {None} and {row["n"] for row in figures} == {0}
    world.export("{}")
    assert json.loads((world.out / "llama_factory/p.json").read_text()) == []
    empty = dict.fromkeys(("chosen_sample", "rejected_sample", "chosen_words", "rejected_words"), 0)
    empty |= dict.fromkeys(("chosen_reward", "rejected_reward", "margin"), float("nan"))
    empty |= dict.fromkeys(("prompt_id", "chosen_model", "rejected_model", "chosen_status", "rejected_status"), "")
    row = empty | {"prompt": message, "chosen": message, "rejected": message, "language": "[en"}
    write(world.out / "pairs.parquet", PAIRS, [row, row | {"language": "", "range": "[a,b)"}])
    write(
        world.out / "outcomes.parquet", OUTCOMES, [dict.fromkeys(OUTCOMES.names, 0) | {"prompt_id": "", "outcome": ""}]
    )
    assert {row["n"] for row in world.audit() if row["part"] == "margin"} == {2}


HOSTILE = (
    "---\n```\n<script>alert(1)</script>\u2028| a | b |\x85\x00\x1b[31m\u202e\x0b\x1c**x** [y](javascript:z) ${x} 语言"
)


def test_texts_of_any_kind_keep_the_formats_whole(tmp_path: Path) -> None:
    world = World(tmp_path, {HOSTILE: [("ok", HOSTILE, 90.0), ("ok", HOSTILE[::-1], 10.0)]})
    world.pair(system=json.dumps(HOSTILE))
    lines = [json.loads(line) for line in (world.out / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {"prompt_id": HOSTILE, "system": HOSTILE, "prompt": HOSTILE, "chosen": HOSTILE, "rejected": HOSTILE[::-1]}
    ]
    (listed,) = json.loads((world.out / "llama_factory/p.json").read_text(encoding="utf-8"))
    assert (listed["chosen"], listed["rejected"], listed["system"]) == (HOSTILE, HOSTILE[::-1], HOSTILE)
    world.select()
    lines = [json.loads(line) for line in (world.out / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["response"] for line in lines] == [HOSTILE, HOSTILE[::-1]]
    assert "语言" in (world.out / "train.jsonl").read_text(encoding="utf-8"), "to be read by people, too"


def test_a_card_shows_any_setting_as_plain_text(tmp_path: Path) -> None:
    world = World(tmp_path, {"good": RESPONSES_TO["good"]})
    world.pair()
    halves = {"system": HOSTILE + "\ud83d", "empty": "", "list": [HOSTILE, "\udca9"], HOSTILE: 1}
    world.export(json.dumps({"Prompts": halves}))
    text = (world.out / "README.md").read_bytes().decode("utf-8")
    front, _, body = text.removeprefix("---\n").partition("---\n")
    assert front == "configs:\n- config_name: default\n  data_files: pairs.parquet\n"
    listed = [line for line in body.splitlines() if line and not line.startswith(("# ", "## ", "|", "Preference"))]
    assert len(listed) == 5, "a setting is one line, whatever is in it; and the least margin"
    assert all(line.startswith("- ") and line.count("`") == 2 for line in listed)
    assert not set(text) & set("<>\x00\x1b\x0b\x1c\x85\u2028\u202e"), "nothing that a page or a terminal obeys"


def test_no_step_keeps_the_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 texts of 8 kB are 1.6 MB, 100 contexts of 20 kB are 2 MB. A batch is 8 rows in this test, 256 else.

    The audit is left out, which takes seconds where memory is traced: it reads as the exports do. So is the picture of
    the filters, 2 MB whatever there is. Near-duplicates have a test of their own.
    """
    monkeypatch.setattr(files, "BATCH_ROWS", 8)
    monkeypatch.setattr(select_sft, "draw_selection", lambda *_: None)
    chat = tmp_path / "chat.jsonl"
    with chat.open("w") as file:
        for n in range(400):
            file.write(json.dumps({"prompt": "Say it.", "response": f"{n} " * 2000}) + "\n")
    texts: dict[str, list[Sample]] = {
        f"p{n}": [("ok", "".join(map(chr, range(0x4E00 + n, 0x5E00 + n + k))), 50.0 + k) for k in range(2)]
        for n in range(100)
    }
    world = World(tmp_path, texts, context="context " * 2500, language="zh")
    del texts
    steps = {
        "pairs": world.pair,
        "fine-tuning": lambda: world.select(
            {"chat": (chat, 0.5, {})}, language=True, loops=True, min_growth=0.1, max_repeated_share=1, drop_short=True
        ),
        "EvalScope": lambda: export_pred.main(
            prompts=world.prompts, responses=world.responses, lengths=world.lengths, out=tmp_path / "pred.jsonl"
        ),
    }
    for name, step in steps.items():
        tracemalloc.start()
        step()
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        assert peak < 1.0, (name, peak)


def test_reading_keeps_nothing_of_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow reads ahead and keeps it, if it may: 8 MB that do not compress were 8 MB of memory."""
    monkeypatch.setattr(files, "BATCH_ROWS", 8)
    rows = [{"prompt_id": str(n), "response": random.Random(n).randbytes(10_000).hex()} for n in range(400)]
    known = {"sample": 0, "status": "ok", "attempts": 1, "model": "m"}
    path = write(tmp_path / "responses.parquet", RESPONSES, [row | known for row in rows])
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in read_rows(path, RESPONSES, ["response"])]
    assert len(held) == 400 and max(held) < 2e6


def test_tables_that_do_not_belong_together(tmp_path: Path) -> None:
    world, other = World(tmp_path / "a", RESPONSES_TO), World(tmp_path / "b", {"good": RESPONSES_TO["good"]})
    world.pair()
    scores, responses = world.scores, world.responses
    for world.scores, world.responses in ((scores, other.responses), (other.scores, responses)):
        with pytest.raises(LonghandError, match="do not hold the same rows|has not the rows of the prompts"):
            world.select()
    with pytest.raises(LonghandError, match="scores and responses do not hold the same rows"):
        world.scores, world.responses = scores, other.responses
        world.pair()
    with pytest.raises(LonghandError, match="the table has not the rows of the prompts"):
        world.responses, world.prompts = responses, other.prompts
        world.select()
