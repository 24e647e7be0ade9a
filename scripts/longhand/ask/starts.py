"""How long servers took to start, kept beside the journal: what the plan expects of the next start."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from longhand.config.serving import Serving

FILE = "starts.log"
_LATEST = 20  # starts that count


def keep_starts(folder: Path, serving: Serving, seconds: Iterable[float]) -> None:
    """Notes what starts of a vLLM server took, one line each.

    Args:
        folder: of the model or judge in the journal.
        serving: what was served.
        seconds: until it was healthy.
    """
    if serving.backend == "vllm":
        lines = [json.dumps({**_served(serving), "seconds": round(one, 1)}) + "\n" for one in seconds]
        with contextlib.suppress(OSError), open(folder / FILE, "a", encoding="utf-8") as file:
            file.write("".join(lines))  # one write, so that jobs at the same time do not mix their lines


def past_starts(folders: Iterable[Path], serving: Serving) -> list[float]:
    """Seconds of the latest starts of the same model on as many GPUs; empty where none was measured.

    Args:
        folders: of the model or judge in the journal, the older first.
        serving: what will be served.
    """
    lines, seconds = list[str](), []
    for folder in folders:
        with contextlib.suppress(OSError):
            lines += (folder / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, KeyError):  # cut by a power cut
            record = json.loads(line)
            if {key: record[key] for key in _served(serving)} == _served(serving):
                seconds.append(float(record["seconds"]))
    return seconds[-_LATEST:]


def _served(serving: Serving) -> dict[str, object]:
    return {"model": serving.model, "gpus": serving.gpus}
