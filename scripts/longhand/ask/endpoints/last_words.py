"""The line of a server's log that says why it ended."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.program.printable import printable

_PREFIX = re.compile(
    r"^(\([\w -]+ pid=\d+\) ?)?((DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d (\[[^]]*\] ?)?)?"
)
"""What vLLM writes before each line: (EngineCore pid=12) ERROR 11-21 15:04:05 [core.py:866]."""
_EXCEPTION = re.compile(
    r"^(\w+\.)*\w*(Error|Exception|Interrupt|Exit|Failure)(: |$)"  # the end of a traceback
    r"|^[\w./ -]*\berror: ",  # of a command: "vllm: error: unrecognized arguments"; "CUDA error: out of memory"
    re.I,
)
_ELSEWHERE = re.compile(r"root cause above|stack trace (\(above\)|above)|enginedeaderror", re.I)
"""Errors that only report another one."""
_HEADING = re.compile(r"validation errors? for \w+$")  # pydantic's: the next line says what is wrong
_NOISE = re.compile(r"warning|warnings\.warn\(|resource_tracker|semaphore|shared_memory object|\btraceback\b", re.I)


def cause_in(lines: Sequence[str]) -> str:
    """The last line that is an error, rather than a report of another one; else the last that says anything.

    A server that ends warns of what it leaves behind, after it has said what was wrong.
    """
    bare = [printable(_PREFIX.sub("", line)) for line in lines]
    serious = [number for number, line in enumerate(lines) if re.search(r"\w", line) and not _NOISE.search(line)]
    errors = [number for number in serious if _EXCEPTION.search(bare[number])]
    last = ([number for number in errors if not _ELSEWHERE.search(bare[number])] or errors or serious)[-1:]
    if not last:
        return next((line for line in reversed(bare) if re.search(r"\w", line)), "")
    below = bare[last[0] + 1 : last[0] + 2] if _HEADING.search(bare[last[0]]) else []
    return ": ".join([bare[last[0]], *below])
