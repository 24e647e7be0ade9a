"""The tables of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from longhand.summary.inputs import Source
from longhand.summary.settings import ReportSettings


@dataclass(frozen=True)
class MadePaths:
    """The tables of data made here, as they lie in results/.

    Attributes:
        traces, scores: {dataset}/{model}/traces.parquet, scores.parquet of models that the leaderboard does not have.
        prompts: {dataset}/prompts.parquet of what these answer.
        filters: {dataset}/filters.parquet and sft/{name}/filters.parquet.
        sets: sft/{name}/train.parquet.
    """

    traces: list[Source] = field(default_factory=list)
    scores: list[Source] = field(default_factory=list)
    prompts: list[Path] = field(default_factory=list)
    filters: list[Path] = field(default_factory=list)
    sets: list[Path] = field(default_factory=list)

    def paths(self) -> list[Path]:
        """All tables."""
        return [*(source.path for source in (*self.traces, *self.scores)), *self.prompts, *self.filters, *self.sets]


@dataclass(frozen=True)
class Inputs:
    """The tables of a run by what they hold; prompts by dataset. `results` is the folder of all."""

    results: Path
    leaderboard: Path | None  # None where nothing is evaluated
    scores: list[Source]
    judgements: list[Source]
    prompts: dict[str, Path]
    responses: list[Source]
    audits: dict[str, Path]  # by the name of the pairs
    traces: list[Source] = field(default_factory=list)  # of models that make several calls for a text
    judge_traces: list[Source] = field(default_factory=list)  # of judges that do
    facts: dict[tuple[str, str], Path] = field(default_factory=dict)  # by dataset and judge
    metrics: list[Source] = field(default_factory=list)
    made: MadePaths = field(default_factory=MadePaths)

    def paths(self) -> list[Path]:
        """All tables."""
        kinds = (self.responses, self.judgements, self.scores, self.traces, self.judge_traces, self.metrics)
        answers = [source.path for kind in kinds for source in kind]
        whole = [self.leaderboard] if self.leaderboard else []
        made = [*self.facts.values(), *self.audits.values(), *self.made.paths()]
        return [*self.prompts.values(), *answers, *whole, *made]


def in_order(inputs: Inputs, settings: ReportSettings) -> Inputs:
    """The tables of the evaluation by dataset, judge and model, in the order of the settings; others come last."""
    known = [list(names) for names in (settings.datasets, settings.judges, settings.models)]

    def place(source: Source) -> list[tuple[int, str]]:
        names = (source.dataset, source.judge or "", source.model)
        return [(each.index(n) if n in each else len(each), n) for each, n in zip(known, names, strict=True)]

    def ordered(sources: Iterable[Source]) -> list[Source]:
        return sorted(sources, key=place)

    return replace(
        inputs,
        scores=ordered(inputs.scores),
        judgements=ordered(inputs.judgements),
        responses=ordered(inputs.responses),
        traces=ordered(inputs.traces),
        judge_traces=ordered(inputs.judge_traces),
        metrics=ordered(inputs.metrics),
    )
