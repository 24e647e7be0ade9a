"""How fast and how big scoring is.

Prints MB of text per second and core for the word counter and for the published Python loop on the same texts, for a
text's health and for the repeated share alone in plain Python, and time and peak memory of `score_length.py` on 100,000
responses of 60 kB.
"""

from __future__ import annotations

import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.text.health import health
from longhand.text.length import count_longbench_write
from longhand.text.repetition import NGRAM

CHECKOUT = Path(__file__).resolve().parents[2]
ROWS, BYTES = 100_000, 60_000


def published_loop(text: str) -> int:
    """The definition as the published code spells it: a loop over characters, and a regular expression."""
    chinese = sum(1 for character in text if "\u4e00" <= character <= "\u9fff")
    return chinese + len(re.findall(r"\b[a-zA-Z]+\b", text))


def plain_share(text: str) -> float:
    """The share of repeated 13-grams by its definition, in plain Python."""
    tokens = re.findall(
        r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]|[^\s\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]+", text
    )
    runs = list(zip(*(tokens[i:] for i in range(NGRAM)), strict=False))
    return 1 - len(set(runs)) / len(runs)


def shuffled(text: str) -> str:
    """The same words or characters, without the loop that a repeated corpus is."""
    pieces = re.findall(r"\w+\W*", text) if text.isascii() else list(text)
    random.Random(0).shuffle(pieces)
    return "".join(pieces)


def megabytes_per_second(measure: Callable[[str], object], text: str) -> float:
    """Best of three half seconds."""
    size, best = len(text.encode()) / 1e6, 0.0
    for _ in range(3):
        start, times = time.perf_counter(), 0
        while time.perf_counter() - start < 0.5:
            measure(text)
            times += 1
        best = max(best, size * times / (time.perf_counter() - start))
    return best


def sample(language: str) -> str:
    """A text of 60 kB."""
    corpus = (CHECKOUT / f"scripts/longhand/demo/corpus_{language}.txt").read_text(encoding="utf-8")
    text = corpus * (1 + BYTES // len(corpus.encode()))
    return text.encode()[:BYTES].decode(errors="ignore")


def rows(texts: list[str]) -> Iterator[Row]:
    """100,000 responses."""
    for n in range(ROWS):
        row = dict.fromkeys(RESPONSES.names) | {"prompt_id": f"{n:016x}", "sample": 0, "status": "ok", "attempts": 1}
        yield row | {"model": "m", "response": f"{n} {texts[n % len(texts)]}"}


def main() -> None:
    """Prints the figures."""
    texts = {"English": sample("en"), "Chinese": sample("zh")}
    texts["mixed"] = texts["English"][: BYTES // 2] + texts["Chinese"][: BYTES // 6]
    print(f"{'word counter':14} {'Longhand':>10} {'published':>10}   MB/s per core")
    for name, text in texts.items():
        assert count_longbench_write(text) == published_loop(text)
        ours, theirs = (megabytes_per_second(f, text) for f in (count_longbench_write, published_loop))
        print(f"{name:14} {ours:10.0f} {theirs:10.0f}   {ours / theirs:.1f} times")
    print(f"{'text health':14} {'all of it':>10} {'share only, in plain Python':>28}   MB/s per core")
    fresh = {name: shuffled(text) for name, text in texts.items()}
    for name, text in (fresh | {f"{name}, loop": text for name, text in texts.items()}).items():
        assert abs(health(text, "en").repeated_13gram_share - plain_share(text)) < 1e-9
        ours, plain = (
            megabytes_per_second(lambda text: health(text, "en"), text),
            megabytes_per_second(plain_share, text),
        )
        print(f"{name:14} {ours:10.0f} {plain:28.0f}   {ours / plain:.1f} times")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prompts = (
            dict.fromkeys(PROMPTS.names)
            | {"prompt_id": f"{n:016x}", "prompt": "Write.", "language": "en", "constraint": "about", "required": 9000}
            for n in range(ROWS)
        )
        write_table(folder / "prompts.parquet", prompts, PROMPTS, "bench")
        write_table(folder / "responses.parquet", rows(list(texts.values())), RESPONSES, "bench")
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, CHECKOUT / "scripts/score_length.py", "--prompts", folder / "prompts.parquet"]
            + ["--responses", folder / "responses.parquet", "--rule", "longbench-write", "--out", folder / "l.parquet"],
            check=True,
        )
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
        print(f"score_length.py, {ROWS:,} responses of {BYTES // 1000} kB: {seconds:.0f} s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
