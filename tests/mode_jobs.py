"""Judging by rewards, run by the scripts' `main` against a test server, up to the table of modes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import collect_facts
import collect_traces
import compare_judge_modes
import judge_responses
from longhand.config.load import load_config
from longhand.jobs.method import JUDGE
from longhand.jobs.roles import asks_of, reached_by
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES


class ModeJobs:
    """Judges of the responses of the model `m` to the dataset `d`.

    Args:
        folder: of the journal and the tables.
        prompts: rows with `prompt_id`, `prompt` and `context`.
        answers: prompt_id -> texts.
        judges: name -> settings that are laid over those of a judge at `url`.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        prompts: Iterable[Row],
        answers: Mapping[str, list[str]],
        judges: Mapping[str, dict[str, Any]],
    ):
        self.folder, self.names = folder, list(judges)
        reached = {"backend": "openai", "base_url": url, "model": "m", "method": "long-reward", "send_seed": True}
        reached |= {"sampling": {"max_tokens": 1000}, "concurrency": 32}
        entries = {name: reached | settings for name, settings in judges.items()}
        datasets = {"d": {"path": "d.jsonl", "fields": {"prompt": "prompt", "context": "context"}, "rubric": None}}
        self.config = load_config({"datasets": datasets, "judges": entries})
        nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
        write_table(self.path("prompts.parquet"), [nothing | row for row in prompts], PROMPTS, "test")
        nothing = dict.fromkeys(RESPONSES.names) | {"status": "ok", "attempts": 1, "model": "m"}
        rows = [
            nothing | {"prompt_id": name, "sample": sample, "response": text}
            for name, texts in answers.items()
            for sample, text in enumerate(texts)
        ]
        write_table(self.path("m/responses.parquet"), rows, RESPONSES, "test")

    def path(self, name: str) -> Path:
        return self.folder / "results/d" / name

    def judge(self, name: str) -> list[Row]:
        """Runs a judge and collects its traces and facts; its judgements."""
        entry, judgements = self.config.judges[name], self.path(f"m/judgements/{name}.parquet")
        orders = {
            step: of(JUDGE, entry, self.config.askable) for step, of in (("asks", asks_of), ("reached", reached_by))
        }
        common = {"dataset": "d", "judge": name, "prompts": self.path("prompts.parquet"), **orders}
        common |= {"journal": self.folder / "journal"}
        of_model = {"model": "m", "responses": self.path("m/responses.parquet")}
        judge_responses.main(**common, **of_model, server_log=self.folder / "server.log", out=judgements)
        collect_traces.main(**common, **of_model, out=judgements.with_suffix(".traces.parquet"))
        collect_facts.main(**common, judgements=[judgements], out=self.path(f"{name}.facts.parquet"))
        return list(read_rows(judgements))

    def modes(self, prices: Mapping[str, float] | None = None) -> list[Row]:
        """The table of all judges, the first being the reference, each with the same prices in every role."""
        out = self.folder / "results/judge-modes.parquet"
        compare_judge_modes.main(
            judgements=[self.path(f"m/judgements/{name}.parquet") for name in self.names],
            facts=[self.path(f"{name}.facts.parquet") for name in self.names],
            methods=json.dumps({"long-reward": self.names}),
            prices=json.dumps({name: {"judge": prices, "embedder": prices} for name in self.names}),
            seed=42,
            out=out,
            csv=out.with_suffix(".csv"),
        )
        return list(read_rows(out))
