"""Faults that no further try of a run can mend: noted once, so that later tries and shards end before they load.

The main process of a run gives itself a name in the environment, which its jobs have too, on other machines as well. A
note is a file under work/ by that name. A later run has another name and starts afresh, whatever was mended meanwhile
(a key, a flag, a file): so a note needs nothing of what the fault depends on.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from longhand.program.errors import LastingError

RUN = "LONGHAND_RUN"
FOLDER = Path("work/.runs")
"""Where runs keep their notes: a folder each."""
_ALL = ".all"  # no dataset's name


class FaultNotes:
    """The notes that concern one job. Outside a run there are none.

    Args:
        step: the job's rule.
        name: of the model or judge.
        dataset: that it is asked about.
    """

    def __init__(self, step: str, name: str, dataset: str):
        run = os.environ.get(RUN)
        self._folder = FOLDER / run / "faults" / step / name if run else None
        self._dataset = dataset

    def check(self) -> None:
        """Raises LastingError, with the line of the first time, if a job of this run met such a fault."""
        if self._folder is None:
            return
        for path in (self._folder / _ALL, self._folder / self._dataset):
            if path.exists():
                raise LastingError(path.read_text(encoding="utf-8"), of_dataset=path.name != _ALL)

    def keep(self, error: LastingError) -> None:
        """Notes a fault for the jobs that come later."""
        if self._folder is not None:
            with contextlib.suppress(OSError):  # without a note they find out for themselves
                self._folder.mkdir(parents=True, exist_ok=True)
                path = self._folder / (self._dataset if error.of_dataset else _ALL)
                partial = path.with_name(f".{os.getpid()}.partial")
                partial.write_text(str(error), encoding="utf-8")
                partial.replace(path)
