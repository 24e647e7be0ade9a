"""A made-up run in tables, as the report reads it: for tests, and to look at the page with many models."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from longhand.length import score_longbench_write
from longhand.tables import JUDGEMENTS, LEADERBOARD, PROMPTS, RESPONSES, SCORES, Row, with_dimensions, write_table

DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]
CATEGORIES = ["Literature and Creative Writing", "Academic and Monograph", "Popular Science", "News Report", "公文写作"]
RULES_AND_HEALTH = SCORES.names[SCORES.names.index("longbench_write") : SCORES.names.index("prompt_tokens")]
LENGTHS = [150, 300, 450, 600, 1000, 1500, 2000, 3000, 3500, 4000, 6000, 10000, 20000]
RANGES = [(0, "[0,500)"), (500, "[500,2000)"), (2000, "[2000,4000)"), (4000, "[4000,∞)")]
ENGLISH = "The keeper climbed the narrow stair each night with a lamp and a ledger, and wrote down what the sea said."
CHINESE = "每天夜里，守灯人提着灯登上狭窄的楼梯，把大海所说的话一一记在账本里。"


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
) -> Run:
    """Writes all tables of a run. `hostile` becomes part of all free texts: responses, errors, categories, settings."""
    run = Run(folder, _settings(models, judges, datasets, demo, hostile))
    board: list[Row] = []
    for dataset in datasets:
        rows = [_prompt(dataset, i, hostile) for i in range(prompts)]
        home = folder / "results" / dataset
        run.prompts.append(home / "prompts.parquet")
        write_table(run.prompts[-1], rows, PROMPTS, "prompts")
        for strength, model in enumerate(models):
            made = [_response(row, model, strength, hostile) for row in rows]
            run.responses.append(home / model / "responses.parquet")
            write_table(run.responses[-1], [response for response, _ in made], RESPONSES, "generate")
            scored: list[Row] = []
            for judge in judges or [None]:
                verdicts = [_verdicts(response, judge, strength, hostile) for response, _ in made]
                if judge:
                    run.judgements.append(home / model / "judgements" / f"{judge}.parquet")
                    write_table(run.judgements[-1], [v for each in verdicts for v in each], JUDGEMENTS, "judge")
                scored += [_scored(p, r, n, judge, v) for p, (r, n), v in zip(rows, made, verdicts, strict=True)]
            run.scores.append(home / model / "scores.parquet")
            write_table(run.scores[-1], scored, with_dimensions(SCORES, DIMENSIONS), "scores")
            board += _board(dataset, model, judges, scored)
    write_table(folder / "leaderboard.parquet", board, with_dimensions(LEADERBOARD, DIMENSIONS), "leaderboard")
    return run


def _settings(
    models: list[str], judges: list[str], datasets: tuple[str, ...], demo: tuple[str, ...], hostile: str | None
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
                "length": "longbench-write",
                "rubric": "longbench-write",
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


def _chance(*of: object) -> random.Random:
    return random.Random("/".join(map(str, of)))


def _prompt(dataset: str, i: int, hostile: str | None) -> Row:
    language, required = ("en", "zh")[i % 2], LENGTHS[i * 5 % len(LENGTHS)]
    asked = f"Write a story of {required} words about a lighthouse that keeps a diary."
    if language == "zh":
        asked = f"请写一篇{required}字的故事，讲一座会写日记的灯塔。"
    return {
        "prompt_id": hashlib.sha256(f"{dataset}/{i}".encode()).hexdigest()[:16],
        "prompt": asked + (hostile or ""),
        "language": language,
        "category": hostile if hostile and i % 3 == 0 else CATEGORIES[i % len(CATEGORIES)],
        "constraint": "about" if i % 4 else "range",
        "required_min": None,
        "required_max": None,
        "required": required,
        "context": None,
        "reference": None,
    }


def _response(prompt: Row, model: str, strength: int, hostile: str | None) -> tuple[Row, int]:
    chance = _chance(prompt["prompt_id"], model)
    reach = 900 * 2.1**strength
    wanted = min(prompt["required"] * chance.lognormvariate(0, 0.18), reach * chance.lognormvariate(0, 0.12))
    status, words, error = "ok", int(wanted), None
    if chance.random() < 0.05:
        status, words, error = chance.choice(
            [
                ("failed", 0, f"HTTP 503 after 6 tries: the server is overloaded {hostile or ''}"),
                ("refused", 0, "content filter"),
                ("empty", 0, None),
            ]
        )
    elif prompt["required"] > 1.5 * reach and chance.random() < 0.4:
        status = "truncated"
    sentence = CHINESE if prompt["language"] == "zh" else ENGLISH + " "
    text = (f"# The lighthouse\n\n{hostile or ''}" + sentence * 60) if words else None
    row = {
        "prompt_id": prompt["prompt_id"],
        "sample": 0,
        "status": status,
        "error": error,
        "response": text,
        "finish_reason": {"ok": "stop", "truncated": "length"}.get(status),
        "prompt_tokens": 60 if words else None,
        "completion_tokens": words * 4 // 3 if words else None,
        "seconds": words / 50,
        "attempts": 1,
        "model": model,
        "request_id": None,
    }
    return row, words


def _verdicts(response: Row, judge: str | None, strength: int, hostile: str | None) -> list[Row]:
    chance = _chance(response["prompt_id"], response["model"], judge)
    status = "ok" if response["response"] else "no_response"
    if status == "ok" and chance.random() < 0.06:
        status = "unparsed"
    centre = 2.6 + 0.22 * strength - (0.3 if judge and judge.startswith("strict") else 0)
    rows = []
    for i, dimension in enumerate(DIMENSIONS):
        score = float(min(5, max(1, round(chance.gauss(centre + 0.15 * (i % 3), 0.7))))) if status == "ok" else None
        rows.append(
            {
                "prompt_id": response["prompt_id"],
                "sample": 0,
                "judge": judge or "",
                "repeat": 0,
                "dimension": dimension,
                "score": score,
                "score_100": None if score is None else (score - 1) * 25,
                "status": status,
                "error": f"no JSON object in the reply {hostile or ''}" if status == "unparsed" else None,
                "reply": None,
                "attempts": 1,
                "prompt_tokens": 900 if i == 0 else None,
                "completion_tokens": 300 if i == 0 else None,
                "seconds": 2.0,
            }
        )
    return rows


def _scored(prompt: Row, response: Row, words: int, judge: str | None, verdicts: list[Row]) -> Row:
    means = {v["dimension"]: v["score_100"] if judge else None for v in verdicts}
    known = [value for value in means.values() if value is not None]
    score_l = None if response["status"] == "failed" else score_longbench_write(prompt["required"], words)
    score_q = fmean(known) if known else None
    return {
        "prompt_id": prompt["prompt_id"],
        "sample": 0,
        "judge": judge,
        "status": response["status"],
        "judge_status": verdicts[0]["status"] if judge else None,
        "language": prompt["language"],
        "category": prompt["category"],
        "constraint": prompt["constraint"],
        "range": [label for start, label in RANGES if prompt["required"] >= start][-1],
        "required": prompt["required"],
        "words": words,
        "score_l": score_l,
        "score_q": score_q,
        "score": None if score_q is None else (score_l + score_q) / 2,
        **dict.fromkeys(RULES_AND_HEALTH),
        "prompt_tokens": response["prompt_tokens"],
        "completion_tokens": response["completion_tokens"],
        "seconds": response["seconds"],
        "judge_prompt_tokens": 900 if judge else None,
        "judge_completion_tokens": 300 if judge else None,
        **means,
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
            tokens = sum(row["completion_tokens"] or 0 for row in rows)
            board.append(
                {
                    "dataset": dataset,
                    "model": model,
                    "judge": judge,
                    "slice_kind": kind,
                    "slice": name,
                    "n": len(rows),
                    "n_scored_l": sum(row["score_l"] is not None for row in rows),
                    "n_answered": sum(row["words"] > 0 for row in rows),
                    "n_judged": sum(row["score_q"] is not None for row in rows),
                    **_mean(rows, "score"),
                    **_mean(rows, "score_l"),
                    **_mean(rows, "score_q"),
                    "words_mean": fmean(row["words"] for row in rows),
                    "words_median": median(row["words"] for row in rows),
                    "words_max": max(row["words"] for row in rows),
                    **dict.fromkeys(name for name in RULES_AND_HEALTH if name in LEADERBOARD.names),
                    "n_truncated": sum(row["status"] == "truncated" for row in rows),
                    **dict.fromkeys(("n_looped", "n_unclosed", "n_other_language"), 0),
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
