"""How many servers of one kind may be up at a time, over all jobs and all runs that share the journal."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from longhand.ask.locks import ByteLocks, say_once
from longhand.config.serving import Serving
from longhand.wire.identity import canonical

FOLDER = ".servers"
_DECIDING = ("backend", "model", "revision", "engine", "command", "gpus", "weights")
_LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # that vllm serve takes


def lora_rank(serving: Serving) -> int | None:
    """The rank up to which a server takes adapters that is started for this one; None: it takes none."""
    return None if serving.adapter is None else next(rank for rank in _LORA_RANKS if rank >= serving.adapter_rank)


def server_key(serving: Serving) -> str:
    """What two entries have in common if one server can answer for both: 16 hexadecimal digits.

    How a server is used (name, concurrency, price …) is not in it, nor which adapter: it loads those as they are asked.
    """
    values = dataclasses.asdict(serving)
    deciding = {key: values[key] for key in _DECIDING} | {"lora_rank": lora_rank(serving)}
    return hashlib.sha256(canonical(deciding).encode()).hexdigest()[:16]


class ServerSlots:
    """The right to have one of `serving.servers` servers up. It ends with any death of the holder.

    Args:
        root: the journal folder of the run.
        serving: of the model or judge.
    """

    def __init__(self, root: Path, serving: Serving):
        self._path, self._number = root / FOLDER / server_key(serving), serving.servers
        self._locks: ByteLocks | None = None
        self._taken = False

    def try_take(self) -> bool:
        """Whether this holder may have a server up now. It does not wait."""
        if not self._taken:
            try:
                self._locks = self._locks or ByteLocks(self._path)
                self._taken = any(self._locks.take(slot) for slot in range(self._number))
            except OSError as e:
                say_once(f"`servers` does not hold between jobs: {self._path.parent} has no locks ({e.strerror or e})")
                return True
        return self._taken

    def release(self) -> None:
        """Lets another job have its server up."""
        if self._locks is not None:
            self._locks.close()
        self._locks, self._taken = None, False
