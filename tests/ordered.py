"""Ask jobs of one run as its main process plans them: orders on files in a run folder, without Snakemake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from fault_server import FaultServer
from jobs import RUBRIC, prompts
from running import CHECKOUT

from longhand.ask.lasting import RUN
from longhand.config.serving import Serving
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.order import Order
from longhand.jobs.planned import write_orders
from longhand.jobs.run import run_order
from longhand.tables.files import write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.wire.identity import Identity

NAME = "a-run"
RUBRIC_FILE = "work/rubrics/r.json"


def write_prompts(dataset: str, rows: int) -> str:
    """A dataset's table in this folder; its path."""
    path, nothing = f"results/{dataset}/prompts.parquet", dict.fromkeys(PROMPTS.names) | {"language": "en"}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    texts = [{"prompt_id": row["prompt_id"], "prompt": f"{dataset}: {row['prompt']}."} for row in prompts(rows)]
    write_table(Path(path), [nothing | text for text in texts], PROMPTS, "test")
    return path


def write_rubric(**changes: Any) -> None:
    """The rubric's file."""
    Path(RUBRIC_FILE).parent.mkdir(parents=True, exist_ok=True)
    Path(RUBRIC_FILE).write_text(json.dumps(RUBRIC | changes), encoding="utf-8")


def writing(server: FaultServer, dataset: str = "d", model: str = "m", **settings: Any) -> Order:
    """The order for a model's responses."""
    asks = {"method": "direct", "settings": {"samples": 1}, "identities": {"writer": _identity(model)}}
    reached = {"writer": ["models", _serving(server, model, settings)]}
    table = f"results/{dataset}/prompts.parquet"
    out = f"results/{dataset}/{model}/responses.parquet"
    return Order(GENERATE, dataset, model, "0/1", json.dumps(asks), json.dumps(reached), table, out)


def judging(server: FaultServer, dataset: str = "d", model: str = "m", judge: str = "j", **settings: Any) -> Order:
    """The order for a judge's verdicts. A verdict is asked for twice at most."""
    decides = {"repeats": 1, "attempts": 2}
    asks = {"method": "rubric", "settings": decides, "identities": {"judge": _identity(judge)}}
    reached = {"judge": ["judges", _serving(server, judge, settings)]}
    folder, table = f"results/{dataset}/{model}", f"results/{dataset}/prompts.parquet"
    return Order(
        JUDGE,
        dataset,
        model,
        "0/1",
        json.dumps(asks),
        json.dumps(reached),
        table,
        f"{folder}/judgements/{judge}.parquet",
        judge,
        f"{folder}/responses.parquet",
        RUBRIC_FILE,
    )


def plan(*orders: Order, makes: Collection[str] = ()) -> None:
    """Notes what the run of this folder will ask, and what it makes beside that."""
    write_orders(NAME, orders, {*makes, *(order.out for order in orders)})


def work_off(order: Order) -> Path:
    """Runs the job of an order in this process; its table."""
    Path(order.out).parent.mkdir(parents=True, exist_ok=True)
    run_order(order, RESPONSES if order.step == GENERATE else JUDGEMENTS, Path("journal"), Path("server.log"))
    return Path(order.out)


def start_all(orders: Iterable[Order]) -> list[subprocess.Popen[str]]:
    """The jobs of orders, each as a process of the run, as rules start them."""
    return [_started(order) for order in orders]


def _started(order: Order) -> subprocess.Popen[str]:
    Path(order.out).parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, str(CHECKOUT / f"scripts/{order.step}.py")]
    for name, value in order.to_json().items():
        if name in ("asks", "reached"):
            path = Path(f"{order.out}.{name}")
            path.write_text(value, encoding="utf-8")
            value = str(path)
        if value is not None and name != "step":
            words += [f"--{name}", value]
    return subprocess.Popen(
        [*words, "--server-log", f"{order.out}.server"],
        env=os.environ | {RUN: NAME},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _identity(model: str) -> str:
    return Identity("openai", model, sampling={"max_tokens": 100}).to_json()


def _serving(server: FaultServer, model: str, settings: dict[str, Any]) -> str:
    reached = {"base_url": server.url, "concurrency": 4, "timeout": 20, "tries": 3}
    return Serving(**{"name": model, "backend": "openai", "model": model} | reached | settings).to_json()
