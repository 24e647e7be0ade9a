"""Fetches a pinned file from its public address.

Reads: the address (first LONGHAND_MIRROR, if it is set). Writes: the file, if its checksum is right.
"""

from __future__ import annotations

from pathlib import Path

from longhand.program.command import run
from longhand.prompts.fetching import download


def main(*, url: str, sha256: str, out: Path) -> None:
    """Fetches `url` to `out`; nothing is kept if its SHA-256 is not `sha256`."""
    download(url, sha256, out)


if __name__ == "__main__":
    run(main)
