"""Which judges may be asked in batches, and what their answers cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from batch_run import BatchRun
from batch_server import BatchServer
from running import mistake

from longhand.config.load import Config, load_config
from longhand.tables.files import read_rows
from longhand.wire.price import cost

JUDGE = {"backend": "openai", "model": "j", "base_url": "http://127.0.0.1:9/v1", "batch": True}
PRICES = {"price": {"input": 2.5, "output": 10.0}, "batch_price": {"input": 1.25, "output": 5.0}}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"backend": "demo"}, "backend demo has no batch API, openai may have (config judges.j.batch)"),
        ({"api": "completions"}, "api completions has no batches here (config judges.j.batch); fix: api: chat"),
        ({"method": "long-reward", "datasets": ["d"]}, "method long-reward asks in several calls"),
        ({"retired": True}, "it has retired, so nothing is sent to it (config judges.j.batch)"),
        ({"batch_price": PRICES["batch_price"]}, "batch_price is what a batch costs, and `price` what is asked beside"),
        ({"batch": "yes"}, "config judges.j.batch"),
        ({"batch_price": {"input": 1}}, "batch_price"),
    ],
)
def test_what_cannot_be_asked_in_batches(tmp_path: Path, changed: dict[str, Any], line: str) -> None:
    dataset = {"path": "d.jsonl", "fields": {"prompt": "p", "context": "c"}}
    assert line in mistake({"datasets": {"d": dataset}, "judges": {"j": JUDGE | changed}}, tmp_path)


def loaded(**settings: Any) -> Config:
    return load_config({"judges": {"j": JUDGE | settings}})


def test_batches_have_their_price_and_change_no_identity() -> None:
    entry, live = (loaded(**PRICES, batch=batch).judges["j"] for batch in (True, False))
    assert entry.identity == live.identity
    price = entry.serving.price
    assert price is not None and price == live.serving.price
    assert cost(price, 1_000_000, 100_000) == 3.5
    assert cost(price, 1_000_000, 100_000, 1_000_000, 100_000) == 1.75
    assert cost(price, 1_000_000, 100_000, 200_000, 40_000) == pytest.approx(2.0 + 0.6 + 0.25 + 0.2)


def test_a_table_says_which_tokens_came_in_batches(tmp_path: Path) -> None:
    """Of six answers four come in the batch, one of which cannot be read; each is 10 tokens in, 20 out."""
    faults = {"prompt 1 ": "500", "prompt 2 ": "500", "prompt 3 ": "prose"}

    def plan(prompt: str, times: int) -> str | None:
        return None if times else next((fault for part, fault in faults.items() if part in prompt), None)

    with BatchServer(plan) as server:
        run = BatchRun(tmp_path, server)
        run.finish()
    verdicts = {row["prompt_id"]: row for row in read_rows(run.table) if row["requests"]}
    names = ("prompt_tokens", "completion_tokens", "batch_prompt_tokens", "batch_completion_tokens")
    counts = [tuple(verdicts[f"{n:04d}"][name] for name in names) for n in range(4)]
    assert counts == [(10, 20, 10, 20), (10, 20, None, None), (10, 20, None, None), (20, 40, 10, 20)]
    report = json.loads((tmp_path / "journal/judges/j/d/m/000.spend.json").read_text())
    usd = (4 * (10 * 1 + 20 * 4) + 3 * (10 * 2 + 20 * 8)) / 1e6  # the prices of BatchRun
    assert report["usd"] == pytest.approx(usd)
    price = {"input": 2, "output": 8, "batch_input": 1, "batch_output": 4}
    assert sum(cost(price, *(row[name] or 0 for name in names)) for row in verdicts.values()) == pytest.approx(usd)


def test_without_a_price_of_their_own_batches_cost_as_much() -> None:
    entry = loaded(price=PRICES["price"]).judges["j"]
    assert entry.serving.price is not None and cost(entry.serving.price, 1_000_000, 0, 1_000_000) == 2.5
    assert loaded().judges["j"].serving.price is None
