"""Pairs and fine-tuning data through the workflow, with the demo engine."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from running import Run, mistake

PAIRS = "results/preferences/p/pairs.parquet"


def config(**entry: object) -> dict:
    preference = {"dataset": "longhand-mini", "models": ["writer"], "judge": "demo-judge", **entry}
    return {
        "models": {"writer": {"backend": "demo", "samples": 3, "engine": {"max-words": 1200}}},
        "evaluate": {"datasets": [], "models": [], "judges": []},
        "preferences": {"p": preference},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    filters = {"min_length_score": 80, "per_prompt": 1, "language": True, "loops": True, "near_duplicates": 0.9}
    sft = {"dataset": "longhand-mini", "model": "writer", "filters": filters | {"one_stated_length": True}}
    sft["mix"] = {"chat": {"path": "-chat set.jsonl", "share": 0.5, "license": "CC0-1.0"}}
    folder = tmp_path_factory.mktemp("pairs")
    chat = [{"prompt": f"Question {n}?", "response": f"$Reply {n}."} for n in range(80)]
    (folder / "-chat set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chat))
    finished = Run(folder, config(pairs_per_prompt=2) | {"sft": {"s": sft}}, pages=False)
    finished.finish()
    return finished


def test_pairs_hold_the_responses_they_name(run: Run) -> None:
    responses = {
        (row["prompt_id"], row["sample"]): row["response"]
        for row in run.rows("results/longhand-mini/writer/responses.parquet")
    }
    prompts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/longhand-mini/prompts.parquet")}
    scores = {
        (row["prompt_id"], row["sample"]): row["score"]
        for row in run.rows("results/longhand-mini/writer/scores.parquet")
    }
    pairs = run.rows(PAIRS)
    assert len(pairs) > 24
    for pair in pairs:
        assert pair["prompt"] == [{"role": "user", "content": prompts[pair["prompt_id"]]}]
        for side in ("chosen", "rejected"):
            key = (pair["prompt_id"], pair[f"{side}_sample"])
            assert pair[side] == [{"role": "assistant", "content": responses[key]}]
            assert pair[f"{side}_reward"] == pytest.approx(scores[key])
        assert pair["margin"] > 0
        assert pair["chosen_reward"] == max(scores[pair["prompt_id"], sample] for sample in range(3))


def test_every_prompt_has_an_outcome(run: Run) -> None:
    outcomes = run.rows("results/preferences/p/outcomes.parquet")
    assert len(outcomes) == 24
    assert sum(row["pairs"] for row in outcomes) == len(run.rows(PAIRS))
    counts = {
        row["figure"]: row["n"]
        for row in run.rows("results/preferences/p/audit.parquet")
        if row["part"] == "outcome" and row["n"]
    }
    assert counts == Counter(row["outcome"] for row in outcomes)


def test_all_forms_hold_the_same_pairs(run: Run) -> None:
    folder = run.folder / "results/preferences/p"
    lines = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    listed = json.loads((folder / "llama_factory/p.json").read_text())
    pairs = run.rows(PAIRS)
    assert [line["chosen"] for line in lines] == [row["chosen"] for row in listed]
    assert [line["chosen"] for line in lines] == [pair["chosen"][0]["content"] for pair in pairs]
    card = (folder / "README.md").read_text()
    assert "license: `Apache-2.0`" in card and f"| pairs | {len(pairs)} |" in card


def test_fine_tuning_data_passes_its_filters(run: Run) -> None:
    rows = run.rows("results/sft/s/train.parquet")
    kept = [row for row in rows if row["source"] == "longhand-mini"]
    assert kept and all(row["score_l"] >= 80 for row in kept)
    assert max(Counter(row["prompt_id"] for row in kept).values()) == 1
    assert [row["source"] for row in rows] == ["longhand-mini"] * len(kept) + ["chat"] * len(kept), "a share of a half"
    lines = [json.loads(line) for line in (run.folder / "results/sft/s/train.jsonl").read_text().splitlines()]
    assert [line["response"] for line in lines] == [row["messages"][-1]["content"] for row in rows]
    filtered = run.rows("results/sft/s/filters.parquet")
    assert (filtered[0]["filter"], filtered[0]["left"], filtered[-1]["left"]) == ("all", 72, len(kept))
    assert sum(row["dropped"] for row in filtered) == 72 - len(kept)
    card = (run.folder / "results/sft/s/README.md").read_text()
    assert '"license": "CC0-1.0"' in card and "license: `Apache-2.0`" in card


def test_a_second_run_plans_nothing_and_a_new_margin_only_pairs(run: Run) -> None:
    assert run.planned() == {}
    changed = Run(run.folder, run.config | config(pairs_per_prompt=2, min_margin=5), pages=False)
    changed.config["sft"] = run.config["sft"]
    assert changed.planned() == {"build_pairs": 1, "audit_pairs": 1, "export_pairs": 1}


def test_another_question_or_share_makes_only_the_selection_anew(run: Run) -> None:
    entry = run.config["sft"]["s"]
    anew = {"select_sft": 1}
    for change in ({"question": "prompt"}, {"mix": {"chat": entry["mix"]["chat"] | {"share": 0.4}}}):
        assert Run(run.folder, run.config | {"sft": {"s": entry | change}}, pages=False).planned() == anew
    sha256 = hashlib.sha256(b"chat").hexdigest()
    fetched = {"share": 0.5, "url": "https://example.org/chat.jsonl?download=true", "sha256": sha256}
    planned = Run(run.folder, run.config | {"sft": {"s": entry | {"mix": {"chat": fetched}}}}, pages=False).planned()
    assert planned == anew | {"fetch_file": 1}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"models": ["nobody"]}, "unknown model 'nobody'"),
        ({"dataset": "nothing"}, "unknown dataset 'nothing'"),
        ({"judge": "nobody"}, "unknown judge 'nobody'"),
        ({"reward": {"style": 1}}, "unknown key 'style'"),
        ({"reward": {"length": 0, "quality": 0}}, "reward has no weight above 0"),
        ({"reward": {"length": 5e-324, "quality": 0}}, "reward has no weight above 0"),
        ({"reward": {"length": 1e308, "quality": 1e308}}, "1e+308 must be at most 1000"),
        ({"min_margin": float("nan")}, "it is no finite number"),
        ({"max_length": 0}, "0 must be at least 1"),
        ({"pairs_per_prompt": 10**30}, "the number is too large"),
        ({"min_candidates": 4}, "each prompt has 3 candidates, min_candidates is 4"),
        ({"min_candidates": 1}, "1 must be at least 2"),
        ({"rejected": "best"}, "'best' is not allowed"),
    ],
)
def test_a_wrong_entry_is_told_before_the_run(tmp_path: Path, entry: dict, message: str) -> None:
    assert message in mistake(config(**entry), tmp_path)


def test_a_name_fits_into_a_file_system(tmp_path: Path) -> None:
    wrong = config()
    wrong["preferences"] = {"p" * 151: wrong["preferences"]["p"]}
    assert "A name is at most 150 letters" in mistake(wrong, tmp_path)


def test_quality_needs_a_judge(tmp_path: Path) -> None:
    wrong = config()
    del wrong["preferences"]["p"]["judge"]
    assert "reward counts quality, so it needs a judge" in mistake(wrong, tmp_path)


def test_no_pair_left_is_an_error_with_counts(run: Run) -> None:
    hopeless = Run(run.folder, run.config | config(min_margin=100))
    kept = (run.folder / PAIRS).read_bytes()
    try:
        assert "not one of 24 prompts made a pair (24 small_margin)" in hopeless.error("all_pairs")
        assert not (run.folder / PAIRS).exists()
    finally:
        (run.folder / PAIRS).write_bytes(kept)
