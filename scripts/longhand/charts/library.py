"""Vega and what belongs to it as one script for a page, as vl-convert has it."""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path


def vega_script() -> str:
    """The script: 0.9 MB that set `vegaEmbed`, and that load nothing.

    To make it takes more than a second: it is kept in the user's cache folder, by the version of vl-convert. Where
    that cannot be written, or what lies there is damaged or another user's, it is made.
    """
    kept = user_cache_path("longhand") / f"vega-{version('vl-convert-python')}.js.gz"
    try:
        return _kept(kept)
    except (OSError, ValueError, EOFError, zlib.error):
        pass
    import vl_convert  # slow, and not needed where the script is kept

    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    _keep(script, kept)
    return script


def _kept(path: Path) -> str:
    """The script in a file. Pages run it: no other user puts one into them, and gzip notices what is damaged."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_uid != os.geteuid():
            raise PermissionError("the file is another user's")
        script = gzip.decompress(file.read()).decode("utf-8")
    if not script:  # to gzip no bytes are a whole file
        raise EOFError("the file is empty")
    return script


def _keep(script: str, kept: Path) -> None:
    """Writes the file whole or not at all."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            partial = Path(folder, kept.name)
            partial.write_bytes(gzip.compress(script.encode("utf-8"), mtime=0))
            os.replace(partial, kept)
