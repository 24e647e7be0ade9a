"""What the reader costs: time, memory and disk of its steps on many long texts.

`python tests/bench/reader.py [models] [prompts] [words]`
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from browse_run import about, browse_arguments
from browse_scale import make_large_run
from measuring import measured
from running import CHECKOUT

LARGEST = 2_000_000
"""Bytes of a side file; all texts are shorter."""
MEMORY = 600
"""MB that a step may take: it holds few texts at a time."""


def step(script: str, **options: object) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory in MB of a step."""
    command = [sys.executable, str(CHECKOUT / "scripts" / script)]
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        command += [f"--{name.replace('_', '-')}", *map(str, values)]
    wall, cpu, memory, status = measured(command, dict(os.environ))
    assert status == 0, command
    return wall, cpu, memory


def main() -> None:
    """Prints the figures."""
    models, prompts, words = (int(given) for given in (sys.argv[1:] + ["20", "240", "20000"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = make_large_run(folder, models, prompts, words)
        browse = folder / "results/browse"
        print(f"{models} models, {prompts} prompts, {words:,} words a text", flush=True)
        tables = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6
        wall = cpu = memory = 0.0
        for responses in run.tables("responses"):
            home, place = responses.parent, "/".join(responses.parts[-3:-1])
            folders = {"texts": browse / "texts" / place, "words": browse / "words" / place}
            taken = step("write_texts.py", responses=responses, lengths=home / "lengths.parquet", traces=[], **folders)
            wall, cpu, memory = wall + taken[0], cpu + taken[1], max(memory, taken[2])
        print(f"write_texts    {models} jobs: {wall:6.1f} s, CPU {cpu:6.1f} s, peak memory of one {memory:4.0f} MB")
        (folder / "about.json").write_text(about(run), encoding="utf-8")
        taken = step("build_browse.py", about=folder / "about.json", **browse_arguments(run))
        print(f"build_browse   1 job:   {taken[0]:6.1f} s, CPU {taken[1]:6.1f} s, peak memory {taken[2]:4.0f} MB")
        assert max(memory, taken[2]) < MEMORY
        sizes: dict[str, list[int]] = {}
        for path in browse.rglob("*"):
            if path.suffix in (".js", ".html"):
                sizes.setdefault(path.relative_to(browse).parts[0], []).append(path.stat().st_size)
        for place, of_place in {**sizes, "all": sum(sizes.values(), [])}.items():
            total, largest = sum(of_place) / 1e6, max(of_place)
            print(f"  {place:14} {len(of_place):6,} files {total:8.2f} MB, the largest {largest / 1e6:.3f} MB")
            assert largest <= LARGEST, place
        print(f"  the tables take {tables:,.0f} MB")


if __name__ == "__main__":
    main()
