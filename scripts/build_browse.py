"""Makes the reader of a run: a page beside the report in which all prompts, responses and verdicts are read.

Reads the tables of prompts, responses, scores, metrics, judgements, judges' traces and facts (their folders tell which
dataset, model and judge they are about), and what write_texts made of the responses. Writes index.html, run.js,
samples/, prompts/, prompt-words/ and verdicts/ in results/browse, which longhand/browse/__init__.py describes.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from longhand import __version__
from longhand.browse.dataset import tables_of, write_dataset
from longhand.browse.folder import size_line
from longhand.browse.page import reader_page
from longhand.browse.side_files import write_side_file
from longhand.browse.words import LONGEST, PATTERN
from longhand.program.command import FileText, run

FOLDERS = ("samples", "prompts", "prompt-words", "verdicts")


def main(
    *,
    about: FileText,
    prompts: list[Path],
    responses: list[Path],
    scores: list[Path],
    metrics: list[Path],
    judgements: list[Path],
    judge_traces: list[Path],
    facts: list[Path],
    out: Path,
) -> None:
    """Writes the reader but for its texts and their words.

    Args:
        about: JSON: `title`; `datasets`, a list of objects with `name`, `description`, `length_rule`, `models` (names),
            `judges` (objects with `name` and `dimensions`).
        prompts: results/{dataset}/prompts.parquet.
        responses, scores, metrics: results/{dataset}/{model}/….parquet; metrics where there are any.
        judgements, judge_traces: results/{dataset}/{model}/judgements/{judge}.parquet, and {judge}.traces.parquet of
            judges that make several calls.
        facts: results/{dataset}/{judge}.facts.parquet of judges that look into contexts.
        out: the page, index.html in the reader's folder. What this step wrote there before is removed.
    """
    browse, described = out.parent, json.loads(about)
    browse.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        shutil.rmtree(browse / name, ignore_errors=True)
        (browse / name).mkdir()
    tables = tables_of(prompts, responses, scores, metrics, judgements, judge_traces, facts)
    datasets = [write_dataset(browse, dataset, tables) for dataset in described["datasets"]]
    words = {"pattern": PATTERN, "longest": LONGEST}
    of_run = {"title": described["title"], "version": __version__, "words": words, "datasets": datasets}
    write_side_file(browse, "run", of_run)
    out.write_text(reader_page(), encoding="utf-8")
    print(size_line(browse), file=sys.stderr)


if __name__ == "__main__":
    run(main)
