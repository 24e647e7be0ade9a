"""Trainings: what the config may say, what TRL is told, what stays when a job is killed."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path

import pytest

from longhand.ask.endpoints.managed import command
from longhand.config.entry import Entry
from longhand.config.load import load_config
from longhand.config.trainings import ACCELERATE, accelerate_file
from longhand.program.errors import LonghandError
from longhand.training import checkpoints
from longhand.training.commands import python_of, training_command
from longhand.training.settings import deciding, operational, trl_config
from longhand.training.trained import (
    Base,
    Trained,
    already_trained,
    digest_of,
    file_digest,
    read_trained,
    write_manifest,
)
from longhand.wire.identity import Identity

CONFIG: dict = {
    "models": {
        "base": {"backend": "vllm", "model": "hub/base", "revision": "abc", "samples": 2},
        "sft-model": {"train": "sft"},
        "dpo-model": {"train": "dpo"},
    },
    "judges": {"judge": {"backend": "demo"}},
    "sft": {"kept": {"dataset": "longhand-mini", "model": "base"}},
    "preferences": {"pairs": {"dataset": "longhand-mini", "models": ["base"], "judge": "judge"}},
    "train": {
        "sft": {"method": "sft", "data": "kept", "policy": "base", "max_length": 4096},
        "dpo": {"method": "dpo", "data": "pairs", "policy": "sft-model", "max_length": 4096, "lora": {}},
    },
}


def changed(*path: str, **values: object) -> dict:
    """CONFIG with some settings changed; None removes one."""
    config = copy.deepcopy(CONFIG)
    entry = config
    for key in path:
        entry = entry[key]
    entry |= values
    for key in [key for key, value in values.items() if value is None]:
        del entry[key]
    return config


def further(**values: object) -> dict:
    """CONFIG with a training that starts from the adapter of another."""
    config = changed()
    config["train"]["more"] = {"method": "sft", "data": "kept", "policy": "dpo-model", "max_length": 4096} | values
    return config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (changed("train", "sft", data="pairs"), "unknown data for sft 'pairs', known: kept (config train.sft)"),
        (changed("train", "dpo", data="kept"), "unknown data for dpo 'kept'"),
        (changed("train", "sft", policy="bse"), "unknown model 'bse', did you mean 'base'?"),
        (changed("train", "sft", policy=None), "needs either 'policy', an entry of models, or 'model'"),
        (changed("train", "sft", model="hub/x"), "needs either 'policy'"),
        (changed("train", "sft", revision="abc"), "has both `policy` and `revision`"),
        (changed("train", "sft", max_length=None), "'max_length' is missing"),
        (changed("train", "sft", epochs=1, max_steps=1), "has both `epochs` and `max_steps`"),
        (changed("train", "sft", batch_size=9, gpus=4), "batch_size 9 is no multiple of per_device_batch x gpus = 4"),
        (changed("train", "sft", gpus=2), "accelerate: one-gpu is for one GPU, gpus is 2"),
        (changed("train", "sft", accelerate="zero3"), "there is no file 'zero3', known: one-gpu, zero3-offload"),
        (
            changed("train", "sft", accelerate="zero3-offload", extra={"bf16": False}),
            "contradicts mixed_precision: bf16 of accelerate: zero3-offload",
        ),
        (
            changed("train", "sft", accelerate="zero3-offload", extra={"fp16": True}),
            "contradicts mixed_precision: bf16",
        ),
        (changed("train", "sft", extra={"num_train_epochs": 3}), "extra.num_train_epochs is set by Longhand"),
        (changed("train", "sft", learning_rate="fast"), "'fast' does not have the right form"),
        (
            further(lora=None),
            "policy 'dpo-model' is the adapter of train.dpo, which is trained further: it needs lora"
            " (config train.more); fix: `lora` as there, or train.dpo without",
        ),
        (
            further(lora={"r": 8}),
            "is trained further: lora.r is 8, there 16 (config train.more); fix: give both the same",
        ),
        (further(lora={"alpha": 16}), "lora.alpha is 16, there 32"),
        (further(lora={"target_modules": ["q_proj"]}), "lora.target_modules is q_proj, there all-linear"),
        (further(lora={}, extra={"use_dora": True}), "extra.use_dora is True, there None"),
        (
            changed("train", "sft", policy="dpo-model"),
            "is made of itself: train.sft <- models.dpo-model <- train.dpo <- models.sft-model <- train.sft",
        ),
        (changed("sft", "kept", model="dpo-model"), "is made of itself"),
        (changed("models", "dpo-model", train="dop"), "unknown training 'dop', did you mean 'dpo'?"),
        (changed("models", "dpo-model", model="x"), "has both `train` and `model` (config models.dpo-model)"),
        (changed("models", "dpo-model", backend="openai"), "backend openai cannot serve a model that is trained here"),
        (changed("models", "dpo-model", before="bse"), "unknown model 'bse'"),
        (changed(commands={"trl": "/envs/train/bin/python"}), "does not have the right form"),
    ],
)
def test_what_the_config_must_not_say(config: dict, message: str) -> None:
    with pytest.raises(LonghandError) as error:
        load_config(config)
    assert message in str(error.value)


def test_a_trained_model_is_asked_as_its_base_until_its_weights_are_known() -> None:
    config = load_config(CONFIG)
    for name in ("sft-model", "dpo-model"):
        identity = config.models[name].identity
        assert (identity.backend, identity.model, identity.revision) == ("vllm", "hub/base", "abc")
        assert config.models[name].on_gpu
    assert Identity("vllm", "m").to_json() == '{"backend":"vllm","model":"m"}', "answers of other models stay theirs"


def test_numbers_of_yaml_that_are_text_are_read() -> None:
    entry = load_config(changed("train", "sft", learning_rate="2e-6")).raw["train"]["sft"]
    assert deciding(entry, 42)["learning_rate"] == 2e-6


def config_of(entry: dict) -> dict:
    return trl_config(deciding(entry, 42), operational(entry, "a.yaml"), "hub/base", "abc", "d.parquet", "out")


def test_what_trl_is_told() -> None:
    train = load_config(CONFIG).raw["train"]
    sft, dpo = config_of(train["sft"]), config_of(train["dpo"] | {"sft_weight": 0.1, "max_steps": 9, "seed": 7})
    assert sft["packing"] is True and sft["learning_rate"] == 1e-5 and sft["num_train_epochs"] == 1
    assert sft["seed"] == 42 and "use_peft" not in sft and "beta" not in sft
    assert dpo["beta"] == 0.1 and dpo["max_steps"] == 9 and "num_train_epochs" not in dpo and dpo["seed"] == 7
    assert (dpo["loss_type"], dpo["loss_weights"]) == (["sigmoid", "sft"], [1.0, 0.1])
    assert (dpo["use_peft"], dpo["lora_r"], dpo["lora_target_modules"]) == (True, 16, ["all-linear"])
    assert dpo["datasets"] == [
        {"path": "parquet", "data_files": "d.parquet", "split": "train", "columns": ["prompt", "chosen", "rejected"]}
    ]


def test_more_gpus_keep_the_batch_and_the_weights() -> None:
    entry = load_config(CONFIG).raw["train"]["sft"]
    for gpus, per_device, accumulated in ((1, 1, 8), (1, 4, 2), (8, 1, 1), (2, 2, 2)):
        other = entry | {"gpus": gpus, "per_device_batch": per_device, "accelerate": "zero3-offload"}
        assert config_of(other)["gradient_accumulation_steps"] == accumulated
        assert deciding(other, 42) == deciding(entry, 42)
    assert accelerate_file(entry) == ACCELERATE / "one-gpu.yaml"


def served_words(config: dict, model: str) -> list[str]:
    return command(load_config(config).models[model].serving, 80)


def test_an_adapter_is_served_over_its_base() -> None:
    config = further(lora={"dropout": 0.1, "target_modules": ["all-linear"]})
    config["models"] |= {"more-model": {"train": "more"}, "on-base": {"train": "on-base"}}
    config["train"]["on-base"] = CONFIG["train"]["dpo"] | {"policy": "base", "lora": {"r": 20}}
    for model in ("dpo-model", "more-model", "on-base"):
        words = served_words(config, model)
        options = dict(zip(words[3:], words[4:], strict=False))
        assert (words[2], "--revision" in words) == (
            ("hub/base", True) if model == "on-base" else ("results/train/sft/model", False)
        ), "the whole model that it was laid over first"
        assert "--enable-lora" in words and "--lora-modules" not in words and "--api-server-count" not in words
        assert (options["--served-model-name"], options["--max-loras"]) == ("base", "2")
        assert options["--max-lora-rank"] == ("32" if model == "on-base" else "16")


def test_the_engines_flags_win_over_those_for_adapters() -> None:
    words = served_words(changed("models", "dpo-model", engine={"max-loras": 5, "data-parallel-size": 2}), "dpo-model")
    assert words[words.index("--max-loras") + 1] == "5" and words.count("--max-loras") == 1
    assert words[words.index("--api-server-count") + 1] == "1", "with several, vLLM loads no adapter at run time"


def test_a_whole_model_is_served_from_its_folder() -> None:
    words = served_words(CONFIG, "sft-model")
    assert words[2] == "results/train/sft/model" and "--revision" not in words and "--enable-lora" not in words
    assert words[words.index("--served-model-name") + 1] == "hub/base"


def test_an_adapter_is_known_to_its_server_by_its_weights() -> None:
    entry = load_config(CONFIG).models["dpo-model"]
    names = set()
    for digest in ("1" * 64, "2" * 64):
        adapter = Entry("models", dataclasses.replace(entry.identity, weights=digest), entry.serving).adapter
        assert adapter is not None and adapter.folder == "results/train/dpo/model"
        names.add(adapter.name)
    assert len(names) == 2
    assert Entry("models", entry.identity, load_config(CONFIG).models["base"].serving).adapter is None


def test_python_is_looked_for_beside_trl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "trl"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert python_of(str(program)) == [str(tmp_path / "python")]
    assert python_of("env X=1 trl") == ["env", "X=1", "python"]
    spaced = tmp_path / "a b"
    spaced.mkdir()
    quoted = load_config(changed(commands={"trl": f"'{program.rename(spaced / 'trl')}'"})).raw["commands"]["trl"]
    assert python_of(quoted) == [str(spaced / "python")]
    (spaced / "trl").rename(program)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert python_of("trl") == [str(tmp_path / "python")]
    with pytest.raises(LonghandError, match="there is no program '/nowhere/trl' here"):
        python_of("/nowhere/trl")


def checkpoint(folder: Path, step: int, state: str | None = None) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    if state != "":
        (path / checkpoints.STATE).write_text(state or json.dumps({"global_step": step}))
    return path


def test_the_last_whole_checkpoint_counts_and_torn_ones_go(tmp_path: Path) -> None:
    assert checkpoints.last_checkpoint(tmp_path) is None
    checkpoint(tmp_path, 9)
    whole = checkpoint(tmp_path, 10)
    torn = [checkpoint(tmp_path, 11, ""), checkpoint(tmp_path, 12, '{"global_st')]
    assert checkpoints.last_checkpoint(tmp_path) == whole
    assert not any(path.exists() for path in torn)


def test_a_training_with_other_settings_starts_afresh(tmp_path: Path) -> None:
    old = checkpoints.own_folder(tmp_path, "old")
    checkpoint(old, 5)
    assert checkpoints.own_folder(tmp_path, "old") == old and (old / "checkpoint-5").exists()
    checkpoints.own_folder(tmp_path, "new")
    assert not old.exists()


def test_two_jobs_never_train_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_PATIENCE", 0.3)
    refused = pytest.raises(LonghandError, match="another job trains this model")
    with checkpoints.locked(tmp_path), refused, checkpoints.locked(tmp_path):
        pass
    with checkpoints.locked(tmp_path):
        pass


def test_weights_count_as_trained_only_if_they_are_whole_and_of_this_training(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"weights")
    settings, base, files = {"method": "sft"}, Base("hub/base"), {weights.name: file_digest(weights)}
    made = Trained(str(tmp_path), digest_of(settings, base, files), base, None, 5, settings, "data", files)
    write_manifest(tmp_path / "longhand.json", made)
    assert already_trained(tmp_path, settings, base, "data") == made
    assert already_trained(tmp_path, settings | {"seed": 1}, base, "data") is None
    assert already_trained(tmp_path, settings, base, "other data") is None
    assert already_trained(tmp_path, settings, Base("hub/base", "abc"), "data") is None
    weights.write_bytes(b"torn")
    assert already_trained(tmp_path, settings, base, "data") is None
    weights.unlink()
    with pytest.raises(LonghandError, match=r"the weights are gone: model.safetensors"):
        read_trained(tmp_path / "longhand.json")


def test_what_a_training_stands_on_is_in_its_digest() -> None:
    whole = Trained("f", "d", Base("m"), None, 1, {}, "s", {}).as_base()
    assert whole == Base("f", None, "d")
    over = Base("hub/base", "abc")
    adapters = [Trained("f", digest, over, 8, 1, {}, "s", {}).as_base() for digest in ("1", "2")]
    assert adapters[0] == Base("hub/base", "abc", "1", "f"), "the tokenizer is the base's"
    assert len({digest_of({}, base, "files") for base in (whole, over, *adapters)}) == 4


@pytest.mark.parametrize(("adapter", "program"), [(None, "trl"), ("results/train/y/model", "continue_adapter.py")])
def test_an_adapter_is_trained_further_by_a_program_around_trls_trainer(
    tmp_path: Path, adapter: str | None, program: str
) -> None:
    trl = tmp_path / "trl"
    trl.write_text("#!/bin/sh\n")
    trl.chmod(0o755)
    words = training_command(str(trl), "dpo", adapter, Path("c.yaml"), {"gpus": 2, "accelerate": "a.yaml"})
    shared = {"--num_processes": "2", "--config": "c.yaml"}
    assert {key: words[words.index(key) + 1] for key in shared} == shared
    assert [Path(word).name for word in words if word.endswith(("/trl", ".py"))] == [program]
    assert words[words.index("--accelerate_config" if adapter is None else "--config_file") + 1] == "a.yaml"
    assert (adapter is None) == (words[0] == str(trl)) and words[0].startswith(str(tmp_path))
