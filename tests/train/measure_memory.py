"""Peak of memory that torch allocates for a step, apart from weights and gradients; prints JSON.

For the training environment's Python; with gradient checkpointing, in half precision.

usage: measure_memory.py llama|glm
"""

from __future__ import annotations

import json
import sys

import torch
from torch.profiler import ProfilerActivity, profile
from transformers import AutoModelForCausalLM, GlmConfig, LlamaConfig

SIZES = {"vocab_size": 500, "hidden_size": 256, "intermediate_size": 896, "num_hidden_layers": 4, "head_dim": 32}
SIZES |= {"num_attention_heads": 8, "num_key_value_heads": 2, "pad_token_id": 0, "eos_token_id": 1}
TOKENS = 1024


def peak(model: torch.nn.Module, rows: int) -> int:
    """Bytes at the peak of a step; the last of several rows is padded."""
    ids = torch.randint(2, 500, (rows, TOKENS))
    mask = torch.ones_like(ids)
    mask[1:, -TOKENS // 4 :] = 0
    with (
        profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled,
        torch.autocast("cpu", torch.bfloat16),
    ):
        hidden = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        hidden.sum().backward()
    events = [event for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
    now = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most


def main(kind: str) -> None:
    torch.manual_seed(0)
    config = {"llama": LlamaConfig, "glm": GlmConfig}[kind](**SIZES)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).train()
    model.gradient_checkpointing_enable({"use_reentrant": False})
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    peaks = [{"rows": rows, "tokens": TOKENS, "bytes": peak(model, rows)} for rows in (1, 2)]
    numbers = {key: value for key, value in config.to_dict().items() if value is None or isinstance(value, int)}
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"config": numbers, "parameters": parameters, "peaks": peaks}))


if __name__ == "__main__":
    main(sys.argv[1])
