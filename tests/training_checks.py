"""What tests/train/check_training.py works out, and a training that waits to be killed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from patience import wait_for
from vllm_on_cpu import VLLM


def checked(*words: object) -> Any:
    """What it prints."""
    script = Path(__file__).parent / "train/check_training.py"
    done = subprocess.run([VLLM / "python", script, *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def whole(text: str | None) -> str:
    """A text that was cut off, without the bytes of a character that it may end in; vLLM holds those back."""
    return (text or "").rstrip("\ufffd").strip()


def check_greedy(texts: list[str | None], *words: object) -> None:
    """Texts are the likeliest, as far as those are sure on any machine; `words` as `greedy` takes them."""
    for text, likeliest in zip(texts, checked("greedy", *words), strict=True):
        if likeliest["sure"]:
            assert whole(text) == whole(likeliest["text"])
        else:
            assert whole(text).startswith(whole(likeliest["text"]))


def held_at(folder: Path, step: int) -> Path:
    """Waits until the one training of a run folder writes its checkpoint after `step` steps, where it stays.

    The last file of that checkpoint is a pipe which nobody reads: no machine is too fast to kill it there.

    Returns:
        The pipe, which is to be removed when the training is killed.
    """
    wait_for(lambda: [*folder.glob("work/train/*/*/trl.yaml")], 300, "training")
    (settings,) = folder.glob("work/train/*/*/trl.yaml")
    checkpoint = settings.parent / f"trl/checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    os.mkfifo(checkpoint / "trainer_state.json")
    wait_for((checkpoint / "rng_state.pth").exists, 300, "checkpoint")
    return checkpoint / "trainer_state.json"
