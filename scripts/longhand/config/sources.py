"""Where the config says that a file is: on this machine, or at an address with its checksum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError


def one_source(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Checks that an entry names one source.

    Args:
        entry: of the config.
        keys: those that name sources; exactly one of them must be there.
        where: the entry, for the message.

    Raises:
        LonghandError: none, several, or an address without a checksum.
    """
    if len([key for key in keys if key in entry]) != 1:
        *others, last = (f"'{key}'" for key in keys)
        raise LonghandError(f"needs either {', '.join(others)} or {last}", where)
    if "url" in entry and "sha256" not in entry:
        raise LonghandError("'sha256' is missing: what comes from an address must be checked", where)
