"""Rewards for long contexts, to be read: which statement of an answer stands on which passage of the context."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from statistics import fmean

from longhand.judging.kinds import STATEMENT
from longhand.summary.inputs import Source, rows_of
from longhand.tables.files import Row
from longhand.tables.schemas import FACTS, JUDGEMENTS, PROMPTS, TRACES
from longhand.text.opening import opening

STATEMENTS_EACH, PASSAGES_EACH, CHUNKS_EACH, FACTS_EACH = 12, 5, 8, 5
"""How many are kept: of an answer, of a statement, of a context, of a chunk."""
PASSAGE, FACT = 2880, 800
"""Characters that are kept of one."""
WORDS = 60
"""Of a statement, that are kept."""

_OF_STATEMENTS = ["prompt_id", "sample", "repeat", "step", "number", "status", "part", "grade", "passages"]
_OF_VERDICTS = ["prompt_id", "sample", "repeat", "dimension", "score", "status"]
_OF_FACTS = ["prompt_id", "chunk", "start", "end", "status", "facts"]


def read_contexts(prompts: Path, prompt_ids: Collection[str]) -> dict[str, str]:
    """The contexts of these prompts, whole, by prompt_id."""
    rows = rows_of(prompts, PROMPTS, set(prompt_ids), ["prompt_id", "context"])
    return {row["prompt_id"]: row["context"] or "" for row in rows}


def shown_context_rows(dataset: str, judge: str, facts: Path | None, contexts: dict[str, str]) -> Iterator[Row]:
    """Rows of SHOWN_CONTEXTS.

    Args:
        facts: the judge's table; None where there is none.
        contexts: by prompt_id.
    """
    parts: dict[str, list[Row]] = {}
    for row in rows_of(facts, FACTS, set(contexts), _OF_FACTS) if facts else ():
        parts.setdefault(row["prompt_id"], []).append(row)
    for prompt_id, context in contexts.items():
        chunks = parts.get(prompt_id, [])
        yield {
            "dataset": dataset,
            "judge": judge,
            "prompt_id": prompt_id,
            "characters": len(context),
            "n_chunks": len(chunks),
            "chunks": [_chunk(row) for row in chunks[:CHUNKS_EACH]],
        }


def _chunk(row: Row) -> Row:
    facts = row["facts"] or []
    about = {name: row[name] for name in ("start", "end", "status")}
    return about | {"n_facts": len(facts), "facts": [fact[:FACT] for fact in facts[:FACTS_EACH]]}


def shown_answer_rows(verdicts: Source, traces: Source | None, contexts: dict[str, str]) -> Iterator[Row]:
    """Rows of SHOWN_ANSWERS of one model, as one judge looked at its answers.

    Args:
        verdicts, traces: the judge's grades; its calls and findings.
        contexts: by prompt_id.
    """
    findings: dict[str, list[Row]] = {}
    for row in rows_of(traces.path, TRACES, set(contexts), _OF_STATEMENTS) if traces else ():
        if (row["sample"], row["repeat"], row["step"]) == (0, 0, STATEMENT) and row["part"] is not None:
            findings.setdefault(row["prompt_id"], []).append(row)
    graded: dict[str, list[Row]] = {}
    for row in rows_of(verdicts.path, JUDGEMENTS, set(contexts), _OF_VERDICTS):
        if (row["sample"], row["repeat"]) == (0, 0) and row["status"] != "no_response":
            grade = {name: row[name] for name in ("dimension", "score", "status")}
            graded.setdefault(row["prompt_id"], []).append(grade)
    for prompt_id, context in contexts.items():
        if grades := graded.get(prompt_id):
            statements = findings.get(prompt_id, [])
            yield {
                "dataset": verdicts.dataset,
                "model": verdicts.model,
                "judge": verdicts.judge,
                "prompt_id": prompt_id,
                "grades": grades,
                "reward": _reward(grades),
                "n_statements": len(statements),
                "statements": [_statement(row, context) for row in statements[:STATEMENTS_EACH]],
            }


def _reward(grades: Sequence[Row]) -> float | None:
    scores = [each["score"] for each in grades]
    return None if None in scores else fmean(scores)


def _statement(row: Row, context: str) -> Row:
    ranges = [(each["start"], each["end"]) for each in (row["passages"] or [])[:PASSAGES_EACH]]
    return {
        "text": opening(row["part"], WORDS, 10 * WORDS),
        "grade": row["grade"] if row["status"] == "ok" else None,
        "status": row["status"],
        "passages": [
            {"start": start, "end": end, "text": context[start : min(end, start + PASSAGE)]}
            for start, end in ranges
            if 0 <= start < end <= len(context)
        ],
    }
