"""Has responses, verdicts or vectors asked anew that are answered already: a wrong server, unreadable replies.

Reads: what a run reads: config, tables, journal. Writes: voids.jsonl in the journal; the answers stay there, but count
no more. Removes: the tables that they are in. The next run asks exactly these.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from longhand.config.schema import suggestion
from longhand.plan.again import STATUSES, Choice, find_again
from longhand.plan.stale import ASK_RULES
from longhand.program.command import run
from longhand.program.errors import LonghandError
from longhand.report.wording import counted
from plan_run import stale_jobs


def main(
    *,
    model: list[str] | None = None,
    judge: list[str] | None = None,
    embedder: list[str] | None = None,
    dataset: list[str] | None = None,
    status: list[str] | None = None,
    prompt: list[str] | None = None,
    configfile: list[Path] | None = None,
    directory: Path = Path("."),
    dry_run: bool = False,
) -> None:
    """Voids answers and removes their tables.

    Args:
        model: whose responses; with `judge`, whose responses were judged.
        judge: whose verdicts.
        embedder: whose vectors, for all verdicts that need them: these are voided, and not the judge's replies.
        dataset: of these datasets only.
        status: of rows with such a status only.
        prompt: of rows with such a prompt_id (a column of the tables) only.
        configfile: config files, as for snakemake.
        directory: the run folder, as for snakemake.
        dry_run: only say what would be done.
    """
    options = {"model": model, "judge": judge, "embedder": embedder, "dataset": dataset}
    options |= {"status": status, "prompt": prompt}
    for option, given in options.items():
        if given == []:  # an empty variable of a shell, which must not choose all
            raise LonghandError(f"--{option} names nothing", fix="give a name, or leave it out")
    choice = Choice(model or (), judge or (), dataset or (), status or (), prompt or (), embedder or ())
    if not (model or judge or embedder or status or prompt):
        raise LonghandError("say what to ask anew", fix="name it: --model, --judge, --embedder, --status or --prompt")
    if embedder and (status or prompt):
        what = "--embedder has all vectors made anew that a judge's verdicts need"
        raise LonghandError(what, fix="leave out --status and --prompt")
    for one in choice.statuses:
        if one not in STATUSES:
            raise LonghandError(f"unknown status '{one}', {suggestion(one, STATUSES)}", "--status")
    if (directory / ".snakemake/locks").is_dir() and any((directory / ".snakemake/locks").iterdir()):
        raise LonghandError(
            "a run is going on", str(directory), "wait for its end; if it was killed: snakemake --unlock"
        )
    config, stale = stale_jobs([], configfile or [], directory, ASK_RULES)
    for kind, names, known in (
        ("model", choice.models, config.models),
        ("judge", choice.judges, config.judges),
        ("embedder", choice.embedders, config.embedders),
        ("dataset", choice.datasets, config.datasets),
    ):
        for name in names:
            if name not in known:
                raise LonghandError(f"unknown {kind} '{name}', {suggestion(name, known)}", f"--{kind}")
    again = asyncio.run(find_again(directory.resolve(), config, stale, choice))
    for name, _, judged, _ in sorted(again.rows):
        if judged and config.judges[name].serving.retired:  # its answers are all that is left of it
            what = f"judge {name} is retired, so that nothing could be asked again"
            raise LonghandError(what, "nothing was changed", "name what is meant: --judge, --model, --dataset")
    for (name, of_dataset, judged, of_status), rows in sorted(again.rows.items()):
        what = f"{counted(rows, 'verdict')} on {judged}" if judged else counted(rows, "response")
        print(f"{name} on {of_dataset}: {what} with status {of_status}")
    answers, tables = len(again.answers), counted(len(again.tables), "table")
    if not again.rows:
        print("no stored answer fits all that was named; nothing was changed")
    elif dry_run:
        print(f"this would void {counted(answers, 'answer')} and remove {tables}; nothing was changed")
    else:
        voided = again.carry_out(directory.resolve())
        print(f"voided {counted(voided, 'answer')} and removed {tables}; the next run asks again for exactly these")


if __name__ == "__main__":
    run(main)
