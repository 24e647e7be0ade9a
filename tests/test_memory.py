"""Memory of trainings, against sums done by hand for the published architectures."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from longhand.config.load import load_config
from longhand.config.trainings import ACCELERATE
from longhand.plan.shown import show
from longhand.plan.stale import StaleJob
from longhand.plan.summary import make_plan
from longhand.program.errors import LonghandError
from longhand.training.memory import Shape, check, estimate, known_shape
from longhand.training.settings import deciding

LLAMA = {
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
}
GLM = LLAMA | {"model_type": "glm", "num_hidden_layers": 40, "intermediate_size": 13696, "num_key_value_heads": 2}
GLM |= {"vocab_size": 151552, "head_dim": 128, "attention_bias": True}
ENTRY: dict[str, Any] = {"method": "dpo", "batch_size": 8, "max_length": 32768, "scheduler": "cosine", "warmup": 0.03}
ENTRY |= {"beta": 0.1, "sft_weight": 0, "packing": True, "extra": {}, "lora": None}
LORA = {"r": 32, "alpha": 32, "dropout": 0.0, "target_modules": ["all-linear"]}


def shape(config: dict[str, Any]) -> Shape:
    known = Shape.of(config)
    assert known is not None
    return known


def job(accelerate: str = "one-gpu", **changed: Any) -> dict[str, Any]:
    path = str(ACCELERATE / f"{accelerate}.yaml")
    return {"per_device_batch": 1, "gpus": 1, "accelerate": path, "gpu_memory": 80} | changed


def test_parameters_are_those_of_the_published_weights() -> None:
    assert shape(LLAMA).parameters == 8_030_261_248
    assert shape(GLM).parameters == 9_399_951_360
    # 32 x 16 x (q: 8192, k, v: 2 x 5120, o: 8192, gate, up, down: 3 x 18432)
    assert shape(LLAMA).adapter(16) == 41_943_040


def test_an_adapter_in_single_precision_does_not_fit_and_in_half_it_does() -> None:
    half = deciding(ENTRY | {"lora": LORA}, 42)
    assert half["dtype"] == "bfloat16", "TRL's own default is float32"
    single = estimate(shape(GLM), half | {"dtype": "float32"}, job(), 32768)
    assert single is not None and round(single.weights / 1e9) == 38 and round(single.checkpoints / 1e9) == 43
    needed = estimate(shape(GLM), half, job(), 32768)
    assert needed is not None and single.total > 90e9 and 60e9 < needed.total < 75e9
    assert needed.checkpoints == 40 * 65536 * 4096 * 2
    with pytest.raises(LonghandError, match=r"by estimate each GPU needs 109 GB \(weights 38, .*gpu_memory is 80"):
        check("x", shape(GLM), half | {"dtype": "float32"}, job(), 32768)
    assert "by estimate each GPU needs 6" in check("x", shape(GLM), half, job(), 32768)
    assert "109 GB" in check("x", shape(GLM), half | {"dtype": "float32"}, job(gpu_memory=None), 32768)


def test_long_pairs_need_memory_for_their_mask_and_checkpoints() -> None:
    zero = job("zero3-offload", gpus=8)
    settings = deciding(ENTRY | {"max_length": 73728}, 42)
    needed = estimate(shape(LLAMA), settings, zero, 80000)
    assert needed is not None and needed.mask == 2 * 73728**2 * 3 and needed.states == 0
    assert needed.checkpoints == pytest.approx(38.7e9, rel=0.01) and needed.total > 80e9
    without = estimate(shape(LLAMA), settings | {"attn_implementation": "flash_attention_2"}, zero, 80000)
    assert without is not None and without.mask == 0
    offloaded = estimate(shape(LLAMA), settings | {"activation_offloading": True}, zero, 80000)
    assert offloaded is not None and offloaded.checkpoints == 0
    short = estimate(shape(LLAMA), settings, zero, 7372)
    assert short is not None and short.layer == pytest.approx(needed.layer / 10, rel=0.01)


def test_whole_weights_on_one_gpu_have_gradients_and_states() -> None:
    sft = deciding(ENTRY | {"method": "sft", "max_length": 1024}, 42)
    assert "dtype" not in sft, "AdamW on weights in half precision would lose small steps"
    needed = estimate(shape(LLAMA), sft, job(), 1024)
    assert needed is not None and needed.weights == 4 * 8_030_261_248
    assert needed.states == (4 + 8 + 2) * 8_030_261_248
    dpo = estimate(shape(LLAMA), deciding(ENTRY, 42), job(), 1024)
    assert dpo is not None and dpo.weights == 2 * needed.weights, "the reference is a second copy"


@pytest.mark.parametrize("extra", [{"use_cpu": True}, {"optim": "paged_adamw_8bit"}, {"load_in_4bit": True}])
def test_what_is_not_known_is_said_to_be_so(extra: dict[str, Any]) -> None:
    settings = deciding(ENTRY | {"extra": extra}, 42)
    assert estimate(shape(LLAMA), settings, job(), 100) is None
    assert "not known" in check("x", shape(LLAMA), settings, job(), 100)
    assert "not known" in check("x", None, settings, job(), 100)
    assert Shape.of(LLAMA | {"num_local_experts": 8}) is None
    assert Shape.of({"n_layer": 12}) is None


def test_a_shape_is_read_from_a_folder_or_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    assert known_shape(str(tmp_path), None) == shape(LLAMA)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    assert known_shape("org/model", None) is None and known_shape("org/model", "abc") is None
    snapshot = tmp_path / "hub/models--org--model/snapshots/abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text(json.dumps(GLM))
    assert known_shape("org/model", "abc") == shape(GLM) and known_shape("org/model", None) is None
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs/main").write_text("abc")
    assert known_shape("org/model", None) == shape(GLM)


def test_the_plan_tells_what_memory_a_training_needs(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    base = {"backend": "vllm", "model": str(tmp_path), "samples": 2}
    long = {"method": "dpo", "data": "p", "policy": "base", "max_length": 73728, "gpus": 8}
    long |= {"accelerate": "zero3-offload"}
    config = load_config(
        {
            "models": {"base": base, "elsewhere": base | {"model": "hub/none"}},
            "preferences": {
                "p": {"dataset": "longhand-mini", "models": ["base"], "reward": {"length": 1, "quality": 0}}
            },
            "train": {"long": long, "far": long | {"policy": "elsewhere"}},
        }
    )
    stale = [StaleJob("train_model", {"train": name}, {}, (name,), (), frozenset()) for name in ("long", "far")]
    plan = asyncio.run(make_plan(tmp_path, config, stale))
    unknown, known = plan.to_json()["trainings"]
    assert (unknown["train"], unknown["estimated_gb_per_gpu"], known["gpu_memory"]) == ("far", None, 80)
    assert 100 < known["estimated_gb_per_gpu"] < 130
    console = Console(width=160, record=True, file=io.StringIO())
    show(plan, console)
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert f"long dpo {tmp_path} 8 {known['estimated_gb_per_gpu']:.0f} 80" in lines
    assert "far dpo hub/none 8 ? 80" in lines
    assert "Nothing is asked of a model." in lines
    notes = "; ".join(plan.notes)
    assert "training long will fail: by estimate each GPU needs" in notes
    assert "snakemake results/train/far/tokens.json needs no GPU and tells it" in notes
    (tmp_path / "results/train/long").mkdir(parents=True)
    counted = {"longest": 4096}
    (tmp_path / "results/train/long/tokens.json").write_text(json.dumps(counted))
    assert asyncio.run(make_plan(tmp_path, config, stale)).trainings[1].too_big, "made by a Longhand that counted less"
    counted |= {"architecture": LLAMA}
    (tmp_path / "results/train/long/tokens.json").write_text(json.dumps(counted))
    short = asyncio.run(make_plan(tmp_path, config, stale)).trainings[1]
    assert short.memory and not short.too_big, "what the data has counts as soon as it is known"
