"""Made-up tables of a judge that looks into contexts: grades, calls and findings, facts; each from its name alone."""

from __future__ import annotations

import json
from pathlib import Path

import report_rows
from report_rows import chance, text
from report_run import PRICE, Run
from report_traces import NO_COUNTS, OF_A_FINDING, call

import build_leaderboard
import join_scores
from longhand.judging.kinds import DIMENSIONS
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import FACTS, JUDGEMENTS, PROMPTS, RESPONSES, TRACES

JUDGE, METHOD = "long", "long-reward"
CHUNKS, PASSAGES, STATEMENTS = 10, 40, 15
FACTS_PAID = (1000, 50)
"""Tokens in and out of a chunk's call."""


def parts(length: int, number: int) -> list[tuple[int, int]]:
    """Ranges of so many parts of a text."""
    ends = [length * i // number for i in range(number + 1)]
    return [*zip(ends, ends[1:], strict=False)]


def grades_of(key: Row, model: str) -> dict[str, float | str]:
    """Each dimension's grade, or its status."""
    dice = chance(key["prompt_id"], model, "grades")
    grades: dict[str, float | str] = {name: float(dice.randint(2, 10)) for name in DIMENSIONS[METHOD]}
    match dice.randrange(12):
        case 0:
            grades["faithfulness"] = "no_statements"
        case 1:
            grades["completeness"] = "unparsed"
        case 2:
            grades["helpfulness"] = "out_of_scale"
    return grades


def verdicts_of(key: Row, model: str, silent: bool) -> list[Row]:
    """The rows of the judgements table on one response."""
    rows: list[Row] = []
    for name, grade in grades_of(key, model).items():
        score = grade if isinstance(grade, float) and not silent else None
        status = "no_response" if silent else "ok" if score is not None else grade
        values = dict.fromkeys(JUDGEMENTS.names) | key | {"judge": JUDGE, "repeat": 0, "dimension": name}
        values |= {"score": score, "score_100": None if score is None else 10 * score, "status": status, "attempts": 1}
        paid = {"prompt_tokens": 2000, "completion_tokens": 300, "seconds": 3.0}
        rows.append(values | (paid if not rows and not silent else {}))
    return rows


def findings_of(key: Row, model: str, context: str, hostile: str) -> list[Row]:
    """A judge's calls about one response, and a finding for each of its statements."""
    dice = chance(key["prompt_id"], model, "statements")
    request_of = {"request_id": f"{key['prompt_id']}/{model}/{key['sample']}"}
    if grades_of(key, model)["faithfulness"] == "no_statements":
        return [call(key, "statements", 0, "[[none]]", role="judge") | request_of]
    rows = [call(key, "statements", 0, "- one\n- two", role="judge") | request_of]
    ranges = parts(len(context), PASSAGES)
    for i in range(dice.randint(2, STATEMENTS)):
        grade = dice.choice((1.0, 1.0, 0.5, 0.0, None))
        status = "ok" if grade is not None else dice.choice(("unparsed", "not_sampled"))
        passages = [{"start": start, "end": end} for start, end in sorted(dice.sample(ranges, 5))]
        finding = {"part": f"{hostile}The keeper wrote {i} letters to the harbour in {dice.randint(1800, 1900)}."}
        values = dict.fromkeys(TRACES.names) | key | NO_COUNTS | OF_A_FINDING | finding
        values |= {"role": "judge", "step": "statement", "number": i, "repeat": 0, "status": status, "attempts": 0}
        rows.append(values | {"grade": grade, "passages": passages})
    return rows


def facts_of(prompt_id: str, context: str, hostile: str) -> list[Row]:
    """The rows of the facts table for one prompt."""
    dice, rows = chance(prompt_id, "facts"), []
    for i, (start, end) in enumerate(parts(len(context), CHUNKS)):
        facts = [f"{hostile}Fact {n} of part {i}." for n in range(dice.choice((0, 1, 3, 8)))]
        read = dice.random() < 0.95
        values = {
            "prompt_id": prompt_id,
            "chunk": i,
            "start": start,
            "end": end,
            "error": None,
            "request_id": f"{prompt_id}/{i}",
        }
        values |= {"status": "ok" if read else "unparsed", "facts": facts if read else None, "reply": None}
        paid = dict(zip(("prompt_tokens", "completion_tokens"), FACTS_PAID, strict=True))
        rows.append(values | {"attempts": 1, "seconds": 1.0, "embedding_tokens": None, "embedding_requests": []} | paid)
    return rows


def add_long_reward(run: Run, models: list[str], hostile: str = "") -> None:
    """Gives the prompts of a run contexts, and lets a judge look into them; the leaderboard is made anew."""
    for prompts in run.tables("prompts"):
        rows = list(read_rows(prompts, PROMPTS))
        for row in rows:
            row["context"] = hostile + text(6000, row["language"], False, True)
        write_table(prompts, rows, PROMPTS, "prepare_prompts")
        contexts = {row["prompt_id"]: row["context"] for row in rows}
        facts = [fact for row in rows for fact in facts_of(row["prompt_id"], row["context"], hostile)]
        write_table(prompts.parent / f"{JUDGE}.facts.parquet", facts, FACTS, "collect_facts")
        for model in models:
            _judge(prompts, model, contexts, hostile)
    run.judges.append(JUDGE)
    entry = {"backend": "openai", "model": "judge", "method": METHOD, "price": PRICE, "long_reward": {"nearest": 5}}
    run.settings["judges"][JUDGE] = entry
    build_leaderboard.main(
        scores=run.tables("scores"),
        facts=sorted(run.folder.glob("results/*/*.facts.parquet")),
        dimensions=json.dumps({prompts.parent.name: {JUDGE: DIMENSIONS[METHOD]} for prompts in run.tables("prompts")}),
        missing=run.settings["missing"],
        prices=json.dumps(dict.fromkeys(models, PRICE)),
        judge_prices=json.dumps(dict.fromkeys(run.judges, PRICE)),
        out=run.leaderboard,
        csv=run.leaderboard.with_suffix(".csv"),
        markdown=run.leaderboard.with_suffix(".md"),
    )


def _judge(prompts: Path, model: str, contexts: dict[str, str], hostile: str) -> None:
    home = prompts.parent / model
    responses = list(read_rows(home / "responses.parquet", RESPONSES, ["prompt_id", "sample", "response"]))
    keys = [({"prompt_id": row["prompt_id"], "sample": row["sample"]}, row["response"] is None) for row in responses]
    verdicts = [verdict for key, silent in keys for verdict in verdicts_of(key, model, silent)]
    write_table(home / f"judgements/{JUDGE}.parquet", verdicts, JUDGEMENTS, "judge_responses")
    traces = [
        row
        for key, silent in keys
        if not silent
        for row in findings_of(key, model, contexts[key["prompt_id"]], hostile)
    ]
    write_table(home / f"judgements/{JUDGE}.traces.parquet", traces, TRACES, "collect_traces")
    join_scores.main(
        prompts=prompts,
        responses=home / "responses.parquet",
        lengths=home / "lengths.parquet",
        judgements=[home / f"judgements/{JUDGE}.parquet"],
        dimensions=json.dumps({JUDGE: DIMENSIONS[METHOD]}),
        ranges=report_rows.RANGES,
        missing="exclude",
        min_coverage=0.0,
        out=home / "scores.parquet",
    )
