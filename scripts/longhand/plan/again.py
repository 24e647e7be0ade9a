"""What is asked anew on purpose: the answers that are voided for it, and the tables that are removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from longhand.ask.voids import void
from longhand.config.load import Config
from longhand.plan.contents import Contents
from longhand.plan.looking import Outcome
from longhand.plan.requests import JobRequests, Lookout
from longhand.plan.stale import StaleJob
from longhand.tables.schemas import NO_STATEMENTS

STATUSES = (
    *("ok", "truncated", "empty", "refused", "too_long", "failed", "rejected"),
    *("unparsed", "out_of_scale", NO_STATEMENTS),
)
"""Of responses and verdicts; those that nobody is asked about are left out."""


@dataclass(frozen=True)
class Choice:
    """Which responses or verdicts are asked anew. Nothing named: all; each list that is there narrows it down.

    Attributes:
        models, judges, datasets: names. With judges only verdicts are meant, else with models only responses.
        statuses, prompts: of the rows.
        embedders: names. With any, only verdicts by their vectors are meant, and of what these took only the vectors.
    """

    models: Collection[str] = ()
    judges: Collection[str] = ()
    datasets: Collection[str] = ()
    statuses: Collection[str] = ()
    prompts: Collection[str] = ()
    embedders: Collection[str] = ()

    def takes_job(self, job: StaleJob) -> bool:
        """Whether rows of an ask job may be chosen."""
        verdicts = bool(self.judges or self.embedders)
        if not job.asks or (self.models and not verdicts and not job.generates):
            return False
        if self.embedders and not any(
            kind == "embedders" and serving.name in self.embedders for kind, serving in job.order.servings().values()
        ):
            return False
        if self.judges and job.wildcards.get("judge") not in self.judges:
            return False
        return job.model in (self.models or [job.model]) and job.dataset in (self.datasets or [job.dataset])

    @property
    def takes_shared(self) -> bool:
        """Whether answers that verdicts on other responses stand on are asked anew: what a context has on a prompt.

        Not where some verdicts on a prompt are chosen and others are not, or these would be asked anew with them.
        """
        return not (self.statuses or self.models)

    def takes(self, outcome: Outcome) -> bool:
        """Whether a row is chosen."""
        if outcome.status not in (self.statuses or STATUSES):
            return False
        return outcome.prompt_id in (self.prompts or [outcome.prompt_id])


@dataclass
class Again:
    """What a choice comes to.

    Attributes:
        rows: (model or judge, dataset, responses' model or "", status) -> rows.
        answers: ids of requests to be asked anew.
        tables: to be removed, relative to the run folder; those that there are.
    """

    rows: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    answers: set[str] = field(default_factory=set)
    tables: set[Path] = field(default_factory=set)

    def carry_out(self, run: Path) -> int:
        """Removes the tables, then voids the answers; returns how many answers were voided."""
        for path in self.tables:  # first: without its table, what was voided is asked at once
            (run / path).unlink(missing_ok=True)
        return void(run / "journal", self.answers) if self.answers else 0


async def find_again(run: Path, config: Config, stale: Collection[StaleJob], choice: Choice) -> Again:
    """What a choice comes to.

    Args:
        run: the run folder.
        config: of the run.
        stale: all ask jobs of the run, as if they were stale.
        choice: of rows.
    """
    again = Again()

    def notice(requests: JobRequests, outcome: Outcome) -> None:
        job = requests.job
        if not choice.takes_job(job) or not choice.takes(outcome):
            return
        judged = "" if job.generates else job.model
        again.rows[requests.entry.name, job.dataset, judged, outcome.status] += 1
        again.answers.update(outcome.vectors if choice.embedders else outcome.answers)
        if choice.takes_shared and not choice.embedders:
            again.answers.update(outcome.shared)
        again.tables.update(path for path in tables_of(job) if (run / path).exists())

    asking = [job for job in stale if job.asks]
    chosen = {(job.dataset, job.model) for job in asking if choice.takes_job(job)}
    needed = [job for job in asking if choice.takes_job(job) or (job.generates and (job.dataset, job.model) in chosen)]
    async for _ in Lookout(run, Contents(run, config, stale), notice).look(needed):
        pass
    return again


def tables_of(job: StaleJob) -> Iterable[Path]:
    """The table of an ask job, and the one that it is gathered in."""
    folder = Path("results", job.dataset, job.model)
    judge = job.wildcards.get("judge")
    if judge is None:
        return [*map(Path, job.outputs), folder / "responses.parquet"]
    submitted = Path("work", job.dataset, job.model, f"batches/{judge}.json")  # so that they go into batches again
    return [*map(Path, job.outputs), folder / f"judgements/{judge}.parquet", submitted]
