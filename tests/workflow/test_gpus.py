"""How many vLLM jobs run at a time on one machine, and on which GPUs."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from running import CHECKOUT, Run

NOBODY = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(("limits", "at_a_time"), [((), 1), (("--resources", "gpu=4", "api=8"), 2)])
def test_vllm_jobs_at_a_time(tmp_path: Path, limits: tuple[str, ...], at_a_time: int) -> None:
    """And what vLLM has of the user's secrets: the hub's token, for gated weights, and no API key."""
    prompts = [{"prompt": f"Write {n * 10} words.", "words": n * 10} for n in range(1, 4)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)))
    engine = {"latency": 0.8, "counts": str(tmp_path / "counts")}
    served = {"backend": "vllm", "gpus": 2, "concurrency": 1, "engine": engine}
    config = {
        "shards": 1,
        "commands": {"vllm": shlex.join([sys.executable, f"{CHECKOUT}/tests/fault_server.py"])},
        "datasets": {"d": {"path": "p.jsonl", "fields": {"required": "words"}, "rubric": "longbench-write"}},
        "models": {name: served | {"model": name} for name in ("a", "b")},
        "judges": {"j": {"backend": "openai", "model": "j", "base_url": NOBODY, "api_key_env": "NAME_OF_ITS_OWN"}},
        "evaluate": {"datasets": ["d"], "models": ["a", "b"], "judges": ["j"]},
    }
    secrets = {"HF_TOKEN": "hf_x", "OPENAI_API_KEY": "sk-x", "GITHUB_TOKEN": "gh-x", "MY_SECRET": "x"} | {
        "NAME_OF_ITS_OWN": "sk-j"
    }
    gpus = [f"{tmp_path.name}-{number}" for number in range(4)]  # of this test only
    Run(tmp_path, config, pages=False).finish(
        "all_responses", "--cores", "2", *limits, CUDA_VISIBLE_DEVICES=",".join(gpus), **secrets
    )
    seen = []
    for log in (tmp_path / "logs/generate_responses_gpu").rglob("*.server"):
        lines = log.read_text().splitlines()
        (line,) = [line for line in lines if line.startswith("environment: ")]
        assert secrets.keys() & set(line.split()) == {"HF_TOKEN"}
        seen += [line.split()[-1] for line in lines if line.startswith("loading weights; GPU")]
    first, second = ",".join(gpus[:2]), ",".join(gpus[2:])
    assert sorted(seen) == ([first, second] if at_a_time == 2 else [first, first])
    lines = (tmp_path / "counts").read_text().splitlines()
    assert len(lines) == 2 * (1 + len(prompts))
    second_start = [place for place, line in enumerate(lines) if line == "start"][1]
    assert (second_start < 1 + len(prompts)) == (at_a_time == 2), lines
