"""Where the CPU build of vLLM is, and how it behaves on a small machine."""

from __future__ import annotations

from running import CHECKOUT

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
