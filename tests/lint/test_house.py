"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from running import CHECKOUT, Run
from vllm_on_cpu import SHIPPED

from longhand.config.load import FILE_ENDINGS, RESERVED_NAMES


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [CHECKOUT / name for name in listed.stdout.splitlines() if (CHECKOUT / name).exists()]


def rule_names() -> set[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", CHECKOUT / "Snakefile", "--list-rules"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[0] for line in listed.stdout.splitlines() if line.strip()}


OVERLAYS = {"demo-pairs.yaml": "config.yaml", "benchmarks.yaml": "longbench-write.yaml"}
"""Shipped configs that are laid over another, and over which."""


PAGES = ("record_settings", "summarize_run", "draw_figures", "build_report", "build_browse")
OF_ALL = ("prepare_rubric", "build_leaderboard", "compare_judges", *PAGES)
OF_EACH = ("prepare_prompts", "generate_responses", "judge_responses", "score_length", "join_scores", "score_metrics")
JOBS = {
    # The datasets' files, that of WritingBench's view, that of the checklists of summaries.
    "writingbench.yaml": {"fetch_file": 3} | dict.fromkeys(OF_ALL, 1) | dict.fromkeys((*OF_EACH, "write_texts"), 2),
    "hellobench.yaml": {"fetch_file": 6, "build_totals": 1}
    | dict.fromkeys(OF_ALL, 1)
    | dict.fromkeys((*OF_EACH, "write_texts"), 5),
    "self-lengthen.yaml": {
        "fetch_file": 2,  # LonGen and LongBench-Write
        "prepare_prompts": 2,
        "make_prompts": 14,  # 3 of each iteration and of the collection, what is collected, what is restated
        "generate_responses_gpu": 17,  # 3 of each as well, the restater, 2 models on 2 benchmarks
        "gather_responses": 17,
        "import_responses": 1,
        "score_length": 18,  # all that is written, and the final data
        "join_scores": 18,
        "collect_traces": 13,  # all that is written but for the benchmarks, for the report
        "select_sft": 7,  # generator and extender of 3 iterations, the final data
        "count_tokens": 7,
        "train_model": 7,
        "prepare_rubric": 2,
        "judge_responses": 4,
        "build_leaderboard": 1,
        "compare_judges": 1,
        "compare_models": 1,
        "record_settings": 1,
        "summarize_run": 1,
        "draw_figures": 1,
        "build_report": 1,
        "write_texts": 4,
        "build_browse": 1,
    },
}
"""All jobs of shipped configs with many."""


@pytest.mark.parametrize("name", [path.name for path in tracked(":(glob)config/*.yaml")])
def test_every_shipped_config_plans(tmp_path: Path, name: str) -> None:
    settings = yaml.safe_load((CHECKOUT / "config" / name).read_text(encoding="utf-8"))
    for dataset in settings.get("datasets", {}).values():
        if "path" in dataset:  # a file that the user is told to bring
            (tmp_path / dataset["path"]).touch()
        if folder := dataset.get("made", {}).get("documents", {}).get("path"):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "a.txt").write_text("A text.")
    for model in settings.get("models", {}).values():
        if "tokenizer" in model:
            (tmp_path / model["tokenizer"]).parent.mkdir()
            (tmp_path / model["tokenizer"]).touch()
    planned = Run(tmp_path, {"reader": True} | settings, base=OVERLAYS.get(name)).planned()
    assert planned["build_report"] == 1 and planned == JOBS.get(name, planned)


@pytest.mark.parametrize("name", [path.name for path in tracked(":(glob)config/*.yaml")])
def test_the_architecture_of_every_shipped_model_is_tried_on_cpu(name: str) -> None:
    settings = yaml.safe_load((CHECKOUT / "config" / name).read_text(encoding="utf-8"))
    entries = [*settings.get("models", {}).values(), *settings.get("judges", {}).values()]
    assert {entry["model"] for entry in entries if entry.get("backend") == "vllm"} <= set(SHIPPED)


def test_no_file_of_code_is_over_300_lines() -> None:
    long = [
        path.name for path in tracked("*.py", "*.js", "*.smk", "Snakefile") if len(path.read_text().splitlines()) > 300
    ]
    assert not long


def test_common_rules_stay_small() -> None:
    assert len((CHECKOUT / "rules/common.smk").read_text().splitlines()) < 100


def test_the_library_never_imports_snakemake() -> None:
    for path in tracked("scripts/longhand/*.py", "scripts/longhand/**/*.py"):
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.M), path


def test_every_script_belongs_to_a_rule() -> None:
    rules = "".join(path.read_text() for path in tracked("rules/*.smk"))
    used = set(re.findall(r"\{SCRIPTS:q\}/(\w+)\.py", rules))
    scripts = {path.stem for path in tracked(":(glob)scripts/*.py")}
    assert used <= scripts
    assert not re.search(r"\{(PYTHON|SCRIPTS)\}", rules), "a path may have a space: {PYTHON:q} {SCRIPTS:q}"
    for_the_terminal = {"ask_again", "plan_run", "run_evalscope_task", "show_leaderboard", "show_judge_modes"}
    assert scripts - used == for_the_terminal


def rule_blocks() -> dict[str, str]:
    """The text of each rule in rules/, by its name."""
    text = "".join(path.read_text() for path in tracked("rules/*.smk"))
    blocks = re.split(r"^(?:use rule \w+ as|rule|checkpoint) ?", text, flags=re.M)[1:]
    return {block.split()[0].rstrip(":"): block for block in blocks}


