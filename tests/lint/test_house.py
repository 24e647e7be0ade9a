"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running import CHECKOUT, Run


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


@pytest.mark.parametrize("name", [path.name for path in tracked(":(glob)config/*.yaml")])
def test_every_shipped_config_plans(tmp_path: Path, name: str) -> None:
    settings = yaml.safe_load((CHECKOUT / "config" / name).read_text(encoding="utf-8"))
    assert Run(tmp_path, settings).planned()["build_report"] == 1


def test_no_file_of_code_is_over_300_lines() -> None:
    long = [path.name for path in tracked("*.py", "*.smk", "Snakefile") if len(path.read_text().splitlines()) > 300]
    assert not long


def test_common_rules_stay_small() -> None:
    assert len((CHECKOUT / "rules/common.smk").read_text().splitlines()) < 100


def test_the_library_never_imports_snakemake() -> None:
    for path in tracked("scripts/longhand/*.py", "scripts/longhand/**/*.py"):
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.M), path


def test_every_script_belongs_to_a_rule() -> None:
    rules = "".join(path.read_text() for path in tracked("rules/*.smk"))
    used = set(re.findall(r"\{SCRIPTS\}/(\w+)\.py", rules))
    scripts = {path.stem for path in tracked(":(glob)scripts/*.py")}
    assert used <= scripts
    assert scripts - used == {"show_leaderboard"}, "only that one is for the terminal"


def test_rules_that_start_vllm_or_train_ask_for_a_gpu_and_no_others_do() -> None:
    text = "".join(path.read_text() for path in tracked("rules/*.smk"))
    blocks = re.split(r"^(?:use rule \w+ as|rule|checkpoint) ?", text, flags=re.M)[1:]
    tagged = {block.split()[0].rstrip(":") for block in blocks if re.search(r"^\s+gpu=", block, re.M)}
    started = {name for name in rule_names() if name.endswith("_gpu") or name.startswith("train_")}
    assert tagged == started >= {"generate_responses_gpu", "judge_responses_gpu", "train_model"}


def edges(mermaid: str) -> set[tuple[str, str]]:
    """The arrows of a graph, by the names of their rules: Snakemake's order and numbers vary."""
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", mermaid))
    return {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", mermaid)}


def test_the_readme_shows_the_graph_of_today(tmp_path: Path) -> None:
    made = subprocess.run(
        ["make", "-s", "graph", f"SNAKEMAKE={sys.executable} -m snakemake"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shown = re.search(r"```mermaid\n(.*?)```", (CHECKOUT / "README.md").read_text(encoding="utf-8"), re.S)
    assert shown and edges(shown[1]) == edges(made) != set(), "run `make graph` and put what it prints into README.md"


def test_the_settings_page_names_every_setting() -> None:
    schema = yaml.safe_load((CHECKOUT / "config/schema/config.schema.yaml").read_text(encoding="utf-8"))
    page = (CHECKOUT / "config/README.md").read_text(encoding="utf-8")

    def names(node: object) -> set[str]:
        if not isinstance(node, dict):
            return set()
        own = set(node.get("properties", {}))
        return own.union(*(names(child) for child in node.values()))

    missing = {name for name in names(schema) if f"`{name}`" not in page and f"`{name}:" not in page}
    assert not missing


def test_versions_in_the_environments_are_pinned() -> None:
    for path in (CHECKOUT / "envs").glob("*.txt"):
        for line in path.read_text().splitlines():
            assert not line or line.startswith(("#", "-r ")) or re.match(r"[\w.\[\]-]+==\S+$", line), (path, line)
