"""Makes the prompts table of a dataset from what models wrote, from seed instructions, documents or other prompts.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet of its sources; a file of seeds;
a folder or file of documents.
Writes: results/{dataset}/prompts.parquet, filters.parquet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from longhand.made.documents import Document, documents_in
from longhand.made.instructions import require_enough
from longhand.made.kinds import made_rows
from longhand.made.responses import Dropped, Response, responses_of
from longhand.made.slots import read_seeds
from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import FILTERED, PROMPTS, RESPONSES

_COLUMNS = ["prompt_id", "status", "error", "response"]


def main(
    *,
    name: str,
    made: FileText,
    seed: int = 0,
    prompts: list[Path] | None = None,
    responses: list[Path] | None = None,
    seeds: list[Path] | None = None,
    documents: Path | None = None,
    out: Path,
    filters: Path,
) -> None:
    """Writes the prompts table.

    Args:
        name: of the dataset.
        made: JSON: the kind -> its settings.
        seed: of what is drawn: the examples of slots, documents and what is asked about them, drop_short, prompts.
        prompts, responses: tables of the sources, in order; of a sample, the prompts that it is drawn from.
        seeds: the file of seed instructions, for slots.
        documents: the folder or file of documents.
        out: the table; filters: the counts of what each filter dropped.
    """
    ((kind, settings),) = json.loads(made).items()
    sources = [] if kind == "drawn" else list(zip(prompts or [], responses or [], strict=True))

    def read() -> Iterator[Response]:
        for of_prompts, of_responses in sources:
            rows = read_rows(of_responses, RESPONSES, _COLUMNS)
            yield from responses_of(read_rows(of_prompts, PROMPTS), rows, str(of_responses))

    def read_prompts() -> Iterator[Row]:
        return read_rows((prompts or [])[0], PROMPTS)

    def read_documents() -> Iterator[Document]:
        return documents_in(documents, settings["text"]) if documents else iter(())

    dropped = Dropped()
    seed_instructions = read_seeds(seeds[0]) if seeds else {}
    rows = made_rows(name, kind, settings, seed, read, seed_instructions, read_documents, read_prompts, dropped)

    def enough() -> Iterator[Row]:
        yield from rows
        if sources and dropped.left == 0:
            what = f"not one of {dropped.total} responses is left: {dropped.summary()}"
            raise LonghandError(what, f"dataset {name}", "loosen its settings, or see what its sources wrote")
        if kind == "instructions":
            require_enough(name, settings, dropped)

    about = made_with(settings={"made": {kind: settings}, "seed": seed})
    number = write_table(out, enough(), PROMPTS, "make_prompts", about)
    made_of = "responses" if sources else "documents" if documents else None
    print(f"{number} prompts" + (f" of {dropped.total} {made_of}: {dropped.summary()}" if made_of else ""))
    if kind == "drawn":
        dropped.total = number
    write_table(filters, dropped.rows(), FILTERED, "make_prompts", about)


if __name__ == "__main__":
    run(main)
