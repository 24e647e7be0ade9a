"""What the files of a run will hold, read or worked out in memory; nothing is written into the run folder."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.config.criteria_sources import by_category_source, view_sources
from longhand.config.load import Config
from longhand.config.recorded import recorded_file
from longhand.judging.template import settings_of
from longhand.methods.importing import import_method
from longhand.plan.prompt_tables import PLANNED, PromptTables
from longhand.plan.stale import StaleJob
from longhand.program.errors import LonghandError
from longhand.prompts.criteria_files import criteria_form
from longhand.prompts.datasets import prepare_prompts
from longhand.prompts.fetching import MIRROR, download
from longhand.prompts.file_kinds import kind_of
from longhand.tables.files import Row
from longhand.tables.prompt_rows import PromptRows


class NotFetched(Exception):
    """A file is still to be fetched from its public address, so what it holds is not known. `target` makes it."""

    def __init__(self, target: str):
        super().__init__(target)
        self.target = target


class Contents:
    """The prompts, rubrics and recorded responses that the stale jobs will read.

    Attributes:
        config: of the run.

    Args:
        run: the run folder.
        config: of the run.
        stale: Snakemake's list.
    """

    def __init__(self, run: Path, config: Config, stale: Iterable[StaleJob]):
        self._run, self.config = run, config
        self._makers = {path: job for job in stale for path in job.outputs}
        self._tables = PromptTables()
        self._rubrics: dict[str, dict[str, Any]] = {}

    def maker(self, path: str) -> StaleJob | None:
        """The job that makes a file anew; None where the file stays as it is."""
        return self._makers.get(path)

    def prompts(self, dataset: str) -> PromptRows:
        """The prompts of a dataset with a file or a table. Raises NotFetched."""
        path = f"results/{dataset}/prompts.parquet"
        if (job := self.maker(path)) is None:
            return PromptRows(self._run / path, PLANNED)
        if dataset not in self._tables:
            with self._source(self.config.datasets[dataset], path) as file:
                self._tables.add(dataset, self._rows(dataset, job, file, path))
        return self._tables[dataset]

    def _rows(self, dataset: str, job: StaleJob, file: Path, target: str) -> Iterator[Row]:
        """What the rule prepare_prompts will write. Raises NotFetched."""
        settings = {
            key: json.loads(job.params[key]) for key in ("fields", "sweep", "forms", "criteria", "categories", "labels")
        }
        entry = self.config.datasets[dataset]
        with contextlib.ExitStack() as opened:
            by_category, views = by_category_source(entry), view_sources(entry)
            items = None if by_category is None else opened.enter_context(self._source(by_category, target))
            files = {name: (opened.enter_context(self._source(of, target)), kind_of(of)) for name, of in views.items()}
            form = criteria_form(settings["criteria"], settings["fields"], items, files)
        sweep, forms, categories, labels = (settings[key] for key in ("sweep", "forms", "categories", "labels"))
        yield from prepare_prompts(
            dataset, settings["fields"], file, job.params["kind"], sweep, None, forms, form, categories, labels
        )

    def rubric(self, dataset: str) -> dict[str, Any]:
        """What the rule prepare_rubric will write of a dataset's rubric. Raises NotFetched."""
        name = self.config.datasets[dataset]["rubric"]
        if name not in self._rubrics:
            settings = settings_of(self.config.rubrics[name])
            if "template" not in settings:
                with self._source(self.config.rubrics[name], f"work/rubrics/{name}.json") as file:
                    settings["template"] = file.read_text(encoding="utf-8")
            self._rubrics[name] = settings
        return self._rubrics[name]

    async def imported(self, job: StaleJob, prompts: PromptRows) -> AsyncIterator[Row]:
        """The responses that a job of import_responses will write to these prompts. Raises NotFetched."""
        settings = self.config.models[job.model].settings | {"model": job.model, "prompts": prompts.whole()}
        with contextlib.ExitStack() as opened:
            if (entry := recorded_file(settings, job.dataset)) is not None:
                file = opened.enter_context(self._source(entry, job.outputs[0]))
                settings |= {"path": file, "kind": kind_of(entry)}
            opened.enter_context(contextlib.redirect_stderr(io.StringIO()))  # its counts are for the job's log
            method = import_method(settings)
        for prompt in prompts.whole():
            for sample in range(settings["samples"]):
                for row in await method.make({}, prompt | {"sample": sample}):
                    yield row

    @contextlib.contextmanager
    def _source(self, entry: Mapping[str, Any], target: str) -> Iterator[Path]:
        """The file of a dataset or rubric; what is not fetched yet is read from the mirror, if there is one."""
        if "path" in entry:
            yield self._run / entry["path"]
        elif (fetched := self._run / "work/fetched" / entry["sha256"]).exists():
            yield fetched
        elif not os.environ.get(MIRROR):
            raise NotFetched(target)
        else:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, entry["sha256"])
                try:
                    download(entry["url"], entry["sha256"], file)
                except LonghandError:
                    raise NotFetched(target) from None
                yield file
