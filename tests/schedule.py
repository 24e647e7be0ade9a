"""The best that servers can do: every server is loaded once and takes the longest request that is left.

It is worked out in the figures of `slow_vllm`, and shares no code with it or with the workflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class _Server:
    left: list[float] = field(default_factory=list)  # tokens, of each stream
    end: float = 0.0

    def per_stream(self, stream: float, rate: float) -> float:
        return min(stream, rate / len(self.left))


def ends(
    tokens: Sequence[int], servers: int, load: float, slots: int, stream: float = 60, rate: float = 2500
) -> list[float]:
    """When each server has given its last answer, in seconds after all began to load.

    Args:
        tokens: of each answer.
        slots: answers that a server writes at a time.
        stream, rate: tokens per second of one stream, and of all streams of a server.
    """
    waiting, pool, now = sorted(tokens), [_Server() for _ in range(servers)], load
    while waiting or any(server.left for server in pool):
        while waiting and len((idlest := min(pool, key=lambda server: len(server.left))).left) < slots:
            idlest.left.append(float(waiting.pop()))
        busy = [server for server in pool if server.left]
        step = min(min(server.left) / server.per_stream(stream, rate) for server in busy)
        now += step
        for server in busy:
            written = step * server.per_stream(stream, rate)
            server.left = [left - written for left in server.left if left - written > 1e-6]
            server.end = server.end if server.left else now
    return [server.end for server in pool]
