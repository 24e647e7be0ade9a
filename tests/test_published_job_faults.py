"""More faults of the published code, one test each: of single jobs, and of what needs no server."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fault_replies import DIMENSIONS, text_for
from fault_server import FaultServer
from jobs import ROWS, generate, judge
from running import CHECKOUT, Run

from longhand.preferences.pairs import outcome_of
from longhand.program.errors import LonghandError
from longhand.prompts.required_length import read_required
from longhand.prompts.sweep import sweep_prompt
from longhand.tables.files import read_rows
from longhand.text.requirement import Requirement


def test_an_interrupted_run_starts_over(tmp_path: Path) -> None:
    """EvalScope: answers are written at the end, so that a run that was stopped asks everything again."""
    with FaultServer(lambda *_: "401" if server.answered.total() >= ROWS // 2 else None) as server:
        with pytest.raises(LonghandError, match="refused the key"):
            generate(tmp_path, server, concurrency=2)
        answered = dict(server.answered)
        assert len(answered) >= ROWS // 2
        server.plan = lambda *_: None
        rows = list(read_rows(generate(tmp_path, server, concurrency=2)))
        assert server.answered == {f"prompt {n}": 1 for n in range(ROWS)}, "what was answered is not asked again"
    assert [row["response"] for row in rows] == [text_for(f"prompt {n}") for n in range(ROWS)]


def test_a_restart_of_judging_erases_saved_verdicts(tmp_path: Path) -> None:
    """LongWriter: the judging script opens its output for writing, and what it had saved is gone."""
    with FaultServer(lambda *_: "401" if server.answered.total() >= ROWS // 2 else None) as server:
        with pytest.raises(LonghandError, match="refused the key"):
            judge(tmp_path, server)
        (journal,) = (tmp_path / "journal").rglob("*.jsonl")
        saved = journal.read_bytes()
        assert saved.count(b"\n") >= ROWS // 2
        server.plan = lambda *_: None
        rows = list(read_rows(judge(tmp_path, server)))
        assert journal.read_bytes().startswith(saved)
        assert set(server.answered.values()) == {1} and len(server.answered) == ROWS
    assert len(rows) == ROWS * len(DIMENSIONS) and {row["status"] for row in rows} == {"ok"}


def test_above_and_below_are_swapped_in_chinese(tmp_path: Path) -> None:
    """Self-Lengthen: the Chinese list of constraints has below and above swapped against the English one."""
    rows, answers = [], []
    for constraint, bound, words in (("above", "required_min", 1200), ("below", "required_max", 800)):
        for language, text in (("en", "rain " * words), ("zh", "雨" * words)):
            prompt = f"{constraint}, {language}"
            rows.append({"prompt": prompt, "language": language, "constraint": constraint, bound: 1000})
            answers.append({"prompt": prompt, "response": text})
    for name, lines in (("d", rows), ("m", answers)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    config = {
        "shards": 1,
        "datasets": {"d": {"path": "d.jsonl", "length": "longen"}},
        "models": {"m": {"backend": "recorded", "path": "m.jsonl"}},
        "evaluate": {"datasets": ["d"], "models": ["m"], "judges": []},
    }
    run = Run(tmp_path, config)
    run.finish("all_lengths")
    lengths = run.rows("results/d/m/lengths.parquet")
    scored = [(row["words"], row["score_l"], row["lifebench"]) for row in lengths]
    assert scored == [(1200, 100, 100)] * 2 + [(800, 100, 100)] * 2


@pytest.mark.parametrize(
    ("texts", "requirement"),
    [
        (("less than 4000 words", "小于4000字"), Requirement("below", required_max=4000)),
        (("more than 3000 words", "大于3000字"), Requirement("above", required_min=3000)),
    ],
)
def test_above_and_below_are_swapped_in_the_text(texts: tuple[str, str], requirement: Requirement) -> None:
    """Self-Lengthen: the same, where the constraint is read from a text."""
    assert [read_required(text) for text in texts] == [requirement] * 2


def test_the_wordings_of_above_and_below_are_not_swapped_either() -> None:
    """Self-Lengthen: the same, where Longhand words a constraint itself."""
    config = yaml.safe_load((CHECKOUT / "config/lifebench.yaml").read_text(encoding="utf-8"))
    sweep = config["datasets"]["lifebench"]["sweep"] | {"length": {"placeholder": "{word_count}", "values": [64]}}
    for language, at_least, at_most in (("en", "at least 64", "at most 64"), ("zh", "至少有 64", "至多有 64")):
        worded = dict(sweep_prompt("{word_count_type} {word_count}", language, sweep, "here"))
        assert worded[at_least] == Requirement("above", required_min=64)
        assert worded[at_most] == Requirement("below", required_max=64)


def test_what_looks_like_the_server_is_killed_and_the_last_rows_are_lost(tmp_path: Path) -> None:
    """Self-Lengthen: the end of a step kills every process whose command line matches, 5% of the work with it."""
    command = [sys.executable, str(CHECKOUT / "tests/fault_server.py")]
    stranger = subprocess.Popen([*command, "serve", "m", "--port", "0"], stderr=subprocess.DEVNULL)
    try:
        rows = list(read_rows(generate(tmp_path, None, backend="vllm", command=shlex.join(command))))
        assert [row["response"] for row in rows] == [text_for(f"prompt {n}") for n in range(ROWS)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            stranger.wait(0.5)
        assert stranger.poll() is None, "another user's server is not ours to end"
    finally:
        stranger.kill()
        stranger.wait()


def test_ties_and_margins_are_ignored() -> None:
    """LongReward: of equal candidates one is chosen over the other, and a margin of nothing makes a pair."""

    def outcome(*rewards: float, margin: float = 0) -> str:
        texts = enumerate(rewards)
        candidates = [{"reward": reward, "no_reward": None, "text_sha256": str(number)} for number, reward in texts]
        return outcome_of(candidates, rejected="worst", min_margin=margin, min_candidates=2, most=1, seed="s").name

    assert [outcome(50, 50), outcome(50, 51), outcome(50, 51, margin=2)] == ["tie", "paired", "small_margin"]
