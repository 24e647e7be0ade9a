"""Memory of a GPU that a training needs: an estimate, known before a GPU is held.

For decoders with grouped-query attention and gated layers (Llama, Glm, Qwen, Mistral …), trained by TRL 1.16 with
AdamW, at the peak of a step:

- Weights, gradients, AdamW's two states: counted. With ZeRO-3 they are split or in CPU memory; a billion parameters
  are gathered at a time (DeepSpeed's stage3_max_live_parameters).
- Checkpoints of activations: layers x tokens x hidden, in the precision of the weights.
- The layer that the backward pass computes again. For c and w bytes of a number in computing and in the weights, each
  token takes 6c x intermediate + 2c x keys + (10.5c + 3.5w) x hidden. This is fitted to the peaks that torch's
  profiler shows for Llama and Glm of several widths on CPU, within 15%; tests/train/test_memory.py measures again.
- The mask of attention where rows are padded or packed: 3 bytes for each pair of a row's tokens (a boolean, and the
  bias that PyTorch's SDPA makes of it). Flash attention needs none.
- Logits are no part of it: TRL computes them in tiles.

Not in it: what CUDA itself takes, and fragments. Nothing of it was measured on a GPU. A GB is 10^9 bytes.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from longhand.program.errors import LonghandError

LIVE_PARAMETERS = 10**9
MASK_BYTES, EAGER_BYTES = 3, 8  # for each pair of tokens; with eager attention, and for each head
SDPA = (None, "sdpa")
UNKNOWN = ("optim", "load_in_4bit", "load_in_8bit", "use_cpu", "model_init_kwargs", "fsdp", "deepspeed")
"""Settings of TRL that change the sum in ways that are not known here."""


@dataclass(frozen=True)
class Shape:
    """A model's architecture. `queries` and `keys`: heads times their width; `bias`: of query, key and value."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    queries: int
    keys: int
    vocabulary: int
    tied: bool
    bias: bool

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape | None:
        """From a model's config.json; None for a form that is not known here (experts, other names)."""
        try:
            heads, hidden = config["num_attention_heads"], config["hidden_size"]
            width = config.get("head_dim") or hidden // heads
            shape = cls(
                layers=config["num_hidden_layers"],
                hidden=hidden,
                intermediate=config["intermediate_size"],
                heads=heads,
                queries=heads * width,
                keys=(config.get("num_key_value_heads") or heads) * width,
                vocabulary=config["vocab_size"],
                tied=bool(config.get("tie_word_embeddings")),
                bias=bool(config.get("attention_bias")),
            )
        except (KeyError, TypeError):
            return None
        return None if any("expert" in key for key in config) else shape

    @property
    def parameters(self) -> int:
        """Of the whole model."""
        attention = 2 * self.hidden * (self.queries + self.keys) + self.bias * (self.queries + 2 * self.keys)
        layer = attention + 3 * self.hidden * self.intermediate + 2 * self.hidden
        return self.layers * layer + self.hidden + (1 if self.tied else 2) * self.vocabulary * self.hidden

    def adapter(self, rank: int) -> int:
        """Parameters of an adapter on all linear layers."""
        widths = (
            2 * (self.hidden + self.queries) + 2 * (self.hidden + self.keys) + 3 * (self.hidden + self.intermediate)
        )
        return self.layers * rank * widths


@dataclass(frozen=True)
class Memory:
    """Bytes on each GPU. `states`: gradients and AdamW's; `layer`: the one that is computed again."""

    weights: float
    states: float
    checkpoints: float
    layer: float
    mask: float

    @property
    def total(self) -> float:
        return self.weights + self.states + self.checkpoints + self.layer + self.mask

    def __str__(self) -> str:
        parts = (f"{name} {size / 1e9:.0f}" for name, size in dataclasses.asdict(self).items())
        return f"{self.total / 1e9:.0f} GB ({', '.join(parts)})"


