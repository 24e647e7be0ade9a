"""Which variables of the environment hold secrets, and how a command is started without them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN")
"""What vLLM and TRL fetch gated weights with."""
_SECRET = re.compile(r"API_?KEY|SECRET|PASSWORD|CREDENTIALS|(^|_)(TOKEN|KEY|KEY_ID)$", re.I)


def without_secrets(environment: Iterable[str], keys: Collection[str], needed: Collection[str]) -> list[str]:
    """The words before a command that take from its environment, before it starts, what is not for it.

    Args:
        environment: the names of the variables that there are.
        keys: names that the config says are of keys; others are known by how they look.
        needed: names of those that the command shall have.
    """
    secrets = [name for name in sorted(environment) if name in keys or _SECRET.search(name)]
    taken = [word for name in secrets if name not in needed for word in ("-u", name)]
    return ["env", *taken] if taken else []
