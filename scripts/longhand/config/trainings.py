"""Checks what the config says of trainings and of the models that they make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longhand.config.file_digests import named_files
from longhand.config.schema import RawSettings, suggestion
from longhand.config.settings_files import file_text, yaml_value
from longhand.program.errors import LonghandError
from longhand.training.settings import OWN, adapter_shape
from longhand.training.trained import folder_of

ACCELERATE = Path(__file__).resolve().parents[3] / "resources/accelerate"
DATA = {"sft": "sft", "dpo": "preferences"}  # method -> section of its data


def check_trainings(raw: RawSettings) -> None:
    """Checks all entries of `train`.

    Args:
        raw: the config with defaults.

    Raises:
        LonghandError: an unknown name, or settings that clash.
    """
    for name, entry in raw["train"].items():
        _check(entry, raw, f"config train.{name}")


def check_policies(raw: RawSettings) -> None:
    """Checks the models that trainings start from, where they are trained here too; none is made of itself.

    Raises:
        LonghandError: a training cannot start from what another one makes.
    """
    for name, entry in raw["train"].items():
        train = raw["models"].get(entry.get("policy"), {}).get("train")
        if train in raw["train"]:
            _check_adapter(name, train, raw)


def check_trained(name: str, entry: RawSettings, raw: RawSettings) -> None:
    """Checks an entry of `models` that has `train`."""
    where = f"config models.{name}"
    _known(entry["train"], "training", raw["train"], where)
    if entry["backend"] != "vllm":
        raise LonghandError(f"backend {entry['backend']} cannot serve a model that is trained here", where)
    for key in ("model", "revision"):
        if key in entry:
            raise LonghandError(f"has both `train` and `{key}`", where, f"remove `{key}`: the training has it")
    if "before" in entry:
        _known(entry["before"], "model", raw["models"], where)


def base_of(train: str, raw: RawSettings) -> dict[str, str]:
    """`model` and `revision` that a training starts from, through all trainings before it."""
    entry = raw["train"][train]
    source = raw["models"][entry["policy"]] if "policy" in entry else entry
    if "train" in source:
        return base_of(source["train"], raw)
    return {key: source[key] for key in ("model", "revision") if key in source}


def weights_of(train: str, raw: RawSettings) -> dict[str, Any]:
    """Fields of Serving: the weights that a training makes, as vLLM serves them. They may be still to come."""
    entry = raw["train"][train]
    if entry["lora"] is None:
        return {"weights": folder_of(train), "revision": None}
    before = raw["models"].get(entry.get("policy"), {}).get("train")
    over = weights_of(before, raw) if before else {}
    return over | {"adapter": folder_of(train), "adapter_rank": entry["lora"]["r"]}


def accelerate_file(entry: RawSettings) -> Path:
    """The accelerate config file of a training: a shipped one, or the user's."""
    shipped = ACCELERATE / f"{entry['accelerate']}.yaml"
    return shipped if shipped.is_file() else Path(entry["accelerate"])


def files_of(train: str, raw: RawSettings) -> dict[str, str]:
    """Digests of what a training reads on this machine beside its data: its base, an accelerate file of the user's."""
    entry = raw["train"][train]
    extra = [value for value in entry["extra"].values() if isinstance(value, str) and os.path.isfile(value)]
    values: list[Any] = [*base_of(train, raw).values(), *extra]  # a folder named by `extra` is one to write to
    if (file := accelerate_file(entry)).parent != ACCELERATE:  # it may name further files: deepspeed_config_file
        values += [entry["accelerate"], yaml_value(file_text(file), str(file))]
    return named_files(values)


def _check(entry: RawSettings, raw: RawSettings, where: str) -> None:
    section = DATA[entry["method"]]
    _known(entry["data"], f"data for {entry['method']}", raw[section], where)
    if ("policy" in entry) == ("model" in entry):
        raise LonghandError("needs either 'policy', an entry of models, or 'model'", where)
    if "policy" in entry:
        _known(entry["policy"], "model", raw["models"], where)
        if raw["models"][entry["policy"]]["backend"] != "vllm":
            raise LonghandError(f"policy '{entry['policy']}' has no weights here (backend vllm has)", where)
        if "revision" in entry:
            raise LonghandError("has both `policy` and `revision`", where, "the policy has its own")
    if not 0 < float(entry.get("learning_rate", 1)) < float("inf"):  # as a text it may be 0e1 or 1e999
        raise LonghandError(f"learning_rate {entry['learning_rate']} must be above 0 and finite", where)
    if "epochs" in entry and "max_steps" in entry:
        raise LonghandError("has both `epochs` and `max_steps`", where, "remove one")
    at_a_time = entry["per_device_batch"] * entry["gpus"]
    if entry["batch_size"] % at_a_time:
        uneven = f"batch_size {entry['batch_size']} is no multiple of per_device_batch x gpus = {at_a_time}"
        raise LonghandError(uneven, where)
    if clash := sorted(OWN & entry["extra"].keys()):
        raise LonghandError(f"extra.{clash[0]} is set by Longhand", where, "remove it; see config/README.md, Training")
    if not accelerate_file(entry).is_file():
        shipped = suggestion(entry["accelerate"], (path.stem for path in ACCELERATE.glob("*.yaml")))
        raise LonghandError(f"there is no file '{entry['accelerate']}', {shipped}", f"{where} accelerate")
    _check_precision(entry, where)
    if entry["accelerate"] == "one-gpu" and entry["gpus"] > 1:
        raise LonghandError(f"accelerate: one-gpu is for one GPU, gpus is {entry['gpus']}", where)


def _check_precision(entry: RawSettings, where: str) -> None:
    """TRL and its accelerate file must agree on it; else DeepSpeed fails once the GPUs are held."""
    try:
        precision = yaml_value(file_text(accelerate_file(entry)), entry["accelerate"]).get("mixed_precision")
    except (LonghandError, AttributeError) as e:
        raise LonghandError(f"not an accelerate config file: {entry['accelerate']}", f"{where} accelerate") from e
    fp16 = entry["extra"].get("fp16", False)
    chosen = {"bf16": entry["extra"].get("bf16", not fp16), "fp16": fp16}
    if precision in chosen and not chosen[precision]:
        what = f"extra.bf16 or extra.fp16 contradicts mixed_precision: {precision} of accelerate: {entry['accelerate']}"
        raise LonghandError(what, where, f"remove it, or take an accelerate file without {precision}")


def _check_adapter(name: str, before: str, raw: RawSettings) -> None:
    """A training that starts from the adapter of the one before goes on training it, so that its shape stays."""
    shape, needed = adapter_shape(raw["train"][name]), adapter_shape(raw["train"][before])
    if needed is None or needed == shape:
        return
    what = f"policy '{raw['train'][name]['policy']}' is the adapter of train.{before}, which is trained further"
    if shape is None:
        raise LonghandError(
            f"{what}: it needs lora", f"config train.{name}", f"`lora` as there, or train.{before} without"
        )
    other = next(key for key, value in shape.items() if value != needed[key])
    values = f"{other} is {shape[other]}, there {needed[other]}"
    raise LonghandError(f"{what}: {values}", f"config train.{name}", "give both the same")


def _known(name: str, kind: str, known: Mapping[str, Any], where: str) -> None:
    if name not in known:
        raise LonghandError(f"unknown {kind} '{name}', {suggestion(name, known)}", where)
