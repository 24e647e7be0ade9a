"""Files that criteria are in beside a dataset's own: what the config says of them, and what a plan makes of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from longhand.config.criteria_sources import criteria_settings, criteria_sources
from longhand.config.load import check_selection, load_config
from longhand.plan.contents import Contents, NotFetched
from longhand.plan.stale import StaleJob
from longhand.program.errors import LonghandError
from longhand.prompts.fetching import MIRROR

MODEL = {"m": {"backend": "demo"}}
ITEMS = [{"title": "Length"}, {"title": "Tone"}]
ROW = {"prompt": "Write a poem.", "checklist": None}
VIEW = ROW | {"checklist": ITEMS[:1]}


def settings(folder: Path, **criteria: Any) -> dict[str, Any]:
    """A config with a dataset whose criteria are by category, with a view; `criteria` is laid over its own."""
    (folder / "d.jsonl").write_text(json.dumps(ROW), encoding="utf-8")
    (folder / "shared.json").write_text(json.dumps({"poem": ITEMS}), encoding="utf-8")
    (folder / "view.txt").touch()
    (folder / "view.jsonl").write_text(json.dumps(VIEW), encoding="utf-8")
    chosen = {"name": "title", "by_category": {"path": "shared.json"}, "views": {"C": {"path": "view.jsonl"}}}
    dataset = {
        "path": "d.jsonl",
        "fields": {"prompt": "prompt", "criteria": "checklist"},
        "criteria": chosen | criteria,
        "categories": [{"begins": "Write a poem", "category": "poem"}],
        "rubric": None,
    }
    return {"datasets": {"d": dataset}, "models": MODEL, "evaluate": {"datasets": ["d"], "models": ["m"]}}


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"by_category": {}}, "needs either 'path' or 'url' (dataset d criteria.by_category)"),
        ({"views": {"C": {"url": "https://a.b/c.jsonl"}}}, "'sha256' is missing: what comes from an address must"),
        ({"views": {"C": {"path": "none.jsonl"}}}, "there is no file 'none.jsonl' (dataset d criteria.views.C)"),
        ({"by_category": {"path": "none.json"}}, "there is no file 'none.json' (dataset d criteria.by_category)"),
        ({"views": {"C": {"path": "view.txt"}}}, "'.txt' files cannot be read (dataset d criteria.views.C)"),
        ({"views": {"a b": {"path": "view.jsonl"}}}, "a b"),
        ({"titel": "x"}, "unknown key 'titel'"),
        ({"weights": {"poem": [1, 0]}}, "0 must be above 0 (config datasets.d.criteria.weights.poem.1)"),
        ({"weights": {"poem": []}}, "config datasets.d.criteria.weights.poem"),
    ],
)
def test_mistakes_are_named_before_any_job(criteria: dict[str, Any], message: str, tmp_path: Path) -> None:
    given = settings(tmp_path, **criteria)
    with contextlib.chdir(tmp_path), pytest.raises(LonghandError) as raised:
        check_selection(load_config(given))
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_path_in_a_file_of_the_registry_is_meant_beside_it(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    entry = settings(tmp_path / "datasets")["datasets"]["d"]
    (tmp_path / "datasets/d.yaml").write_text(json.dumps(entry), encoding="utf-8")
    with contextlib.chdir(tmp_path):
        config = load_config({"datasets": {"d": {"criteria": {"weights": {"poem": [1, 2]}}}}})
    dataset = config.datasets["d"]
    paths = {setting: source["path"] for setting, source in criteria_sources(dataset).items()}
    assert paths == {"criteria.by_category": "datasets/shared.json", "criteria.views.C": "datasets/view.jsonl"}
    assert criteria_settings(dataset) == {"name": "title", "weights": {"poem": [1, 2]}}, "laid over what the file says"


def planned(folder: Path, given: dict[str, Any]) -> Contents:
    config = load_config(given)
    dataset = config.datasets["d"]
    params = {"fields": json.dumps(dataset["fields"]), "sweep": "null", "forms": "{}", "kind": "jsonl"}
    params |= {"criteria": json.dumps(criteria_settings(dataset)), "categories": json.dumps(dataset["categories"])}
    params["labels"] = "null"
    table = "results/d/prompts.parquet"
    job = StaleJob("prepare_prompts", {"dataset": "d"}, params, (table,), ("forced",), {"file": ("d.jsonl",)})
    return Contents(folder, config, [job])


def test_a_plan_reads_them_from_their_paths(tmp_path: Path) -> None:
    contents = planned(tmp_path, settings(tmp_path))
    (prompt,) = contents.prompts("d").whole()
    assert [(each["name"], each["views"]) for each in prompt["criteria"]] == [("Length", ["C"]), ("Tone", None)]


def test_a_plan_reads_them_from_the_mirror_and_else_says_that_they_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(VIEW)
    of_view = {"url": "https://a.b/view.jsonl", "sha256": hashlib.sha256(content.encode()).hexdigest()}
    given = settings(tmp_path, views={"C": of_view})
    monkeypatch.setenv(MIRROR, str(tmp_path))
    contents = planned(tmp_path, given)
    (prompt,) = contents.prompts("d").whole()
    assert [each["views"] for each in prompt["criteria"]] == [["C"], None]
    monkeypatch.delenv(MIRROR)
    with pytest.raises(NotFetched):
        planned(tmp_path, given).prompts("d").whole()
