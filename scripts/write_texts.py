"""Writes the responses of a model to a dataset for the reader, and which of them have a word.

Reads: results/{dataset}/{model}/responses.parquet, lengths.parquet and, where its method makes several calls for a
text, traces.parquet. Writes: results/browse/texts/{dataset}/{model}/ and results/browse/words/{dataset}/{model}/, whose
files are described in longhand/browse/__init__.py.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from longhand.browse.texts import write_texts
from longhand.browse.word_index import WordIndex
from longhand.program.command import run


def main(*, responses: Path, lengths: Path, traces: list[Path], texts: Path, words: Path) -> None:
    """Writes the side files of a model.

    Args:
        responses, lengths: the model's tables.
        traces: of its calls; none where each text took one.
        texts, words: the folders, {browse}/texts/{dataset}/{model} and {browse}/words/{dataset}/{model}. What they hold
            is removed.
    """
    browse, place = texts.parents[2], "/".join(texts.parts[-2:])
    for folder in (texts, words):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with WordIndex(browse) as index:
        number = write_texts(browse, place, responses, lengths, next(iter(traces), None), index)
        files = index.write(f"words/{place}")
    print(f"{number} responses, {files} files of words", file=sys.stderr)


if __name__ == "__main__":
    run(main)
