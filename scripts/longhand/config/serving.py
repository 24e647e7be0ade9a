"""Where and how a model is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from longhand.wire.identity import JsonSettings
from longhand.wire.price import Price


@dataclass(frozen=True)
class Serving(JsonSettings):
    """Where and how a model is reached. Nothing here makes an answer stale."""

    name: str
    backend: str
    model: str
    revision: str | None = None
    engine: dict[str, Any] = field(default_factory=dict)
    command: str = "vllm"
    gpus: int = 1
    servers: int = 1
    concurrency: int = 16
    limit: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    timeout: float = 3600
    tries: int = 8
    startup_timeout: float = 1800
    price: Price = None  # USD per million tokens
    batch: bool = False  # asked by the provider's batch API
    retired: bool = False  # nothing is sent to it: what the journal lacks has no answer
    budget: float | None = None  # USD
    min_coverage: float = 0.95
    weights: str | None = None  # vllm: a folder to serve instead of `model`
    adapter: str | None = None  # vllm: folder of an adapter that is laid over it
    adapter_rank: int = 0
