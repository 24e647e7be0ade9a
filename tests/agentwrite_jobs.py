"""Jobs of AgentWrite, run by their scripts' `main` or command line, against a test server."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from running import CHECKOUT

import collect_traces
import generate_responses
from longhand.config.load import load_config
from longhand.jobs.method import GENERATE
from longhand.jobs.roles import asks_of, reached_by
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS

PLAN, WRITE = "PLAN|{instruction}", "WRITE|{instruction}|{plan}|{text}|{step}"
"""Short templates: what a server is asked can be read off."""


def line(number: int, point: str, words: int = 200) -> str:
    """A section's line of a plan."""
    return f"Paragraph {number} - Main Point: {point} - Word Count: {words} words"


def prompt(name: str, text: str, **columns: Any) -> Row:
    """A row of prompts."""
    return dict.fromkeys(PROMPTS.names) | {"prompt_id": name, "prompt": text, "language": "en"} | columns


class Jobs:
    """Jobs of models that write by AgentWrite with the templates above.

    Args:
        folder: of the journal and the tables.
        url: of the server.
        coverage: least share of answered rows.
        models: name -> settings of the section `agentwrite`, or of the entry with that section in them.
    """

    def __init__(self, folder: Path, url: str, coverage: float = 0.0, **models: dict[str, Any]):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name, text in (("plan", PLAN), ("write", WRITE)):
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        files = {step: dict.fromkeys(("en", "zh"), str(folder / f"{step}.txt")) for step in ("plan", "write")}
        reached = {"backend": "openai", "base_url": url, "model": "m", "tries": 1}
        reached |= {"sampling": {"max_tokens": 1000}, "method": "agentwrite"}
        entries = {name: reached | settings for name, settings in models.items()}
        for entry in entries.values():
            if entry["method"] == "agentwrite":
                entry["agentwrite"] = {"prompts": files} | entry.get("agentwrite", {})
        datasets = {"d": {"path": "d.jsonl", "rubric": None}}
        settings = {"datasets": datasets, "models": entries, "scores": {"min_coverage": coverage}}
        self.config = load_config(settings)

    def arguments(self, model: str, rows: Iterable[Row], dataset: str = "d") -> dict[str, Any]:
        """Of the script that asks."""
        path, entry = self.folder / f"{dataset}.parquet", self.config.models[model]
        write_table(path, rows, PROMPTS, "test")
        return {
            "dataset": dataset,
            "model": model,
            "prompts": path,
            "asks": asks_of(GENERATE, entry, self.config.askable),
            "reached": reached_by(GENERATE, entry, self.config.askable),
            "journal": self.folder / "journal",
            "server_log": self.folder / "server.log",
            "out": self.folder / f"{dataset}-{model}.parquet",
        }

    def write(self, model: str, rows: Iterable[Row], dataset: str = "d") -> list[Row]:
        """The responses, in the order of the prompts."""
        arguments = self.arguments(model, rows, dataset)
        generate_responses.main(**arguments)
        return list(read_rows(arguments["out"]))

    def traces(self, model: str, rows: Iterable[Row], dataset: str = "d") -> list[Row]:
        """The calls of responses that are written."""
        arguments = self.arguments(model, rows, dataset)
        responses, out = arguments.pop("out"), self.folder / "traces.parquet"
        del arguments["server_log"]
        collect_traces.main(**arguments, responses=responses, out=out)
        return list(read_rows(out))

    def command(self, model: str, rows: Iterable[Row]) -> list[str]:
        """The command line that asks."""
        arguments = self.arguments(model, rows)
        for name in ("asks", "reached"):
            text, arguments[name] = arguments[name], self.folder / f"{name}.json"
            arguments[name].write_text(text, encoding="utf-8")
        words = [sys.executable, str(CHECKOUT / "scripts/generate_responses.py")]
        return words + [
            str(word) for name, value in arguments.items() for word in (f"--{name.replace('_', '-')}", value)
        ]
