"""Holds ways of judging against each other: what each costs, and what it does to scores and pairs.

Reads: results/{dataset}/{model}/judgements/{judge}.parquet; of judges that look into contexts their traces, and
results/{dataset}/{judge}.facts.parquet.
Writes: results/judge-modes.parquet and .csv.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.results.exports import as_csv
from longhand.results.judge_modes import ANSWER, Judged, calls_of_traces, calls_of_verdicts, mode_rows
from longhand.results.quality import OF_SCORE, mean_quality
from longhand.tables.facts import facts_tables
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import FACTS, JUDGEMENTS, TRACES
from longhand.tables.score_tables import JUDGE_MODES
from longhand.wire.price import BATCH_TOKENS, TOKENS, Price

VERDICTS = ["prompt_id", "sample", "repeat", *OF_SCORE, "requests", *TOKENS, *BATCH_TOKENS]
CALLS = ["request_id", "attempts", *TOKENS]


def judged_by(judge: str, tables: Mapping[int, Path], facts: Path | None, prices: Mapping[str, Price]) -> Judged:
    """What a judge did on a dataset.

    Args:
        tables: of its judgements, by the number of their model: a judge may judge some of the models only.
        facts: its table of facts, where it looks into contexts: its traces lie beside its judgements then.
        prices: by role.
    """
    parts = [read_table(path, JUDGEMENTS, VERDICTS).to_pandas().assign(model=n) for n, path in tables.items()]
    verdicts = pd.concat(parts, ignore_index=True)
    scores = mean_quality(verdicts, [*ANSWER, "repeat"]).unstack("repeat")
    if facts is None:
        return Judged(judge, scores, calls_of_verdicts(verdicts), prices)
    paths = [path.with_suffix(".traces.parquet") for path in tables.values()]
    traces = [read_table(path, TRACES, ["role", "repeat", *CALLS]).to_pandas() for path in paths]
    shared = read_table(facts, FACTS, [*CALLS, "embedding_tokens", "embedding_requests"]).to_pandas()
    return Judged(judge, scores, calls_of_traces(traces, shared), prices)


def rows_of(
    judgements: list[Path],
    facts: list[Path],
    methods: Mapping[str, Sequence[str]],
    prices: Mapping[str, Mapping[str, Price]],
    seed: int,
) -> Iterator[Row]:
    """The table's rows, dataset by dataset."""
    of_facts = facts_tables(facts)
    for dataset in dict.fromkeys(path.parents[2].name for path in judgements):
        of_judges = _by_judge([path for path in judgements if path.parents[2].name == dataset])
        for judges in methods.values():
            judged = [
                judged_by(judge, of_judges[judge], of_facts.get((dataset, judge)), prices[judge])
                for judge in judges
                if judge in of_judges
            ]
            yield from ({"dataset": dataset} | row for row in mode_rows(judged, seed))


def _by_judge(judgements: Sequence[Path]) -> dict[str, dict[int, Path]]:
    """Judge -> number of a model -> table, of one dataset."""
    models = list(dict.fromkeys(path.parents[1].name for path in judgements))
    tables: dict[str, dict[int, Path]] = {}
    for path in judgements:
        tables.setdefault(path.stem, {})[models.index(path.parents[1].name)] = path
    return tables


def main(
    *, judgements: list[Path], facts: list[Path], methods: FileText, prices: FileText, seed: int, out: Path, csv: Path
) -> None:
    """Writes the table.

    Args:
        judgements: tables at …/{dataset}/{model}/judgements/{judge}.parquet.
        facts: tables at …/{dataset}/{judge}.facts.parquet; judges that have one have traces beside their judgements.
        methods: JSON, method -> the judges that judge by it, the reference first.
        prices: JSON, judge -> role -> {input, output} in USD per million tokens, or null.
        seed: of the resampling.
        out, csv: the same table twice.
    """
    if not judgements:
        fix = "name judges that differ in how they judge there, the reference first"
        raise LonghandError(
            "nothing is judged, so there are no ways of judging to compare", "config evaluate.judges", fix
        )
    by_method = json.loads(methods)
    rows = list(rows_of(judgements, facts, by_method, json.loads(prices), seed))
    made = made_with("numpy", "pandas", "scipy", settings={"methods": by_method, "seed": seed})
    write_table(out, rows, JUDGE_MODES, "compare_judge_modes", made)
    csv.write_text(as_csv(read_table(out).to_pandas()), encoding="utf-8")


if __name__ == "__main__":
    run(main)
