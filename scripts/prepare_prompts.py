"""Makes the prompts table of a dataset.

Reads: a JSONL, CSV or Parquet file, and the files of its criteria. Writes: results/{dataset}/prompts.parquet.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.prompts.criteria import unused_criteria
from longhand.prompts.criteria_files import criteria_form
from longhand.prompts.datasets import prepare_prompts
from longhand.tables.files import read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import PROMPTS
from longhand.text.requirement import COLUMNS, aimed_at


def main(
    *,
    name: str,
    fields: FileText,
    kind: str,
    sweep: FileText = "null",
    forms: FileText = "{}",
    criteria: FileText = "{}",
    views: FileText = "[]",
    categories: FileText = "[]",
    labels: FileText = "null",
    by_category: tuple[Path, ...] = (),
    view_files: tuple[Path, ...] = (),
    file: Path,
    out: Path,
) -> None:
    """Writes the prompts table.

    Args:
        name: of the dataset.
        fields: JSON, our columns -> the file's.
        kind: of the file, jsonl, json, csv or parquet.
        sweep: JSON, lengths and constraints that each row is asked with, or null.
        forms: JSON, category -> what stands around its requests and contexts.
        criteria: JSON, how the file has its criteria (longhand.prompts.criteria_files).
        views: JSON, list of {name, kind}: of the views' files, in their order.
        categories: JSON, list of {begins, category}: of prompts without one.
        labels: JSON, columns of the texts of labelled pairs, or null.
        by_category: a JSON file with criteria by category, or none.
        view_files: the files of the views.
        file: the data.
        out: the table.
    """
    columns, lengths = json.loads(fields), Counter[str]()
    settings = {"fields": columns, "sweep": json.loads(sweep), "forms": json.loads(forms)}
    settings |= {"criteria": json.loads(criteria), "views": json.loads(views), "categories": json.loads(categories)}
    settings |= {"labels": of_pairs} if (of_pairs := json.loads(labels)) else {}
    files = {view["name"]: (path, view["kind"]) for view, path in zip(settings["views"], view_files, strict=True)}
    form = criteria_form(settings["criteria"], columns, next(iter(by_category), None), files)
    prompts = prepare_prompts(
        name, columns, file, kind, settings["sweep"], lengths, settings["forms"], form, settings["categories"], of_pairs
    )
    made = made_with(settings=settings)
    rows = write_table(out, prompts, PROMPTS, "prepare_prompts", made)
    sized = unused = 0
    for row in read_rows(out, PROMPTS, [*COLUMNS, "criteria"]):
        sized += aimed_at(row) is not None
        unused += row["criteria"] is not None and not form.needed
    print(f"{rows} prompts, {sized} with a required length")
    if unused:
        print(unused_criteria(name, unused))
    if lengths:
        print(
            f"lengths: {lengths['read']} read from '{columns['stated']}', {lengths['none']} not stated there, "
            f"{lengths['own']} of the rows' own"
        )


if __name__ == "__main__":
    run(main)
