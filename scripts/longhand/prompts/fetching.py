"""Pinned, checksummed downloads."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from longhand.program.errors import LonghandError

MIRROR = "LONGHAND_MIRROR"
_SILENCE = 60.0  # seconds without a byte until a fetch fails
_LONGEST = 3600.0  # seconds that a fetch may take
_LARGEST = 2 * 10**9  # bytes that it may bring


def download(url: str, sha256: str, out: Path) -> None:
    """Fetches a file, from the mirror if there is one, and keeps it only if its checksum is right.

    The mirror, in the environment variable LONGHAND_MIRROR, is a folder or an address that is asked for a file
    of the same name first; a folder may have it in a folder below, and with something before the name
    (`long_reward_sft.jsonl`). A file of more than 2 GB is not fetched, nor one that takes more than an hour.

    Raises:
        LonghandError: unreachable, too large, too slow, or another checksum; nothing is kept.
    """
    name, mirror, tried = urlsplit(url).path.rsplit("/", 1)[-1], os.environ.get(MIRROR, "").rstrip("/"), []
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    sources = [_in_mirror(mirror, name, sha256)] * bool(mirror) + [url]
    try:
        for source in sources:
            try:
                _copy(source, partial)
            except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as e:
                tried.append(f"{source}: {type(e).__name__}: {e}")
                continue
            if (digest := _digest(partial)) != sha256:
                raise LonghandError(f"checksum {digest} is not the expected {sha256}", source, "nothing was kept")
            os.replace(partial, out)
            print(f"fetched from {source}", file=sys.stderr)
            return
        fix = f"set {MIRROR} to a folder that has it"
        raise LonghandError(f"cannot fetch {name}: {'; '.join(tried)}", fix=fix)
    finally:
        partial.unlink(missing_ok=True)


def _in_mirror(mirror: str, name: str, sha256: str) -> str:
    """Where a mirror has a file. Several data sets name theirs alike: the checksum tells them apart."""
    for path in sorted(Path(mirror).rglob(f"*{glob.escape(name)}")):
        if path.is_file() and _digest(path) == sha256:
            return str(path)
    return f"{mirror}/{name}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: str, to: Path) -> None:
    if not source.startswith(("http://", "https://")):
        shutil.copyfile(source, to)
        return
    began, size = time.monotonic(), 0
    with httpx2.stream("GET", source, follow_redirects=True, timeout=_SILENCE) as reply, to.open("wb") as file:
        reply.raise_for_status()
        _check_size(int(reply.headers.get("content-length", 0)))
        for chunk in reply.iter_bytes():  # as they come: a server may send a byte a minute
            size += len(chunk)
            _check_size(size)
            if time.monotonic() - began > _LONGEST:
                raise TimeoutError(f"not complete after {_LONGEST:.0f} s, {size:,} bytes came")
            file.write(chunk)


def _check_size(size: int) -> None:
    if size > _LARGEST:
        raise OSError(f"larger than {_LARGEST:,} bytes")
