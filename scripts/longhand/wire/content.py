"""What of a prompt a model is sent, a judge is shown, and a trainer is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def content_of(prompt: Mapping[str, Any]) -> str:
    """The context, if there is one, and the request."""
    prompt_text: str = prompt["prompt"]
    return prompt_text if prompt["context"] is None else f"{prompt['context']}\n\n{prompt_text}"
