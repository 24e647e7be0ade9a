"""Runs a server and stops it, with all its processes, when the job that wanted it is gone.

`python supervisor.py COMMAND…` with a pipe as standard input: the job holds the other end. When the job
closes it, or dies of any signal, the pipe ends here. The server's first process gets SIGTERM (vLLM shuts
its workers down cleanly), then its whole process group SIGKILL (a crashed vLLM leaves orphans).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys

GRACE = 30.0  # seconds for a clean stop


def main(command: list[str]) -> int:
    """Runs `command` until it ends or standard input does; returns its exit status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.close(0))  # as if the job had closed the pipe
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while server.poll() is None and not _input_ended():
            pass
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.terminate()
            server.wait(GRACE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    return server.returncode


def _input_ended() -> bool:
    try:
        ready, _, _ = select.select([0], [], [], 0.1)
        return bool(ready) and not os.read(0, 1024)
    except (OSError, ValueError):
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
