"""Makes a step's `main` a command: named arguments from its signature, known errors as one line."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter, Token

from longhand.program.errors import LonghandError, NotFinished


def _text_of_file(_: object, tokens: Sequence[Token]) -> str:
    path = Path(tokens[0].value)
    try:
        return path.read_text(encoding="utf-8")
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", f"{tokens[0].keyword} {path}") from e


FileText = Annotated[str, Parameter(converter=_text_of_file)]
"""A text that the command line names the file of. It may be long, and begin with a hyphen; an argument may not."""


def run(main: Callable[..., Any]) -> None:
    """Calls `main` with the arguments of the command line, then ends the process.

    Keyword-only parameters become `--named` options; a list takes several values, or none. A text that may begin with
    a hyphen is given as `--name=text`. A LonghandError is printed as `error: what (where); fix: hint` and the exit
    status is 1; so is a full disk, whatever was written. What is only not finished yet is no error, and has its line
    alone. `LONGHAND_DEBUG=1` shows the traceback.
    """
    app = App(name=os.path.basename(sys.argv[0]), default_parameter=Parameter(consume_multiple=True, negative=()))
    app.default(main)
    try:
        app(sys.argv[1:])
    except NotFinished as e:
        sys.exit(str(e))
    except LonghandError as e:
        if os.environ.get("LONGHAND_DEBUG"):
            raise
        sys.exit(f"error: {e}")
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT) or os.environ.get("LONGHAND_DEBUG"):
            raise
        what, where = f"cannot write: {e.strerror}", None if e.filename is None else str(e.filename)
        sys.exit(f"error: {LonghandError(what, where, 'free some disk space and start again')}")
    except KeyboardInterrupt:
        sys.exit("stopped: interrupted; finished answers are in the journal")
