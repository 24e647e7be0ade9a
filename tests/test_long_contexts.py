"""Long contexts: what steps hold of them in memory and on disk."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from instant_server import DIMENSIONS, serving
from jobs import RUBRIC
from running import CHECKOUT

from longhand.config.serving import Serving
from longhand.prompts.datasets import prompt_id
from longhand.tables import prompt_rows
from longhand.tables.files import BATCH_CHARACTERS, Row, read_rows, write_table
from longhand.tables.prompt_rows import PromptRows
from longhand.tables.schemas import PROMPTS
from longhand.wire.identity import Identity

FEW, MANY, CHARACTERS = 30, 310, 100_000
"""Prompts and the characters of a context: 280 contexts more are 28 MB more of text."""
SPREAD = 14
"""MB by which the peak memory of a step may differ: half of that text; allocators alone differ by some."""
_STEP = """
import atexit, os, re, runpy, sys
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[0]))
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
from longhand.tables import files
files.BATCH_CHARACTERS, files._STORED_CHARACTERS = 2_000_000, 500_000  # full by the few contexts, too
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def peak(step: str, **options: Any) -> float:
    """MB that a step takes at most, in a process of its own."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    script = str(CHECKOUT / "scripts" / f"{step}.py")
    few_pools = os.environ | {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "2"}  # however many cores there are
    command = [sys.executable, "-c", _STEP, script, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=few_pools)
    assert done.returncode == 0, done.stderr
    peak_line = re.search(r"VmHWM:\s+(\d+)", done.stdout)
    assert peak_line is not None
    return int(peak_line[1]) / 1000


def text(number: int, characters: int) -> str:
    """Of no other's words, so that it is compressed by itself alone."""
    return random.Random(number).randbytes(characters // 2).hex()


def write_files(folder: Path, contexts: int, characters: int) -> None:
    """Questions about texts, and answers to them that are matched by both."""
    folder.mkdir()
    with open(folder / "d.jsonl", "w") as dataset, open(folder / "answers.jsonl", "w") as answers:
        for number in range(contexts):
            row = {"prompt": "What does it say?", "context": text(number, characters)}
            dataset.write(json.dumps(row) + "\n")
            answers.write(json.dumps(row | {"response": f"It says {number}."}) + "\n")


def run_steps(folder: Path, url: str, contexts: int, characters: int) -> dict[str, float]:
    """Prompts, answers from a file, their verdicts, and answers of a model; the peak memory of each step."""
    write_files(folder, contexts, characters)
    identity = {"sampling": {"max_tokens": 100}}
    rubric, reached = folder / "rubric.json", folder / "reached.json"
    rubric.write_text(
        json.dumps(RUBRIC | {"template": "{prompt} {response}", "dimensions": dict.fromkeys(DIMENSIONS, [])})
    )
    asking: Row = {"dataset": "d", "journal": folder / "journal", "server_log": folder / "log", "reached": reached}
    entries = {"judge": "judges", "writer": "models"}
    serving = {role: Serving(role, "openai", role, base_url=url, concurrency=4).to_json() for role in entries}
    reached.write_text(json.dumps({role: [kind, serving[role]] for role, kind in entries.items()}))
    asks = {}
    for role, method, settings in (
        ("judge", "rubric", {"repeats": 1, "attempts": 1}),
        ("writer", "direct", {"samples": 1}),
    ):
        who = {role: Identity("openai", "judge", **identity).to_json()}  # the server answers judges in a line
        asks[role] = folder / f"{role}.json"
        asks[role].write_text(json.dumps({"method": method, "settings": settings, "identities": who}))
    prompts, responses = folder / "prompts.parquet", folder / "responses.parquet"
    fields = folder / "fields.json"
    fields.write_text(json.dumps({"prompt": "prompt", "context": "context"}))
    recorded = {"fields": json.dumps({"prompt": "prompt", "response": "response"}), "samples": 1}
    return {
        "prepare": peak("prepare_prompts", name="d", fields=fields, kind="jsonl", file=folder / "d.jsonl", out=prompts),
        "import": peak(
            "import_responses", prompts=prompts, recorded=folder / "answers.jsonl", **recorded,
            min_coverage=1.0, name="m", out=responses,
        ),
        "judge": peak(
            "judge_responses", model="m", judge="judge", prompts=prompts, responses=responses, rubric=rubric,
            asks=asks["judge"], **asking, out=folder / "judgements.parquet",
        ),
        "generate": peak(
            "generate_responses", model="writer", prompts=prompts, asks=asks["writer"], **asking,
            out=folder / "written.parquet",
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, int], tuple[Path, dict[str, float]]]:
    """Contexts and their characters -> the folder and the peaks."""
    root, made = tmp_path_factory.mktemp("contexts"), {}
    with serving() as url:
        for contexts, characters in ((FEW, CHARACTERS), (MANY, CHARACTERS), (FEW, 1000)):
            folder = root / f"{contexts}-{characters}"
            made[contexts, characters] = folder, run_steps(folder, url, contexts, characters)
    return made


def test_the_memory_of_a_step_does_not_grow_with_the_number_of_contexts(runs: dict) -> None:
    few, many = runs[FEW, CHARACTERS][1], runs[MANY, CHARACTERS][1]
    grown = {step: many[step] - few[step] for step in few if many[step] > few[step] + SPREAD}
    assert not grown, (few, many)


def test_an_answer_takes_as_many_bytes_whatever_the_length_of_its_context(runs: dict) -> None:
    def sizes(folder: Path) -> dict[str, int]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        kept = ("d.jsonl", "answers.jsonl", "prompts.parquet", "reached.json")  # the contexts; an address
        return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files if path.name not in kept}

    long, short = sizes(runs[FEW, CHARACTERS][0]), sizes(runs[FEW, 1000][0])
    assert long.keys() == short.keys() and any(name.startswith("journal/judges") for name in long)
    for name, size in long.items():  # numbers of seconds have more digits or fewer
        assert size == pytest.approx(short[name], rel=0.1, abs=200), name
    answers = list(read_rows(runs[FEW, CHARACTERS][0] / "responses.parquet"))
    assert [row["response"] for row in answers[:3]] == ["It says 0.", "It says 1.", "It says 2."]


