"""Adding, changing or removing a prompt asks what has changed, and leaves the other shards alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run

PROMPTS = [{"prompt": f"Write about {50 + n} words on river {n}.", "words": 50 + n} for n in range(40)]


def write(folder: Path, prompts: list[dict]) -> None:
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)))


def asked(folder: Path) -> dict[str, int]:
    """Answers in the journals of model and judge."""
    return {
        name: sum(len(path.read_text().splitlines()) for path in (folder / "journal" / name).rglob("*.jsonl"))
        for name in ("demo-long", "demo-judge")
    }


def shards(folder: Path) -> dict[Path, int]:
    """When each shard of responses and judgements was written."""
    return {path: path.stat().st_mtime_ns for path in (folder / "work").rglob("*.parquet") if "prompts" not in path.parts}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("rows")
    write(folder, PROMPTS)
    dataset = {"path": "p.jsonl", "fields": {"required": "words"}, "shards": 3}
    finished = Run(folder, {"datasets": {"d": dataset}, "evaluate": {"datasets": ["d"], "models": ["demo-long"]}})
    finished.finish()
    assert asked(folder) == {"demo-long": 40, "demo-judge": 40}
    return finished


@pytest.mark.parametrize(
    ("prompts", "new"),
    [
        ([*PROMPTS, {"prompt": "Write about 90 words on the sea.", "words": 90}], 1),
        ([{"prompt": "Write about 51 words on river 0, please.", "words": 51}, *PROMPTS[1:]], 1),
        (PROMPTS[:-1], 0),
        (list(reversed(PROMPTS)), 0),
    ],
    ids=["added", "changed", "removed", "reordered"],
)
def test_only_what_changed_is_asked(run: Run, prompts: list[dict], new: int) -> None:
    write(run.folder, PROMPTS)
    run.finish()
    before, written = asked(run.folder), shards(run.folder)
    write(run.folder, prompts)
    run.finish()
    assert asked(run.folder) == {name: count + new for name, count in before.items()}
    untouched = [path for path, when in shards(run.folder).items() if written[path] == when]
    if len(prompts) != len(PROMPTS):
        assert len(untouched) == 2 * 2, "one shard of three, for responses and judgements"
    responses = run.rows("results/d/demo-long/responses.parquet")
    assert len(responses) == len(prompts)
    texts = [row["prompt"] for row in run.rows("results/d/prompts.parquet")]
    assert texts == [row["prompt"] for row in prompts]
    assert run.planned() == {}


def test_another_number_of_shards_asks_nothing(run: Run) -> None:
    before = asked(run.folder)
    other = {**run.config, "datasets": {"d": {**run.config["datasets"]["d"], "shards": 4}}}
    Run(run.folder, other).finish()
    assert asked(run.folder) == before
