"""Says what a trainer must know of preference pairs: margins, lengths, other judges, loops, cut and doubled texts.

Reads: of results/preferences/{name}, candidates.parquet, pairs.parquet and outcomes.parquet; of each model,
scores.parquet and the judge's judgements. Writes: audit.parquet beside the first.
"""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pandas as pd

from longhand.preferences.audit import SIDES, TEXT_FIGURES, audit, certified_figures, text_figures
from longhand.preferences.noise import read_verdicts
from longhand.program.command import run
from longhand.results.certified import read_certifications
from longhand.tables.files import read_rows, read_table, write_table
from longhand.tables.score_tables import SCORES
from longhand.tables.training_tables import AUDIT, CANDIDATES, OUTCOMES, PAIRS

SCORED = ["prompt_id", "sample", "judge", "score_l", "score_q"]


def of_models(scores: list[Path]) -> pd.DataFrame:
    """The scores tables of several models as one, with a column `model`."""
    parts = [read_table(path, SCORES, SCORED).to_pandas().assign(model=path.parent.name) for path in scores]
    return pd.concat(parts, ignore_index=True)


def main(
    *,
    pairs: Path,
    outcomes: Path,
    candidates: Path,
    scores: list[Path],
    judgements: list[Path],
    judge: str | None = None,
    reward: str,
    rejected: str,
    certification: list[Path] | None = None,
    rubrics: str = "{}",
    max_length: int | None = None,
    out: Path,
) -> None:
    """Writes the audit.

    Args:
        pairs, outcomes, candidates, scores: the tables; judgements: those of the judge that the rewards are from.
        judge: its name.
        reward: JSON, the weights of length and quality.
        rejected: random or worst.
        certification, rubrics: the table of certifications, where there is one, and JSON: the dataset -> its rubric.
        max_length: tokens that the trainer keeps.
        out: the audit.
    """
    rows = read_rows(pairs, PAIRS, [name for name in PAIRS.names if name != "prompt"])  # its context may be long
    narrow = [{k: v for k, v in row.items() if k not in SIDES} | text_figures(row) for row in rows]
    columns = [name for name in PAIRS.names if name not in ("prompt", *SIDES)] + list(TEXT_FIGURES)
    certifications = read_certifications(certification or [], json.loads(rubrics))
    of_pairs = pd.DataFrame(narrow, columns=columns)
    figures = audit(
        of_pairs,
        read_table(outcomes, OUTCOMES, ["prompt_id", "outcome", "texts", "min_margin"]).to_pandas(),
        read_table(candidates, CANDIDATES, ["prompt_id", "no_reward", "text_sha256"]).to_pandas(),
        of_models(scores),
        read_verdicts(judgements),
        judge=judge,
        weights=json.loads(reward),
        rejected=rejected,
        max_length=max_length,
    )
    standings = () if certifications is None or judge is None else certified_figures(of_pairs, judge, certifications)
    write_table(out, chain(figures, standings), AUDIT, "audit_pairs")


if __name__ == "__main__":
    run(main)
