"""Writes down what is run: all that decides the results. Which versions made a table stands in its own metadata.

Writes: results/settings.json. Where models are served is not in it, nor any key.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.program.command import FileText, run


def main(*, settings: FileText, out: Path) -> None:
    """Writes `settings` (JSON) so that people can read them."""
    text = json.dumps(json.loads(settings), ensure_ascii=False, indent=1)
    out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
