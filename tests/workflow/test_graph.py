"""The whole graph with the demo engine: what it makes, and what it makes again."""

from __future__ import annotations

import json
import platform
import re
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from browse_files import listed, unpacked
from running import CHECKOUT, TO_REPORT, Run

from longhand.tables.makers import makers

DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]
MODEL = "results/longhand-mini/demo-short"
FOLLOWING = {"join_scores": 1, "build_leaderboard": 1, "compare_judges": 1, "build_browse": 1, **TO_REPORT}


def config() -> dict:
    return {
        "models": {"demo-short": {"backend": "demo", "samples": 2, "engine": {"max-words": 1200}}},
        "judges": {"demo-judge": {"backend": "demo", "repeats": 2}},
        "evaluate": {"models": ["demo-short"]},
        "reader": True,
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout whose code a test may change, with a space in its path."""
    copy = tmp_path_factory.mktemp("copied") / "a checkout"
    for name in ("config", "profiles", "resources", "rules", "scripts"):
        shutil.copytree(CHECKOUT / name, copy / name)
    shutil.copy(CHECKOUT / "Snakefile", copy)
    return copy


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Run:
    """A finished run in a folder outside the checkout. It ends with the leaderboard, once, and where the report is."""
    before = files_of(checkout)
    finished = Run(tmp_path_factory.mktemp("run"), config(), checkout)
    shown = finished.finish(COLUMNS="100")
    assert shown.count("longhand-mini, judged by demo-judge") == 1
    assert re.search(r"demo-short +\d+\.\d +\d+\.\d +\d+\.\d +48 of 48 +\d[\d,]* *\n", shown), shown[-2000:]
    assert f"Report: {finished.folder / 'results/report.html'}" in shown
    assert re.search(rf"Reader: {finished.folder / 'results/browse/index.html'} \(\d+ files, \d\.\d MB, ", shown)
    assert files_of(checkout) == before, "the run wrote into the checkout"
    return finished


def files_of(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_every_response_and_verdict_has_its_row(run: Run) -> None:
    prompts = run.rows("results/longhand-mini/prompts.parquet")
    responses = run.rows(f"{MODEL}/responses.parquet")
    judgements = run.rows(f"{MODEL}/judgements/demo-judge.parquet")
    wanted = [(p["prompt_id"], sample) for p in prompts for sample in range(2)]
    assert [(r["prompt_id"], r["sample"]) for r in responses] == wanted
    assert [(j["prompt_id"], j["sample"], j["repeat"], j["dimension"]) for j in judgements] == [
        (*key, repeat, dimension) for key in wanted for repeat in range(2) for dimension in DIMENSIONS
    ]
    assert [(r["prompt_id"], r["sample"]) for r in run.rows(f"{MODEL}/lengths.parquet")] == wanted
    scores = run.rows(f"{MODEL}/scores.parquet")
    assert [(s["prompt_id"], s["sample"], s["judge"]) for s in scores] == [(*key, "demo-judge") for key in wanted]
    assert all(s["score"] == pytest.approx((s["score_l"] + s["score_q"]) / 2) for s in scores)


def test_the_leaderboard_counts_and_averages(run: Run) -> None:
    board = run.rows("results/leaderboard.parquet")
    (overall,) = [row for row in board if row["slice_kind"] == "all"]
    scores = run.rows(f"{MODEL}/scores.parquet")
    assert overall["n"] == overall["n_answered"] == overall["n_judged"] == 48
    for name in ("score_l", "score_q", *DIMENSIONS):
        assert overall[name] == pytest.approx(sum(s[name] for s in scores) / 48)
    assert overall["score"] == pytest.approx((overall["score_l"] + overall["score_q"]) / 2)
    assert overall["score_l_low"] < overall["score_l"] < overall["score_l_high"]
    ranges = {row["slice"]: row["score_l"] for row in board if row["slice_kind"] == "range"}
    assert list(ranges) == ["[0,500)", "[500,2000)", "[2000,4000)", "[4000,∞)"]
    assert ranges["[4000,∞)"] < ranges["[0,500)"], "a model that writes 1,200 words at most falls short of 4,000"
    assert Counter(row["slice_kind"] for row in board) == {"all": 1, "range": 4, "language": 2, "category": 7}


def test_what_the_run_cost_is_what_the_journal_was_paid(run: Run) -> None:
    assert run.counted() == run.paid() and set(run.paid()) == {"models", "judges"}


def test_tables_say_what_made_them_and_hold_no_time(run: Run) -> None:
    for table, step, model in (
        ("responses", "generate_responses", "demo-short"),
        ("judgements/demo-judge", "judge_responses", "demo-judge"),
    ):
        (maker,) = makers(run.folder / f"{MODEL}/{table}.parquet")
        assert (maker.step, maker.model) == (step, model)
        assert dict(maker.versions)["python"] == platform.python_version()
        assert {row["reported_model"] for row in run.rows(f"{MODEL}/{table}.parquet")} == {model}
    assert [maker.step for maker in makers(run.folder / f"{MODEL}/scores.parquet")] == ["join_scores", "score_length"]
    settings = json.loads((run.folder / "results/settings.json").read_text())
    assert {entry["backend"] for kind in ("models", "judges") for entry in settings[kind].values()} == {"demo"}
    assert "versions" not in settings, "they are those of the tables, not of whoever wrote this file"


def test_the_reader_has_each_response_and_its_verdicts(run: Run) -> None:
    browse = run.folder / "results/browse"
    (dataset,) = unpacked(browse, "run")["datasets"]
    assert (dataset["models"], dataset["n_prompts"]) == (["demo-short"], 24)
    assert dataset["judges"] == [{"name": "demo-judge", "dimensions": DIMENSIONS}]
    for number, row in enumerate(run.rows(f"{MODEL}/responses.parquet")):
        assert unpacked(browse, f"texts/longhand-mini/demo-short/{number}")["text"] == row["response"]
        replies = listed(browse, f"verdicts/longhand-mini/demo-short/{number}")
        assert [(reply["repeat"], len(reply["scores"])) for reply in replies] == [(0, 6), (1, 6)]
    assert "</script>" in (browse / "index.html").read_text(encoding="utf-8")


def test_a_second_run_plans_nothing(run: Run) -> None:
    assert run.planned() == {}


@pytest.mark.parametrize(
    ("change", "planned"),
    [
        ({"judges": {"demo-judge": {"concurrency": 3, "timeout": 9}}}, {}),
        ({"models": {"demo-short": {"concurrency": 3, "tries": 2, "price": {"input": 1, "output": 2}}}}, None),
        (
            {"judges": {"demo-judge": {"sampling": {"temperature": 0.9}}}},
            {"judge_responses": 1, "record_settings": 1, **FOLLOWING},
        ),
        ({"scores": {"missing": "neutral"}}, {"record_settings": 1, **FOLLOWING}),
        # It is looked at again, and nothing is asked.
        ({"scores": {"min_coverage": 0.5}}, {"record_settings": 1, **FOLLOWING}),
        # What is only shown makes no number stale.
        (
            {"title": "Another title"},
            {"record_settings": 1, "build_browse": 1, "draw_figures": 1, "build_report": 1},
        ),
    ],
)
def test_a_change_plans_what_depends_on_it(run: Run, change: dict, planned: dict | None) -> None:
    changed = json.loads(json.dumps(config()))
    for section, entries in change.items():
        if isinstance(entries, dict):
            for name, settings in entries.items():
                there = changed.setdefault(section, {}).setdefault(name, {})
                changed[section][name] = there | settings if isinstance(settings, dict) else settings
        else:
            changed[section] = entries
    plan = Run(run.folder, changed, run.checkout).planned()
    if planned is None:  # a price: costs change, nothing is asked
        assert set(plan) == {"build_leaderboard", "record_settings", *TO_REPORT}
    else:
        assert plan == planned


def test_what_is_stale_is_known_without_the_work_folder(run: Run, tmp_path: Path) -> None:
    """The README calls work/ safe to delete: the tables in results/ must notice a change by themselves."""
    shutil.copytree(run.folder, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "work")
    run = Run(tmp_path, config(), run.checkout)
    assert run.planned() == {}
    judged = {"judge_responses": 1, **FOLLOWING}
    hotter = {"sampling": {"temperature": 0.9}}
    run.config["judges"]["demo-judge"] |= hotter
    assert judged.items() <= run.planned().items()
    run.config["models"]["demo-short"] |= hotter
    assert ({"generate_responses": 1, "score_length": 1} | judged).items() <= run.planned().items()
    run.config = config() | {"rubrics": {"longbench-write": {"scale": [1, 10]}}}
    assert judged.items() <= run.planned().items()


def test_a_deleted_table_is_made_again_with_what_follows(run: Run) -> None:
    path = run.folder / f"{MODEL}/lengths.parquet"
    kept = path.with_suffix(".kept")
    path.rename(kept)
    try:
        assert run.planned() == {"score_length": 1, "write_texts": 1, **FOLLOWING}
    finally:
        kept.rename(path)


def test_a_stage_has_a_target_of_its_own(tmp_path: Path) -> None:
    plan = Run(tmp_path, config()).planned("all_lengths")
    assert plan["score_length"] == 1
    assert "judge_responses" not in plan


def test_costs_are_of_the_calls_of_other_entries_too(tmp_path: Path) -> None:
    models = {"p": {"backend": "demo"}, "m": {"backend": "demo", "method": "agentwrite"}}
    models["m"]["agentwrite"] = {"plan_model": "p"}
    chosen = {"datasets": ["longhand-mini"], "models": ["p", "m"]}
    run = Run(tmp_path, {"models": models, "evaluate": chosen})
    shown = run.snakemake("results/leaderboard.parquet", "-n", "-p").stdout
    (command,) = [line for line in shown.splitlines() if "/build_leaderboard.py" in line]
    assert " --traces results/longhand-mini/m/traces.parquet --" in command
    assert '{"m":{"planner":"p"}}' in command


def test_a_run_ends_with_its_last_job(tmp_path: Path) -> None:
    began = time.monotonic()  # Snakemake looks for jobs that it may start after so many seconds: its end waits for that
    Run(tmp_path, config()).finish("results/settings.json", "--max-jobs-per-timespan", "100/300s")
    assert time.monotonic() - began < 280


def test_changed_code_plans_what_it_decides(run: Run) -> None:  # the last test: it changes the copied code
    def edit(module: str, line: str) -> None:
        with (run.checkout / "scripts" / module).open("a") as file:
            file.write(f"\n{line}\n")

    edit("longhand/text/length.py", "# only a remark")
    edit("longhand/ask/progress.py", "SHOWN = 1  # only how progress is shown")
    assert run.planned() == {}
    edit("longhand/text/length.py", "ANOTHER_LINE = 1")
    assert run.planned() == {"score_length": 1, "write_texts": 1, **FOLLOWING}
    edit("longhand/judging/verdicts.py", "ANOTHER_LINE = 1")
    judged = {"judge_responses": 1, "score_length": 1, "write_texts": 1, **FOLLOWING}
    assert run.planned() == judged, "responses are as they were"
    edit("longhand/methods/direct.py", "ANOTHER_LINE = 1")
    assert run.planned() == {"generate_responses": 1} | judged
