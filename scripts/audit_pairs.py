"""Says what a trainer must know of preference pairs: margins, lengths, other judges, loops, cut and doubled texts.

Reads: of results/preferences/{name}, candidates.parquet, pairs.parquet and outcomes.parquet; of each model,
scores.parquet and the judge's judgements. Writes: audit.parquet beside the first.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from longhand.preferences.audit import TEXT_FIGURES, audit, text_figures
from longhand.program.command import run
from longhand.tables.files import read_rows, read_table, write_table
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES
from longhand.tables.training_tables import AUDIT, CANDIDATES, OUTCOMES, PAIRS

MESSAGES = ("prompt", "chosen", "rejected")
SCORED = ["prompt_id", "sample", "judge", "score_l", "score_q"]
JUDGED = ["prompt_id", "sample", "repeat", "score_100"]


def of_models(paths: list[Path], schema: object, columns: list[str], up: int) -> pd.DataFrame:
    """The tables of several models as one, with a column `model`: the folder `up` levels above the file."""
    parts = [read_table(path, schema, columns).to_pandas().assign(model=path.parents[up].name) for path in paths]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*columns, "model"])


def main(
    *,
    pairs: Path,
    outcomes: Path,
    candidates: Path,
    scores: list[Path],
    judgements: list[Path],
    judge: str | None = None,
    reward: str,
    max_length: int | None = None,
    out: Path,
) -> None:
    """Writes the audit.

    Args:
        pairs, outcomes, candidates, scores: the tables; judgements: those of the judge that the rewards are from.
        judge: its name.
        reward: JSON, the weights of length and quality.
        max_length: tokens that the trainer keeps.
        out: the audit.
    """
    narrow = [
        {k: v for k, v in row.items() if k not in MESSAGES} | text_figures(row) for row in read_rows(pairs, PAIRS)
    ]
    columns = [name for name in PAIRS.names if name not in MESSAGES] + list(TEXT_FIGURES)
    figures = audit(
        pd.DataFrame(narrow, columns=columns),
        [row["outcome"] for row in read_rows(outcomes, OUTCOMES)],
        read_table(candidates, CANDIDATES, ["prompt_id", "no_reward", "text_sha256"]).to_pandas(),
        of_models(scores, SCORES, SCORED, 0),
        of_models(judgements, JUDGEMENTS, JUDGED, 1),
        judge=judge,
        weights=json.loads(reward),
        max_length=max_length,
    )
    write_table(out, figures, AUDIT, "audit_pairs")


if __name__ == "__main__":
    run(main)
