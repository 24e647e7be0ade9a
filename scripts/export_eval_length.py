"""Writes a model's length scores as EvalScope does, with its scatter plot.

Reads: prompts.parquet, and of one model lengths.parquet. Writes: eval_length.jsonl, eval_length_scatter.png.
"""

from __future__ import annotations

from pathlib import Path

from longhand.evalscope.files import length_scores, lengths_of
from longhand.evalscope.scatter import draw_scatter
from longhand.preferences.exports import write_jsonl
from longhand.program.command import run


def main(*, prompts: Path, lengths: Path, out: Path, scatter: Path) -> None:
    """Writes the scores by the published rule, whatever the dataset's own is."""
    write_jsonl(out, [length_scores(lengths)])
    draw_scatter(*lengths_of(prompts, lengths), scatter)


if __name__ == "__main__":
    run(main)
