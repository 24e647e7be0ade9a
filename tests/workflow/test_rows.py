"""Adding, changing or removing a prompt asks what has changed."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from pathlib import Path

from fault_server import text_for
from running import CHECKOUT, Run

PROMPTS = [{"prompt": f"Write about {50 + n} words on river {n}.", "words": 50 + n} for n in range(120)]


def write(folder: Path, prompts: list[dict]) -> None:
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)))


def answers_of(folder: Path) -> dict[str, int]:
    """Answers in the journals of model and judge."""
    return {
        name: sum(len(path.read_text().splitlines()) for path in (folder / "journal" / kind / name).rglob("*.jsonl"))
        for kind, name in (("models", "demo-long"), ("judges", "demo-judge"))
    }


TARGETS = ("all_responses", "all_judgements")
SEA = {"prompt": "Write about 90 words on the sea.", "words": 90}
ASKED_OTHERWISE = {"prompt": "Write about 51 words on river 0, please.", "words": 51}


def test_only_what_changed_is_asked(tmp_path: Path) -> None:
    dataset = {"path": "p.jsonl", "fields": {"required": "words"}}
    config = {"datasets": {"d": dataset}, "evaluate": {"datasets": ["d"], "models": ["demo-long"]}}
    run = Run(tmp_path, config, pages=False)
    write(tmp_path, PROMPTS)
    run.finish(*TARGETS)
    assert answers_of(tmp_path) == {"demo-long": 120, "demo-judge": 120}

    changes = (  # what is done, the prompts, answers in each journal afterwards
        ("added", [*PROMPTS, SEA], 121),
        ("changed and reordered", [SEA, *PROMPTS[1:], ASKED_OTHERWISE], 122),
        ("removed", [*PROMPTS[1:], ASKED_OTHERWISE], 122),
    )
    for what, prompts, answers in changes:
        write(tmp_path, prompts)
        run.finish(*TARGETS)
        assert answers_of(tmp_path) == {"demo-long": answers, "demo-judge": answers}, what
        texts = [row["prompt"] for row in run.rows("results/d/prompts.parquet")]
        assert texts == [row["prompt"] for row in prompts]
        for table in ("responses", "judgements/demo-judge"):
            ids = dict.fromkeys(row["prompt_id"] for row in run.rows(f"results/d/demo-long/{table}.parquet"))
            assert list(ids) == [row["prompt_id"] for row in run.rows("results/d/prompts.parquet")]
        assert run.planned(*TARGETS) == {}


def test_a_prompt_more_starts_one_server_and_other_shards_none(tmp_path: Path) -> None:
    """A dataset in two shards: jobs of the shard that is as before find their answers, and need no GPU."""
    counts = tmp_path / "counts"
    dataset = {"path": "p.jsonl", "fields": {"required": "words"}, "shards": 2}
    config = {
        "commands": {
            "vllm": shlex.join([sys.executable, f"{CHECKOUT}/tests/fault_server.py", "--counts", str(counts)])
        },
        "datasets": {"d": dataset},
        "models": {"m": {"backend": "vllm", "model": "m"}},
        "evaluate": {"datasets": ["d"], "models": ["m"], "judges": []},
    }
    run = Run(tmp_path, config, pages=False)
    starts = 0
    for prompts, shards, planned in ((PROMPTS[:20], 2, 1), ([*PROMPTS[:20], SEA], 2, 1), ([*PROMPTS[:20], SEA], 3, 0)):
        dataset["shards"] = shards
        write(tmp_path, prompts)
        run.finish("all_responses", "--cores", "1")
        starts += planned
        assert noted(counts).count("start") == starts, "the first job asks for what the second would"
        requests = Counter(line for line in noted(counts) if line != "start")
        assert requests == {row["prompt"]: 1 for row in prompts}
        rows = run.rows("results/d/m/responses.parquet")
        ids = {row["prompt_id"]: row["prompt"] for row in run.rows("results/d/prompts.parquet")}
        assert [row["prompt_id"] for row in rows] == list(ids)
        assert all(row["response"] == text_for(ids[row["prompt_id"]]) for row in rows)
        assert run.planned("all_responses") == {}


def noted(counts: Path) -> list[str]:
    """The starts and prompts that the stand-in for vLLM noted."""
    return counts.read_text().splitlines() if counts.exists() else []
