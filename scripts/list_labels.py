"""Lists the pairs of a label table: which two rows of the prompts table each one is of.

Reads: a JSONL, JSON, CSV or Parquet file. Writes: results/{dataset}/labels.parquet.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.prompts.labels import PAIR, label_rows
from longhand.tables.certification_tables import LABELS
from longhand.tables.files import read_rows, write_table
from longhand.tables.makers import made_with


def main(*, name: str, fields: FileText, labels: FileText, kind: str, file: Path, out: Path) -> None:
    """Writes the table of labels.

    Args:
        name: of the dataset.
        fields: JSON, our columns -> the file's.
        labels: JSON, the same for both texts.
        kind: of the file.
        file: the data.
        out: the table.
    """
    columns, texts = json.loads(fields), json.loads(labels)
    rows = label_rows(name, file, kind, columns, texts)
    write_table(out, rows, LABELS, "list_labels", made_with(settings={"fields": columns, "labels": texts}))
    counts = Counter(row["outcome"] for row in read_rows(out, LABELS, ["outcome"]))
    left_out = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()) if outcome != PAIR)
    print(f"{counts[PAIR]} pairs, left out: {left_out or 'none'}")


if __name__ == "__main__":
    run(main)
