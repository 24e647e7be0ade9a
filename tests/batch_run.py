"""A judge that asks by batches: a run folder with responses to judge, and its two steps without Snakemake."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from batch_server import BatchServer
from fault_replies import DIMENSIONS, VERDICT
from killed_steps import Ended, Kill, Step
from planned_jobs import judging

from longhand.config.load import Config, load_config
from longhand.judging.template import settings_of
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES

ROWS = 6
MOST_LEGS = 8
ADDRESS = "http://127.0.0.1:9/v1"
"""In the config, in place of the server's."""
CHANGING = {"seconds", "attempts", "batch_prompt_tokens", "batch_completion_tokens"}


class BatchRun:
    """A run folder in which a judge is to judge the responses of `m` to dataset `d`.

    Args:
        folder: a new one, or of a run with which the journal is shared.
        server: whom the judge asks.
        rows: responses.
        name: of the judge.
        judge: settings of the judge over those here; None: without it.
    """

    def __init__(self, folder: Path, server: BatchServer, rows: int = ROWS, name: str = "j", **judge: Any):
        self.folder, self.server, self.rows, self.name = folder, server, rows, name
        self.config = _config(name, json.dumps(judge))
        self.job = judging(self.config, "d", "m", name)
        self.table = folder / self.job.outputs[0]
        self.in_batches = bool(self.config.judges[name].serving.batch)
        make_tables(folder, self.config, rows)
        for param in ("asks", "reached"):
            text = str(self.job.params[param]).replace(ADDRESS, server.url)
            (folder / f"{param}.json").write_text(text, encoding="utf-8")

    @property
    def submitted(self) -> Path:
        """What the submitting step writes."""
        return self.folder / "work/d/m/batches" / f"{self.name}.json"

    @property
    def states(self) -> list[Path]:
        """What is kept of each batch."""
        return sorted((self.folder / "journal/judges" / self.name / "batches").glob("*.json"))

    def submit(self, kill: Kill | None = None, **environment: str) -> Ended:
        """Runs the submitting step; as Snakemake does, what it wrote is removed where it fails."""
        return self.ended(self.start("submit_batch", kill, **environment))

    def judge(self, kill: Kill | None = None, **environment: str) -> Ended:
        """Runs the judging step, likewise."""
        return self.ended(self.start("judge_responses", kill, **environment))

    def start(self, script: str, kill: Kill | None = None, **environment: str) -> Step:
        """Starts a step."""
        out = self.submitted if script == "submit_batch" else self.table
        out.parent.mkdir(parents=True, exist_ok=True)
        inputs = {name: files[0] for name, files in self.job.inputs.items()}
        names = self.job.wildcards | inputs | {name: f"{name}.json" for name in ("asks", "reached")}
        names |= {"out": str(out.relative_to(self.folder))}
        names |= {} if script == "submit_batch" else {"server-log": "server.log"}
        if script == "judge_responses" and self.in_batches and self.submitted.exists():
            names |= {"submitted": str(self.submitted.relative_to(self.folder))}
        step = Step(script, names, self.folder, kill, environment)
        self.server.kill = step.kill
        step.start()
        return step

    def ended(self, step: Step) -> Ended:
        """How a step ends, once it has."""
        ended = step.ended()
        if ended.status:
            (self.submitted if step.script == "submit_batch" else self.table).unlink(missing_ok=True)
        return ended

    def finish(self, work: str = "complete") -> list[Ended]:
        """Runs the steps until the table is there, as a user would who starts Snakemake again and again.

        In between the provider goes on with its batches, and the day goes by in which a list may lag.
        """
        legs: list[Ended] = []
        while not self.table.exists():
            assert len(legs) < MOST_LEGS, [leg.output for leg in legs]
            legs.append(self.judge() if self.submitted.exists() else self.submit())
            last = (legs[-1].output.splitlines() or [""])[-1]
            assert legs[-1].status == 0 or legs[-1].killed or last.startswith("not finished: "), legs[-1].output
            self.server.work(work)
            self.let_time_pass()
        return legs

    def let_time_pass(self) -> None:
        """Has batches that may have been created look two days older."""
        for path in self.states:
            state = json.loads(path.read_text(encoding="utf-8"))
            if state["creating"] is not None:
                path.write_text(json.dumps(state | {"creating": state["creating"] - 2 * 86400}), encoding="utf-8")

    def judgements(self) -> list[Row]:
        """The table, without what depends on how it was got."""
        return [{key: value for key, value in row.items() if key not in CHANGING} for row in read_rows(self.table)]


@functools.cache
def _config(name: str, judge: str) -> Config:
    """The settings of such a run, by the judge's name and JSON of settings of its own; they take long to check."""
    reached = {"backend": "openai", "base_url": ADDRESS, "tries": 2}
    rubric = {
        "template": VERDICT + " {prompt} {response}",
        "placeholders": {"prompt": "{prompt}", "response": "{response}"},
        "dimensions": {name: [] for name in DIMENSIONS},
        "scale": [1, 5],
    }
    price = {"price": {"input": 2, "output": 8}, "batch_price": {"input": 1, "output": 4}}
    settings = reached | price | {"model": "j", "batch": True} | json.loads(judge)
    return load_config(
        {
            "datasets": {"d": {"path": "p.jsonl", "rubric": "plain"}},
            "rubrics": {"plain": rubric},
            "models": {"m": reached | {"model": "m"}},
            "judges": {name: {key: value for key, value in settings.items() if value is not None}},
        }
    )


def make_tables(folder: Path, settings: Config, rows: int) -> None:
    """Writes what the judging step reads."""
    nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
    prompts = [nothing | {"prompt_id": f"{n:04d}", "prompt": f"prompt {n}"} for n in range(rows)]
    written = dict.fromkeys(RESPONSES.names) | {"sample": 0, "status": "ok", "attempts": 1, "model": "m"}
    responses = [written | {"prompt_id": f"{n:04d}", "response": f"response {n}"} for n in range(rows)]
    for path, table, schema in (
        ("results/d/prompts.parquet", prompts, PROMPTS),
        ("results/d/m/responses.parquet", responses, RESPONSES),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_table(folder / path, table, schema, "test")
    rubric = folder / "work/rubrics/plain.json"
    rubric.parent.mkdir(parents=True, exist_ok=True)
    rubric.write_text(json.dumps(settings_of(settings.rubrics["plain"])), encoding="utf-8")
