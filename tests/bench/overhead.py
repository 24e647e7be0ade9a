"""What Longhand itself costs: a whole run against a local server that answers at once.

Prints wall time, CPU seconds and peak memory of the process tree (the server's left out), the jobs that came one after
another, and the same of EvalScope where it is installed.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import beside
import chain
from instant_server import serving
from measuring import measured
from prompts import FILE, WORDS, bench_config
from running import Run


def show(what: str, figures: tuple[float, float, float, int]) -> None:
    """Prints the figures of a command, which must have succeeded."""
    wall, cpu, peak, status = figures
    assert status == 0, f"{what} failed"
    print(f"{what:16} wall {wall:5.1f} s   CPU {cpu:5.1f} s   peak memory {peak:4.0f} MB")


def main() -> None:
    """Runs it twice, the whole and once more with nothing to do; then EvalScope."""
    with tempfile.TemporaryDirectory() as name, serving(words=WORDS) as url:
        folder = Path(name)
        run = Run(folder / "run", bench_config(url, 64, 64))
        print(f"{len(WORDS)} + {len(WORDS)} requests, prompts: {FILE.name}")
        began = time.time()
        figures = measured(run.command(), dict(os.environ))
        show("whole run", figures)
        print(chain.shown(run.folder, began, began + figures[0]))
        show("second run", measured(run.command(), dict(os.environ)))
        if other := beside.evalscope():
            show(other, beside.run_beside(folder / "beside", url, 64, 64))
        else:
            print(beside.LEFT_OUT)


if __name__ == "__main__":
    main()
