"""Rewards for long contexts in numbers: the grades with what became of them, statements by support, what facts took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longhand.judging.kinds import DIMENSIONS
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.support import GRADES, ContextShown, contexts_shown
from longhand.report.wording import number
from longhand.tables.files import Row


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
class Rewards:
    """What one judge that looks into contexts says of a dataset; `repeats` times of each answer.

    Attributes:
        facts: the row of FACTS_TAKEN; None where it took none.
    """

    judge: str
    repeats: int
    dimensions: tuple[str, ...]
    lines: list[RewardsLine]
    facts: Row | None
    contexts: list[ContextShown]


def rewards(page: Page, dataset: str) -> list[Rewards]:
    """What judges that look into contexts say of one dataset, in the order of the settings."""
    prompts = page.summary("shown_prompts", dataset=dataset)
    shown = []
    for judge, entry in page.settings.judges.items():
        dimensions = DIMENSIONS.get(entry.get("method", ""))
        by_status = page.summary("grades", dataset=dataset, judge=judge)
        if dimensions is None or not by_status:
            continue
        rows = [row for row in page.leaderboard(dataset) if row["judge"] == judge and row["slice_kind"] == "all"]
        means = {row["model"]: row for row in rows}
        statements = page.summary("statements", dataset=dataset, judge=judge)
        lines = [
            _line(
                page.marks[model],
                dimensions,
                means.get(model, {}),
                [row for row in by_status if row["model"] == model],
                [row for row in statements if row["model"] == model],
            )
            for model in dict.fromkeys(row["model"] for row in by_status)
        ]
        facts = next(iter(page.summary("facts_taken", dataset=dataset, judge=judge)), None)
        context_rows = page.summary("shown_contexts", dataset=dataset, judge=judge)
        answers = page.summary("shown_answers", dataset=dataset, judge=judge)
        contexts = contexts_shown(prompts, context_rows, answers, page.marks)
        shown.append(Rewards(judge, entry.get("repeats", 1), dimensions, lines, facts, contexts))
    return shown


def _line(
    mark: Mark,
    dimensions: Sequence[str],
    means: Mapping[str, object],
    by_status: Sequence[Row],
    statements: Sequence[Row],
) -> RewardsLine:
    grades = []
    for name in dimensions:
        counts = Counter({row["status"]: row["n"] for row in by_status if row["dimension"] == name})
        grades.append(Graded(_tenth(means.get(name)), counts["ok"], _most_first(counts, {"ok"})))
    of_grade = Counter[str]()
    for row in statements:
        grade = GRADES.get(row["grade"])
        of_grade[grade.name if grade else row["status"]] += row["n"]
    judged = number(means.get("n_judged"))
    return RewardsLine(mark, _tenth(means.get("score_q")), int(judged or 0), grades, of_grade)


def _tenth(mean: object) -> float | None:
    """A mean on 0-100 as one on 0-10."""
    known = number(mean)
    return None if known is None else known / 10


def _most_first(counts: Counter[str], but: set[str]) -> list[tuple[str, int]]:
    return [(name, n) for name, n in sorted(counts.items(), key=lambda each: (-each[1], each[0])) if name not in but]
