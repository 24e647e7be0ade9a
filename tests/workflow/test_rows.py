"""Adding, changing or removing a prompt asks what has changed, and leaves the other shards alone."""

from __future__ import annotations

import json
from pathlib import Path

from running import Run

PROMPTS = [{"prompt": f"Write about {50 + n} words on river {n}.", "words": 50 + n} for n in range(120)]


def write(folder: Path, prompts: list[dict]) -> None:
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)))


def asked(folder: Path) -> dict[str, int]:
    """Answers in the journals of model and judge."""
    return {
        name: sum(len(path.read_text().splitlines()) for path in (folder / "journal" / kind / name).rglob("*.jsonl"))
        for kind, name in (("models", "demo-long"), ("judges", "demo-judge"))
    }


def shards(folder: Path) -> dict[Path, int]:
    """When each shard of responses and judgements was written."""
    paths = (folder / "work").rglob("*.parquet")
    return {path: path.stat().st_mtime_ns for path in paths if "prompts" not in path.parts}


TARGETS = ("all_responses", "all_judgements")
SEA = {"prompt": "Write about 90 words on the sea.", "words": 90}
ASKED_OTHERWISE = {"prompt": "Write about 51 words on river 0, please.", "words": 51}


def test_only_what_changed_is_asked(tmp_path: Path) -> None:
    dataset = {"path": "p.jsonl", "fields": {"required": "words"}, "shards": 2}
    config = {"datasets": {"d": dataset}, "evaluate": {"datasets": ["d"], "models": ["demo-long"]}}
    run = Run(tmp_path, config)
    write(tmp_path, PROMPTS)
    run.finish(*TARGETS)
    assert asked(tmp_path) == {"demo-long": 120, "demo-judge": 120}

    changes = (  # what is done, the prompts, answers in each journal afterwards, shards that stay as they are
        ("added", [*PROMPTS, SEA], 121, 1),
        ("changed and reordered", [SEA, *PROMPTS[1:], ASKED_OTHERWISE], 122, None),
        ("removed", [*PROMPTS[1:], ASKED_OTHERWISE], 122, 1),
    )
    for what, prompts, answers, kept in changes:
        before = shards(tmp_path)
        write(tmp_path, prompts)
        run.finish(*TARGETS)
        assert asked(tmp_path) == {"demo-long": answers, "demo-judge": answers}, what
        if kept is not None:
            untouched = [path for path, when in shards(tmp_path).items() if before[path] == when]
            assert len(untouched) == 2 * kept, f"{what}: one shard of two, for responses and judgements"
        texts = [row["prompt"] for row in run.rows("results/d/prompts.parquet")]
        assert texts == [row["prompt"] for row in prompts]
        assert len(run.rows("results/d/demo-long/responses.parquet")) == len(prompts)
        assert run.planned(*TARGETS) == {}

    dataset["shards"] = 3
    run.finish(*TARGETS)
    assert asked(tmp_path) == {"demo-long": 122, "demo-judge": 122}, "another number of shards asks nothing"
