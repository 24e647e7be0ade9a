"""How fast the reader is with 20 models, 240 prompts and 20,000 words a text: printed, and held against a small folder.

`pytest tests/browser/test_reader_size.py -s` prints the seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import large_reader
from browser.chromium import Chromium
from browser.reading import Reader

MODELS, PROMPTS, WORDS = 20, 240, 20_000
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
SLOWER, ALLOWANCE = 10, 2.0
"""A large folder may take so many times what a small one takes, and so many seconds, on a machine that is busy."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("sizes")
    sizes = {"small": (2, 4, 300), "large": (MODELS, PROMPTS, WORDS)}
    for name, size in sizes.items():
        start = time.monotonic()
        large_reader.main(home / name, *size)
        print(f"\n{name}: made in {time.monotonic() - start:.1f} s")
    return {name: home / name for name in sizes}


def seconds(reader: Reader) -> dict[str, float]:
    """What a person waits for, in seconds."""

    def timed(action: Callable[[], object]) -> float:
        start = time.monotonic()
        action()
        return time.monotonic() - start

    taken = {"all models of the first prompt": reader.open(), "first paint": reader.value(PAINT)}
    reader.open()  # the index is read anew
    taken["a common word"] = timed(lambda: reader.search("e"))
    reader.open()
    taken["a rare word"] = timed(lambda: reader.search(large_reader.RARE))
    reader.wait("document.querySelector('.snippet mark')")
    taken["its text"] = timed(lambda: reader.press("j"))
    assert reader.texts("mark.current") == [large_reader.RARE]
    reader.open("#/set/p1")
    taken["the next prompt"] = timed(lambda: reader.press("j"))
    taken["a text"] = timed(lambda: reader.press("]"))
    taken["the next text"] = timed(lambda: reader.press("j"))
    taken["responses by score"] = timed(lambda: (reader.choose("kind", "responses"), reader.choose("sort", "lowest")))
    return taken


def test_a_large_run_is_read_as_fast_as_a_small_one(folders: dict[str, Path], chromium: Chromium) -> None:
    sizes = [path.stat().st_size for path in folders["large"].rglob("*.js")]
    assert sum(sizes) > 200e6 and max(sizes) < 2e6, "as large as such a run is; no file is over 2 MB"
    small = seconds(Reader(chromium, folders["small"]))
    large = seconds(Reader(chromium, folders["large"]))
    print(f"\n{MODELS} models, {PROMPTS} prompts, {WORDS:,} words a text, {sum(sizes) / 1e6:.0f} MB")
    print("seconds (of a small folder)")
    for name, taken in large.items():
        print(f"  {name:32} {taken:5.2f} ({small[name]:.2f})")
    reader = Reader(chromium, folders["large"])
    assert reader.count == f"{MODELS * PROMPTS:,} responses."
    for name, taken in large.items():
        assert taken < SLOWER * small[name] + ALLOWANCE, name
    assert chromium.alarms == []
