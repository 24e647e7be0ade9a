"""The entry `self_lengthen`: what it stands for."""

from __future__ import annotations

from typing import Any

from longhand.config.load import load_config
from longhand.config.self_lengthen import with_recipes

BASE = {
    "backend": "vllm",
    "model": "hub/base",
    "revision": "abc",
    "samples": 4,
    "sampling": {"temperature": 0.5},
    "engine": {"max-model-len": 32768},
    "gpus": 2,
}
PUBLISHED = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.1, "max_tokens": 16384}
PATCHED = {"checked": {"attempts": 3}, "extend": {"min_growth": 1.5}, "restate": {"words": [1000, 4000]}}
SMALL = {"model": "base", "iterations": 2, "instructions": 10, "collect": 7, "seeds": "my/seeds.jsonl", **PATCHED}


def expanded(recipe: dict[str, Any], base: dict[str, Any] = BASE, name: str = "long") -> dict[str, Any]:
    """The whole config of one recipe."""
    whole, _ = with_recipes({"models": {"base": base}, "self_lengthen": {name: recipe}})
    return whole


def test_two_iterations_and_a_collection_as_written_by_hand() -> None:
    whole = expanded(SMALL)
    kept = {"near_duplicates": 0.7, "least_share": 0.9}

    def slots(number: int, series: int) -> dict[str, Any]:
        return {"made": {"slots": {"seeds": "my/seeds.jsonl", "number": number, "series": series}}, "rubric": None}

    def instructions(source: str, number: int) -> dict[str, Any]:
        made = {"dataset": source, "model": "long.instructor", "number": number, **kept}
        return {"made": {"instructions": made}, "rubric": None}

    def initial(dataset: str, model: str) -> dict[str, Any]:
        made = {"from": [{"dataset": dataset, "model": model}], "drop_short": True}
        return {"made": {"answers": made}, "rubric": None}

    assert whole["datasets"] == {
        "long.1.slots": slots(15, 1),
        "long.1.instructions": instructions("long.1.slots", 10),
        "long.1.initial": initial("long.1.instructions", "long.1.generator"),
        "long.2.slots": slots(15, 2),
        "long.2.instructions": instructions("long.2.slots", 10),
        "long.2.initial": initial("long.2.instructions", "long.2.generator"),
        "long.3.slots": slots(11, 3),  # 7 x 1.5 = 10.5
        "long.3.instructions": instructions("long.3.slots", 7),
        "long.3.initial": initial("long.3.instructions", "long.3.generator"),
        "long.collected": {
            "made": {
                "answers": {
                    "from": [
                        {"dataset": "long.1.instructions", "model": "long.1.generator"},
                        {"dataset": "long.1.initial", "model": "long.1.extender"},
                        {"dataset": "long.2.instructions", "model": "long.2.generator"},
                        {"dataset": "long.2.initial", "model": "long.2.extender"},
                        {"dataset": "long.3.instructions", "model": "long.3.generator"},
                        {"dataset": "long.3.initial", "model": "long.3.extender"},
                    ],
                    "words": [1000, 3999],
                }
            },
            "rubric": None,
        },
        "long.restated": {
            "made": {"restated": {"dataset": "long.collected", "model": "long.restater"}},
            "length": "longen",
            "rubric": None,
        },
    }
    models = whole["models"]
    served = {"backend": "vllm", "engine": {"max-model-len": 32768}, "gpus": 2}
    base = served | {"model": "hub/base", "revision": "abc"}
    assert models.pop("base") == BASE
    assert models.pop("long.texts") == {"backend": "recorded", "answers": "reference"}
    assert models.pop("long") == served | {"train": "long", "samples": 4, "sampling": {"temperature": 0.5}}
    assert {model.pop("sampling") == PUBLISHED for model in models.values()} == {True}
    sections = {name: model.pop(model["method"].replace("-", "_")) for name, model in models.items()}
    writes, extends = {"method": "checked", "samples": 2}, {"method": "extend", "samples": 2}
    assert models == {
        "long.instructor": base | {"method": "self-instruct"},
        "long.1.generator": base | writes,
        "long.1.extender": base | extends,
        "long.2.generator": served | writes | {"train": "long.1.generator"},
        "long.2.extender": served | extends | {"train": "long.1.extender"},
        "long.3.generator": served | writes | {"train": "long.2.generator"},
        "long.3.extender": served | extends | {"train": "long.2.extender"},
        "long.restater": base | {"method": "restate"},
    }
    assert all(sections[f"long.{i}.generator"]["attempts"] == 3 for i in (1, 2, 3))
    assert all(sections[f"long.{i}.extender"]["min_growth"] == 1.5 for i in (1, 2, 3))
    assert sections["long.restater"]["words"] == [1000, 4000]


