"""EvalScope's own LongBench-Write on the same prompts against the same server, where it is installed.

`EVALSCOPE_PYTHON` names the Python of a virtual environment that has it: see tests/README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from measuring import measured
from prompts import FILE, WORDS

VARIABLE = "EVALSCOPE_PYTHON"
LEFT_OUT = f"EvalScope: left out, {VARIABLE} does not name the Python of an environment that has it"
RUN = "from evalscope.third_party.longbench_write import run_task; run_task('task.json')"
VERSION = "from importlib.metadata import version; print(version('evalscope'))"


def evalscope() -> str | None:
    """`EvalScope 1.14.1`; None where no environment is named. One that does not have it is an error."""
    if not os.environ.get(VARIABLE):
        return None
    version = subprocess.run([_python(), "-c", VERSION], check=True, capture_output=True, text=True)
    return f"EvalScope {version.stdout.strip()}"


def _python() -> str:
    return os.path.abspath(os.environ[VARIABLE])


def task(url: str, generate: int, judge: int) -> dict:
    """A task of all its stages.

    Args:
        url: the server.
        generate, judge: requests at a time. EvalScope 1.14.1 takes no notice of the judge's: it asks with 4 threads
            more than there are cores.
    """
    reached = {"openai_api_key": "none", "openai_api_base": f"{url}/chat/completions"}
    settings = {"max_new_tokens": 32768, "temperature": 0.5}
    return {
        "stage": ["infer", "eval_l", "eval_q"],
        "model": "bench",
        "input_data_path": str(FILE),
        "output_dir": ".",
        "infer_config": {**reached, "is_chat": True, "generation_kwargs": settings, "proc_num": generate},
        "eval_config": {**reached, "openai_gpt_model": "bench-judge", "generation_kwargs": settings, "proc_num": judge},
    }


def run_beside(folder: Path, url: str, generate: int, judge: int) -> tuple[float, float, float, int]:
    """Runs the task in a new folder; what it took, as `measured` has it."""
    folder.mkdir()
    (folder / "task.json").write_text(json.dumps(task(url, generate, judge)), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    figures = measured([_python(), "-c", RUN], environment, folder)
    answers = (folder / "bench/pred.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(answers) == len(WORDS) and (folder / "bench/eval_quality.jsonl").exists(), "EvalScope did not finish"
    return figures
