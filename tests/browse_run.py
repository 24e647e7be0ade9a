"""The reader of a made-up run, written by the steps; and its side files, unpacked by nothing of theirs."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import report_rows
from report_run import Run, make_run
from report_support import JUDGE, METHOD, add_long_reward
from report_traces import add_agentwrite

import build_browse
import join_scores
import write_texts
from longhand.judging.kinds import DIMENSIONS

MODELS, JUDGES, DATASETS = ["weak", "strong", "sections"], ["judge", "strict", JUDGE], ("longbench-write", "longen")
OF_JUDGE = {"judge": report_rows.DIMENSIONS, "strict": report_rows.DIMENSIONS, JUDGE: list(DIMENSIONS[METHOD])}


def make_judged_run(folder: Path, hostile: str = "", prompts: int = 8) -> Run:
    """The tables of three models on two datasets, with faults: one writes section by section; three judges.

    The last judge looks into contexts.

    Args:
        hostile: becomes part of all texts.
    """
    run = make_run(folder, MODELS, JUDGES[:2], DATASETS, prompts, hostile=hostile or None)
    add_agentwrite(run, MODELS[2:], hostile)
    add_long_reward(run, MODELS, hostile)
    for responses in run.tables("responses"):
        home = responses.parent
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


_CALL = re.compile(rb'longhand\.load\("([A-Za-z0-9._+/-]+)","([A-Za-z0-9+/=]+)"\);\n')


def unpacked(browse: Path, name: str) -> Any:
    """What a side file holds."""
    call = _CALL.fullmatch((browse / f"{name}.js").read_bytes())
    assert call is not None, name
    assert call[1].decode() == name
    return json.loads(gzip.decompress(base64.b64decode(call[2], validate=True)))


def listed(browse: Path, name: str) -> list[Any]:
    """The rows of a list file, and of those that go on from it."""
    first = unpacked(browse, name)
    more = [unpacked(browse, f"{name}.{number}")["rows"] for number in range(1, first["more"] + 1)]
    return [*first["rows"], *(row for rows in more for row in rows)]
