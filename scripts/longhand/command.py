"""Makes a step's `main` a command: named arguments from its signature, known errors as one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from cyclopts import App, Parameter

from longhand.errors import LonghandError


def run(main: Callable[..., Any]) -> None:
    """Calls `main` with the arguments of the command line, then ends the process.

    Keyword-only parameters become `--named` options; a list takes several values. A LonghandError is
    printed as `error: what (where); fix: hint` and the exit status is 1. `LONGHAND_DEBUG=1` shows the traceback.
    """
    app = App(name=os.path.basename(sys.argv[0]), default_parameter=Parameter(consume_multiple=True, negative=()))
    app.default(main)
    try:
        app()
    except LonghandError as e:
        if os.environ.get("LONGHAND_DEBUG"):
            raise
        sys.exit(f"error: {e}")
    except KeyboardInterrupt:
        sys.exit("stopped: interrupted; finished answers are in the journal")
