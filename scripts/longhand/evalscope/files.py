"""The files that EvalScope's LongBench-Write module writes, made of Longhand's tables.

Their means are EvalScope's: over rows, each response counting once. The leaderboard's are over prompts, whose samples
are averaged first: the two differ where prompts have different numbers of rows with a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from longhand.results.prompt_means import counted_rows
from longhand.results.scores import KEYS
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS
from longhand.text.requirement import COLUMNS, requirement_of


def predictions(prompts: Path, responses: Path, lengths: Path) -> Iterator[Row]:
    """The lines of pred.jsonl: prompt, type, length, response_length (published counter), response.

    They are in the order of the prompts; a prompt's samples follow each other. A response without text stays, with an
    empty one and length 0; one that failed, of which nothing is known, has null for both.
    """
    columns = ["prompt_id", "prompt", "category", *COLUMNS]
    counts = read_rows(lengths, LENGTHS, [*KEYS, "words_longbench_write"])
    words = {(row["prompt_id"], row["sample"]): row["words_longbench_write"] for row in counts}
    of_prompts = read_rows(prompts, PROMPTS, columns)
    texts = read_rows(responses, RESPONSES, [*KEYS, "status", "response"])
    for prompt, rows in rows_by_prompt(of_prompts, texts, str(responses)):
        for row in rows:
            failed = row["status"] == "failed"
            yield {
                "prompt": prompt["prompt"],
                "type": prompt["category"],
                "length": _stated(prompt),
                "response_length": None if failed else words[row["prompt_id"], row["sample"]],
                "response": None if failed else row["response"] or "",
            }


def length_scores(lengths: Path) -> Row:
    """The line of eval_length.jsonl: `score_l`, the mean, and `scores` by the published rule, in pred.jsonl's order.

    A score is null where Longhand has none (no length required, or the response failed); it is not in the mean, which
    is over rows.
    """
    scores = [row["longbench_write"] for row in read_rows(lengths, LENGTHS, ["longbench_write"])]
    known = [score for score in scores if score is not None]
    return {"score_l": float(np.mean(known)) if known else None, "scores": scores}


def quality_scores(scores: pd.DataFrame, dimensions: Mapping[str, Sequence[str]], missing: str) -> Iterator[Row]:
    """The line of eval_quality.jsonl: the mean over rows of each dimension on 0-100, and `total`, their mean.

    Args:
        scores: a scores table.
        dimensions: judge -> what it scores, of the judges that count. Where they are several each has a line, which
            names it.
        missing: how responses without a readable verdict count; neutral is EvalScope's way.
    """
    judges = [judge for judge in scores["judge"].dropna().unique() if judge in dimensions]
    for judge in judges:
        columns = [*dimensions[judge], "score_q"]
        rows = counted_rows(scores[scores["judge"] == judge], columns, missing)
        means = rows.loc[rows["score_q"].notna(), columns].astype(float).mean()
        known = {name: None if np.isnan(mean) else float(mean) for name, mean in means.items()}
        total = known.pop("score_q")
        yield {**known, "total": total} | ({"judge": judge} if len(judges) > 1 else {})


def lengths_of(prompts: Path, lengths: Path) -> tuple[list[int], list[int]]:
    """Required and written words of the responses that have both: the points of the scatter plot."""
    required = {row["prompt_id"]: _stated(row) for row in read_rows(prompts, PROMPTS, ["prompt_id", *COLUMNS])}
    rows = read_rows(lengths, LENGTHS, ["prompt_id", "words_longbench_write", "longbench_write"])
    points = [(required[row["prompt_id"]], row["words_longbench_write"], row["longbench_write"]) for row in rows]
    known = [(x, y) for x, y, score in points if x is not None and score is not None]
    return [x for x, _ in known], [y for _, y in known]


def _stated(prompt: Row) -> int | None:
    """The one length that a prompt states; EvalScope knows no ranges."""
    requirement = requirement_of(prompt)
    return requirement.stated if requirement else None
