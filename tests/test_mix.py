"""General conversations in fine-tuning data: shares of the table, draws, forms of chat sets, sets that are wrong."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running import mistake
from training_world import Sample, World

from longhand.config.load import load_config
from longhand.plan.summary import make_plan
from longhand.preferences.mix import answered, rows_wanted
from longhand.program.errors import LonghandError
from longhand.training.conversations import write_conversations

HOSTILE = "---\n<script>\u2028| a |\x85\x1b[31m\u202e{text} ${x} 语言 \\n\"'"


def world_of(folder: Path, rows: int) -> World:
    responses: dict[str, list[Sample]] = {f"p{n}": [("ok", f"Answer {n}.", 90.0)] for n in range(rows)}
    return World(folder, responses)


def chat_file(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def pairs(number: int) -> list[dict[str, str]]:
    return [{"prompt": f"Question {n}?", "response": f"Reply {n}."} for n in range(number)]


def test_sets_make_up_their_shares_of_the_table(tmp_path: Path) -> None:
    """10 rows are the rest of 20% and 30%: 4 and 6 of 20. Without replacement, each set in its order, seeded."""
    world = world_of(tmp_path, 10)
    sets = {
        "chat": (chat_file(tmp_path / "chat.jsonl", pairs(50)), 0.2, {}),
        "code": (chat_file(tmp_path / "code.jsonl", pairs(6)), 0.3, {}),
    }
    world.select(sets)
    rows = world.rows("train")
    assert Counter(row["source"] for row in rows) == {"d": 10, "chat": 4, "code": 6}
    drawn = [row["messages"][0]["content"] for row in rows if row["source"] == "chat"]
    assert len(set(drawn)) == 4 and drawn == sorted(drawn, key=lambda text: int(text.split()[1][:-1]))
    assert [row["messages"] for row in rows if row["source"] == "code"] == [
        [{"role": "user", "content": f"Question {n}?"}, {"role": "assistant", "content": f"Reply {n}."}]
        for n in range(6)
    ]
    nulls = {key for row in rows if row["source"] != "d" for key, value in row.items() if value is not None}
    assert nulls == {"messages", "source"}
    world.select(sets)
    assert world.rows("train") == rows
    card = (world.out / "README.md").read_text()
    assert "| mixed in: chat |  | 4 |" in card and "| conversations |  | 20 |" in card


def test_published_shares() -> None:
    """6,000 long answers with 180,000 chats; a share is exact, whatever binary fractions make of it."""
    assert rows_wanted(6000, {"chat": 180 / 186}) == {"chat": 180_000}
    assert rows_wanted(100, {"a": 0.9}) == {"a": 900}
    assert rows_wanted(3, {"a": 0.1, "b": 0.2, "c": 0.4}) == {"a": 1, "b": 2, "c": 4}
    assert rows_wanted(4, {"a": 0.3}) == {"a": 2}, "1.7 rows"
    assert rows_wanted(0, {"a": 0.5}) == {"a": 0}


TALK = [("user", "Hi."), ("assistant", "Hello."), ("user", "How?"), ("assistant", "Well.")]
LONG_TALK = [*TALK, ("user", "And?"), ("assistant", "Bye.")]


@pytest.mark.parametrize(
    ("row", "fields", "expected"),
    [
        ({"messages": [{"role": role, "content": text} for role, text in LONG_TALK]}, {}, LONG_TALK),
        ({"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}]}, {}, TALK[:2]),
        (
            {"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}], "system": "Be."},
            {},
            [("system", "Be."), *TALK[:2]],
        ),
        (
            {"talk": [{"role": "system", "content": ""}, *({"role": r, "content": t} for r, t in TALK[:3])], "id": 1},
            {"messages": "talk"},
            TALK[:2],
        ),
        ({"q": "Hi.", "a": "Hello.", "messages": None}, {"prompt": "q", "response": "a"}, TALK[:2]),
        (
            {"q": "Hi.", "a": "Hello.", "s": "Be."},
            {"prompt": "q", "response": "a", "system": "s"},
            [("system", "Be."), *TALK[:2]],
        ),
        ({"prompt": HOSTILE, "response": HOSTILE}, {}, [("user", HOSTILE), ("assistant", HOSTILE)]),
        ({"prompt": "\ud83d", "response": "half"}, {}, [("user", "?"), ("assistant", "half")]),
    ],
)
def test_chat_sets_have_many_forms(tmp_path: Path, row: dict, fields: dict, expected: list) -> None:
    world = world_of(tmp_path, 1)
    world.select({"chat": (chat_file(tmp_path / "chat.jsonl", [row]), 0.5, fields)})
    mixed = world.rows("train")[-1]
    assert [(message["role"], message["content"]) for message in mixed["messages"]] == expected
    (line,) = [json.loads(line) for line in (world.out / "train.jsonl").read_text(encoding="utf-8").splitlines()][1:]
    turns = [text for role, text in expected if role != "system"]
    assert (line["prompt"], line["response"], line["source"]) == (turns[-2], turns[-1], "chat")
    listed = json.loads((world.out / "llama_factory/s.json").read_text(encoding="utf-8"))[-1]
    assert (listed["instruction"], listed["output"]) == (turns[-2], turns[-1])
    before = {2: [], 6: [["Hi.", "Hello."], ["How?", "Well."]]}[len(turns)]
    assert listed["history"] == line["history"] == before
    shared = json.loads((world.out / "llama_factory/s-sharegpt.json").read_text(encoding="utf-8"))[-1]
    assert [turn["from"] for turn in shared["conversations"]] == ["human", "gpt"] * (len(turns) // 2)
    assert [turn["value"] for turn in shared["conversations"]] == turns
    systems = [text for role, text in expected if role == "system"] or [""]
    assert [line["system"], listed["system"], shared["system"]] == systems * 3


def test_what_llama_factory_is_told_is_there(tmp_path: Path) -> None:
    world = world_of(tmp_path, 3)
    world.select()
    lists = world.out / "llama_factory"
    info = json.loads((lists / "dataset_info.json").read_text())
    assert set(info) == {"s", "s-sharegpt"} and info["s-sharegpt"]["formatting"] == "sharegpt"
    for entry in info.values():
        rows = json.loads((lists / entry["file_name"]).read_text())
        assert len(rows) == 3 and all(set(entry["columns"].values()) <= row.keys() for row in rows)


def test_other_files_and_training(tmp_path: Path) -> None:
    """Parquet and CSV; the trainer gets the questions and the last answer of every row."""
    world = world_of(tmp_path, 2)
    talk = [{"role": role, "content": text} for role, text in TALK]
    pq.write_table(pa.table({"messages": [talk]}), tmp_path / "chat.parquet")
    (tmp_path / "pairs.csv").write_text('prompt,response\n"Hi, you.",Hello.\n')
    world.select({"talk": (tmp_path / "chat.parquet", 0.25, {}), "pairs": (tmp_path / "pairs.csv", 0.25, {})})
    out = write_conversations(world.out / "train.parquet", tmp_path / "trl.parquet")
    rows = pq.read_table(out).to_pylist()
    assert [len(row["prompt"]) for row in rows] == [1, 1, 3, 1]
    assert rows[2] == {"prompt": talk[:3], "completion": talk[3:]}
    assert rows[3]["prompt"][0]["content"] == "Hi, you."


@pytest.mark.parametrize(
    ("turns", "usable"),
    [
        ("ua", "ua"),
        ("sua", "sua"),
        ("uau", "ua"),
        ("uaua", "uaua"),
        ("", None),
        ("u", None),
        ("su", None),
        ("s", None),
        ("au", None),
        ("aua", None),
        ("uua", None),
        ("usa", None),
        ("uaa", None),
        ("uAua", None),
        ("Ua", None),
    ],
)
def test_only_conversations_with_answers_in_turn(turns: str, usable: str | None) -> None:
    """`A` and `U`: one that says nothing."""
    roles = {"u": "user", "a": "assistant", "s": "system"}
    given = [{"role": roles[each.lower()], "content": "Text." if each.islower() else " \n"} for each in turns]
    expected = None if usable is None else given[: len(usable)]
    assert answered(given) == expected


def test_rows_without_an_answer_take_no_part_and_are_counted(tmp_path: Path) -> None:
    world = world_of(tmp_path, 2)
    rows = [*pairs(2), {"prompt": "And?", "response": ""}, {"prompt": "And?", "response": None}]
    world.select({"chat": (chat_file(tmp_path / "chat.jsonl", rows), 0.5, {})})
    assert len(world.rows("train")) == 4
    assert "| rows of chat without an answer, which took no part | 2 |  |" in (world.out / "README.md").read_text()
    with pytest.raises(
        LonghandError, match="3 conversations are needed for a share of 0.6, there are 2, 2 rows beside"
    ):
        world.select({"chat": (tmp_path / "chat.jsonl", 0.6, {})})


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        ("", {}, "2 conversations are needed for a share of 0.5, there are 0"),
        ('{"prompt": "a", "response": "b"}\n', {}, "2 conversations are needed for a share of 0.5, there are 1"),
        ('{"text": "a"}\n', {}, r"there is no column 'prompt', only: text \(mix chat: .* line 1\)"),
        ('{"prompt": "a", "response": "b"}\n{"prompt": "a"}\n', {}, "there is no column 'response', only: prompt .*2"),
        ('{"messages": "a"}\n', {}, "column 'messages' holds no list of messages"),
        ('{"messages": ["a"]}\n', {}, "a message has neither role and content nor from and value"),
        ('{"messages": [{"role": "user", "content": [1]}]}\n', {}, "a message is no text"),
        ('{"messages": [{"role": "tool", "content": "x"}]}\n', {}, "a message is by 'tool', which is none of system"),
        ('{"messages": [{"role": [], "content": "x"}]}\n', {}, "a message is by"),
        ('{"prompt": 3, "response": "b"}\n', {}, "a message is no text"),
        ('{"prompt": "a", "response": "b"}\n', {"messages": "talk"}, "there is no column 'talk'"),
        ("[1]\n", {}, "not a JSON object"),
        ("{\n", {}, "not JSON"),
        ("[" * 100_000, {}, "not JSON"),
    ],
)
def test_a_set_that_is_wrong(tmp_path: Path, content: str, fields: dict, message: str) -> None:
    world = world_of(tmp_path, 2)
    file = tmp_path / "chat.jsonl"
    file.write_text(content)
    with pytest.raises(LonghandError, match=message) as error:
        world.select({"chat": (file, 0.5, fields)})
    assert "\n" not in str(error.value) and not (world.out / "train.parquet").exists()


CHAT = {"path": "chat.jsonl", "share": 0.5}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"mix": {"chat": CHAT | {"share": 1}}}, "1 must be below 1 (config sft.s.mix.chat.share)"),
        ({"mix": {"chat": CHAT | {"share": 0}}}, "0 must be above 0"),
        (
            {"mix": {n: CHAT | {"share": s} for n, s in zip("abc", (0.7, 0.2, 0.1), strict=True)}},
            "its shares make 1 of",
        ),
        ({"mix": {"a": CHAT, "b": CHAT}}, "its shares make 1 of the table, so no row of the model would be left"),
        ({"mix": {"chat": {"share": 0.5}}}, "needs either 'path' or 'url' (config sft.s.mix.chat)"),
        ({"mix": {"chat": CHAT | {"url": "https://example.org/a.jsonl"}}}, "needs either 'path' or 'url'"),
        ({"mix": {"chat": {"share": 0.5, "url": "https://example.org/a.jsonl"}}}, "'sha256' is missing"),
        ({"mix": {"chat": CHAT}}, "there is no file 'chat.jsonl' (config sft.s.mix.chat.path)"),
        ({"mix": {"chat": CHAT | {"path": "text.txt"}}}, "'.txt' files cannot be read (config sft.s.mix.chat.path)"),
        (
            {"mix": {"chat": {"share": 0.5, "url": "https://example.org/a.txt?x=b.csv", "sha256": "0" * 64}}},
            "'.txt' files cannot be read (config sft.s.mix.chat)",
        ),
        ({"mix": {"chat": CHAT | {"fields": {"prompt": "q"}}}}, "fields names prompt"),
        ({"mix": {"chat": CHAT | {"fields": {"messages": "m", "prompt": "q", "response": "a"}}}}, "either `messages`"),
        ({"mix": {"chat": CHAT | {"fields": {"text": "t"}}}}, "'text'"),
        ({"mix": {"longhand-mini": CHAT}}, "a set has the name of the dataset 'longhand-mini'"),
        ({"mix": {"a/b": CHAT}}, "A name is at most 150 letters"),
        ({"mix": {"chat": CHAT | {"path": "{chat}.jsonl"}}}, "'{chat}.jsonl'"),
        ({"question": "extend"}, "question is extend, but model 'demo-long' has no such method"),
        ({"question": "half"}, "'half' is not allowed"),
        ({"dropped_lines": 1.1}, "1.1 must be at most 1"),
        ({"filters": {"near_duplicates": 0}}, "0 must be above 0"),
        ({"filters": {"language": "en"}}, "true or false"),
        ({"filters": {"min_quality": 50}}, "min_quality needs a judge"),
    ],
)
def test_a_wrong_entry_is_told_before_the_run(tmp_path: Path, entry: dict, message: str) -> None:
    (tmp_path / "text.txt").write_text("[]")
    error = mistake({"sft": {"s": {"dataset": "longhand-mini", "model": "demo-long", **entry}}}, tmp_path)
    assert message in error and "\n" not in error


def test_a_plan_names_a_wrong_column_before_the_run(tmp_path: Path) -> None:
    """The step that mixes comes last: after all answers."""
    chat_file(tmp_path / "chat.jsonl", [{"question": "a", "response": "b"}])
    entry = {"dataset": "longhand-mini", "model": "m", "mix": {"chat": CHAT}}
    config = load_config({"models": {"m": {"backend": "demo"}}, "sft": {"s": entry}})
    with pytest.raises(LonghandError, match="there is no column 'prompt', only: question, response"):
        asyncio.run(make_plan(tmp_path, config, []))
