"""A server of embeddings that fails as it is told; and a job that finds passages for statements with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from aiohttp import web
from fault_server import FaultServer

from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table, Work
from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.judging.retrieval import embedded_of
from longhand.tables.files import Row, read_rows
from longhand.wire.asker import Asker
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered

Reply = Callable[[list[str], int], web.Response | dict[str, Any] | None]
"""From the texts of a request, and how many came before it, to what is answered; None: as it should be."""
FOUND = pa.schema(
    [
        ("prompt_id", pa.string()),
        ("sample", pa.int64()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("found", pa.list_(pa.list_(pa.int64()))),
    ]
)
PASSAGES = [f"passage {number}" for number in range(150)]
STATEMENTS = [f"statement {number}" for number in range(10)]


@functools.cache
def vector(text: str, dimensions: int = 24) -> np.ndarray:
    """Drawn by the text's characters, so that all know it."""
    return np.random.default_rng(list(text.encode())).normal(size=dimensions) * 9


def nearest_by_hand(statement: str, number: int = 5) -> list[int]:
    """The passages with the highest cosines."""
    wanted, of_passages = vector(statement), np.array([vector(passage) for passage in PASSAGES])
    cosines = of_passages @ wanted / np.linalg.norm(of_passages, axis=1) / np.linalg.norm(wanted)
    return sorted(np.argsort(-cosines)[:number].tolist())


def body(texts: list[str], dimensions: int = 24) -> dict[str, Any]:
    """The reply as it should be."""
    data = [{"index": place, "embedding": vector(text, dimensions).tolist()} for place, text in enumerate(texts)]
    usage = {"prompt_tokens": 2 * len(texts), "total_tokens": 2 * len(texts)}
    return {"object": "list", "model": "e", "data": data, "usage": usage}


class EmbeddingServer(FaultServer):
    """Serves embeddings from a thread. `texts`: of each request that came."""

    def __init__(self, reply: Reply = lambda _, __: None):
        super().__init__()
        self.reply = reply
        self.texts: list[list[str]] = []

    def application(self) -> web.Application:
        application = super().application()
        application.add_routes([web.post("/v1/embeddings", self._embed)])
        return application

    async def _embed(self, request: web.Request) -> web.Response:
        sent = await request.json()
        self.texts.append(sent["input"])
        self.bodies.append(sent)
        self.headers.append(dict(request.headers))
        answer = self.reply(sent["input"], len(self.texts) - 1)
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(body(sent["input"]) if answer is None else answer)


def retrieve(folder: Path, url: str | None, rows: int = 10, name: str = "found", **settings: Any) -> list[Row]:
    """Runs a job: each row has a statement, the context is the same for all."""
    reached = {"backend": "openai", "base_url": url, "tries": 2, "concurrency": 4} | settings
    serving = Serving(name="e", model="e", **reached)
    embedder = Entry("embedders", Identity(serving.backend, "e", api="embeddings"), serving)
    prompts = [{"prompt_id": f"{number:04d}", "sample": 0} for number in range(rows)]

    async def make(askers: Mapping[str, Asker], row: Row) -> list[Row]:
        statement = STATEMENTS[int(row["prompt_id"])]
        try:
            nearest = await embedded_of(askers["embedder"], PASSAGES).nearest([statement], 5)
        except Unanswered as e:
            return [row | {"status": e.status, "error": str(e), "found": None}]
        return [row | {"status": "ok", "error": None, "found": nearest}]

    work = Work("e on d", {"embedder": embedder}, "d/m/000", rows, lambda: prompts, lambda: prompts, make)
    table = Table(folder / f"{name}.parquet", FOUND, "judge_responses")
    run_job(work, table, folder / "journal", folder / "server.log", FaultNotes("judge_responses", "e", "d"))
    return list(read_rows(table.out))
