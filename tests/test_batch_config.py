"""Which judges may be asked in batches, and what their answers cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from running import mistake

from longhand.config.load import Config, load_config
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
    assert cost(price, 1_000_000, 100_000, batch=True) == 1.75
    assert (entry.price_of_rows, live.price_of_rows) == (PRICES["batch_price"], PRICES["price"])


def test_without_a_price_of_their_own_batches_cost_as_much() -> None:
    entry = loaded(price=PRICES["price"]).judges["j"]
    assert entry.serving.price is not None and cost(entry.serving.price, 1_000_000, 0, batch=True) == 2.5
    assert entry.price_of_rows == PRICES["price"]
    assert loaded().judges["j"].serving.price is None
