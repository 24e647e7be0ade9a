"""Prints what a run would cost before it starts: stale jobs and why, requests, tokens, money, GPU hours.

Reads: what a run reads: config, tables, journal. Writes: nothing (Snakemake has its notes in .snakemake/, as with -n).
"""

from __future__ import annotations

import ast
import asyncio
import json as jsonlib
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from snakemake.api import SnakemakeApi
from snakemake.exceptions import RuleException, WorkflowError
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecutionSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    StorageSettings,
)

from longhand.config.load import Config
from longhand.config.settings_files import read_config
from longhand.plan.shown import show
from longhand.plan.stale import INPUTS, StaleJob, changed_settings
from longhand.plan.summary import Plan, make_plan
from longhand.program.command import run
from longhand.program.errors import LonghandError

SNAKEFILE = Path(__file__).resolve().parents[1] / "Snakefile"
CHECKSUM_LIMIT = 100 * 10**9
"""Bytes; as in profiles/default."""
FILE_WIDTH = 180
"""Columns of what does not go to a terminal."""


def stale_jobs(
    targets: Iterable[str], configfiles: Iterable[Path], folder: Path, forced: Iterable[str]
) -> tuple[Config, list[StaleJob]]:
    """The run's config, and the jobs that `snakemake -n` would list.

    Raises:
        LonghandError: a config file or the run folder is not there, or Snakemake sees a mistake.
    """
    for path in configfiles:
        read_config(path)  # Snakemake names neither file nor line of what it cannot read
    if not folder.is_dir():
        raise LonghandError("there is no such run folder", str(folder))
    try:
        return _listed(set(targets), [path.resolve() for path in configfiles], folder.resolve(), set(forced))
    except (WorkflowError, RuleException) as e:
        raise LonghandError(str(e), "from Snakemake") from e


def _listed(
    targets: set[str], configfiles: list[Path], folder: Path, forced: set[str]
) -> tuple[Config, list[StaleJob]]:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, show_failed_logs=False)) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=configfiles),
            storage_settings=StorageSettings(),
            snakefile=SNAKEFILE,
            workdir=folder,
        )
        settings = DAGSettings(
            targets=targets, forcerun=forced, force_incomplete=True, max_checksum_file_size=CHECKSUM_LIMIT
        )
        workflow.dag(settings).execute_workflow(executor="dryrun", execution_settings=ExecutionSettings(lock=False))
        inside = workflow._workflow  # the list has no public form; tests/workflow/test_plan.py watches this one
        config: Config = inside.globals["CONFIG"]
        order = {rule.name: number for number, rule in enumerate(inside.rules)}
        jobs = [job for job in inside.dag.jobs if inside.dag.needrun(job) and job.output]  # without phony targets
        jobs.sort(key=lambda job: (order[job.rule.name], *map(str, job.output)))
        return config, [as_stale(job, inside.dag.reason(job)) for job in jobs]


def as_stale(job: Any, reason: Any) -> StaleJob:
    """A job of Snakemake's as the plan takes it."""
    inputs = {name: files for name in INPUTS if (files := job.input.get(name))}
    return StaleJob(
        job.rule.name,
        dict(job.wildcards.items()),
        dict(job.params.items()),
        tuple(map(str, job.output)),
        tuple(list(own_reasons(job, reason)) or ["its inputs are made anew"]),
        {name: tuple(map(str, [files] if isinstance(files, str) else files)) for name, files in inputs.items()},
        tuple(map(str, job.input)),
    )


def own_reasons(job: Any, reason: Any) -> Iterator[str]:
    """Why a job would run, though nothing before it did; in a few words each."""
    if reason.forced:
        yield "forced"
    if reason.missing_output:
        yield "output is missing"
    if reason.incomplete_output:
        yield "output is incomplete"
    if changed := {str(path) for path in reason.updated_input - reason.updated_input_run}:
        yield f"changed: {', '.join(sorted({path.rsplit('/', 1)[-1] for path in changed}))}"
    if reason.params_changed:
        now, before = reason.params_changed.only_new, reason.params_changed.only_old
        names = [
            part
            for name, value in job.params.items()
            if repr(value) in now
            for part in changed_parts(name, value, before)
        ]
        yield f"params changed: {', '.join(sorted(names)) or 'one is gone'}"
    if reason.code_changed:
        yield "the rule's command changed"
    if reason.input_changed:
        yield "its list of inputs changed"
    if reason.software_stack_changed:
        yield "its environment changed"


def changed_parts(name: str, value: Any, before: Iterable[str]) -> list[str]:
    """What of a param has changed: of JSON that decides rows the settings, of others the name.

    Args:
        value: of today.
        before: reprs of the values that are no longer there.
    """
    earlier = [ast.literal_eval(text) for text in before if text.startswith(("'{", '"{'))] if name == "asks" else []
    return (changed_settings(earlier[0], value) if len(earlier) == 1 else []) or [name]


async def _stoppable_plan(run_folder: Path, config: Config, stale: list[StaleJob]) -> Plan:
    """The plan. Ctrl-C and SIGTERM end it at once.

    Else asyncio would wait with Ctrl-C for a pause, which counting does not make; and Snakemake leaves a handler of
    SIGTERM behind that does nothing.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return await make_plan(run_folder, config, stale)


def main(
    *targets: str,
    configfile: list[Path] | None = None,
    directory: Path = Path("."),
    forcerun: list[str] | None = None,
    json: bool = False,
) -> None:
    """Prints what a run would ask and cost.

    Args:
        targets: what to make, as for snakemake; without any, everything.
        configfile: config files, merged in order, as for snakemake; without any, the run folder's own or the demo's.
        directory: the run folder, as for snakemake.
        forcerun: rules that shall run anyway, as for snakemake.
        json: print JSON instead of tables.
    """
    config, stale = stale_jobs(targets, configfile or [], directory, forcerun or [])
    plan = asyncio.run(_stoppable_plan(directory.resolve(), config, stale))
    if json:
        print(jsonlib.dumps(plan.to_json(), indent=1, ensure_ascii=False))
    else:
        console = Console()
        show(plan, console if console.is_terminal else Console(width=FILE_WIDTH))


if __name__ == "__main__":
    run(main)
