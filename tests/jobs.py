"""What the tests of ask jobs share: prompts, jobs in this process or by command line, tables without what changes."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fault_replies import DIMENSIONS, VERDICT
from fault_server import FaultServer
from running import CHECKOUT

from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table, Work
from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.judging import rubric
from longhand.methods import direct
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.wire.identity import Identity

ROWS = 12
_NUMBERS = itertools.count()
CHANGING = {"seconds", "attempts", "server", "batch_prompt_tokens", "batch_completion_tokens"}


def prompts(number: int = ROWS) -> list[Row]:
    """Rows to ask for."""
    return [
        {"prompt_id": f"{n:04d}", "sample": 0, "prompt": f"prompt {n}", "context": None, "reference": None}
        for n in range(number)
    ]


def rows_of(table: Path) -> list[Row]:
    """A table's rows without what depends on how they were got."""
    return [{key: value for key, value in row.items() if key not in CHANGING} for row in read_rows(table)]


def entry(server: FaultServer | None, **settings: Any) -> Entry:
    """A model that is reached at a server, or started as vLLM is."""
    reached = {"backend": "openai", "base_url": server.url} if server else {"backend": "vllm"}
    chosen = {"concurrency": 4, "timeout": 20, "tries": 3, **reached, **settings}
    identity = Identity("openai", "m", sampling={"max_tokens": 100})
    return Entry("models", identity, Serving(name="m", model="m", **chosen))


def work(of: Entry, rows: int, shard: str = "000") -> Work:
    """Responses to so many prompts."""
    texts = prompts(rows)
    return Work(f"m on {shard}", {"writer": of}, shard, rows, lambda: texts, lambda: texts, direct.Method({}).make)


def generate(folder: Path, server: FaultServer | None, rows: int = ROWS, shard: str = "000", **settings: Any) -> Path:
    """Runs a job in this process; returns its table."""
    out = folder / f"{shard}.parquet"
    table = Table(out, RESPONSES, "generate_responses")
    faults = FaultNotes("generate_responses", "m", shard)
    run_job(work(entry(server, **settings), rows, shard), table, folder / "journal", folder / "server.log", faults)
    return out


RUBRIC = {
    "template": VERDICT + " {prompt} {response}",
    "placeholders": {"prompt": "{prompt}", "response": "{response}"},
    "dimensions": {name: [] for name in DIMENSIONS},
    "scale": [1, 5],
}


def judge(folder: Path, server: FaultServer, response_format: str = "text", **settings: Any) -> Path:
    """Runs a judge's job in this process; returns its table. A verdict is asked for twice at most."""
    out, reached = folder / "judgements.parquet", {"base_url": server.url, "concurrency": 4, "tries": 3}
    identity = Identity("openai", "j", sampling={"max_tokens": 100}, response_format=response_format)
    judge = Entry("judges", identity, Serving("j", "openai", "j", **reached | settings))
    rows = [row | {"response": f"response {row['prompt_id']}"} for row in prompts()]
    method = rubric.Method({"repeats": 1, "attempts": 2, "rubric": RUBRIC})
    judging = Work("j on d/m", {"judge": judge}, "d/m/000", ROWS, lambda: rows, lambda: rows, method.make)
    faults = FaultNotes("judge_responses", "j", "d")
    table = Table(out, JUDGEMENTS, "judge_responses")
    run_job(judging, table, folder / "journal", folder / "server.log", faults)
    return out


def command(folder: Path, url: str | None, dataset: str = "d", rows: int = ROWS, **settings: Any) -> list[str]:
    """The command line of a generate job; its files go to `folder`."""
    prompts = folder / f"prompts-{rows}.parquet"
    if not prompts.exists():
        nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
        texts = [nothing | {"prompt_id": f"{n:04d}", "prompt": f"prompt {n}"} for n in range(rows)]
        write_table(prompts, texts, PROMPTS, "test")
    serving = Serving(**{"name": "m", "backend": "openai", "model": "m", "base_url": url, "concurrency": 4} | settings)
    identity = Identity("openai", "m", sampling={"max_tokens": 100})
    asks = {"method": "direct", "settings": {"samples": 1}, "identities": {"writer": identity.to_json()}}
    files = {"asks": folder / "asks.json", "reached": folder / f"reached-{next(_NUMBERS)}.json"}
    files["asks"].write_text(json.dumps(asks), encoding="utf-8")
    files["reached"].write_text(json.dumps({"writer": ["models", serving.to_json()]}), encoding="utf-8")
    arguments = {
        "dataset": dataset,
        "model": "m",
        "prompts": prompts,
        **files,
        "journal": folder / "journal",
        "server-log": folder / "server.log",
        "out": folder / f"{dataset}.parquet",
    }
    words = [sys.executable, str(CHECKOUT / "scripts/generate_responses.py")]
    return words + [str(word) for name, value in arguments.items() for word in (f"--{name}", value)]


def start(words: list[str], **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def finished(words: list[str], status: int = 0, **options: Any) -> str:
    """Runs a command; its output, which is never a traceback."""
    process = start(words, **options)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == status, output
    assert "Traceback" not in output, output
    return output


def spend(folder: Path, dataset: str = "d") -> dict[str, Any]:
    """What a job that ran by command line says that it cost."""
    return json.loads((folder / f"journal/models/m/{dataset}/000.spend.json").read_text())
