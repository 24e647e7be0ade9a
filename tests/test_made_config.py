"""What the config must not say of datasets that the run makes, and what it takes them to be made of."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from running import mistake

from longhand.config.load import load_config
from longhand.config.order import responses_wanted
from longhand.jobs.templates import made_with_templates
from longhand.program.errors import LonghandError

DEMO = {"backend": "demo"}
CONFIG: dict[str, Any] = {
    "datasets": {
        "slots": {"made": {"slots": {"number": 6}}},
        "tasks": {"made": {"instructions": {"dataset": "slots", "model": "instructor", "number": 4}}},
        "drafts": {"made": {"answers": {"from": [{"dataset": "tasks", "model": "writer"}]}}},
        "long": {"made": {"answers": {"from": [{"dataset": "drafts", "model": "extender"}]}}},
        "stated": {"made": {"restated": {"dataset": "long", "model": "restater"}}},
        "texts": {"made": {"documents": {"path": "texts"}}},
        "queries": {"made": {"queries": {"dataset": "texts", "model": "asker"}}},
        "unused": {"made": {"answers": {"from": [{"dataset": "longhand-mini", "model": "writer"}]}}},
    },
    "models": {
        "instructor": DEMO | {"method": "self-instruct"},
        "writer": DEMO | {"method": "checked"},
        "extender": DEMO | {"method": "extend"},
        "asker": DEMO | {"method": "query"},
        "restater": DEMO | {"method": "restate"},
        "texts": {"backend": "recorded", "answers": "reference"},
        "trained": {"train": "long-writer"},
        "base": {"backend": "vllm", "model": "hub/base"},
    },
    "sft": {"long-texts": {"dataset": "stated", "model": "texts"}},
    "train": {"long-writer": {"method": "sft", "data": "long-texts", "policy": "base", "max_length": 4096}},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """CONFIG with another value at a place; None removes what is there."""
    config = copy.deepcopy(CONFIG)
    *above, last = path.split(".")
    entry: Any = config
    for key in above:
        entry = entry[int(key) if key.isdigit() else key]
    if value is None:
        del entry[last]
    else:
        entry[last] = value
    return config


FIRST = "datasets.drafts.made.answers.from.0"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (changed("datasets.slots.made", {}), "needs exactly one kind, has none (config datasets.slots.made)"),
        (
            changed("datasets.slots.made", CONFIG["datasets"]["tasks"]["made"] | {"slots": {"number": 1}}),
            "needs exactly one kind, has slots, instructions",
        ),
        (changed("datasets.slots.made.slots.examples", 0), "0 must be at least 1"),
        (changed("datasets.slots.made.slots.pool", 1), "a pool of 1 has no 2 examples"),
        (changed("datasets.slots.path", "a.jsonl"), "needs either 'path', 'url' or 'made' (dataset slots)"),
        (changed("datasets.slots.made.sluts", {}), "unknown key 'sluts', did you mean 'slots'?"),
        (changed("datasets.slots.sweep", {"length": {"placeholder": "x", "values": [1]}}), "`sweep` is for prompts of"),
        (changed("datasets.slots.criteria", {"name": "title"}), "`criteria` is for prompts of a file"),
        (changed("datasets.tasks.made.instructions.dataset", "slot"), "unknown dataset 'slot', did you mean 'slots'?"),
        (
            changed(f"{FIRST}.model", "writr"),
            "unknown model 'writr', did you mean 'writer'? known: asker, base, extender, instructor, restater, texts, "
            "trained, writer (config datasets.drafts.made.answers)",
        ),
        (changed(f"{FIRST}.model", None), "'model' is missing (config datasets.drafts.made.answers.from.0)"),
        (
            changed("datasets.tasks.made.instructions.model", "writer"),
            "instructions are made of what method self-instruct writes, and model 'writer' has method checked",
        ),
        (
            changed("datasets.stated.made.restated.model", "texts"),
            "restated are made of what method restate writes, and model 'texts' has method direct",
        ),
        (changed(f"{FIRST}.model", "instructor"), "has method self-instruct, which writes no answers to prompts"),
        (changed(f"{FIRST}.model", "texts"), "'texts' answers with references, and dataset 'tasks' (instructions) has"),
        (
            changed(f"{FIRST}.model", "extender"),
            "'extender' (extend) needs a dataset made of `answers`, and 'tasks' is of `instru",
        ),
        (
            changed("evaluate", {"datasets": ["tasks"], "models": ["texts"]}),
            "answers with references, and dataset 'tasks' (instructions) has none (config evaluate)",
        ),
        (changed("sft.long-texts.dataset", "tasks"), "has none (config sft.long-texts)"),
        (
            changed("datasets.queries.made.queries.model", "writer"),
            "queries are made of what method query writes, and model 'writer' has method checked",
        ),
        (
            changed("datasets.queries.made.queries.dataset", "tasks"),
            "'asker' (query) needs a dataset made of `documents`, and 'tasks' is of `instructions`",
        ),
        (
            changed("evaluate", {"datasets": ["queries"], "models": ["extender"]}),
            "'extender' (extend) needs a dataset made of `answers`, and 'queries' is of `queries` (config evaluate)",
        ),
        (changed(f"{FIRST}.model", "asker"), "has method query, which writes no answers to"),
        (
            changed("evaluate", {"datasets": ["queries"], "models": ["texts"]}),
            "'texts' answers with references, and dataset 'queries' (queries) has none",
        ),
        (
            changed("datasets.texts.made.documents.path", None),
            "'path' is missing (config datasets.texts.made.documents",
        ),
        (changed("datasets.texts.made.documents.path", "a{b}"), "'a{b}' does not have the right form"),
        (changed("datasets.texts.made.documents.words", [9, 3]), "words [9, 3] must be [least, most]"),
        (changed("datasets.texts.made.documents.kinds", {"fact": 0}), "all shares are 0, so no kind of query could be"),
        (changed("datasets.texts.made.documents.kinds", {"facts": 1}), "unknown key 'facts', did you mean 'fact'?"),
        (changed("models.asker.query", {"words": [9, 9]}), "words [9, 9] must rise (config models.asker.query.words)"),
        (changed("datasets.drafts.made.answers.words", [9, 3]), "words [9, 3] must be [least, most]"),
        (changed("datasets.drafts.made.answers.check", "strict"), "'strict' is not allowed"),
        (changed("models.texts.path", "a.jsonl"), "has both `answers` and `path`"),
        (changed("models.texts.samples", 2), "a prompt has one reference, samples is 2 (config models.texts)"),
        (changed("models.base.answers", "reference"), "`answers` is for backend recorded, not vllm"),
        (changed("models.texts.answers", None), "'path' is missing, backend recorded needs it"),
        (
            changed(f"{FIRST}.dataset", "long"),
            "is made of itself: datasets.long <- datasets.drafts <- datasets.long (config datasets.long)",
        ),
        (
            changed(f"{FIRST}.model", "trained"),
            "is made of itself: train.long-writer <- sft.long-texts <- datasets.stated <- datasets.long <- "
            "datasets.drafts <- models.trained <- train.long-writer (config train.long-writer)",
        ),
    ],
)
def test_what_the_config_must_not_say(config: dict[str, Any], message: str) -> None:
    with pytest.raises(LonghandError) as error:
        load_config(config)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_wanted_comes_after_what_it_is_made_of() -> None:
    config = load_config(CONFIG)
    assert config.datasets_in_use() == ["slots", "tasks", "drafts", "long", "stated"]
    only = changed("train", {}) | {"sft": {}, "models": {**CONFIG["models"]}, "evaluate": {"datasets": ["tasks"]}}
    del only["models"]["trained"]
    assert load_config(only).datasets_in_use() == ["slots", "tasks"]


def test_files_that_a_made_dataset_needs_must_be_there(tmp_path: Path) -> None:
    datasets = copy.deepcopy(CONFIG["datasets"])
    settings = {"datasets": datasets, "models": CONFIG["models"] | {"trained": DEMO}, "sft": CONFIG["sft"]}
    datasets["slots"]["made"]["slots"]["seeds"] = "seeds.csv"
    assert mistake(settings, tmp_path).startswith("there is no file 'seeds.csv' (dataset slots seeds)")
    datasets["slots"]["made"]["slots"]["seeds"] = None
    settings["models"]["writer"] = {"backend": "recorded", "path": "texts.jsonl"}
    assert mistake(settings, tmp_path).startswith("there is no file 'texts.jsonl' (model writer)")


def test_documents_must_be_there(tmp_path: Path) -> None:
    documents: dict[str, Any] = {"path": "texts"}
    queries = {"dataset": "texts", "model": "asker"}
    settings = {
        "datasets": {"texts": {"made": {"documents": documents}}, "queries": {"made": {"queries": queries}}},
        "models": {"asker": DEMO | {"method": "query"}, "writer": DEMO},
        "sft": {"first": {"dataset": "queries", "model": "writer"}},
    }
    assert mistake(settings, tmp_path).startswith("there is no folder or file 'texts' (dataset texts)")
    (tmp_path / "texts").mkdir()
    assert mistake(settings, tmp_path).startswith("the folder has no .txt or .md files (texts)")
    (tmp_path / "texts.doc").touch()
    documents["path"] = "texts.doc"
    assert mistake(settings, tmp_path).startswith("'.doc' files cannot be read (dataset texts)")
    (tmp_path / "mine.txt").write_text("Another one.")
    mine = {"made": {"documents": {"prompts": {"again": {"en": "mine.txt"}}}}}
    with pytest.raises(
        LonghandError, match=r"the template has no {wanted} \(mine.txt\); fix: it needs {wanted}, {numb"
    ):
        made_with_templates(mine, "texts", tmp_path)


def test_the_responses_that_a_run_needs() -> None:
    """Those that are evaluated, each once, and all that training data comes of; not those that nothing is made of."""
    config = copy.deepcopy(CONFIG) | {
        "evaluate": {"datasets": ["longhand-mini", "stated"], "models": ["base", "texts"]}
    }
    evaluated = [(dataset, model) for dataset in ("longhand-mini", "stated") for model in ("base", "texts")]
    made_of = [("slots", "instructor"), ("tasks", "writer"), ("drafts", "extender"), ("long", "restater")]
    wanted = responses_wanted(load_config(config).raw)
    assert len(wanted) == len(set(wanted)) and set(wanted) == {*evaluated, *made_of}
