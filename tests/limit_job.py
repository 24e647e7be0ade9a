"""A job under a limit that others share, as a process of its own.

`python limit_job.py FILE MOST NAME REQUESTS URL` sends that many requests at once and prints how many were answered.
Without a URL it holds its slots until it is killed. Once it has them, it starts a child and prints its process id.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx2

from longhand.ask.limit import Lane, Limit


async def send(limit: Limit, name: str, requests: int, url: str) -> int:
    unbounded = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(trust_env=False, timeout=60, limits=unbounded) as http:

        async def request(number: int) -> bool:
            async with limit.slot(Lane()):
                body = {"messages": [{"content": f"{name} {number}"}]}
                return (await http.post(f"{url}/chat/completions", json=body)).is_success

        return sum(await asyncio.gather(*map(request, range(requests))))


async def keep(limit: Limit, requests: int) -> None:
    lane = Lane()

    async def request() -> None:
        async with limit.slot(lane):
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(request()) for _ in range(requests)]
    while lane.in_flight < requests:
        await asyncio.sleep(0.01)
    print(subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False).pid, flush=True)
    await asyncio.gather(*tasks)


def main(file: str, most: str, name: str, requests: str, url: str = "") -> None:
    limit = Limit(int(most), Path(file))
    if url:
        print(asyncio.run(send(limit, name, int(requests), url)))
    else:
        asyncio.run(keep(limit, int(requests)))


if __name__ == "__main__":
    main(*sys.argv[1:])
