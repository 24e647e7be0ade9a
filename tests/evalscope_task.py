"""A task of EvalScope's LongBench-Write module, and what becomes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from marked_key import KEY

from longhand.evalscope.convert import Converted, convert
from longhand.evalscope.task import read_task

TASK: dict[str, Any] = {
    "stage": ["infer", "eval_l", "eval_q"],
    "model": "org/writer-9b",
    "input_data_path": None,
    "output_dir": "./outputs",
    "infer_config": {
        "openai_api_base": "http://127.0.0.1:8000/v1/chat/completions",
        "is_chat": True,
        "verbose": False,
        "generation_kwargs": {"max_new_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0},
        "proc_num": 5,
    },
    "eval_config": {
        "openai_api_key": KEY,
        "openai_api_base": "https://api.example.com/v1/chat/completions",
        "openai_gpt_model": "gpt-4o-2024-05-13",
        "generation_kwargs": {"max_new_tokens": 512, "temperature": 0.25, "stop": None},
        "proc_num": 3,
    },
}
"""A task with all keys that EvalScope's documentation shows."""


def with_(path: str = "", value: Any = None, remove: bool = False) -> dict[str, Any]:
    """The task with one value changed or removed: `infer_config.proc_num`."""
    task: dict[str, Any] = json.loads(json.dumps(TASK))
    *sections, name = path.split(".")
    place = task
    for section in sections:
        place = place[section]
    if remove:
        del place[name]
    elif name:
        place[name] = value
    return task


def converted(folder: Path, task: dict[str, Any], **options: str) -> Converted:
    path = folder / "task.json"
    path.write_text(json.dumps(task), encoding="utf-8")
    return convert(read_task(path), **options)
