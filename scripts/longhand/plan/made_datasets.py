"""The prompts of datasets that the run will make: derived from the responses that there are, imagined for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from longhand.jobs.templates import made_with_templates
from longhand.made.documents import documents_in
from longhand.made.imagined import imagined_text
from longhand.made.kinds import made_rows
from longhand.made.responses import Dropped, Response, responses_of
from longhand.made.slots import SEEDS, read_seeds
from longhand.made.sources import drawn_from, sources_of
from longhand.plan.contents import Contents
from longhand.plan.looking import awaited
from longhand.plan.prompt_tables import CERTAIN, PromptTables
from longhand.plan.usage import UNSTATED
from longhand.tables.files import Row, read_rows
from longhand.tables.prompt_rows import PromptRows
from longhand.text.imagined import is_marked


@dataclass
class _Source:
    """The prompts and responses of one source.

    Attributes:
        prompts: the table.
        responses: in the order of the prompts.
        table: what they are read from; for messages.
        imagined: some of them are.
    """

    prompts: PromptRows
    responses: Callable[[], Iterator[Row]]
    table: str
    imagined: bool


class MadeDatasets:
    """The prompts of made datasets whose tables are stale.

    Args:
        run: the run folder.
        contents: what jobs read.
        prompts: gives the prompts of a dataset.
        responses: gives the responses that a stale table will have, as far as they are known.
    """

    def __init__(
        self,
        run: Path,
        contents: Contents,
        prompts: Callable[[str], Awaitable[PromptRows]],
        responses: Callable[[str], AsyncIterator[Row]],
    ):
        self._run, self._contents, self._config = run, contents, contents.config
        self._prompts, self._responses = prompts, responses
        self._tables = PromptTables()

    async def prompts(self, dataset: str) -> PromptRows:
        """The prompts of a made dataset. Raises NotFetched."""
        if dataset not in self._tables:
            rows, certain = await self._derive(dataset)
            self._tables.add(dataset, rows, certain=certain)
        return self._tables[dataset]

    async def _derive(self, dataset: str) -> tuple[Iterator[Row], bool]:
        """The rows of a made dataset, and whether they are certain: other responses make no others."""
        made: dict[str, dict[str, Any]] = made_with_templates(self._config.datasets[dataset], dataset, self._run)
        ((kind, settings),) = made.items()
        sources = [await self._source(*source, settings.get("words")) for source in sources_of(made)]

        def read() -> Iterator[Response]:
            for source in sources:
                yield from responses_of(source.prompts.whole(), source.responses(), source.table)

        seeds = read_seeds(self._run / settings["seeds"] if settings["seeds"] else SEEDS) if kind == "slots" else {}
        documents = (
            partial(documents_in, self._run / settings["path"], settings["text"]) if kind == "documents" else list
        )
        source_dataset = drawn_from(made)
        drawn = None if source_dataset is None else await self._prompts(source_dataset)

        def prompts() -> Iterable[Row]:
            return () if drawn is None else drawn.whole()

        rows = made_rows(dataset, kind, settings, self._config.raw["seed"], read, seeds, documents, prompts, Dropped())
        # Which of the known texts drop-short keeps depends on those that are not known.
        certain = not (settings.get("drop_short") and any(source.imagined for source in sources))
        tables = [source.prompts for source in sources] + ([] if drawn is None else [drawn])
        certain = certain and all(row.get(CERTAIN, True) for table in tables for row in table.narrow())
        return rows, certain

    async def _source(self, dataset: str, model: str, bounds: list[int] | None) -> _Source:
        prompts, table = await self._prompts(dataset), f"results/{dataset}/{model}/responses.parquet"
        if self._contents.maker(table) is None:
            columns = ["prompt_id", "status", "error", "response"]
            return _Source(prompts, lambda: read_rows(self._run / table, columns=columns), table, imagined=False)
        method, by_prompt = self._config.models[model].settings["method"], defaultdict[str, list[Row]](list)
        async for row in self._responses(table):
            by_prompt[row["prompt_id"]].append(row)
        imagined = any(_not_written(row) for rows in by_prompt.values() for row in rows)

        def in_order() -> Iterator[Row]:
            for prompt in prompts.whole():
                for row in sorted(by_prompt[prompt["prompt_id"]], key=lambda row: int(row["sample"])):
                    key = awaited(row["response"])
                    text = row["response"] if key is None else imagined_text(prompt, method, key, UNSTATED, bounds)
                    status = "ok" if key is not None else row["status"]
                    yield row | {"response": text, "status": status, "imagined": _not_written(row)}

        return _Source(prompts, in_order, table, imagined)


def _not_written(row: Row) -> bool:
    """Whether a response is awaited, or has an imagined text."""
    response = row["response"]
    return response is not None and (awaited(response) is not None or is_marked(response))
