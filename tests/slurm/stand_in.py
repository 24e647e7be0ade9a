"""The fault server in place of vLLM, which answers no more than a test allows it.

It reads how many answers each server may give from the file `allowed` in the run folder; all others wait. So a test
can lose a job in the middle of its work, however fast or slow the machine is.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fault_server import FaultServer, main

ALLOWED = Path("allowed")  # jobs work in the run folder


class Held(FaultServer):
    """Keeps requests waiting while it has given as many answers as it may."""

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        while ALLOWED.exists() and self.answered.total() >= int(ALLOWED.read_text(encoding="utf-8")):
            await asyncio.sleep(0.05)
        return await super()._complete(request)


if __name__ == "__main__":
    main(Held)