def profile(name: str) -> dict[str, Any]:
    return yaml.safe_load((CHECKOUT / "profiles" / name / "profile.yaml").read_text(encoding="utf-8"))


def on_gpus(blocks: dict[str, str]) -> set[str]:
    """The rules that start vLLM or train."""
    starts = {n for n, block in blocks.items() if re.search(r'at_backend\(.*"vllm"', block) and "gather" not in n}
    return starts | {name for name in blocks if name.startswith("train_")}


def test_rules_that_start_vllm_or_train_are_tagged_and_no_others() -> None:
    blocks = rule_blocks()
    assert on_gpus(blocks) == {n for n, block in blocks.items() if re.search(r"^\s+gpu=", block, re.M)} != set()
    for resources in (set_resources := profile("slurm")["set-resources"]).values():
        assert {"slurm_partition", "gpu_model"} <= set(resources)
    assert set(set_resources) == on_gpus(blocks)


def test_with_conda_a_rule_has_the_environment_of_what_it_starts() -> None:
    blocks = rule_blocks()
    for name, block in blocks.items():
        wanted = {"train"} if "=training_job" in block else {"vllm"} if name in on_gpus(blocks) else set()
        assert {env for env in ("vllm", "train") if f'conda:\n        "../envs/{env}.yaml"' in block} == wanted, name


def test_steps_that_compute_run_beside_snakemake_on_a_cluster_a_few_at_a_time() -> None:
    assert profile("slurm")["default-resources"]["local_job"] == 1
    assert any(limit.startswith("local_job=") for limit in profile("default")["resources"])


def test_every_rule_that_a_profile_names_exists() -> None:
    named = {
        rule
        for path in tracked("profiles/*/profile.yaml")
        for key in ("set-resources", "set-threads", "groups")
        for rule in profile(path.parent.name).get(key, {})
    }
    assert named <= rule_names()


def test_the_slurm_profile_is_found_by_its_name_and_not_overridden() -> None:
    assert (CHECKOUT / "slurm").resolve() == CHECKOUT / "profiles/slurm"
    assert not set(profile("slurm")) & set(profile("default")), "the default profile's keys win"


def edges(mermaid: str) -> set[tuple[str, str]]:
    """The arrows of a graph, by the names of their rules: Snakemake's order and numbers vary."""
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", mermaid))
    return {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", mermaid)}


def test_the_readme_shows_the_graph_of_today(tmp_path: Path) -> None:
    made = subprocess.run(
        ["make", "-s", "graph", f"SNAKEMAKE='{sys.executable}' -m snakemake"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shown = re.search(r"```mermaid\n(.*?)```", (CHECKOUT / "rules/README.md").read_text(encoding="utf-8"), re.S)
    assert shown and edges(shown[1]) == edges(made) != set(), (
        "run `make graph` and put what it prints into rules/README.md"
    )


def test_the_settings_page_names_every_setting() -> None:
    schema = yaml.safe_load((CHECKOUT / "config/schema/config.schema.yaml").read_text(encoding="utf-8"))
    page = (CHECKOUT / "config/README.md").read_text(encoding="utf-8")

    def names(node: object) -> set[str]:
        if not isinstance(node, dict):
            return set()
        settings = set(node.get("properties", {}))
        return settings.union(*(names(child) for child in node.values()))

    missing = {name for name in names(schema) if f"`{name}`" not in page and f"`{name}:" not in page}
    assert not missing


def test_no_name_of_a_dataset_or_model_can_be_a_file_or_folder_of_ours() -> None:
    """Folders under results/ and work/ have names of users beside ours, at two depths."""
    text = "".join(path.read_text() for path in tracked("rules/*.smk", "Snakefile"))
    paths = {tuple(path.split("/")) for path in re.findall(r'"((?:results|work)/[^"]*)"', text)}
    for depth, kind, before in ((1, "dataset", ()), (2, "model", ("{dataset}",))):
        ours = {p[depth] for p in paths if len(p) > depth and p[1:depth] == before and "{" not in p[depth]}
        files = {name for name in ours if "." in name}
        assert files and all(name.endswith(FILE_ENDINGS) for name in files), files
        beside = {"rubrics", "fetched"} if kind == "dataset" else {"prompts"}  # in work/, where files differ by ending
        assert ours - files <= beside | (RESERVED_NAMES if kind == "dataset" else set())


def test_versions_in_the_environments_are_pinned() -> None:
    for path in (CHECKOUT / "envs").glob("*.txt"):
        for line in path.read_text().splitlines():
            assert not line or line.startswith(("#", "-r ")) or re.match(r"[\w.\[\]-]+==\S+$", line), (path, line)


def test_conda_environments_have_the_pins_of_the_requirements() -> None:
    for path in (CHECKOUT / "envs").glob("*.yaml"):
        listed = next(d["pip"] for d in yaml.safe_load(path.read_text())["dependencies"] if isinstance(d, dict))
        pins = {line for line in path.with_suffix(".txt").read_text().splitlines() if line and line[0] != "#"}
        assert set(listed) in (pins, {f"--no-deps -r {path.stem}.txt"}), path


def test_actions_are_pinned_to_commits() -> None:
    used = re.findall(r"uses: (.*)", "".join(path.read_text() for path in tracked(".github/workflows/*.yml")))
    assert used and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", name) for name in used), used


def test_the_map_of_results_names_the_rules_that_make_them() -> None:
    lines = (CHECKOUT / "rules/README.md").read_text(encoding="utf-8").splitlines()
    cells = [line.split("|")[3] for line in lines if line.startswith(("| `results/", "| `journal/"))]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 15 and named <= rule_names()
