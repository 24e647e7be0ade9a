"""Rewards for long contexts in numbers: the grades with what became of them, statements by support, what facts took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from longhand.judging.kinds import DIMENSIONS
from longhand.report.marks import Mark
from longhand.report.prompts import Prompts
from longhand.report.support import GRADES, ContextShown, contexts_shown, count_statements
from longhand.report.wording import number
from longhand.summary.inputs import ReportSettings, Source, batches_of
from longhand.tables.files import BATCH_ROWS, Row
from longhand.tables.schemas import FACTS, JUDGEMENTS


@dataclass(frozen=True)
class Graded:
    """A dimension of one model's answers: the mean on 0-10, how many grades are behind it, and the others by status."""

    mean: float | None
    n: int
    without: list[tuple[str, int]]


@dataclass(frozen=True)
class RewardsLine:
    """One model's answers.

    Attributes:
        reward: on 0-10, the mean over prompts; missing ones count as `missing` of the run says.
        n: answers with a reward.
        statements: by the name of their grade; those without one by status.
    """

    mark: Mark
    reward: float | None
    n: int
    grades: list[Graded]
    statements: Counter[str]

    @property
    def graded(self) -> int:
        """Statements with a grade."""
        return sum(self.statements[grade.name] for grade in GRADES.values())

    @property
    def ungraded(self) -> list[tuple[str, int]]:
        """Statements without a grade, by status."""
        return _most_first(self.statements, {grade.name for grade in GRADES.values()})


@dataclass(frozen=True)
class FactsTaken:
    """What a judge took out of contexts, once for all models.

    Attributes:
        prompts, chunks: how many; `empty` of the chunks have nothing that bears on their prompt.
        without: chunks without a readable reply, by status.
    """

    prompts: int
    chunks: int
    empty: int
    without: list[tuple[str, int]]


@dataclass(frozen=True)
class Rewards:
    """What one judge that looks into contexts says of a dataset; `repeats` times of each answer."""

    judge: str
    repeats: int
    dimensions: tuple[str, ...]
    lines: list[RewardsLine]
    facts: FactsTaken | None
    contexts: list[ContextShown]


def rewards(
    rows: Sequence[Row],
    verdicts: Sequence[Source],
    traces: Sequence[Source],
    facts: Mapping[str, Path],
    prompts: tuple[Path, Prompts] | None,
    settings: ReportSettings,
    marks: Mapping[str, Mark],
) -> list[Rewards]:
    """What judges that look into contexts say of one dataset, in the order of the settings.

    Args:
        rows: of the leaderboard, of this dataset.
        verdicts, traces: tables of judgements, and of judges' traces, of this dataset.
        facts: by judge.
        prompts: the table, and what is shown of it.
        settings: say which judges look into contexts.
        marks: of the models, in order.
    """
    shown = []
    for judge, entry in settings.judges.items():
        dimensions = DIMENSIONS.get(entry.get("method", ""))
        tables = {source.model: source for source in verdicts if source.judge == judge}
        if dimensions is None or not tables:
            continue
        means = {row["model"]: row for row in rows if row["judge"] == judge and row["slice_kind"] == "all"}
        tables = {model: tables[model] for model in marks if model in tables}
        of_judge = {source.model: source for source in traces if source.judge == judge}
        lines = [
            _line(marks[model], dimensions, means.get(model, {}), source, of_judge.get(model))
            for model, source in tables.items()
        ]
        table = facts.get(judge)
        contexts = contexts_shown(*prompts, tables, of_judge, table, marks) if prompts else []
        taken, repeats = _taken(table) if table else None, entry.get("repeats", 1)
        shown.append(Rewards(judge, repeats, dimensions, lines, taken, contexts))
    return shown


def _line(mark: Mark, dimensions: Sequence[str], means: Row, verdicts: Source, traces: Source | None) -> RewardsLine:
    counts = _statuses(verdicts.path)
    grades = [
        Graded(_tenth(means.get(name)), counts[name]["ok"], _most_first(counts[name], {"ok"})) for name in dimensions
    ]
    statements = count_statements(traces.path) if traces else Counter[str]()
    return RewardsLine(mark, _tenth(means.get("score_q")), means.get("n_judged") or 0, grades, statements)


def _tenth(mean: object) -> float | None:
    """A mean on 0-100 as one on 0-10."""
    known = number(mean)
    return None if known is None else known / 10


def _statuses(path: Path) -> Mapping[str, Counter[str]]:
    """Verdicts by dimension and status."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for batch in batches_of(path, JUDGEMENTS, ["dimension", "status"]):
        groups = pa.Table.from_batches([batch]).group_by(["dimension", "status"]).aggregate([([], "count_all")])
        for row in groups.to_pylist():
            counts[row["dimension"]][row["status"]] += row["count_all"]
    return counts


def _taken(path: Path) -> FactsTaken:
    prompts: set[str] = set()
    statuses: Counter[str] = Counter()
    empty = 0
    for batch in batches_of(path, FACTS, ["prompt_id", "status", "facts"], BATCH_ROWS):
        prompts.update(batch["prompt_id"].to_pylist())
        statuses.update(batch["status"].to_pylist())
        empty += pc.sum(pc.equal(pc.list_value_length(batch["facts"]), 0)).as_py() or 0
    return FactsTaken(len(prompts), statuses.total(), empty, _most_first(statuses, {"ok"}))


def _most_first(counts: Counter[str], but: set[str]) -> list[tuple[str, int]]:
    return [(name, n) for name, n in sorted(counts.items(), key=lambda each: (-each[1], each[0])) if name not in but]
