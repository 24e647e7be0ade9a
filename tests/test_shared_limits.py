"""Entries of the config that share a limit: what is checked, and what a server sees of their jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer
from jobs import command, start
from patience import wait_for

from longhand.ask.limit import limit_file
from longhand.config.load import load_config
from longhand.program.errors import LonghandError
from longhand.wire.identity import Identity

API = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1", "limit": "key"}


def test_limit_and_servers_are_no_part_of_what_is_asked() -> None:
    plain = load_config({"models": {"m": {key: value for key, value in API.items() if key != "limit"}}}).models["m"]
    changed = load_config({"models": {"m": API | {"servers": 2}}}).models["m"]
    assert (plain.serving.limit, plain.serving.servers) == (None, 1)
    assert (changed.serving.limit, changed.serving.servers) == ("key", 2)
    assert plain.identity == changed.identity


def test_each_entry_has_a_file_of_its_own_or_that_of_its_limit() -> None:
    settings = {name: entry for name, entry in API.items() if name != "limit"}
    config = load_config({"models": {"key": settings, "m": API}, "judges": {"key": settings, "j": API}})
    files = {
        (kind, name): limit_file(Path("journal"), kind, entry.serving)
        for kind, entries in (("models", config.models), ("judges", config.judges))
        for name, entry in entries.items()
    }
    assert files["models", "m"] == files["judges", "j"]
    assert len(set(files.values())) == 3


def test_entries_under_one_limit_agree_on_its_number() -> None:
    config = load_config({"models": {"a": API, "b": API | {"limit": "b", "concurrency": 3}}, "judges": {"j": API}})
    assert config.judges["j"].serving.limit == "key"
    with pytest.raises(LonghandError) as raised:
        load_config({"models": {"a": API}, "judges": {"j": API | {"concurrency": 8}}})
    assert str(raised.value) == (
        "models.a has concurrency 16, judges.j 8, under one limit 'key' (config); fix: give both the same number"
    )


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            {"backend": "vllm", "model": "m", "limit": "key"},
            "'limit' is for backend openai, not vllm",
        ),
        ({"backend": "demo", "limit": "key"}, "'limit' is for backend openai, not demo (config models.m)"),
        ({"backend": "recorded", "path": "x", "limit": "key"}, "'limit' is for backend openai, not recorded"),
        (API | {"limit": "../key"}, "'../key' does not have the right form"),
        (API | {"limit": 3}, "3 is not a text (config models.m.limit)"),
        (API | {"servers": 0}, "0 must be at least 1 (config models.m.servers)"),
    ],
)
def test_what_cannot_be_a_limit_is_an_error(entry: dict[str, Any], line: str) -> None:
    with pytest.raises(LonghandError) as raised:
        load_config({"models": {"m": entry}})
    assert str(raised.value).startswith(line)


@pytest.mark.parametrize(("limit", "most"), [("key", 3), (None, 6)])
def test_jobs_of_two_models_under_one_limit_send_as_many_requests_as_one(
    tmp_path: Path, limit: str | None, most: int
) -> None:
    with FaultServer(latency=0.05) as server:
        server.most_answers = 0  # none for now
        jobs = []
        for name in ("one", "other"):
            words = command(tmp_path / name, server.url, rows=60, name=name, limit=limit, concurrency=3)
            words[words.index("--journal") + 1] = str(tmp_path / "journal")
            asks = json.loads((tmp_path / name / "asks.json").read_text(encoding="utf-8"))
            asks["identities"]["writer"] = Identity("openai", name, sampling={"max_tokens": 100}).to_json()
            (tmp_path / name / "asks.json").write_text(json.dumps(asks), encoding="utf-8")
            jobs.append(start(words))
        wait_for(lambda: server.in_flight == most, 20, "so many requests")
        server.most_answers = 10**9
        assert [job.communicate()[0] and job.returncode for job in jobs] == [0, 0]
        assert server.answered.total() == 120
        assert server.highest == most
