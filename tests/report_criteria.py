"""Made-up tables of judges that grade by the criteria of each prompt; each value from its name alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report_rows
from report_rows import chance
from report_run import PRICE, Run

import build_leaderboard
import compare_judges
import compare_models
import join_scores
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES

JUDGES = ("by-criteria", "each")
Criteria = Callable[[int, Row], list[Row]]
"""Number of a prompt and its row -> its criteria."""


def criterion(name: str, description: str | None = None, weight: float = 1.0, **others: Any) -> Row:
    return {
        "name": name,
        "description": description,
        "levels": None,
        "values": None,
        "weight": weight,
        "views": None,
    } | others


def grades(key: Row, model: str, judge: str, criteria: list[Row], repeats: int, silent: bool) -> list[Row]:
    """The rows of the judgements table on one response, on a scale of 0 to 1 in quarters."""
    rows = []
    for repeat in range(repeats):
        for place, each in enumerate(criteria, 1):
            dice = chance(key["prompt_id"], model, judge, repeat, place)
            read = not silent and dice.random() > 0.04
            score = dice.choice((0.0, 0.25, 0.5, 0.75, 1.0)) if read else None
            values = dict.fromkeys(JUDGEMENTS.names) | key | {"judge": judge, "repeat": repeat, "attempts": 1}
            values |= {"dimension": str(place), "weight": each["weight"], "score": score}
            values |= {"score_100": None if score is None else 100 * score}
            values |= {"status": "no_response" if silent else "ok" if read else "unparsed"}
            values |= {"words_cut": 7 if dice.random() < 0.1 and not silent and place == 1 else None}
            rows.append(values | {"prompt_tokens": 900, "completion_tokens": 40, "seconds": 1.0})
    return rows


def add_criteria(run: Run, models: list[str], criteria: Criteria, judges: tuple[str, ...] = JUDGES) -> None:
    """Gives the prompts of a run criteria, and lets judges grade by them, the first twice; all else is made anew."""
    results = run.folder / "results"
    for prompts in run.tables("prompts"):
        rows = [row | {"criteria": criteria(n, row)} for n, row in enumerate(read_rows(prompts, PROMPTS))]
        write_table(prompts, rows, PROMPTS, "prepare_prompts")
        of_prompts = {row["prompt_id"]: row["criteria"] for row in rows}
        for model in models:
            _judge(prompts, model, judges, of_prompts)
    run.judges[:] = judges
    entry = {"backend": "openai", "model": "judge", "price": PRICE}
    run.settings["judges"] = {judge: dict(entry) for judge in judges}
    scores, datasets = run.tables("scores"), [path.parent.name for path in run.tables("prompts")]
    dimensions = json.dumps({name: dict.fromkeys(judges, []) for name in datasets})
    build_leaderboard.main(
        scores=scores,
        dimensions=dimensions,
        missing=run.settings["missing"],
        prices=json.dumps(dict.fromkeys(models, PRICE)),
        judge_prices=json.dumps(dict.fromkeys(judges, PRICE)),
        out=run.leaderboard,
        csv=run.leaderboard.with_suffix(".csv"),
        markdown=run.leaderboard.with_suffix(".md"),
    )
    compare_judges.main(
        scores=scores,
        judgements=[path for path in run.tables("judgements/*") if path.stem in judges],
        judges=list(judges),
        same=json.dumps({judge: {"judges": [], "models": []} for judge in judges}),
        seed=42,
        out=results / "agreement.parquet",
        length_bias=results / "length_bias.parquet",
    )
    compare_models.main(
        scores=scores,
        dimensions=dimensions,
        missing=run.settings["missing"],
        seed=42,
        out=results / "comparison.parquet",
        win_rates=results / "win_rates.parquet",
    )


def _judge(prompts: Path, model: str, judges: tuple[str, ...], of_prompts: dict[str, list[Row]]) -> None:
    home = prompts.parent / model
    for judge in judges:
        verdicts = [
            verdict
            for row in read_rows(home / "responses.parquet", RESPONSES, ["prompt_id", "sample", "response"])
            for verdict in grades(
                {"prompt_id": row["prompt_id"], "sample": row["sample"]},
                *(model, judge, of_prompts[row["prompt_id"]]),
                repeats=2 if judge == judges[0] else 1,
                silent=row["response"] is None,
            )
        ]
        write_table(home / f"judgements/{judge}.parquet", verdicts, JUDGEMENTS, "judge_responses")
    join_scores.main(
        prompts=prompts,
        responses=home / "responses.parquet",
        lengths=home / "lengths.parquet",
        judgements=[home / f"judgements/{judge}.parquet" for judge in judges],
        dimensions=json.dumps(dict.fromkeys(judges, [])),
        ranges=report_rows.RANGES,
        missing="exclude",
        min_coverage=0.0,
        out=home / "scores.parquet",
    )
