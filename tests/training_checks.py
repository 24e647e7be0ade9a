"""What tests/train/check_training.py works out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from vllm_on_cpu import VLLM


def checked(*words: object) -> Any:
    """What it prints."""
    script = Path(__file__).parent / "train/check_training.py"
    done = subprocess.run([VLLM / "python", script, *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
