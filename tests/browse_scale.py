"""The tables of a run with many long texts, made up quickly, for what the reader costs and for a look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import report_rows
from report_run import Run, make_run

import join_scores
import score_length
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, RESPONSES

DATASET, JUDGE = "longbench-write", "judge"
KINDS = 8_000
"""Different words, the n-th of them 1/n as frequent as the first."""


def _words() -> np.ndarray:
    chance = np.random.default_rng(0)
    letters = list("etaoinshrdlucmfwypvbgk")
    sizes = np.clip(np.log2(np.arange(KINDS) + 2) / 1.7 + chance.normal(0, 1.2, KINDS), 1, 12).astype(int)
    return np.array(["".join(chance.choice(letters, size)) for size in sizes], object)


_WORDS = _words()


def text(number: int, words: int) -> str:
    """A text of so many words."""
    ranks = (KINDS ** np.random.default_rng(number).random(words)).astype(int) - 1
    sentences = [" ".join(_WORDS[ranks[start : start + 20]]).capitalize() for start in range(0, words, 20)]
    return "\n\n".join(". ".join(sentences[start : start + 8]) + "." for start in range(0, len(sentences), 8))


def make_large_run(folder: Path, models: int = 20, prompts: int = 240, words: int = 20_000) -> Run:
    """The tables of models that answered each prompt with as many words, judged once."""
    names = [f"model-{number + 1}" for number in range(models)]
    run = make_run(folder, [names[0]], [JUDGE], (DATASET,), prompts)
    run.settings["models"] = dict.fromkeys(names, run.settings["models"][names[0]])
    home = folder / "results" / DATASET
    answered = list(read_rows(home / names[0] / "responses.parquet", RESPONSES))
    for number, model in enumerate(names):

        def responses(number: int = number, model: str = model) -> Iterator[Row]:
            for place, row in enumerate(answered):
                content = text(number * len(answered) + place, words)
                yield row | {"model": model, "status": "ok", "error": None, "response": content}

        tables = {"prompts": home / "prompts.parquet", "responses": home / model / "responses.parquet"}
        write_table(tables["responses"], responses(), RESPONSES, "generate_responses")
        rows = [row | {"model": model, "response": "x"} for row in answered]
        verdicts = [
            verdict | {"reply": f"A reply of a judge. {text(place, 200)}"}
            for place, row in enumerate(rows)
            for verdict in report_rows.verdicts(row, JUDGE, number % 5, None)
        ]
        write_table(home / model / f"judgements/{JUDGE}.parquet", verdicts, JUDGEMENTS, "judge_responses")
        score_length.main(**tables, rule="longbench-write", out=home / model / "lengths.parquet")
        join_scores.main(
            **tables,
            lengths=home / model / "lengths.parquet",
            judgements=[home / model / f"judgements/{JUDGE}.parquet"],
            dimensions=f'{{"{JUDGE}": {report_rows.DIMENSIONS}}}'.replace("'", '"'),
            ranges=report_rows.RANGES,
            missing="exclude",
            min_coverage=0.0,
            out=home / model / "scores.parquet",
        )
    return run
