"""Makes one file of a rubric: what judges are asked, and how their replies are read.

Reads: the template, where it was fetched from an address. Writes: work/rubrics/{rubric}.json.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.judging.template import check_template
from longhand.program.command import FileText, run


def main(*, settings: FileText, template: list[Path], out: Path) -> None:
    """Writes the rubric's `settings` (JSON) with the text of its template, which may be a file."""
    rubric = json.loads(settings)
    for path in template:
        rubric["template"] = path.read_text(encoding="utf-8")
    check_template(rubric, str(out))
    out.write_text(json.dumps(rubric, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
