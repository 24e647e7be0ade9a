"""What earlier answers of a model or judge took, from the tables of earlier runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longhand.config.load import Config
from longhand.config.reached import ConfigEntry
from longhand.jobs.method import GENERATE, JUDGE, Method, method_class
from longhand.plan.contents import Contents, NotFetched
from longhand.plan.looking import FirstQuestion
from longhand.plan.usage import Figures, Prompt
from longhand.tables.files import Row, open_table, read_rows
from longhand.tables.prompt_rows import PromptRows
from longhand.wire.answer import Answer


@dataclass
class Past:
    """Earlier answers.

    Attributes:
        figures: what each took.
        replies, unread: of a judge: replies that came, and those of them that could not be read.
        starts: seconds that starts of its server took.
    """

    figures: list[Figures] = field(default_factory=list)
    replies: int = 0
    unread: int = 0
    starts: list[float] = field(default_factory=list)


async def past_answers(run: Path, config: Config, entry: ConfigEntry, contents: Contents) -> Past:
    """Of a model or judge, from the tables of its answers. Those of an embedder are in no table."""
    if entry.kind == "models":
        return await past_responses(run, config, entry)
    return Past() if entry.kind == "embedders" else await past_verdicts(run, config, entry, contents)


async def past_responses(run: Path, config: Config, model: ConfigEntry) -> Past:
    """From a model's responses, of whatever settings. A row of several calls does not say what each of them took."""
    past, method = Past(), method_class(GENERATE, model.settings["method"])
    if method.TRACED:
        return past
    writer = method(model.settings)
    for dataset in config.datasets:
        prompts = _prompts(run, dataset)
        for row in _rows(run, dataset, model.name, "responses"):
            if row["completion_tokens"] is not None and (prompt := prompts(row["prompt_id"])) is not None:
                sent = await _sent(writer, model, prompt | row)
                past.figures.append(_figures(sent, Prompt.of(prompt), row, row["response"]))
    return past


async def past_verdicts(run: Path, config: Config, judge: ConfigEntry, contents: Contents) -> Past:
    """From a judge's verdicts. The rubric of today stands for the one that was sent; where there is none, none was."""
    past = Past()
    if not config.is_by_rubric(judge.name):
        return past
    for dataset in (name for name, entry in config.datasets.items() if entry["rubric"]):
        method = method_class(JUDGE, config.judge_of(dataset, judge.name).settings["method"])
        prompts = _prompts(run, dataset)
        for model in config.models:
            verdicts = _files(run, dataset, model, f"judgements/{judge.name}")
            if not any(row["prompt_tokens"] for row in _read(verdicts, ["prompt_tokens"])):
                continue
            try:
                asking = method(judge.settings | {"rubric": contents.rubric(dataset)})
            except NotFetched:
                continue
            sent = {  # to ask about a response: tokens, since all texts together may not fit into memory
                (row["prompt_id"], row["sample"]): (await _sent(asking, judge, prompt | row), Prompt.of(prompt))
                for row in _rows(run, dataset, model, "responses")
                if row["response"] is not None
                and (prompt := prompts(row["prompt_id"])) is not None
                and (prompt.get("criteria") or not config.has_criteria(dataset))  # it was judged by another rubric
            }
            for row in (row for row in _read(verdicts) if row["prompt_tokens"]):
                past.replies += row["attempts"]
                past.unread += row["attempts"] - (row["status"] == "ok")
                if (one := sent.get((row["prompt_id"], row["sample"]))) is not None:
                    past.figures.append(_figures(*one, row, row["reply"], row["attempts"]))
    return past


async def _sent(method: Method, entry: ConfigEntry, row: Row) -> int:
    """Tokens of the first question that a method asks about a row."""
    asker = FirstQuestion(entry.name, entry.identity)
    await method.make(dict.fromkeys(method.ROLES, asker), row)
    return asker.tokens or 0


def _figures(sent: int, prompt: Prompt, row: Row, text: str | None, replies: int = 1) -> Figures:
    """Figures of one of the `replies` that a row sums up; `sent` in tokens."""
    prompt_tokens, completion_tokens = (round(row[key] / replies) for key in ("prompt_tokens", "completion_tokens"))
    answer = Answer("", text or "", None, prompt_tokens, completion_tokens, row["seconds"] / replies, 1)
    return Figures.of(prompt, sent, answer)


def _prompts(run: Path, dataset: str) -> Callable[[str], Row | None]:
    """Gives the prompts of an earlier table, whichever columns it has."""
    path = run / "results" / dataset / "prompts.parquet"
    if not path.exists():
        return lambda _: None
    with open_table(path) as file:
        return PromptRows(path, file.schema_arrow).get


def _rows(run: Path, dataset: str, model: str, name: str) -> Iterator[Row]:
    return _read(_files(run, dataset, model, name))


def _files(run: Path, dataset: str, model: str, name: str) -> list[Path]:
    """The file of a table, or of each shard that there is."""
    whole = run / "results" / dataset / model / f"{name}.parquet"
    return [whole] if whole.exists() else sorted((run / "work" / dataset / model / name).glob("*.parquet"))


def _read(files: Iterable[Path], columns: list[str] | None = None) -> Iterator[Row]:
    for path in files:
        yield from read_rows(path, columns=columns)
