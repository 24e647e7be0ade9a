"""Holds ways of judging by rewards against each other: what each costs, and what it does to rewards and pairs.

Reads: results/{dataset}/{model}/judgements/{judge}.parquet and their traces, results/{dataset}/{judge}.facts.parquet.
Writes: results/reward-modes.parquet and .csv.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.results.exports import as_csv
from longhand.results.reward_modes import Judged, calls_of, mode_rows
from longhand.tables.facts import facts_tables
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import FACTS, JUDGEMENTS, TRACES
from longhand.tables.score_tables import REWARD_MODES
from longhand.wire.price import Price

VERDICTS = ["prompt_id", "sample", "repeat", "dimension", "score_100"]
CALLS = ["request_id", "attempts", "prompt_tokens", "completion_tokens"]


def judged_by(judge: str, tables: Mapping[tuple[str, str], Path], facts: Path, prices: Mapping[str, Price]) -> Judged:
    """What a judge did on a dataset.

    Args:
        tables: model and judge -> a table of judgements, in the order of models; its traces lie beside it.
        facts: the judge's.
        prices: by role.
    """
    of_judge = [path for (_, name), path in tables.items() if name == judge]
    verdicts = [
        read_table(path, JUDGEMENTS, VERDICTS).to_pandas().assign(model=number) for number, path in enumerate(of_judge)
    ]
    traces = [
        read_table(path.with_suffix(".traces.parquet"), TRACES, ["role", "repeat", *CALLS]).to_pandas()
        for path in of_judge
    ]
    calls = calls_of(traces, read_table(facts, FACTS, [*CALLS, "embedding_tokens", "embedding_requests"]).to_pandas())
    return Judged(judge, pd.concat(verdicts, ignore_index=True), calls, prices)


def rows_of(
    judgements: list[Path], facts: list[Path], judges: list[str], prices: Mapping[str, Mapping[str, Price]], seed: int
) -> Iterator[Row]:
    """The table's rows, dataset by dataset."""
    of_facts = facts_tables(facts)
    for dataset in dict.fromkeys(path.parents[2].name for path in judgements):
        tables = {(path.parents[1].name, path.stem): path for path in judgements if path.parents[2].name == dataset}
        present = [judge for judge in judges if (dataset, judge) in of_facts]
        judged = [judged_by(judge, tables, of_facts[dataset, judge], prices[judge]) for judge in present]
        yield from ({"dataset": dataset} | row for row in mode_rows(judged, seed))


def main(
    *, judgements: list[Path], facts: list[Path], judges: list[str], prices: FileText, seed: int, out: Path, csv: Path
) -> None:
    """Writes the table.

    Args:
        judgements: tables at …/{dataset}/{model}/judgements/{judge}.parquet, with their traces beside them.
        facts: tables at …/{dataset}/{judge}.facts.parquet.
        judges: names, the reference first.
        prices: JSON, judge -> role -> {input, output} in USD per million tokens, or null.
        seed: of the resampling.
        out, csv: the same table twice.
    """
    if not judges:
        fix = "name judges with `method: long-reward` there, the reference first"
        raise LonghandError("no judge has rewards to compare", "config evaluate.judges", fix)
    rows = list(rows_of(judgements, facts, judges, json.loads(prices), seed))
    made = made_with("numpy", "pandas", settings={"judges": judges, "seed": seed})
    write_table(out, rows, REWARD_MODES, "compare_reward_modes", made)
    csv.write_text(as_csv(read_table(out).to_pandas()), encoding="utf-8")


if __name__ == "__main__":
    run(main)
