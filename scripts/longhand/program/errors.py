"""The one exception that a user sees."""

from __future__ import annotations

import sys

from longhand.program.printable import printable


class LonghandError(Exception):
    """A mistake or a fault that the user can act on, told in one line.

    Args:
        what: what is wrong, with the offending value.
        where: the file, config key, row or address.
        fix: what to do about it.
    """

    def __init__(self, what: str, where: str | None = None, fix: str | None = None):
        self.what, self.where, self.fix = what, where, fix
        line = what + (f" ({where})" if where else "") + (f"; fix: {fix}" if fix else "")
        super().__init__(printable(line))


class LastingError(LonghandError):
    """One that every further try in the same run would meet: see longhand.ask.lasting.

    Args:
        of_dataset: only where the same dataset is asked about; else wherever the same model or judge is.
    """

    def __init__(self, what: str, where: str | None = None, fix: str | None = None, *, of_dataset: bool = False):
        super().__init__(what, where, fix)
        self.of_dataset = of_dataset


NOT_FINISHED = "not finished: "


class NotFinished(LonghandError):
    """No fault: what a step waits for elsewhere is not there yet. The step ends, and a later run goes on.

    Args:
        what, where: as of any error, without the words that the line begins and ends with.
    """

    def __init__(self, what: str, where: str | None = None):
        super().__init__(f"{NOT_FINISHED}{what}; run again later", where)


def say_passed_over(what: str, error: Exception) -> None:
    """Tells the log what is left undone, and for which error: of one that is not ours its type, too."""
    reason = str(error) if isinstance(error, LonghandError) else f"{type(error).__name__}: {error}"
    print(printable(f"{what}: {reason}"), file=sys.stderr, flush=True)
