"""The tables of results/summary/ on data made here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longhand.summary.lengthened import MadeTables, lengthened_round_rows, lengthened_rows
from longhand.summary.run_tables import MadePaths
from longhand.summary.settings import ReportSettings
from longhand.summary.training_sets import audit_rows, filter_rows, mixed_set_rows, training_set_rows
from longhand.tables.files import Row


def made_tables(paths: MadePaths, audits: Mapping[str, Path], settings: ReportSettings) -> dict[str, list[Row]]:
    """What filters dropped, words of fine-tuning data, Self-Lengthen, audits of pairs."""
    tables = MadeTables(
        traces={(source.dataset, source.model): source for source in paths.traces},
        scores={(source.dataset, source.model): source for source in paths.scores},
        prompts={path.parent.name: path for path in paths.prompts},
        sets={path.parent.name: path for path in paths.sets},
    )
    recipes = settings.self_lengthen.items()
    return {
        "filters": list(filter_rows(paths.filters)),
        "training_sets": list(training_set_rows(paths.sets)),
        "mixed_sets": list(mixed_set_rows(paths.sets)),
        "lengthened": [row for name, recipe in recipes for row in lengthened_rows(name, recipe, tables)],
        "lengthened_rounds": [row for name, recipe in recipes for row in lengthened_round_rows(name, recipe, tables)],
        "audits": list(audit_rows(audits.values())),
    }