def prompts(contexts: list[str]) -> list[Row]:
    nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
    rows = [nothing | {"prompt": f"p {n}", "context": one} for n, one in enumerate(contexts)]
    return [row | {"prompt_id": prompt_id("d", row["prompt"], row["context"])} for row in rows]


def test_a_context_is_stored_once_however_many_questions_there_are_about_it(tmp_path: Path) -> None:
    one, other = text(1, 300_000), text(2, 300_000)
    sizes = []
    for questions in (1, 20):
        write_table(tmp_path / "p.parquet", prompts([one] * questions + [other] * questions), PROMPTS, "x")
        sizes.append((tmp_path / "p.parquet").stat().st_size)
    assert sizes[1] < sizes[0] * 1.02
    write_table(tmp_path / "q.parquet", prompts([one] * 20 + [other] * 20), PROMPTS, "x")
    assert (tmp_path / "q.parquet").read_bytes() == (tmp_path / "p.parquet").read_bytes()


def test_a_row_group_holds_no_more_text_than_its_bound(tmp_path: Path) -> None:
    contexts = [text(n % 3, 300_000) for n in range(150)] + ["short"] * 300
    write_table(tmp_path / "p.parquet", rows := prompts(contexts), PROMPTS, "x")
    with pq.ParquetFile(tmp_path / "p.parquet") as file:
        groups = [
            file.read_row_group(n, columns=["context"])["context"].to_pylist() for n in range(file.num_row_groups)
        ]
    assert max(sum(map(len, group)) for group in groups) <= BATCH_CHARACTERS
    assert max(map(len, groups)) <= 256 and len(groups) < 20
    assert list(read_rows(tmp_path / "p.parquet")) == rows


def test_a_prompt_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write_table(path, rows := prompts([text(n, 2_000_000) for n in range(12)]), PROMPTS, "x")
    table = PromptRows(path, PROMPTS)
    assert [row["prompt_id"] for row in table.narrow()] == [row["prompt_id"] for row in rows]
    for number in (3, 11, 0, 3, 7, 3):
        assert table.of(rows[number]["prompt_id"]) == rows[number]
    assert table.of(rows[3]["prompt_id"]) is table.of(rows[3]["prompt_id"]) and table.get("none") is None


def test_the_row_groups_that_were_needed_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, size, reads = tmp_path / "p.parquet", BATCH_CHARACTERS // 4 - 100, list[int]()
    write_table(path, rows := prompts([text(n, size) for n in range(6)]), PROMPTS, "x")
    table = PromptRows(path, PROMPTS)
    table.get("none")  # reads all ids
    read_group = prompt_rows.read_group
    monkeypatch.setattr(prompt_rows, "read_group", lambda *of: reads.append(of[2]) or read_group(*of))
    for number in (0, 1, 2, 3, 0, 4, 0, 2, 1):
        assert table.of(rows[number]["prompt_id"]) == rows[number]
    assert reads == [0, 1, 2, 3, 4, 1], "four fit; the fifth takes the place of 1, which waited longest"
