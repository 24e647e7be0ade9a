"""The estimate of a training's memory, against what torch allocates on CPU for models of two architectures."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from vllm_on_cpu import VLLM

from longhand.config.trainings import ACCELERATE
from longhand.training.memory import Shape, estimate

JOB = {"per_device_batch": 1, "gpus": 1, "accelerate": str(ACCELERATE / "one-gpu.yaml")}


@pytest.mark.parametrize("kind", ["llama", "glm"])
def test_peak_of_a_step(kind: str) -> None:
    script = Path(__file__).with_name("measure_memory.py")
    done = subprocess.run([VLLM / "python", script, kind], capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    shape = Shape.of(measured["config"])
    assert shape is not None and shape.parameters == measured["parameters"]
    for row in measured["peaks"]:
        pairs = row["rows"] == 2  # one of them padded, as in DPO
        settings = {"method": "dpo" if pairs else "sft", "max_length": row["tokens"], "dtype": "bfloat16"}
        memory = estimate(shape, settings, JOB, row["tokens"])
        assert memory is not None
        assert memory.checkpoints + memory.layer + memory.mask == pytest.approx(row["bytes"], rel=0.15), row
