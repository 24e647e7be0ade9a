"""Vega and what belongs to it as one script for a page, as vl-convert has it."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path


def vega_script() -> str:
    """The script: 0.9 MB that set `vegaEmbed`, and that load nothing.

    To make it takes more than a second: it is kept in the user's cache folder, by the version of vl-convert. Where
    that cannot be written, it is made each time.
    """
    kept = user_cache_path("longhand") / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except (OSError, ValueError):
        pass
    import vl_convert  # slow, and not needed where the script is kept

    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    _keep(script, kept)
    return script


def _keep(script: str, kept: Path) -> None:
    """Writes the file whole or not at all. The folder is the user's alone: no other user puts a script into pages."""
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=kept.parent, delete=False) as partial:
            partial.write(script)
        os.replace(partial.name, kept)
    except OSError:
        pass
