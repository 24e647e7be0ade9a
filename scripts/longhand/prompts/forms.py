"""Forms of prompts: what stands around the request and the context of a category, as benchmarks have it."""

from __future__ import annotations

from collections.abc import Mapping

from longhand.program.errors import LonghandError
from longhand.text.fill import fill


def with_form(form: str, prompt: str | None, context: str | None, where: str) -> tuple[str, str]:
    """A row's request and context in their form.

    The form is cut at its last blank line, as LongReward cuts LongBench's prompts: what stands before it is the
    context, what stands after it the request. A text that is put in may have blank lines of its own.

    Args:
        form: a text that `check_forms` has passed.
        prompt, context: of the row.
        where: for the message.

    Raises:
        LonghandError: the form has a place for a text that the row does not have.
    """
    texts = {"context": context or "", "prompt": prompt or ""}
    for name, text in texts.items():
        if f"{{{name}}}" in form and not text.strip():
            raise LonghandError(f"the form of its category has a place for a {name}, and the row has none", where)
    before, _, after = form.rpartition("\n\n")
    return fill(after, **texts).strip(), fill(before, **texts)


def check_forms(forms: Mapping[str, str], where: str) -> None:
    """Raises LonghandError where a form would lose a row's context, or asks nothing."""
    for category, form in forms.items():
        before, _, after = form.rpartition("\n\n")
        if "{context}" not in before or not after.strip():
            fix = "write the request behind the last blank line, and {context} before it"
            raise LonghandError(f"the form of '{category}' is not a context and a request", where, fix)