def estimate(shape: Shape, settings: Mapping[str, Any], job: Mapping[str, Any], longest: int) -> Memory | None:
    """What each GPU of a training needs at its peak; None where that is not known.

    Args:
        settings: see longhand.training.settings.deciding.
        job: see longhand.training.settings.operational.
        longest: tokens of the longest row.
    """
    accelerate = yaml.safe_load(Path(job["accelerate"]).read_text(encoding="utf-8")) or {}
    zero = accelerate.get("deepspeed_config") or {}
    deepspeed = accelerate.get("distributed_type") == "DEEPSPEED"
    plain = accelerate.get("distributed_type") in ("NO", "MULTI_GPU")
    if any(settings.get(key) for key in UNKNOWN) or not (plain or (deepspeed and zero.get("zero_stage") == 3)):
        return None
    w = 4 if settings.get("dtype", "float32") == "float32" and not deepspeed else 2
    c = 2 if settings.get("bf16", True) or settings.get("fp16") else w
    full, number = not settings.get("use_peft"), shape.parameters
    copies = 2 if settings["method"] == "dpo" and full else 1  # the policy stays as it was, to compare with
    if deepspeed:
        kept = 0 if zero.get("offload_param_device") == "cpu" else 2 * number / job["gpus"]
        weights = copies * (kept + 2 * min(number, LIVE_PARAMETERS))
        states = 0 if zero.get("offload_optimizer_device") == "cpu" else 14 * number / job["gpus"]
    else:
        weights = copies * w * number
        cast = c * number if c < w else 0  # autocast keeps what it cast of weights that are trained
        states = 3 * w * number + cast if full else 16 * shape.adapter(settings["lora_r"])
    row = settings["max_length"] if settings.get("packing") else min(longest, settings["max_length"])
    rows = job["per_device_batch"] * (2 if settings["method"] == "dpo" else 1)
    wide = 6 * c * shape.intermediate + 2 * c * shape.keys + (10.5 * c + 3.5 * w) * shape.hidden
    again = settings.get("gradient_checkpointing", True)
    checkpoints = shape.layers * rows * row * (w * shape.hidden if again else wide)
    pairs = (rows * row) ** 2 if settings.get("packing") else rows * row**2 * (rows > 1)
    attention = settings.get("attn_implementation")
    each = MASK_BYTES if attention in SDPA else EAGER_BYTES * shape.heads if attention == "eager" else 0
    offloaded = settings.get("activation_offloading")
    return Memory(weights, states, 0 if offloaded else checkpoints, rows * row * wide, each * pairs)


def check(name: str, shape: Shape | None, settings: Mapping[str, Any], job: Mapping[str, Any], longest: int) -> str:
    """Says what a training needs.

    Raises:
        LonghandError: it is more than its GPUs have.
    """
    needed = estimate(shape, settings, job, longest) if shape else None
    if needed is None:
        return "the memory that a GPU needs is not known for this model or these settings"
    limit = job["gpu_memory"]
    if limit is not None and needed.total > limit * 1e9:
        raise LonghandError(
            f"by estimate each GPU needs {needed}, and gpu_memory is {limit:g}",
            f"train {name}",
            "see Memory in config/README.md, Training; with `gpu_memory: null` it is tried all the same",
        )
    return f"by estimate each GPU needs {needed}"


def known_shape(model: str, revision: str | None) -> Shape | None:
    """The shape of a folder's model, or of one that is in the Hub's cache on this machine; None where it is not."""
    folder = Path(model)
    if not (folder / "config.json").is_file():
        home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
        cached = Path(os.environ.get("HF_HUB_CACHE", home / "hub")) / f"models--{model.replace('/', '--')}"
        main = cached / "refs/main"
        commit = revision or (main.read_text(encoding="utf-8").strip() if main.is_file() else "")
        folder = cached / "snapshots" / commit
    try:
        return Shape.of(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
