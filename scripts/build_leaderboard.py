"""Aggregates the scores of all models on all datasets.

Reads: results/{dataset}/{model}/scores.parquet, traces.parquet of models whose calls another entry answers too,
results/{dataset}/{judge}.facts.parquet, results/succession.parquet, results/totals.parquet. Writes:
results/leaderboard.parquet, .csv and .md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from longhand.program.command import FileText, run
from longhand.results.certified import read_certifications, refuse_uncertified
from longhand.results.exports import as_csv, as_markdown
from longhand.results.leaderboard import leaderboard_rows
from longhand.results.panels import panels_for, with_panels
from longhand.results.scores import KEYS
from longhand.tables.facts import facts_tables
from longhand.tables.files import Row, read_rows, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import FACTS, TRACES
from longhand.tables.score_tables import LEADERBOARD, SCORES, TOTALS, with_dimensions
from longhand.tables.succession_tables import SUCCESSION
from longhand.wire.price import TOKENS


def calls_by_entry(traces: Path, helpers: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The calls of a table of traces that other entries answered, by their names.

    Args:
        traces: the table.
        helpers: role -> name of the entry that has it.
    """
    calls = read_table(traces, TRACES, columns=[*KEYS, "role", *TOKENS]).to_pandas()
    return {name: calls[calls["role"].map(helpers) == name] for name in set(helpers.values())}


def main(
    *,
    scores: list[Path],
    traces: list[Path] | None = None,
    helpers: FileText = "{}",
    facts: list[Path] | None = None,
    succession: list[Path] | None = None,
    totals: list[Path] | None = None,
    dimensions: FileText,
    panels: FileText = "{}",
    certification: list[Path] | None = None,
    rubrics: str = "{}",
    require_certified: bool = False,
    missing: str,
    prices: FileText,
    judge_prices: FileText,
    out: Path,
    csv: Path,
    markdown: Path,
) -> None:
    """Writes the leaderboard.

    Args:
        scores: tables at …/{dataset}/{model}/scores.parquet.
        traces: tables at …/{dataset}/{model}/traces.parquet of the models with helpers.
        helpers: JSON: model -> role -> the other entry that answers its calls.
        facts: tables at …/{dataset}/{judge}.facts.parquet.
        succession: the table of lines from new judges to old ones, if there are any.
        totals: the table of published totals over several datasets, if there are any.
        dimensions: JSON: dataset -> judge -> what it scores, of the judges that models are ranked by; others in the
            tables judge for training data only.
        panels: JSON: name of a panel -> its judges; it has rows where all of them judge a dataset.
        certification: the table of certifications, where there is one.
        rubrics: JSON: dataset -> its rubric; with a table of certifications.
        require_certified: whether a row is refused whose judge is not certified for it.
        missing: exclude, neutral or drop.
        prices, judge_prices: JSON, name -> {input, output} in USD per million tokens, or null.
        out, csv: the same table twice; see `exports.as_csv`.
        markdown: its overall rows, for a model card; see `exports.as_markdown`.
    """
    of_judges: dict[str, dict[str, list[str]]] = json.loads(dimensions)
    roles = json.loads(helpers)
    helped: dict[str, dict[str, dict[str, pd.DataFrame]]] = {}
    for path in traces or []:
        helped.setdefault(path.parent.parent.name, {})[path.parent.name] = calls_by_entry(path, roles[path.parent.name])
    taken: dict[str, dict[str, pd.DataFrame]] = {}
    for (dataset, judge), path in facts_tables(facts or []).items():
        taken.setdefault(dataset, {})[judge] = read_table(path, FACTS, columns=["prompt_id", *TOKENS]).to_pandas()
    certifications = read_certifications(certification or [], json.loads(rubrics), json.loads(panels))
    lines = [row for path in succession or [] for row in read_rows(path, SUCCESSION)]
    rows: list[Row] = []
    for dataset in dict.fromkeys(path.parent.parent.name for path in scores):
        tables = [path for path in scores if path.parent.parent.name == dataset]
        present = panels_for(json.loads(panels), of_judges[dataset])
        rows += leaderboard_rows(
            dataset,
            ((path.parent.name, with_panels(read_table(path, SCORES).to_pandas(), present)) for path in tables),
            of_judges[dataset] | dict.fromkeys(present, []),
            missing=missing,
            prices=json.loads(prices),
            judge_prices=json.loads(judge_prices),
            helped=helped.get(dataset),
            facts=taken.get(dataset),
            panels=present,
            certifications=certifications,
            lines={row["judge"]: row for row in lines if row["dataset"] == dataset},
        )
    if require_certified and certifications is not None:
        refuse_uncertified(rows, certifications)
    names = dict.fromkeys(name for judges in of_judges.values() for of_judge in judges.values() for name in of_judge)
    schema = with_dimensions(LEADERBOARD, names)
    made = made_with(
        "numpy", "pandas", "scipy", settings={"dimensions": of_judges, "panels": json.loads(panels), "missing": missing}
    )
    write_table(out, (names | row for row in rows), schema, "build_leaderboard", made)
    csv.write_text(as_csv(read_table(out).to_pandas()), encoding="utf-8")
    of_totals = [row for path in totals or [] for row in read_rows(path, TOTALS)]
    markdown.write_text(as_markdown(rows, of_totals), encoding="utf-8")


if __name__ == "__main__":
    run(main)
