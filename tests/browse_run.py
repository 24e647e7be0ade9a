"""The reader of a made-up run, written by the steps."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import report_rows
from report_run import Run, make_run
from report_support import JUDGE, METHOD, add_long_reward
from report_traces import add_agentwrite

import build_browse
import build_leaderboard
import join_scores
import score_length
import write_texts
from longhand.judging.kinds import DIMENSIONS
from longhand.results.metrics import NO_WEIGHT
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, RESPONSES, TRACES
from longhand.tables.score_tables import METRICS

MODELS, JUDGES, DATASETS = ["weak", "strong", "sections"], ["judge", "strict", JUDGE], ("longbench-write", "longen")
OF_JUDGE = {"judge": report_rows.DIMENSIONS, "strict": report_rows.DIMENSIONS, JUDGE: list(DIMENSIONS[METHOD])}


def make_judged_run(folder: Path, hostile: str = "", prompts: int = 8) -> Run:
    """The tables of three models on two datasets, with faults: one writes twice, one section by section; three judges.

    The first judge judges twice, the second each dimension by itself, the last looks into contexts.

    Args:
        hostile: becomes part of all texts.
    """
    with patch.object(build_leaderboard, "main"):  # takes most of the time, and the reader reads none of it
        run = make_run(folder, MODELS, JUDGES[:2], DATASETS, prompts, hostile=hostile or None)
        add_agentwrite(run, MODELS[2:], hostile)
        add_long_reward(run, MODELS, hostile)
    for responses in run.tables("responses"):
        home = responses.parent
        if home.name == MODELS[0]:
            _write_again(home)
        _reply(home, hostile)
        _measure(home)
        join_scores.main(
            prompts=home.parent / "prompts.parquet",
            responses=responses,
            lengths=home / "lengths.parquet",
            judgements=[home / f"judgements/{judge}.parquet" for judge in JUDGES],
            dimensions=json.dumps(OF_JUDGE),
            ranges=report_rows.RANGES,
            missing="exclude",
            min_coverage=0.0,
            out=home / "scores.parquet",
        )
    return run


def _write_again(home: Path) -> None:
    """A second response to each prompt, judged as the first one."""
    tables = {"responses": RESPONSES} | {f"judgements/{judge}": JUDGEMENTS for judge in JUDGES}
    for name, schema in {**tables, f"judgements/{JUDGE}.traces": TRACES}.items():
        rows = []
        for _, of_prompt in groupby(read_rows(home / f"{name}.parquet", schema), key=lambda row: row["prompt_id"]):
            first = list(of_prompt)
            rows += [row | {"sample": sample} for sample in (0, 1) for row in first]
        for row in rows:
            if row["sample"] and row.get("response"):
                row["response"] = f"Once more. {row['response']}"
        write_table(home / f"{name}.parquet", rows, schema, "made up")
    score_length.main(
        prompts=home.parent / "prompts.parquet",
        responses=home / "responses.parquet",
        rule="longbench-write",
        out=home / "lengths.parquet",
    )


def _reply(home: Path, hostile: str) -> None:
    """Gives two judges replies: the first judges twice, in one reply each; the second has one for each dimension."""
    for judge in JUDGES[:2]:
        path = home / f"judgements/{judge}.parquet"
        rows = []
        for _, of_response in groupby(read_rows(path, JUDGEMENTS), key=lambda row: (row["prompt_id"], row["sample"])):
            once = list(of_response)
            for repeat in (0, 1) if judge == JUDGES[0] else (0,):
                for row in once:
                    reply = f"Reply {repeat}{hostile}" if judge == JUDGES[0] else f"Of {row['dimension']}{hostile}"
                    reply = None if row["status"] == "no_response" else reply
                    rows.append(row | {"repeat": repeat, "reply": reply})
        write_table(path, rows, JUDGEMENTS, "made up")


def _measure(home: Path) -> None:
    """Metrics of a model: one by itself, one by a judge; some have no value."""
    rows = []
    for place, row in enumerate(read_rows(home / "responses.parquet", RESPONSES, ["prompt_id", "sample"])):
        rows.append(row | {"judge": None, "metric": "f1", "value": place / 7 if place % 3 else None})
        if place % 2:
            rows.append(row | {"judge": JUDGES[0], "metric": "published", "value": float(place)})
    write_table(home / "metrics.parquet", (row | NO_WEIGHT for row in rows), METRICS, "made up")


def about(run: Run) -> str:
    """What the rule tells of a run."""
    datasets = [
        {
            "name": name,
            "description": entry["description"],
            "length_rule": entry["length"],
            "models": [model for model in run.settings["models"] if (run.folder / "results" / name / model).is_dir()],
            "judges": [{"name": judge, "dimensions": OF_JUDGE[judge]} for judge in run.judges],
        }
        for name, entry in run.settings["datasets"].items()
    ]
    return json.dumps({"title": run.settings["title"], "datasets": datasets})


def write_browse(run: Run) -> Path:
    """Writes the reader beside the report; returns its folder."""
    results = run.folder / "results"
    for responses in run.tables("responses"):
        home, place = responses.parent, "/".join(responses.parts[-3:-1])
        write_texts.main(
            responses=responses,
            lengths=home / "lengths.parquet",
            traces=[home / "traces.parquet"] if (home / "traces.parquet").exists() else [],
            texts=results / "browse/texts" / place,
            words=results / "browse/words" / place,
        )
    build_browse.main(about=about(run), **browse_arguments(run))
    return results / "browse"


def browse_arguments(run: Run) -> dict[str, Any]:
    """The arguments of `build_browse.main` but `about`."""
    tables: dict[str, Any] = {name: run.tables(name) for name in ("prompts", "responses", "scores", "metrics")}
    tables["judgements"] = [path for path in run.tables("judgements/*") if path.stem in run.judges]
    tables["judge_traces"] = run.tables("judgements/*.traces")
    tables["facts"] = sorted(run.folder.glob("results/*/*.facts.parquet"))
    return tables | {"out": run.folder / "results/browse/index.html"}
