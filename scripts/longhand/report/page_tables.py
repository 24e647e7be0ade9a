"""What panels show: the settings of a run, how its models are marked, and its tables, each read when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from jinja2 import Environment
from markupsafe import Markup

from longhand.judging.kinds import CRITERIA
from longhand.report import wording
from longhand.report.board import SLICE_NAMES, Board, boards
from longhand.report.figures import shown_figure
from longhand.report.marks import Mark, marks_of
from longhand.report.page_files import PageFiles
from longhand.report.reader import response_link, worst_first_link
from longhand.report.support import GRADES
from longhand.report.templates import environment
from longhand.results.remarks import METRIC_SYMBOLS
from longhand.summary.settings import ReportSettings, sources_of_data
from longhand.tables.agreement_tables import AGREEMENT, LENGTH_BIAS
from longhand.tables.certification_tables import CERTIFICATION
from longhand.tables.comparison_tables import COMPARISON, WIN_RATES
from longhand.tables.files import Row, read_table, rows_with
from longhand.tables.score_tables import LEADERBOARD, TOTALS
from longhand.tables.succession_tables import SUCCESSION
from longhand.tables.summary_tables import SUMMARY


@dataclass(frozen=True)
class Page:
    """What the page of one run is made from. Equal tables of equal dates, settings and `now` give an equal page."""

    files: PageFiles
    settings: ReportSettings
    now: datetime

    def filled(self, panel: str, **values: Any) -> Markup:
        """The template of a panel with these values, and what all templates know."""
        return self.of_template(f"panels/{panel}.html.jinja", **values)

    def of_template(self, template: str, **values: Any) -> Markup:
        """A template of the report, by its path, with these values."""
        return Markup(self._environment.get_template(template).render(**values))  # noqa: S704 - it escapes by itself

    @cached_property
    def _environment(self) -> Environment:
        made = environment()
        made.globals |= {
            "settings": self.settings,
            "figure": self.figure,
            "reader": self.settings.reader,
            "response_link": response_link,
            "worst_first_link": worst_first_link,
            "marks": self.marks,
            "demo_judges": self.demo_judges,
            "metrics": METRIC_SYMBOLS,
            "kinds": SLICE_NAMES,
            "grades": GRADES,
            "languages": wording.LANGUAGE_NAMES,
            "missing": self.settings.missing,
            "published": wording.PUBLISHED.get(self.settings.missing),
        }
        return made

    # Who stands on the page, in the order of the config.

    @cached_property
    def models(self) -> list[str]:
        """The models that are evaluated."""
        return _in_order(self._named("model"), self.settings.models)

    @cached_property
    def judges(self) -> list[str]:
        """The judges of the evaluation."""
        return _in_order(self._named("judge"), self.settings.judges)

    @cached_property
    def datasets(self) -> list[str]:
        """The datasets that are evaluated."""
        return _in_order(self._named("dataset"), self.settings.datasets)

    @cached_property
    def all_models(self) -> list[str]:
        """Also those whose responses are in training data: settings are shown, and whether they are demo."""
        writers = [model for pair in self._pairs for model in pair.get("models", ())]
        writers += [recipe["model"] for recipe in self.settings.self_lengthen.values()]
        made = (*self.settings.made.values(), *self.settings.sft.values())
        writers += [model for entry in made for _, model in sources_of_data(entry)]
        return _in_order({*self.models, *writers}, self.settings.models)

    @cached_property
    def all_judges(self) -> list[str]:
        """Also those whose rewards are in training data, and those that are held against labels."""
        others = [*(pair.get("judge") for pair in self._pairs), *(row["judge"] for row in self.certification)]
        return _in_order({*self.judges, *others}, self.settings.judges)

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """How each model is shown."""
        others = [name for name in self.all_models if name not in self.models]
        return marks_of([*self.models, *others], self.settings.demo_models)

    @cached_property
    def demo_judges(self) -> list[str]:
        return [name for name in self.all_judges if name in self.settings.demo_judges]

    @cached_property
    def demo(self) -> str:
        """What of the run is made with the demo engine, in words; empty where nothing is."""
        models = [name for name in self.all_models if name in self.settings.demo_models]
        return wording.demo_notice(self.all_models, models, self.demo_judges)

    @property
    def _pairs(self) -> list[dict[str, Any]]:
        return [
            self.settings.pairs.get(name, {}) for name in dict.fromkeys(row["name"] for row in self.summary("audits"))
        ]

    def _named(self, column: str) -> set[str | None]:
        """What stands in a column of the leaderboard, or of what was counted in responses and verdicts."""
        return {row[column] for row in (*self._rows, *self.summary("answers"))}

    def figure(self, name: str) -> Markup:
        """A drawn figure by its name under results/figures; empty where it was not drawn."""
        return shown_figure(self.files.figures, name) if self.files.figures else Markup()

    @property
    def has_figures(self) -> bool:
        """Whether any figure was drawn."""
        return self.files.figures is not None and any(self.files.figures.glob("*/*.json"))

    # One dataset.

    def key(self, dataset: str) -> str:
        """The id of the dataset's section; ids within it begin with it."""
        return f"d{self.datasets.index(dataset) + 1}"

    @cached_property
    def evaluated(self) -> set[tuple[str, str]]:
        """Datasets and models of the leaderboard."""
        return {(row["dataset"], row["model"]) for row in self._rows}

    def whose(self, judge: str | None) -> str:
        """Of whom scores are: "judge a", "panel p", "not judged"."""
        if judge is None:
            return "not judged"
        return f"{'panel' if judge in self.settings.panels else 'judge'} {judge}"

    def method(self, dataset: str, judge: str) -> str | None:
        """How a judge judges a dataset: long-reward, criteria; None: by the dimensions of a rubric."""
        by_criteria = self.summary("criteria_read", dataset=dataset, judge=judge)
        method: str | None = CRITERIA if by_criteria else self.settings.judges.get(judge, {}).get("method")
        return method

    def rule(self, dataset: str) -> str:
        """The name of its length rule."""
        return self.settings.datasets.get(dataset, {}).get("length") or "longbench-write"

    def leaderboard(self, dataset: str) -> list[Row]:
        """Its rows of the leaderboard."""
        return [row for row in self._rows if row["dataset"] == dataset]

    def sized(self, dataset: str) -> bool:
        """Whether any prompt requires a length, as far as is known."""
        return dataset not in self.prompts or self.prompts[dataset]["shortest"] is not None

    def legend(self, dataset: str) -> list[Mark]:
        """The models that have anything on it."""
        known = {line.mark.name for board in self.boards[dataset] for line in board.lines}
        known |= {row["model"] for row in self.summary("answers", dataset=dataset)}
        return [mark for mark in self.marks.values() if mark.name in known]

    # Tables, by dataset where they are about one.

    def summary(self, table: str, /, **of: Any) -> list[Row]:
        """Rows of a table of results/summary/, those with these values: `page.summary("calls", dataset=dataset)`."""
        if table not in self._summaries:
            self._summaries[table] = read_table(self.files.summary[table], SUMMARY[table]).to_pylist()
        return [row for row in self._summaries[table] if all(row[column] == value for column, value in of.items())]

    @cached_property
    def _summaries(self) -> dict[str, list[Row]]:
        return {}

    def comparison(self, dataset: str, **values: Any) -> list[Row]:
        """Its rows of the comparison of models, those that have these values; none with a single model."""
        return rows_with(self._comparison, dataset=dataset, **values)

    def win_rates(self, dataset: str) -> list[Row]:
        """Its rows of the win rates; none with a single model."""
        return rows_with(self._win_rates, dataset=dataset)

    @cached_property
    def _comparison(self) -> pa.Table | None:
        return read_table(self.files.comparison, COMPARISON) if self.files.comparison else None

    @cached_property
    def _win_rates(self) -> pa.Table | None:
        return read_table(self.files.win_rates, WIN_RATES) if self.files.win_rates else None

    def succession(self, dataset: str) -> list[Row]:
        """Its lines from new judges to old ones; none where no judge takes another's place."""
        return rows_with(self._succession, dataset=dataset)

    @cached_property
    def _succession(self) -> pa.Table | None:
        return read_table(self.files.succession, SUCCESSION) if self.files.succession else None

    def agreement(self, dataset: str) -> list[Row]:
        """Its rows of the agreement of judges; none where nothing was judged."""
        return rows_with(self._agreement, dataset=dataset)

    def length_bias(self, dataset: str) -> list[Row]:
        """Its rows of the judges' length bias."""
        return rows_with(self._length_bias, dataset=dataset)

    @cached_property
    def _agreement(self) -> pa.Table | None:
        return read_table(self.files.agreement, AGREEMENT) if self.files.agreement else None

    @cached_property
    def _length_bias(self) -> pa.Table | None:
        return read_table(self.files.length_bias, LENGTH_BIAS) if self.files.length_bias else None

    @cached_property
    def certification(self) -> list[Row]:
        """How judges do against labels, an entry of `certify` after another; none where nothing is certified."""
        path = self.files.certification
        return read_table(path, CERTIFICATION).to_pylist() if path else []

    @cached_property
    def totals(self) -> list[Row]:
        """Published totals over several datasets."""
        return read_table(self.files.totals, TOTALS).to_pylist() if self.files.totals else []

    @cached_property
    def _rows(self) -> list[Row]:
        return read_table(self.files.leaderboard, LEADERBOARD).to_pylist() if self.files.leaderboard else []

    @cached_property
    def boards(self) -> dict[str, list[Board]]:
        return {
            name: boards(self.leaderboard(name), self.marks, self.judges, sized=self.sized(name))
            for name in self.datasets
        }

    @cached_property
    def prompts(self) -> dict[str, Row]:
        """The row of PROMPT_COUNTS of each dataset."""
        return {row["dataset"]: row for row in self.summary("prompt_counts")}


def _in_order(names: Iterable[str | None], known: Iterable[str]) -> list[str]:
    """The names in the order of the config, then those that it does not have."""
    present = {name for name in names if name is not None}
    return [name for name in known if name in present] + sorted(present.difference(known))
