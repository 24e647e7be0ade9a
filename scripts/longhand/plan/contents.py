"""What the files of a run will hold, read or worked out in memory; nothing is written into the run folder."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.config.load import Config
from longhand.judging.rubric import Rubric
from longhand.judging.template import settings_of
from longhand.methods.recorded import match_responses
from longhand.plan.stale import StaleJob
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts
from longhand.prompts.fetching import MIRROR, download
from longhand.prompts.shards import SHARD_COLUMNS, shard_of
from longhand.tables.files import Row, read_rows


class NotFetched(Exception):
    """A file is still to be fetched from its public address, so what it holds is not known. `target` makes it."""

    def __init__(self, target: str):
        super().__init__(target)
        self.target = target


class Contents:
    """The prompts, rubrics and recorded responses that the stale jobs will read.

    Args:
        run: the run folder.
        config: of the run.
        stale: Snakemake's list.
    """

    def __init__(self, run: Path, config: Config, stale: Iterable[StaleJob]):
        self._run, self._config = run, config
        self._jobs = {path: job for job in stale for path in job.outputs}
        self._splits: dict[str, dict[str, list[Row]]] = {}
        self._rubrics: dict[str, Rubric] = {}

    def shard(self, dataset: str, shard: str) -> list[Row]:
        """The prompts of a shard, with the columns that ask jobs read. Raises NotFetched."""
        path = self._shard_path(dataset, shard)
        if str(path) not in self._jobs:
            return list(read_rows(self._run / path))
        if dataset not in self._splits:
            names = self._config.shards(dataset)
            split: dict[str, list[Row]] = {name: [] for name in names}
            for row in self._prompts(dataset):
                kept = {column: row[column] for column in SHARD_COLUMNS}
                split[names[shard_of(row["prompt_id"], len(names))]].append(kept)
            self._splits[dataset] = split
        return self._splits[dataset][shard]

    def unchanged(self, dataset: str, shard: str) -> bool:
        """Whether a shard will hold the rows that it holds now."""
        path = self._run / self._shard_path(dataset, shard)
        try:
            return path.exists() and list(read_rows(path)) == self.shard(dataset, shard)
        except NotFetched:
            return False

    def rubric(self, dataset: str) -> Rubric:
        """What judges are asked about a dataset's responses. Raises NotFetched."""
        name = self._config.datasets[dataset]["rubric"]
        if name not in self._rubrics:
            self._rubrics[name] = self._prepared(name)
        return self._rubrics[name]

    def imported(self, job: StaleJob) -> list[Row]:
        """The responses that a job of import_responses will write. Raises NotFetched."""
        prompts = self.shard(job.dataset, job.shard)
        settings = self._config.models[job.model].settings
        dataset = (row for shard in self._config.shards(job.dataset) for row in self.shard(job.dataset, shard))
        with contextlib.redirect_stderr(io.StringIO()):  # its counts are for the job's log
            file = self._run / settings["path"]
            return list(match_responses(prompts, dataset, file, settings["fields"], settings["samples"], job.model))

    @staticmethod
    def _shard_path(dataset: str, shard: str) -> Path:
        return Path("work", dataset, "prompts", f"{shard}.parquet")

    def _prompts(self, dataset: str) -> Iterator[Row]:
        path = f"results/{dataset}/prompts.parquet"
        if (job := self._jobs.get(path)) is None:
            yield from read_rows(self._run / path)
            return
        with self._source(self._config.datasets[dataset], path) as file:
            fields, sweep = (json.loads(job.params[key]) for key in ("fields", "sweep"))
            yield from prepare_prompts(dataset, fields, file, job.params["kind"], sweep)

    def _prepared(self, name: str) -> Rubric:
        """A rubric as the rule prepare_rubric writes it; its file may be gone with work/, or not be made yet."""
        settings = settings_of(self._config.rubrics[name])
        with tempfile.TemporaryDirectory() as folder:
            if "template" not in settings:
                with self._source(self._config.rubrics[name], f"work/rubrics/{name}.json") as file:
                    settings["template"] = file.read_text(encoding="utf-8")
            made = Path(folder, "rubric.json")
            made.write_text(json.dumps(settings), encoding="utf-8")
            return Rubric.load(made)

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
