"""A made-up run, as the report reads it: answers and verdicts are made up, all else is made by the steps themselves.

For tests, and to look at the page with many models.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import report_rows

import build_leaderboard
import compare_judges
import compare_models
import draw_figures
import join_scores
import prepare_prompts
import score_length
import summarize_run
from longhand.tables.files import read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.summary_tables import SUMMARY
from longhand.text.requirement import COLUMNS
from longhand.wire.identity import Identity

PRICE = {"input": 2.5, "output": 10.0}


@dataclass
class Run:
    """Where a made-up run lies, and what its report is made from."""

    folder: Path
    settings: dict[str, Any]
    judges: list[str]  # of the evaluation
    more: dict[str, Any] = field(default_factory=dict)  # tables of data made here, by argument

    @property
    def leaderboard(self) -> Path:
        return self.folder / "results" / "leaderboard.parquet"

    def tables(self, name: str) -> list[Path]:
        """`prompts`, or what there is of every model: `responses`, `lengths`, `scores`, `judgements/*`."""
        depth = "*" if name == "prompts" else "*/*"
        return sorted((self.folder / "results").glob(f"{depth}/{name}.parquet"))

    def arguments(self) -> dict[str, Any]:
        """The arguments of `build_report.main`; the summary is made."""
        self.summarized()
        tables = {name: each for name, each in self._tables().items() if name in ("leaderboard", "settings")}
        compared = ("comparison", "win_rates", "agreement", "length_bias", "succession", "totals")
        tables |= {name: sorted(self.folder.glob(f"results/{name}.parquet")) for name in compared}
        made = {"summary": self.summary(), "figures": self.figures, "out": self.folder / "results" / "report.html"}
        return tables | made

    def summarized(self) -> Path:
        """The folder of the summary, which is made."""
        summarize_run.main(**self._tables() | self._for_summary())
        return self.folder / "results/summary"

    @property
    def figures(self) -> Path:
        """The folder that `draw` fills; until then the page has no figures."""
        return self.folder / "results" / "figures"

    def draw(self) -> None:
        """Draws the figures."""
        tables = self._tables()
        self.summarized()
        of_run = {name: tables[name] for name in ("leaderboard", "settings")}
        draw_figures.main(**of_run, summary=self.summary(), out=self.figures)

    def summary(self) -> list[Path]:
        """The tables of results/summary/."""
        return [self.folder / f"results/summary/{name}.parquet" for name in SUMMARY]

    def _tables(self) -> dict[str, Any]:
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(self.settings), encoding="utf-8")
        tables: dict[str, Any] = {
            name: self.tables(name) for name in ("scores", "prompts", "responses", "traces", "metrics")
        }
        tables["judgements"] = [path for path in self.tables("judgements/*") if path.stem in self.judges]
        tables["judge_traces"] = self.tables("judgements/*.traces")
        tables["facts"] = sorted(self.folder.glob("results/*/*.facts.parquet"))
        tables["audits"] = sorted(self.folder.glob("results/preferences/*/audit.parquet"))
        tables |= dict.fromkeys(("made_traces", "made_scores", "made_prompts", "filters", "sft"), [])
        return {**tables, "leaderboard": [self.leaderboard], "settings": settings} | self.more

    def _for_summary(self) -> dict[str, Any]:
        """What `summarize_run.main` is told beside: all asked by themselves, at one price."""
        models = {path.parent.name for path in [*self.tables("responses"), *self.more.get("made_traces", [])]}
        payees = {
            kind: {name: {role: [kind, name, PRICE] for role in of_kind} for name in names}
            for kind, names, of_kind in (("models", models, ["writer"]), ("judges", self.judges, ["judge"]))
        }
        none = dict.fromkeys(("made_responses", "made_judgements", "made_judge_traces", "made_facts"), [])
        return {**none, "payees": json.dumps(payees), "journal": self.folder / "journal", "out": self.summary()}


def make_run(
    folder: Path,
    models: list[str],
    judges: list[str],
    datasets: tuple[str, ...] = ("longbench-write",),
    prompts: int = 24,
    demo: tuple[str, ...] = (),
    hostile: str | None = None,
    rule: str = "longbench-write",
    missing: str = "exclude",
    evaluated: list[str] | None = None,
    score_by: str | None = None,
) -> Run:
    """Writes all tables of a run.

    Args:
        hostile: becomes part of all free texts: prompts, responses, errors, categories, settings.
        evaluated: the judges of the leaderboard; None: all.
        rule: whose kinds of constraints the prompts have; `score_by`: the dataset's length rule, None: the same.
    """
    shown = judges if evaluated is None else evaluated
    scored_by = score_by or rule
    made = _made(tuple(models), tuple(judges), datasets, prompts, hostile, rule, scored_by, missing, tuple(shown))
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return Run(folder, _settings(models, shown, datasets, demo, hostile, scored_by, missing), list(shown))


@cache
def _made(
    models: tuple[str, ...],
    judges: tuple[str, ...],
    datasets: tuple[str, ...],
    prompts: int,
    hostile: str | None,
    rule: str,
    score_by: str,
    missing: str,
    evaluated: tuple[str, ...],
) -> Path:
    """A folder with the tables; several tests may copy it."""
    folder = Path(tempfile.mkdtemp(prefix="longhand-report-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for dataset in datasets:
        home = folder / "results" / dataset
        _prepare(folder / f"{dataset}.jsonl", home, prompts, hostile, rule)
        for strength, model in enumerate(models):
            _ask_and_score(home, model, strength, judges, hostile, score_by, missing)
    build_leaderboard.main(
        scores=[folder / "results" / dataset / model / "scores.parquet" for dataset in datasets for model in models],
        dimensions=json.dumps(dict.fromkeys(datasets, dict.fromkeys(evaluated, report_rows.DIMENSIONS))),
        missing=missing,
        prices=json.dumps(dict.fromkeys(models, PRICE)),
        judge_prices=json.dumps(dict.fromkeys(judges, PRICE)),
        out=folder / "results" / "leaderboard.parquet",
        csv=folder / "results" / "leaderboard.csv",
        markdown=folder / "results" / "leaderboard.md",
    )
    if evaluated:
        homes = [folder / "results" / dataset / model for dataset in datasets for model in models]
        compare_judges.main(
            scores=[home / "scores.parquet" for home in homes],
            judgements=[home / "judgements" / f"{judge}.parquet" for home in homes for judge in evaluated],
            judges=list(evaluated),
            same=json.dumps({judge: {"judges": [], "models": []} for judge in evaluated}),
            seed=42,
            out=folder / "results" / "agreement.parquet",
            length_bias=folder / "results" / "length_bias.parquet",
        )
    if len(models) > 1:
        _compare(folder, datasets, models, evaluated, missing)
    return folder


def _compare(
    folder: Path, datasets: tuple[str, ...], models: tuple[str, ...], judges: tuple[str, ...], missing: str
) -> None:
    results = folder / "results"
    compare_models.main(
        scores=[results / dataset / model / "scores.parquet" for dataset in datasets for model in models],
        dimensions=json.dumps(dict.fromkeys(datasets, dict.fromkeys(judges, report_rows.DIMENSIONS))),
        missing=missing,
        seed=42,
        out=results / "comparison.parquet",
        win_rates=results / "win_rates.parquet",
    )


def _prepare(file: Path, home: Path, prompts: int, hostile: str | None, rule: str) -> None:
    lines = [report_rows.prompt(i, hostile, rule) for i in range(prompts)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    fields = json.dumps({name: name for name in lines[0]})
    prepare_prompts.main(name=home.name, fields=fields, kind="jsonl", file=file, out=home / "prompts.parquet")


def _ask_and_score(
    home: Path,
    model: str,
    strength: int,
    judges: tuple[str, ...],
    hostile: str | None,
    rule: str,
    missing: str,
) -> None:
    prompts, home_of_model = home / "prompts.parquet", home / model
    prompt_rows = read_rows(prompts, PROMPTS, ["prompt_id", "language", *COLUMNS])
    responses = [report_rows.response(row, model, strength, hostile) for row in prompt_rows]
    served = made_with(identity=Identity("vllm", model))
    write_table(home_of_model / "responses.parquet", responses, RESPONSES, "generate_responses", served)
    for judge in judges:
        verdicts = [part for row in responses for part in report_rows.verdicts(row, judge, strength, hostile)]
        served = made_with(identity=Identity("openai", "judge-2025-01-01"))
        write_table(home_of_model / "judgements" / f"{judge}.parquet", verdicts, JUDGEMENTS, "judge_responses", served)
    of_model = {"prompts": prompts, "responses": home_of_model / "responses.parquet"}
    score_length.main(**of_model, rule=rule, out=home_of_model / "lengths.parquet")
    join_scores.main(
        **of_model,
        lengths=home_of_model / "lengths.parquet",
        judgements=[home_of_model / "judgements" / f"{judge}.parquet" for judge in judges],
        dimensions=json.dumps(dict.fromkeys(judges, report_rows.DIMENSIONS)),
        ranges=report_rows.RANGES,
        missing=missing,
        min_coverage=0.0,
        out=home_of_model / "scores.parquet",
    )


def _settings(
    models: list[str],
    judges: list[str],
    datasets: tuple[str, ...],
    demo: tuple[str, ...],
    hostile: str | None,
    rule: str,
    missing: str,
) -> dict[str, Any]:
    sampling = {"temperature": 0.5, "max_tokens": 32768, "repetition_penalty": 1.0}
    served = {"backend": "vllm", "model": "org/" + "a-model", "revision": "0" * 40, "method": "direct", "samples": 1}
    api = {"backend": "openai", "model": "judge-2025-01-01", "base_url": "https://user:hunter2@api.example.org/v1"}
    return {
        "title": f"Long-form generation{f' {hostile}' if hostile else ''}",
        "seed": 42,
        "missing": missing,
        "min_coverage": 0.95,
        "datasets": {
            name: {
                "description": f"120 writing prompts with a required length, English and Chinese.{hostile or ''}",
                "url": f"https://raw.example.org/{name}/3fcfdff/{name}.jsonl",
                "sha256": hashlib.sha256(name.encode()).hexdigest(),
                "license": "Apache-2.0",
                "fields": {"prompt": "prompt", "category": "type", "required": "length"},
                "length": rule,
                "rubric": "longbench-write" if judges else None,
                "ranges": report_rows.RANGES,
            }
            for name in datasets
        },
        "models": {
            name: {"backend": "demo", "engine": {"max-words": 1500}}
            if name in demo
            else {
                **served,
                "sampling": sampling,
                "engine": {"max-model-len": 65536, "api-key": "hunter2"},
                "price": PRICE,
            }
            for name in models
        },
        "judges": {
            name: {"backend": "demo"} if name in demo else {**api, "attempts": 3, "system": hostile, "price": PRICE}
            for name in judges
        },
        "pairs": {},
    }
