"""What TRL is told of a training: the settings that decide the weights, and apart from them, how the job runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]

LEARNING_RATES = {"sft": 1e-5, "dpo": 1e-6}
OWN = frozenset(
    """
    output_dir datasets dataset_name model_name_or_path model_revision per_device_train_batch_size
    gradient_accumulation_steps resume_from_checkpoint save_strategy save_steps save_total_limit save_only_model
    max_length learning_rate num_train_epochs max_steps lr_scheduler_type warmup_steps seed use_peft lora_r lora_alpha
    lora_dropout lora_target_modules beta loss_type loss_weights packing accelerate_config num_processes push_to_hub
    eval_strategy config files
    """.split()
)
"""Settings of TRL that Longhand makes from others; `extra` must not have them."""

_OF_ADAPTERS = ("use_rslora", "use_dora", "lora_modules_to_save", "lora_target_parameters", "lora_task_type")


def deciding(entry: Mapping[str, Any], seed: int) -> Settings:
    """What decides the trained weights, under TRL's names, apart from the base model and the data.

    The batch is that of an optimizer step, so that the number of GPUs and how much fits on one do not matter.

    Args:
        entry: of the config's `train`, with defaults.
        seed: where the entry has none.
    """
    settings: Settings = {
        "method": entry["method"],
        "batch_size": entry["batch_size"],
        "max_length": entry["max_length"],
        "learning_rate": float(entry.get("learning_rate", LEARNING_RATES[entry["method"]])),  # YAML: 1e-6 is text
        "lr_scheduler_type": entry["scheduler"],
        "warmup_steps": entry["warmup"],
        "seed": entry.get("seed", seed),
    }
    if "max_steps" in entry:
        settings["max_steps"] = entry["max_steps"]
    else:
        settings["num_train_epochs"] = entry.get("epochs", 1)
    if entry["method"] == "dpo":
        settings["beta"] = entry["beta"]
        if entry["sft_weight"]:
            settings |= {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, entry["sft_weight"]]}
    else:
        settings["packing"] = entry["packing"]
    if (lora := entry["lora"]) is not None:
        settings["use_peft"] = True
        settings |= {f"lora_{key}": lora[key] for key in ("r", "alpha", "dropout", "target_modules")}
        if entry["extra"].get("bf16", True):
            # Of the frozen weights; TRL's float32 doubles their memory and the activations'.
            settings["dtype"] = "bfloat16"
    return settings | dict(entry["extra"])


def adapter_shape(entry: Mapping[str, Any]) -> Settings | None:
    """What two trainings must have in common for one to start from the other's adapter; None: all weights are trained.

    Args:
        entry: of the config's `train`, with defaults.
    """
    if (lora := entry["lora"]) is None:
        return None
    modules = ", ".join(sorted(lora["target_modules"]))
    extra = {f"extra.{key}": entry["extra"].get(key) for key in _OF_ADAPTERS}
    return {"lora.r": lora["r"], "lora.alpha": lora["alpha"], "lora.target_modules": modules} | extra


def operational(entry: Mapping[str, Any], accelerate: str) -> Settings:
    """How the job runs; nothing here makes a trained model stale.

    Args:
        entry: of the config's `train`, with defaults.
        accelerate: the accelerate config file.
    """
    kept = {key: entry[key] for key in ("per_device_batch", "gpus", "gpu_memory", "save_steps", "allow_cut")}
    return kept | {"accelerate": accelerate}


def trl_config(settings: Settings, job: Settings, model: str, revision: str | None, data: str, folder: str) -> Settings:
    """TRL's own config file.

    Args:
        settings: see `deciding`.
        job: see `operational`.
        model, revision: the base: a hub name and its commit, or a folder.
        data: a Parquet file that TRL reads as it is.
        folder: for checkpoints and the weights.
    """
    rest = {key: value for key, value in settings.items() if key not in ("method", "batch_size", "files")}
    columns = ["prompt", "chosen", "rejected"] if settings["method"] == "dpo" else ["prompt", "completion"]
    return {
        "model_name_or_path": model,
        **({"model_revision": revision} if revision else {}),
        # Not the folder: TRL would read every table that lies in it.
        "datasets": [{"path": "parquet", "data_files": data, "split": "train", "columns": columns}],
        "output_dir": folder,
        "per_device_train_batch_size": job["per_device_batch"],
        "gradient_accumulation_steps": settings["batch_size"] // (job["per_device_batch"] * job["gpus"]),
        "save_strategy": "steps",
        "save_steps": job["save_steps"],
        "save_total_limit": 2,  # the older one is there while the newer one is written
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
        **rest,
    }
