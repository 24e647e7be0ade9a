"""Runs the workflow as a user does: the `snakemake` command in a run folder."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from forked_python import run_python
from patience import busy
from snakemake.utils import update_config

from longhand.config.load import check_selection, load_config
from longhand.program.errors import LonghandError

CHECKOUT = Path(__file__).resolve().parents[1]


def mistake(settings: dict[str, Any], folder: Path) -> str:
    """What is said of settings laid over the demo's config, as in a run in `folder`."""
    merged = yaml.safe_load((CHECKOUT / "config/config.yaml").read_text(encoding="utf-8"))
    update_config(merged, settings)
    with contextlib.chdir(folder), pytest.raises(LonghandError) as raised:
        check_selection(load_config(merged))
    return str(raised.value)


TO_REPORT = {"summarize_run": 1, "draw_figures": 1, "build_report": 1}
"""The steps that make the report anew of other tables."""

FOR_PAGES = ("compare_models", "compare_judges", "summarize_run")
"""Steps whose tables only the report reads; leaving them out leaves it out."""


class Run:
    """A run folder with a config.

    Args:
        folder: where the workflow runs; a new one.
        config: its settings. The reader is left out where they do not ask for it.
        checkout: whose Snakefile.
        base: the shipped config that they are laid over; None: they stand on their own.
        pages: whether the steps are run that only the report needs.
    """

    def __init__(
        self,
        folder: Path,
        config: dict[str, Any],
        checkout: Path = CHECKOUT,
        base: str | None = "config.yaml",
        *,
        pages: bool = True,
    ):
        self.folder, self.config, self.checkout, self.base, self.pages = folder, config, checkout, base, pages
        folder.mkdir(parents=True, exist_ok=True)

    def configfiles(self) -> list[str]:
        """The option that names the run's config, which is written anew."""
        path = self.folder / "run.yaml"
        path.write_text(json.dumps({"reader": False} | self.config, ensure_ascii=False), encoding="utf-8")
        return ["--configfile", *([str(self.checkout / "config" / self.base)] if self.base else []), str(path)]

    def command(self, *arguments: str) -> list[str]:
        """The command line; targets come first, since some options of Snakemake swallow what follows."""
        snakemake = [sys.executable, "-m", "snakemake", *arguments, "-s", str(self.checkout / "Snakefile")]
        left_out = [] if self.pages else ["--omit-from", *FOR_PAGES]
        return [*snakemake, "--directory", str(self.folder), *left_out, *self.configfiles()]

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs snakemake; standard error comes with the output."""
        return run_python(self.command(*arguments), self.folder, environment, 600 * busy())

    def finish(self, *arguments: str, **environment: str) -> str:
        """Runs snakemake, which must succeed; returns its output."""
        done = self.snakemake(*arguments, **environment)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def error(self, *arguments: str, **environment: str) -> str:
        """The error line of a run, which must fail, with one line and no traceback."""
        done = self.snakemake(*arguments, **environment)
        assert done.returncode != 0, done.stdout
        assert "Traceback (most recent call last)" not in done.stdout, done.stdout[-4000:]
        lines = {line.strip() for line in done.stdout.splitlines() if line.strip().startswith("error: ")}
        assert len(lines) == 1, done.stdout[-4000:]
        return lines.pop()

    def planned(self, *arguments: str, **environment: str) -> dict[str, int]:
        """Jobs per rule that `snakemake -n` would run."""
        output = self.finish(*arguments, "-n", "-q", "host", "rules", **environment)
        lines = output.split("Job stats:")[-1].splitlines() if "Job stats:" in output else []
        counts = {}
        for line in lines:
            words = line.split()
            if len(words) == 2 and words[1].isdigit():
                counts[words[0]] = int(words[1])
        return {rule: number for rule, number in counts.items() if rule not in ("total", "all")}

    def plan(self, *arguments: str) -> dict[str, Any]:
        """What `make plan` says of the run, as JSON."""
        words = [sys.executable, str(self.checkout / "scripts/plan_run.py"), *arguments, "--json"]
        words += ["--directory", str(self.folder), *self.configfiles()]
        made = run_python(words, self.folder, apart=True)
        assert made.returncode == 0, made.stderr
        planned: dict[str, Any] = json.loads(made.stdout)
        return planned

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table under the run folder."""
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / table).to_pylist()

    def paid(self) -> dict[str, list[int]]:
        """By the reports in the journal: answers, prompt and completion tokens of models, judges and embedders."""
        counts = ("answers", "prompt_tokens", "completion_tokens")
        sums: dict[str, list[int]] = {}
        for path in (self.folder / "journal").rglob("*.spend.json"):
            report = json.loads(path.read_text(encoding="utf-8"))
            of_kind = sums.setdefault(path.relative_to(self.folder / "journal").parts[0], [0, 0, 0])
            of_kind[:] = [total + report[name] for total, name in zip(of_kind, counts, strict=True)]
        return sums

    def counted(self) -> dict[str, list[int]]:
        """The same by the summary, in which each request counts once."""
        sums: dict[str, list[int]] = {}
        for row in self.rows("results/summary/costs.parquet"):
            if row["name"] is not None:
                of_kind = sums.setdefault(row["kind"], [0, 0, 0])
                took = [row[name] or 0 for name in ("requests", "prompt_tokens", "completion_tokens")]
                of_kind[:] = [total + more for total, more in zip(of_kind, took, strict=True)]
        return sums
