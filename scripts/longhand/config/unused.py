"""Settings that nothing would read, since they belong to a choice that was not made."""

from __future__ import annotations

from typing import Any

from longhand.config.schema import SCHEMA, RawSettings
from longhand.program.errors import LonghandError

_SETTINGS = {kind: SCHEMA["$defs"][kind.removesuffix("s")]["properties"] for kind in ("models", "judges")}
_CHOICES = (
    ("train", "beta", "method", "dpo"),
    ("train", "sft_weight", "method", "dpo"),
    ("train", "packing", "method", "sft"),
    ("sft", "dropped_lines", "question", "extend"),
)
"""Sections of the config, a setting of their entries, and what must be chosen for it to count."""


def check_unused(settings: RawSettings) -> None:
    """Checks that all which is set for a method or another choice is for the one that is chosen.

    Args:
        settings: the config without defaults, in which everything has its type.

    Raises:
        LonghandError: a setting would be ignored.
    """
    for kind, known in _SETTINGS.items():
        for name, entry in settings.get(kind, {}).items():
            _check_method(entry, known, f"config {kind}.{name}")
    for section, key, choice, needed in _CHOICES:
        default = SCHEMA["$defs"][section]["properties"][choice].get("default")
        for name, entry in settings.get(section, {}).items():
            chosen = entry.get(choice, default)
            if key in entry and chosen != needed:
                what = f"`{key}` is for {choice} {needed}, and the {choice} is {chosen}"
                raise LonghandError(what, f"config {section}.{name}.{key}", "remove it")


def _check_method(entry: dict[str, Any], known: dict[str, Any], where: str) -> None:
    method = entry.get("method", known["method"]["default"])
    if entry["backend"] == "recorded" and method != known["method"]["default"]:
        raise LonghandError("a recorded model is asked nothing, so it has no method", f"{where}.method", "remove it")
    for needed in known["method"]["enum"]:
        section = needed.replace("-", "_")
        if section in known and section in entry and method != needed:
            what = f"`{section}` has settings of method {needed}, and the method is {method}"
            raise LonghandError(what, f"{where}.{section}", f"`method: {needed}`, or remove it")
