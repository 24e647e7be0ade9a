"""Writes down what is run: all that decides the results, and the versions of what runs it.

Writes: results/settings.json. Where models are served is not in it, nor any key.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

from longhand import __version__
from longhand.command import FileText, run

PACKAGES = ("snakemake", "pyarrow", "pandas", "scipy", "openai", "matplotlib", "jinja2")


def main(*, settings: FileText, out: Path) -> None:
    """Writes `settings` (JSON) with a `versions` entry."""
    versions = {"longhand": __version__, "python": platform.python_version()} | {p: version(p) for p in PACKAGES}
    text = json.dumps(json.loads(settings) | {"versions": versions}, ensure_ascii=False, indent=1)
    out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
