"""What planning costs at scale: seconds and peak memory of `snakemake -n`, of a run with nothing to do, of `make plan`.

About 1,000 and 10,000 jobs (6 and 50 models × 6 datasets × 8 shards, two judges, all by vLLM). To have a finished run
of that size at once, its files are made empty, and Snakemake notes them with its own code as it does after a job. A
dry run reads those notes and no table.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measuring import measured
from running import CHECKOUT, Run
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecutionSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    StorageSettings,
)

DATASETS, SHARDS, JUDGES = 6, 8, 2
PROMPTS = CHECKOUT / "resources/datasets/longhand-mini.jsonl"


def config(models: int) -> dict[str, Any]:
    names = {
        kind: [f"{kind}-{n}" for n in range(number)]
        for kind, number in (("datasets", DATASETS), ("models", models), ("judges", JUDGES))
    }
    dataset = {"path": str(PROMPTS), "fields": {"required": "length"}, "shards": SHARDS}
    return {
        "datasets": dict.fromkeys(names["datasets"], dataset),
        **{kind: {name: {"backend": "vllm", "model": name} for name in names[kind]} for kind in ("models", "judges")},
        "evaluate": names,
    }


@contextlib.contextmanager
def planned(run: Run) -> Iterator[Any]:
    """Snakemake's workflow object, with the graph of the run."""
    configfiles = [Path(name) for name in run.configfiles()[1:]]
    with contextlib.chdir(run.folder), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=configfiles),
            storage_settings=StorageSettings(),
            snakefile=CHECKOUT / "Snakefile",
            workdir=run.folder,
        )
        dag = workflow.dag(DAGSettings(max_checksum_file_size=10**11))
        dag.execute_workflow(executor="dryrun", execution_settings=ExecutionSettings(lock=False))
        yield workflow._workflow


def pretend_finished(run: Run) -> None:
    """Makes all files of a run, empty, with Snakemake's notes."""
    with planned(run) as workflow:
        for path in [path for level in workflow.dag.toposorted() for job in level for path in job.output]:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch()

    async def note(workflow: Any) -> None:
        for job in workflow.dag.jobs:
            await workflow.persistence.finished(job)

    with planned(run) as workflow:
        asyncio.run(note(workflow))


def main() -> None:
    """Prints one line per size and command."""
    for models in (6, 50):
        with tempfile.TemporaryDirectory() as name:
            run = Run(Path(name), config(models))
            jobs = sum(run.planned().values())
            plan = [sys.executable, str(CHECKOUT / "scripts/plan_run.py"), "--directory", name]
            commands = {
                "snakemake -n, all stale": run.command("-n", "-q", "host", "rules"),
                "make plan, all stale": [*plan, *run.configfiles()],
                "snakemake, nothing to do": run.command("-q", "all"),
            }
            for what, command in commands.items():
                if what.endswith("nothing to do"):
                    pretend_finished(run)
                    assert run.planned() == {}, "something is stale"
                wall, cpu, peak, status = measured(command, dict(os.environ))
                assert status == 0, what
                print(f"{jobs:6,} jobs  {what:24} wall {wall:5.1f} s   CPU {cpu:5.1f} s   peak memory {peak:4.0f} MB")


if __name__ == "__main__":
    main()
