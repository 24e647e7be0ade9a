"""A made-up run in tables, as the report reads it: for tests, and to look at the page with many models."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import report_rows
from report_rows import DIMENSIONS

from longhand.tables import JUDGEMENTS, LEADERBOARD, PROMPTS, RESPONSES, SCORES, Row, with_dimensions, write_table

MEANS = ("longbench_write", "longen", "lifebench", "repeated_13gram_share")


@dataclass
class Run:
    """Where a made-up run lies, and what its report is made from."""

    folder: Path
    settings: dict[str, Any]
    scores: list[Path] = field(default_factory=list)
    judgements: list[Path] = field(default_factory=list)
    prompts: list[Path] = field(default_factory=list)
    responses: list[Path] = field(default_factory=list)

    def arguments(self) -> dict[str, Any]:
        """The arguments of `build_report.main`."""
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(self.settings), encoding="utf-8")
        kinds = ("scores", "judgements", "prompts", "responses")
        tables: dict[str, Any] = {name: getattr(self, name) for name in kinds}
        tables |= {"leaderboard": self.folder / "leaderboard.parquet", "audits": [], "comparison": []}
        return {**tables, "settings": settings, "out": self.folder / "results" / "report.html"}


def make_run(
    folder: Path,
    models: list[str],
    judges: list[str],
    datasets: tuple[str, ...] = ("longbench-write",),
    prompts: int = 24,
    demo: tuple[str, ...] = (),
    hostile: str | None = None,
    rule: str = "longbench-write",
) -> Run:
    """Writes all tables of a run. `hostile` becomes part of all free texts: responses, errors, categories, settings."""
    run = Run(folder, _settings(models, judges, datasets, demo, hostile, rule))
    board: list[Row] = []
    for dataset in datasets:
        rows = [report_rows.prompt(dataset, i, hostile, rule) for i in range(prompts)]
        home = folder / "results" / dataset
        run.prompts.append(home / "prompts.parquet")
        write_table(run.prompts[-1], rows, PROMPTS, "prompts")
        for strength, model in enumerate(models):
            made = [report_rows.response(row, model, strength, hostile) for row in rows]
            run.responses.append(home / model / "responses.parquet")
            write_table(run.responses[-1], [response for response, _ in made], RESPONSES, "generate")
            scored: list[Row] = []
            for judge in judges or [None]:
                verdicts = [report_rows.verdicts(response, judge, strength, hostile) for response, _ in made]
                if judge:
                    run.judgements.append(home / model / "judgements" / f"{judge}.parquet")
                    write_table(run.judgements[-1], [v for each in verdicts for v in each], JUDGEMENTS, "judge")
                scored += [
                    report_rows.scored(p, r, n, judge, v, rule)
                    for p, (r, n), v in zip(rows, made, verdicts, strict=True)
                ]
            run.scores.append(home / model / "scores.parquet")
            write_table(run.scores[-1], scored, with_dimensions(SCORES, DIMENSIONS), "scores")
            board += _board(dataset, model, judges, scored)
    write_table(folder / "leaderboard.parquet", board, with_dimensions(LEADERBOARD, DIMENSIONS), "leaderboard")
    return run


def _settings(
    models: list[str],
    judges: list[str],
    datasets: tuple[str, ...],
    demo: tuple[str, ...],
    hostile: str | None,
    rule: str,
) -> dict[str, Any]:
    sampling = {"temperature": 0.5, "max_tokens": 32768, "repetition_penalty": 1.0}
    served = {"backend": "vllm", "model": "org/" + "a-model", "revision": "0" * 40, "method": "direct", "samples": 1}
    api = {"backend": "openai", "model": "judge-2025-01-01", "base_url": "https://user:hunter2@api.example.org/v1"}
    price = {"price": {"input": 2.5, "output": 10.0}}
    return {
        "title": f"Long-form generation{f' {hostile}' if hostile else ''}",
        "versions": {"longhand": "0.1.0", "python": "3.11.2", "snakemake": "9.13.0", "matplotlib": "3.11.2"},
        "seed": 42,
        "missing": "exclude",
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
                "ranges": [0, 500, 2000, 4000],
            }
            for name in datasets
        },
        "models": {
            name: {"backend": "demo", "engine": {"max-words": 1500}}
            if name in demo
            else {**served, "sampling": sampling, "engine": {"max-model-len": 65536, "api-key": "hunter2"}, **price}
            for name in models
        },
        "judges": {
            name: {"backend": "demo"} if name in demo else {**api, "attempts": 3, "system": hostile, **price}
            for name in judges
        },
        "demo": list(demo),
    }


def _mean(rows: list[Row], name: str) -> Row:
    known = [row[name] for row in rows if row[name] is not None]
    mean = fmean(known) if known else None
    half = 1.96 * stdev(known) / len(known) ** 0.5 if len(known) > 1 else 0.0
    low, high = (None, None) if mean is None else (max(0.0, mean - half), min(100.0, mean + half))
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def _board(dataset: str, model: str, judges: list[str], scored: list[Row]) -> list[Row]:
    board = []
    for judge in judges or [None]:
        mine = [row for row in scored if row["judge"] == judge]
        parts = [("all", "all", mine)]
        for kind in ("range", "language", "category", "constraint"):
            names = sorted({row[kind] for row in mine})
            parts += [(kind, name, [row for row in mine if row[kind] == name]) for name in names]
        for kind, name, rows in parts:
            written = [row["words"] for row in rows if row["status"] != "failed"]
            tokens = sum(row["completion_tokens"] or 0 for row in rows)
            board.append(
                {
                    "dataset": dataset,
                    "model": model,
                    "judge": judge,
                    "slice_kind": kind,
                    "slice": name,
                    "missing": "exclude" if judge else None,
                    "n": len(rows),
                    "n_scored_l": sum(row["score_l"] is not None for row in rows),
                    "n_answered": sum(row["words"] > 0 for row in rows),
                    "n_judged": sum(row["score_q"] is not None for row in rows),
                    **_mean(rows, "score"),
                    **_mean(rows, "score_l"),
                    **_mean(rows, "score_q"),
                    "words_mean": fmean(written) if written else None,
                    "words_median": median(written) if written else None,
                    "words_max": max(written, default=None),
                    **{column: _mean(rows, column)[column] for column in MEANS},
                    "n_truncated": sum(row["status"] == "truncated" for row in rows),
                    "n_looped": sum(row["loop_onset"] is not None for row in rows),
                    "n_unclosed": sum(row["closed"] is False for row in rows),
                    "n_other_language": sum(row["other_language"] is True for row in rows),
                    "prompt_tokens": 60 * len(rows),
                    "completion_tokens": tokens,
                    "judge_prompt_tokens": 900 * len(rows) if judge else None,
                    "judge_completion_tokens": 300 * len(rows) if judge else None,
                    "cost": tokens / 1e5,
                    "judge_cost": len(rows) * 0.005 if judge else None,
                    **{d: _mean(rows, d)[d] for d in DIMENSIONS},
                }
            )
    return board