def test_what_is_learnt_and_how_as_written_by_hand() -> None:
    whole = expanded(SMALL)
    grown = {"min_growth": 1.5, "drop_short": True}
    final = whole["sft"].pop("long")
    assert (final["dataset"], final["model"]) == ("long.restated", "long.texts") and "question" not in final
    assert whole["sft"] == {
        f"long.{i}.{role}": {
            "dataset": f"long.{i}.initial",
            "model": f"long.{i}.extender",
            "question": question,
            "filters": grown,
        }
        for i in (1, 2)
        for role, question in (("generator", "prompt"), ("extender", "extend"))
    }
    trainings = whole["train"]
    policies = {name: (training["data"], training["policy"]) for name, training in trainings.items()}
    assert policies == {
        "long.1.generator": ("long.1.generator", "long.1.generator"),
        "long.1.extender": ("long.1.extender", "long.1.extender"),
        "long.2.generator": ("long.2.generator", "long.2.generator"),
        "long.2.extender": ("long.2.extender", "long.2.extender"),
        "long": ("long", "base"),
    }
    for training in trainings.values():
        assert training["lora"] == {"r": 8, "alpha": 16, "dropout": 0.0, "target_modules": ["all-linear"]}
        assert (training["method"], training["learning_rate"], training["scheduler"]) == ("sft", 1e-4, "cosine")
        assert (training["warmup"], training["epochs"], training["max_length"]) == (0.1, 4, 16384)
        assert training["allow_cut"] is True and training["packing"] is False


def test_three_iterations_of_5000_unless_the_recipe_says_otherwise() -> None:
    datasets = expanded({"model": "base"})["datasets"]
    numbers = {name: d["made"]["instructions"]["number"] for name, d in datasets.items() if "instructions" in d["made"]}
    assert numbers == {f"long.{i}.instructions": 5000 for i in (1, 2, 3, 4)}
    assert {d["made"]["slots"]["number"] for d in datasets.values() if "slots" in d["made"]} == {7500}
    assert datasets["long.collected"]["made"]["answers"]["words"] == [2000, 7999]
    few = expanded({"model": "base", "instructions": 10, "slots_per_instruction": 1.1})["datasets"]
    assert few["long.1.slots"]["made"]["slots"]["number"] == 11  # 10 x 1.1 in binary fractions is more than 11


def test_without_training_all_iterations_are_written_by_the_base() -> None:
    whole = expanded({"model": "base", "iterations": 2, "train": None}, {"backend": "demo", "engine": {"latency": 0}})
    assert not whole["train"] and "long" not in whole["models"]
    assert set(whole["sft"]) == {"long"} | {f"long.{i}.{role}" for i in (1, 2) for role in ("generator", "extender")}
    models = whole["models"]
    assert models["long.1.generator"] == models["long.3.generator"] and "train" not in models["long.3.generator"]
    assert models["long.2.extender"]["backend"] == "demo" and models["long.2.extender"]["engine"] == {"latency": 0}


def test_the_last_training_may_differ() -> None:
    trainings = expanded(
        {
            "model": "base",
            "iterations": 1,
            "train": {"batch_size": 16, "max_steps": 9},
            "final": {"filters": {"loops": True}, "train": {"epochs": 2, "lora": {"r": 64}}},
        }
    )["train"]
    first, final = trainings["long.1.generator"], trainings["long"]
    assert (first["batch_size"], final["batch_size"]) == (16, 16)
    assert first["max_steps"] == 9 and "epochs" not in first
    assert final["epochs"] == 2 and "max_steps" not in final
    assert (final["lora"]["r"], final["lora"]["alpha"]) == (64, 16)
    rates = expanded({"model": "base", "train": {"max_steps": 9}, "final": {"train": {"learning_rate": 1e-5}}})["train"]
    assert rates["long"]["max_steps"] == 9 and rates["long"]["learning_rate"] == 1e-5
    whole = expanded({"model": "base", "final": {"filters": {"loops": True}}})
    assert (
        whole["sft"]["long"]["filters"]["loops"] is True and "loops" not in whole["sft"]["long.1.generator"]["filters"]
    )


def test_a_model_that_was_trained_here_can_be_lengthened() -> None:
    models = expanded({"model": "base", "iterations": 1}, {"backend": "vllm", "train": "sft", "before": "x"})["models"]
    assert models["long.1.generator"]["train"] == "sft" and models["long.instructor"]["train"] == "sft"
    assert models["long"]["train"] == "long" and "before" not in models["long"]


def test_a_recipe_is_checked_as_a_whole() -> None:
    config = load_config({"models": {"base": BASE}, "self_lengthen": {"long": {"model": "base"}}})
    served = {name: entry.identity.model for name, entry in config.models.items() if name != "long.texts"}
    assert set(served.values()) == {"hub/base"} and len(served) == 12
    assert config.models["long.4.extender"].on_gpu and config.models["long.4.extender"].settings["gpus"] == 2
    assert config.models["long"].identity.sampling["temperature"] == 0.5
    assert config.models["long.instructor"].identity.sampling == PUBLISHED
    made = [name for name in config.datasets_in_use() if name.startswith("long.")]
    assert made.index("long.1.initial") < made.index("long.2.instructions") < made.index("long.restated")
    assert len(made) == 14


def test_a_config_without_recipes_is_what_it_was() -> None:
    settings = {"models": {"base": BASE}, "datasets": {}}
    whole, origins = with_recipes(settings)
    assert whole == settings and not origins.entries
