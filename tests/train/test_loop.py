"""From sampled responses to a trained model and its row on the leaderboard: real vLLM, real TRL, on CPU."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from patience import wait_for
from running import CHECKOUT, TO_REPORT, Run
from training_checks import check_greedy, checked
from vllm_on_cpu import ENGINE, ENVIRONMENT, VLLM, VLLM_ON_CORE, processes_in

ON_CPU = {"use_cpu": True, "bf16": False, "gradient_checkpointing": False}
FOLLOWING = {
    "generate_responses_gpu": 1,
    "gather_responses": 1,
    "score_length": 1,
    "join_scores": 1,
    "build_leaderboard": 1,
    "compare_models": 1,
    **TO_REPORT,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Run:
    """A finished run: a model, fine-tuned on its own best responses, then trained on pairs of them."""
    folder = tmp_path_factory.mktemp("loop")
    prompts = [{"prompt": f"Write about {n * 20} words on rivers.", "length": n * 20} for n in range(1, 7)]
    (folder / "prompts.jsonl").write_text("\n".join(map(json.dumps, prompts)))
    (folder / "tiny").symlink_to(tiny)  # a path that is the same in every run: it decides the seeds
    served = {"engine": ENGINE, "startup_timeout": 240}
    varied = {"max_tokens": 200, "temperature": 1.0, "logit_bias": {"2": 3}}  # it ends somewhere
    greedy = {"max_tokens": 48, "temperature": 0.0}
    trained = {"batch_size": 1, "extra": ON_CPU, "max_steps": 4}
    run = Run(
        folder,
        {
            "shards": 1,
            "commands": {"vllm": VLLM_ON_CORE, "trl": shlex.quote(f"{VLLM}/trl")},
            "datasets": {"rivers": {"path": str(folder / "prompts.jsonl"), "fields": {"required": "length"}}},
            "models": {
                "tiny": {"backend": "vllm", "model": "tiny", "samples": 4, "sampling": varied} | served,
                "tiny-sft": {"train": "sft", "sampling": greedy} | served,
                "tiny-dpo": {"train": "dpo", "sampling": greedy} | served,
            },
            "evaluate": {"datasets": ["rivers"], "models": ["tiny", "tiny-sft", "tiny-dpo"], "judges": []},
            "sft": {"best": {"dataset": "rivers", "model": "tiny", "filters": {"per_prompt": 2}}},
            "preferences": {
                "pairs": {"dataset": "rivers", "models": ["tiny"], "reward": {"length": 1, "quality": 0}}
                | {"rejected": "worst"}
            },
            "train": {
                "sft": {"method": "sft", "data": "best", "policy": "tiny", "max_length": 8192}
                | {"learning_rate": 0.0002}
                | trained,
                "dpo": {"method": "dpo", "data": "pairs", "policy": "tiny-sft", "max_length": 512, "lora": {"r": 4}}
                | {"sft_weight": 0.1, "learning_rate": 0.005}
                | trained,
            },
        },
    )
    run.finish(**ENVIRONMENT)
    return run


def losses(run: Run, name: str) -> dict[int, float]:
    """The loss of each step, in the order in which they were done."""
    state = json.loads((run.folder / f"results/train/{name}/trainer_state.json").read_text())
    return {entry["step"]: entry["loss"] for entry in state["log_history"] if "loss" in entry}


def test_the_trained_models_have_their_rows(run: Run) -> None:
    board = [row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"]
    assert {row["model"]: row["n"] for row in board} == {"tiny": 24, "tiny-sft": 6, "tiny-dpo": 6}
    assert all(row["score_l"] is not None for row in board)
    for name in ("sft", "dpo"):
        assert list(losses(run, name)) == [1, 2, 3, 4]
    wait_for(lambda: not processes_in(run.folder), 10, "end of servers and trainings")
    assert run.planned() == {}


def test_fine_tuning_averages_over_the_tokens_of_answers(run: Run, tiny: Path) -> None:
    expected = checked("first-loss", run.folder / "results/sft/best/train.parquet", tiny)
    assert losses(run, "sft")[1] == pytest.approx(expected["answers"], abs=5e-5)


def test_the_served_adapter_is_the_trained_one(run: Run) -> None:
    prompts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/rivers/prompts.parquet")}
    written = {name: run.rows(f"results/rivers/{name}/responses.parquet") for name in ("tiny-sft", "tiny-dpo")}
    sent = [prompts[row["prompt_id"]] for row in written["tiny-dpo"]]
    weights = [run.folder / f"results/train/{name}/model" for name in ("sft", "dpo")]
    texts = [row["response"] for row in written["tiny-dpo"]]
    assert any(texts)
    check_greedy(texts, *weights, 48, *sent)
    assert texts != [row["response"] for row in written["tiny-sft"]]


def test_trl_reads_the_pairs_as_they_are_and_they_are_counted_as_it_counts(run: Run, tiny: Path) -> None:
    counts = checked("pairs", run.folder / "results/preferences/pairs/pairs.parquet", tiny)
    counted = json.loads((run.folder / "results/train/dpo/tokens.json").read_text())
    assert counts == {key: counted[key] for key in ("rows", "tokens", "longest")}
    assert counts["rows"] == len(run.rows("results/preferences/pairs/pairs.parquet")) > 0


def test_before_and_after_are_on_the_report(run: Run) -> None:
    rows = run.rows("results/comparison.parquet")
    trained = {(row["model"], row["other"]) for row in rows if row["trained"]}
    assert trained == {("tiny-sft", "tiny"), ("tiny-dpo", "tiny-sft")}
    short = [row for row in rows if row["guard"] and row["metric"] == "score_l"]
    assert [(row["slice"], row["n_prompts"]) for row in short] == [*2 * [("[0,500)", 6)], *2 * [("[500,2000)", 0)]]
    board = {row["model"]: row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"}
    whole = next(row for row in rows if (row["model"], row["slice"], row["metric"]) == ("tiny-dpo", "all", "score_l"))
    change = board["tiny-dpo"]["score_l"] - board["tiny-sft"]["score_l"]
    assert whole["difference"] == pytest.approx(change)
    page = (run.folder / "results/report.html").read_text(encoding="utf-8")
    assert "Before and after training" in page and "tiny-sft → tiny-dpo" in page


def test_what_decides_the_weights_makes_them_stale_and_nothing_else(run: Run) -> None:
    training = run.config["train"]["dpo"]
    operational = {"save_steps": 7, "per_device_batch": 1, "gpu_memory": 3, "allow_cut": True}
    with_it = {**run.config, "train": {**run.config["train"], "dpo": training | operational}}
    assert Run(run.folder, with_it).planned() == {}
    for change in ({"learning_rate": 0.001}, {"extra": {**ON_CPU, "weight_decay": 0.1}}):
        with_it["train"]["dpo"] = training | change
        assert Run(run.folder, with_it).planned() == {"train_model": 1, "record_settings": 1} | FOLLOWING
    # What lies in an accelerate file of the user's own may decide weights.
    accelerate = shutil.copy(CHECKOUT / "resources/accelerate/one-gpu.yaml", run.folder / "mine.yaml")
    with_it["train"]["dpo"] = training | {"accelerate": str(accelerate)}
    assert Run(run.folder, with_it).planned() == {"count_tokens": 1, "train_model": 1, "record_settings": 1} | FOLLOWING


def test_weights_that_are_there_are_not_trained_again_nor_their_answers_asked_again(run: Run) -> None:
    manifest, journal = (
        run.folder / "results/train/dpo/model.json",
        run.folder / "journal/models/tiny-dpo/rivers/000.jsonl",
    )
    before = manifest.read_bytes(), journal.read_bytes()
    manifest.unlink()
    run.finish(**ENVIRONMENT)
    assert "there already" in (run.folder / "logs/train_model/dpo.log").read_text()
    assert (manifest.read_bytes(), journal.read_bytes()) == before
