"""Servers that a job starts for itself: vLLM on its GPU, or the demo engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from longhand.ask.devices import Devices, when_free
from longhand.ask.endpoints.last_words import cause_in
from longhand.ask.servers import ServerSlots, lora_rank
from longhand.config.serving import Serving
from longhand.program import supervisor
from longhand.program.errors import LastingError, LonghandError
from longhand.program.printable import printable

KEYS = "LONGHAND_KEYS"
"""The variable with the names of those that hold API keys: a server that a job starts gets none of these."""
_SCRIPTS = Path(__file__).resolve().parents[3]
_TAIL = 15  # lines of the server's log that are shown when it does not start
_MAY_PASS = re.compile(
    r"free memory on device|cuda error|nccl|connection|timed? ?out|temporar|address already in use|no space left|"
    r"too many requests|\b(429|5\d\d) (client|server) error|bus error|\becc\b|\bxid\b",
    re.I,
)
"""Causes of a failed start that another machine, or a later moment, may not have."""
_KILLED = 128  # a shell's status of a process that a signal ended starts here, ours too
_SETTLE = 1.0  # seconds
_DEATHS = 3  # a server that dies is started again, until it has died so often


def flags(settings: dict[str, Any]) -> list[str]:
    """Command-line flags: true is `--key`, false `--no-key`, a list several values, an object JSON, null nothing."""
    words: list[str] = []
    for key, value in settings.items():
        if value is True:
            words.append(f"--{key}")
        elif value is False:
            words.append(f"--no-{key}")
        elif isinstance(value, list):
            words += [f"--{key}", *(json.dumps(each) if isinstance(each, dict) else str(each) for each in value)]
        elif isinstance(value, dict):
            words += [f"--{key}", json.dumps(value)]
        elif value is not None:
            words += [f"--{key}", str(value)]
    return words


def command(serving: Serving, port: int) -> list[str]:
    """The command line that serves the model on 127.0.0.1:`port`."""
    our_flags: dict[str, Any] = {"host": "127.0.0.1", "port": port, "served-model-name": serving.model}
    if serving.backend == "demo":
        return [sys.executable, "-m", "longhand.demo.server", *flags(our_flags | serving.engine)]
    our_flags |= {"revision": serving.revision, "generation-config": "vllm"}
    if serving.gpus > 1:
        our_flags["tensor-parallel-size"] = serving.gpus
    if (rank := lora_rank(serving)) is not None:  # adapters are loaded as they are asked; nothing is asked of the base
        our_flags |= {"served-model-name": "base", "enable-lora": True, "max-lora-rank": rank, "max-loras": 2}
        if any(str(flag).startswith("data-parallel") for flag in serving.engine):
            our_flags["api-server-count"] = 1  # others would not know what is loaded at one
    return [
        *shlex.split(serving.command),
        "serve",
        serving.weights or serving.model,
        *flags(our_flags | serving.engine),
    ]


class ManagedServer:
    """A server process that lives as long as this object is started.

    Args:
        serving: what to serve and how long it may take to start.
        log: file for the server's output.
        slots: how many such servers may be up; None: as many as there are jobs.

    Attributes:
        start_seconds: what each start took until the server was healthy.
        version: `vllm 0.14.0`, once it is; None where the server does not say.
    """

    def __init__(self, serving: Serving, log: Path, slots: ServerSlots | None = None):
        self.serving, self.log, self._slots = serving, log, slots
        self._devices = Devices(serving.gpus if serving.backend == "vllm" else 0)
        self.api_key = secrets.token_hex(16)  # others on the machine cannot use the server
        self._process: asyncio.subprocess.Process | None = None
        self._deaths = 0  # so far
        self.start_seconds: list[float] = []
        self.version: str | None = None

    def may_start(self) -> bool:
        """Whether it has, until `stop`, its place among the servers of its kind and its GPUs. It does not wait.

        Raises:
            LastingError: this machine has fewer GPUs.
        """
        return self._try_take() is not None

    async def start(self) -> str:
        """Starts the server (again, if it died) and waits until it is healthy; returns its base URL.

        Raises:
            LonghandError: it ended, died too often or was not healthy in time, with the last lines of its log.
        """
        self._deaths += self._process is not None
        if self._deaths >= _DEATHS:
            raise self._failure(f"the server died {_DEATHS} times")
        if shutil.which(program := command(self.serving, 0)[0]) is None:
            fix = "install it, or name it under commands in the config"
            raise LastingError(f"there is no program '{program}' here", f"it serves {self.serving.name}", fix)
        seen = await when_free(self._try_take, f"a server of {self.serving.model}, or its GPUs")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        words = command(self.serving, port)
        paths = [str(_SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])] if self.serving.backend == "demo" else []
        environment = _without_keys() | {"VLLM_API_KEY": self.api_key}
        environment |= {"PYTHONPATH": ":".join(paths)} if paths else {}
        environment |= {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"} if self.serving.adapter else {}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        print(f"starting: {shlex.join(words)}; its log: {self.log}", file=sys.stderr, flush=True)
        started = time.monotonic()
        with self.log.open("ab" if self.start_seconds else "wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                supervisor.__file__,
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment | seen,
                start_new_session=True,  # outlives a kill of the job's process group, to clean up
            )
        async with httpx2.AsyncClient(trust_env=False, timeout=5, verify=False) as http:
            while not await _healthy(http, address):
                seconds = time.monotonic() - started
                if (status := self._process.returncode) is not None:
                    what = f"the server ended with status {status} while it started"
                    raise self._failure(what, lasting=0 <= status < _KILLED)
                if seconds > self.serving.startup_timeout:
                    what = f"the server was not healthy after {seconds:.0f} s (startup_timeout)"
                    raise self._failure(what, lasting=True)
                await asyncio.sleep(0.05 if seconds < 5 else 0.5)
            if self.serving.backend == "vllm":
                self.version = await _version(http, address)
        self.start_seconds.append(time.monotonic() - started)
        print(f"healthy after {self.start_seconds[-1]:.1f} s", file=sys.stderr, flush=True)
        return f"{address}/v1"

    async def stop(self) -> None:
        """Ends the server and all its processes; others may have its place and its GPUs then."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
            self._process = None
        self._release()

    def runs(self) -> bool:
        """Whether the server's process is there."""
        return self._process is not None and self._process.returncode is None

    async def settle(self) -> None:
        """After a lost connection: waits a moment, since the end of a process is noticed later than that."""
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SETTLE):
                    await self._process.wait()

    def _try_take(self) -> dict[str, str] | None:
        """What the server sees of the GPUs that it has; None while it may not start."""
        if self._slots is not None and not self._slots.try_take():
            return None
        if (seen := self._devices.try_take()) is None:
            self._release()  # another job may have GPUs for it
        return seen

    def _release(self) -> None:
        self._devices.release()
        if self._slots is not None:
            self._slots.release()

    def _failure(self, what: str, lasting: bool = False) -> LonghandError:
        """The error that ends the job; `lasting`: it is one for all jobs, unless its cause may pass."""
        self._deaths = _DEATHS  # who waited for this start must not try another
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(*map(printable, lines[-_TAIL:]), sep="\n", file=sys.stderr, flush=True)
        cause = cause_in(lines) or "no output"
        error = LastingError if lasting and not _MAY_PASS.search(cause) else LonghandError
        return error(f"{what}; it last said: {cause[:300]}", str(self.log), "see the end of that log")


async def _healthy(http: httpx2.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(f"{address}/health")).status_code == 200
    except httpx2.HTTPError:
        return False


async def _version(http: httpx2.AsyncClient, address: str) -> str | None:
    try:
        version = (await http.get(f"{address}/version")).json()["version"]
    except (httpx2.HTTPError, ValueError, LookupError, TypeError):
        return None
    return f"vllm {printable(version, 40)}" if isinstance(version, str) else None


def _without_keys() -> dict[str, str]:
    """The environment of this job, without the keys of the APIs that it asks."""
    keys = os.environ.get(KEYS, "").split(",")
    return {name: value for name, value in os.environ.items() if name not in keys}
