"""Where the CPU build of vLLM is, and how it behaves on a small machine."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import psutil
from running import CHECKOUT

SHIPPED = {
    "zai-org/LongWriter-llama3.1-8b": "tiny",
    "meta-llama/Llama-3.1-8B-Instruct": "tiny",
    "zai-org/glm-4-9b-chat-hf": "tiny_glm",
    "Qwen/Qwen2.5-7B-Instruct": "tiny_qwen",
}
"""Weights that shipped configs name -> the fixture with random ones of their architecture."""
VLLM = CHECKOUT / ".venv-vllm/bin"
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}
# vLLM's busy loops starve everything else on a small machine: one core for the server, and no thread pools.
CORE = max(os.sched_getaffinity(0))
VLLM_ON_CORE = shlex.join(["taskset", "-c", str(CORE), f"{VLLM}/vllm"])
ENGINE = {
    "dtype": "float32",
    "max-model-len": 8192,
    "no-enable-chunked-prefill": True,  # with it, seeded prompts that are split end the engine (CPU build)
    "max-num-batched-tokens": 8192,
    "max-num-seqs": 16,
    "enforce-eager": True,
    "structured-outputs-config": {"backend": "guidance", "disable_any_whitespace": True},
}


def processes_in(folder: Path) -> list[psutil.Process]:
    """Live processes that work in a run folder: of Snakemake, its jobs, and all that these started."""
    processes = []
    for process in psutil.process_iter(["cwd", "status"]):  # a zombie that nobody reaps has no folder
        if process.info["cwd"] == str(folder) and process.info["status"] != psutil.STATUS_ZOMBIE:
            processes.append(process)
    return processes
