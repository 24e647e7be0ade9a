"""Takes the README's picture: the top of a report, as a window shows it. For `make picture`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from browser.chromium import Chromium, find_chromium

WIDTH, HEIGHT = 1280, 760
WAIT = 10
"""Seconds that the first figure may take until a script has drawn it; the picture is the same without."""


def main(report: Path, out: Path) -> None:
    program = find_chromium()
    if program is None:
        sys.exit("error: no Chromium; fix: tests/browser/install_chromium.sh")
    if not report.exists():
        sys.exit(f"error: there is no report ({report}); fix: make demo")
    with Chromium(program) as browser:
        browser.open(report, WIDTH, HEIGHT)
        end = time.monotonic() + WAIT
        while browser.evaluate("!document.querySelector('figure[data-drawn]')") and time.monotonic() < end:
            time.sleep(0.1)
        browser.screenshot(out, HEIGHT)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
