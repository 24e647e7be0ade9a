"""Which config files make a run's config, and what lies over what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running import CHECKOUT

from longhand.config.load import Config
from plan_run import main, stale_jobs

ONE = {
    "models": {"mine": {"backend": "demo"}},
    "evaluate": {"datasets": ["longhand-mini"], "models": ["mine"]},
}
MORE = {"models": {"mine": {"samples": 3}, "other": {"backend": "demo"}}, "evaluate": {"models": ["other"]}, "seed": 7}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, settings in (("one.yaml", ONE), ("more.yaml", MORE)):
        (tmp_path / name).write_text(yaml.safe_dump(settings))
    return tmp_path


def planned(folder: Path, *configfiles: str) -> Config:
    """The config of a run in `folder`; planning enters the folder, and stays there."""
    config, _ = stale_jobs([], [folder / name for name in configfiles], folder, [])
    return config


@pytest.mark.parametrize("has_its_own", [False, True])
def test_a_given_config_stands_on_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch, has_its_own: bool) -> None:
    monkeypatch.chdir(folder)
    if has_its_own:
        (folder / "config").mkdir()
        (folder / "config/config.yaml").write_text("{shards: 9, judges: {j: {backend: demo}}, evaluate: {judges: [j]}}")
    config = planned(folder, "one.yaml")
    assert set(config.models) == {"mine"} and not config.judges
    assert config.raw["evaluate"] == ONE["evaluate"] | {"judges": []}
    assert config.raw["shards"] == 1, "the default, and not that of another config"


def test_several_configs_are_merged_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    config = planned(folder, "one.yaml", "more.yaml")
    assert set(config.models) == {"mine", "other"} and not config.judges
    assert (config.models["mine"].backend, config.models["mine"].settings["samples"]) == ("demo", 3)
    assert config.raw["evaluate"] == {"datasets": ["longhand-mini"], "models": ["other"], "judges": []}
    assert planned(folder, "more.yaml", "one.yaml").raw["evaluate"]["models"] == ["mine"]


def test_without_one_it_is_the_run_folders_own_or_else_the_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert set(planned(folder).judges) == {"demo-judge"}
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(yaml.safe_dump(ONE))
    assert set(planned(folder).models) == {"mine"}


def test_what_the_command_line_sets_lies_over_the_demo(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "results/settings.json", "-s", CHECKOUT / "Snakefile"]
    subprocess.run([*command, "--config", "seed=7"], cwd=tmp_path, check=True, capture_output=True)
    settings = json.loads((tmp_path / "results/settings.json").read_text())
    assert (settings["seed"], list(settings["models"])) == (7, ["demo-long", "demo-short"])


def test_an_overlay_alone_says_what_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit, match=r"evaluate.models.*--configfile config/config.yaml mine.yaml"):
        main(configfile=[CHECKOUT / "config/benchmarks.yaml"])
