"""Takes verdicts that were made elsewhere, from the file with a recorded model's responses.

Reads: results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet; a file of prompts, responses and
verdicts. Writes: results/{dataset}/{model}/judgements/{judge}.parquet.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from longhand.judging.recorded import RecordedRubric, RecordedVerdicts, VerdictColumns, verdict_rows
from longhand.program.command import FileText, run
from longhand.prompts.matched import ResponseFile
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS


def main(
    *,
    prompts: Path,
    responses: Path,
    recorded: Path,
    kind: str,
    fields: FileText,
    verdicts: FileText,
    rubric: FileText,
    judge: str,
    min_coverage: float,
    out: Path,
) -> None:
    """Writes a row for each response and each criterion of its prompt. No texts are kept in memory.

    Args:
        prompts, responses: the tables.
        recorded: the file.
        kind: of it: jsonl, json, csv or parquet.
        fields: JSON, our names of its columns -> theirs.
        verdicts: JSON, keys of the items of its lists of verdicts.
        rubric: JSON: its scale, its dimensions (null where prompts have criteria), allowed values (or null).
        judge: its name.
        min_coverage: least share of responses that the file must have a verdict on.
        out: the judgements table.
    """
    settings = json.loads(rubric)
    held = RecordedRubric(tuple(settings["scale"]), settings["dimensions"], settings["values"])
    keyed = read_rows(prompts, columns=["prompt_id", "prompt", "context"])
    columns = json.loads(fields)
    recorded_verdicts = RecordedVerdicts(
        ResponseFile(recorded, kind, columns, keyed), VerdictColumns.of(columns, json.loads(verdicts)), held
    )
    coverage, counts = Coverage(), Counter[str]()

    def judged() -> Iterator[Row]:
        of_prompts = read_rows(prompts, columns=["prompt_id", "prompt", "criteria"])
        answered = read_rows(responses, columns=["prompt_id", "sample", "response"])
        for prompt, rows in rows_by_prompt(of_prompts, answered, str(responses)):
            counts["rows with a further response to a prompt"] += max(
                0, recorded_verdicts.count(prompt["prompt_id"]) - len(rows)
            )
            parts = held.parts(prompt)
            for row in rows:
                of_response = recorded_verdicts.of(prompt["prompt_id"], row["sample"])
                for judgement in verdict_rows(row, of_response, parts, judge, held.scale, counts):
                    coverage.add(judgement)
                    yield judgement
        coverage.check(min_coverage, judge, str(recorded), "add the missing verdicts to the file")

    write_table(out, judged(), JUDGEMENTS, "import_verdicts")
    for what, number in (+counts).items():
        print(f"not used of {recorded}: {what}: {number}", file=sys.stderr)
    print(f"{out} is complete: {coverage}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
