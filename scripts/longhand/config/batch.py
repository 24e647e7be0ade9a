"""Which judges may be asked by their provider's batch API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError


def check_batch(settings: Mapping[str, Any], where: str) -> None:
    """Checks what a judge's settings say of batches.

    Raises:
        LonghandError: it has none, or its questions cannot all be known at once.
    """
    if "batch_price" in settings and "price" not in settings:
        what = "batch_price is what a batch costs, and `price` what is asked beside it"
        raise LonghandError(what, f"{where}.batch_price", "give both")
    if not settings["batch"]:
        return
    if settings["retired"]:
        fix = "take one of them out; what is under way has to be collected before it retires"
        raise LonghandError("it has retired, so nothing is sent to it", f"{where}.batch", fix)
    if settings["backend"] != "openai":
        raise LonghandError(f"backend {settings['backend']} has no batch API, openai may have", f"{where}.batch")
    if settings["api"] != "chat":
        raise LonghandError(f"api {settings['api']} has no batches here", f"{where}.batch", "api: chat")
    if settings["method"] != "rubric":
        what = f"method {settings['method']} asks in several calls, each of which needs the answers before it"
        raise LonghandError(what, f"{where}.batch", "a batch is for `method: rubric`; take `batch` out")
