"""What decides a model's answers, and apart from it, where the model is reached.

Change a model's *identity*, and its answers are asked again. How it is *served* is operational: changing that
makes nothing stale.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

# Flags of `vllm serve` that say where and how fast it runs. All others count as part of a model's identity: `config`,
# which may hold any of them, and `load-format`, which may make weights up, too. `trust-remote-code` is a permission:
# what needs it does not start without it, and which code runs is said by model and revision.
OPERATIONAL_FLAGS = frozenset(
    """
    api-server-count async-scheduling block-size cpu-offload-gb data-parallel-size disable-log-requests
    disable-log-stats disable-uvicorn-access-log distributed-executor-backend download-dir enable-chunked-prefill
    enable-prefix-caching enforce-eager gpu-memory-utilization max-num-batched-tokens max-num-seqs
    max-parallel-loading-workers no-enable-chunked-prefill no-enable-prefix-caching nnodes pipeline-parallel-size
    shutdown-timeout swap-space tensor-parallel-size trust-remote-code uvicorn-log-level latency
    """.split()
)


def canonical(value: Any) -> str:
    """One JSON text for equal values: sorted keys, no spaces. Snakemake compares params as text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


EMBEDDINGS = "embeddings"
"""The `api` of who turns texts into vectors."""


@dataclass(frozen=True)
class JsonSettings:
    """Settings that travel as canonical JSON."""

    def to_json(self) -> str:
        """Canonical JSON, without the fields that have their default."""
        return self._json

    @cached_property
    def _json(self) -> str:  # Snakemake asks for it once per job
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return canonical({k: v for k, v in values.items() if v != _default(type(self), k)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


def _default(cls: type, name: str) -> Any:
    chosen = next(f for f in dataclasses.fields(cls) if f.name == name)
    return chosen.default_factory() if callable(chosen.default_factory) else chosen.default


@dataclass(frozen=True)
class Identity(JsonSettings):
    """What decides a model's answers, apart from the question."""

    backend: str
    model: str
    revision: str | None = None
    engine: dict[str, Any] = field(default_factory=dict)
    api: str = "chat"
    system: str | None = None
    sampling: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None  # None: no seed is sent
    response_format: str = "text"
    weights: str | None = None  # digest of weights that were trained here; known when they are
    files: dict[str, str] = field(default_factory=dict)  # digests of what `model` and `engine` name on this machine

    @property
    def longest(self) -> int | None:
        """The most tokens that an answer can have, where the sampling says so."""
        return self.sampling.get("max_tokens") or self.sampling.get("max_completion_tokens")

    @property
    def window(self) -> int | None:
        """Tokens that a prompt and its answer may have together, where the engine's flags say so."""
        named = next((self.engine[key] for key in ("max-model-len", "max_model_len") if key in self.engine), None)
        return int(str(named)) if str(named).isdecimal() else None
