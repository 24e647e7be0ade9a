"""A stand-in for LongReward's judge with known grades: what it replies is written down for each answer and step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from fault_replies import Fault, completion
from fault_server import FaultServer

from longhand.ask.job import run_job
from longhand.ask.lasting import FaultNotes
from longhand.ask.work import Table, Work
from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.judging.long_reward import Method
from longhand.judging.questions import PLACEHOLDERS
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import JUDGEMENTS
from longhand.wire.identity import Identity

SETTINGS: dict[str, Any] = {
    "chunk_tokens": 40,
    "passage_tokens": 10,
    "nearest": 2,
    "tokenizer": None,
    "batch_statements": False,
    "sample_statements": None,
    "no_statements": None,
    "reading": "strict",
    "retry_temperature": 0.95,
}
TEMPLATES = {
    step: {
        language: "\n".join([f"{step} {language}", *(f"<{name}>{{{name}}}</{name}>" for name in names)])
        for language in ("en", "zh")
    }
    for step, names in PLACEHOLDERS.items()
}
"""Questions that name their step, and hold what they are about and nothing else."""

Reply = str | Fault
Replies = Mapping[str, Sequence[Reply]]
"""Step -> the replies to its first, second … try; the last one stays."""
_ABOUT = re.compile(r"A\d\d(?:\.\d)?|C\d\.\d+")
SENTENCE = "is what this sentence holds."
_FAULTS = ("500", "400", "filter 400")


def replying(text: str, finish: str = "stop") -> Fault:
    """A reply with a reason why it ends."""

    async def reply(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        return completion(text, finish)

    return reply


def step_of(prompt: str) -> str:
    """The step of a question."""
    return prompt.split(" ", 1)[0]


def about(prompt: str) -> str:
    """What a question is about: an answer "A07", a statement "A07.1", a chunk "C2.004" by its first sentence."""
    step, tag = step_of(prompt), {"facts": "chunk", "support": "statement", "supports": "statements"}
    part = prompt.split(f"<{tag.get(step, 'answer')}>")[1]
    match = _ABOUT.search(part)
    assert match is not None, prompt
    return match[0]


class StandIn(FaultServer):
    """Replies to each question with what is written down for its subject, or for all of its kind, and its step."""

    def __init__(self, replies: Mapping[str, Replies], **settings: Any):
        self.replies = replies
        super().__init__(self._reply, **settings)

    def _reply(self, prompt: str, before: int) -> Fault | str | None:
        subject = about(prompt)
        written = self.replies.get(subject) or self.replies[subject.partition(".")[0]]
        replies = written[step_of(prompt)]
        reply = replies[min(before, len(replies) - 1)]
        return replying(reply) if isinstance(reply, str) and reply not in _FAULTS else reply

    def sent(self, step: str) -> dict[str, int]:
        """Subject -> how many requests of a step came."""
        counts: dict[str, int] = {}
        for prompt, number in self.received.items():
            if step_of(prompt) == step:
                counts[about(prompt)] = counts.get(about(prompt), 0) + number
        return counts


def identity(**settings: Any) -> Identity:
    return Identity("openai", "j", **{"sampling": {"max_tokens": 100, "temperature": 0.01}} | settings)


def method(attempts: int = 2, repeats: int = 1, templates: Mapping[str, Any] = TEMPLATES, **chosen: Any) -> Method:
    settings = {"repeats": repeats, "attempts": attempts, "prompts": templates}
    return Method(settings | {"long_reward": SETTINGS | chosen})


def judge_entry(server: FaultServer, of: Identity | None = None) -> Entry:
    serving = Serving("j", "openai", "j", base_url=server.url, concurrency=4, tries=2, min_coverage=0.0)
    return Entry("judges", of or identity(), serving)


def judged(
    folder: Path,
    server: FaultServer,
    rows: Sequence[Row],
    judging: Method,
    model: str = "m",
    of: Identity | None = None,
) -> list[Row]:
    """Runs a judge's job in this process; the rows of its table."""
    out = folder / f"{model}.parquet"
    entries, where = {"judge": judge_entry(server, of)}, f"d/{model}/000"
    work = Work("j", entries, where, len(rows), lambda: rows, lambda: rows, judging.make)
    faults = FaultNotes("judge_responses", "j", "d")
    run_job(work, Table(out, JUDGEMENTS, "judge_responses"), folder / "journal", folder / "server.log", faults)
    return list(read_rows(out))


def question(context: str | None, response: str | None, **columns: Any) -> Row:
    """A response as a judge gets it."""
    nothing = dict.fromkeys(
        ("required", "required_min", "required_max", "reference", "other_references", "examples", "criteria")
    )
    row = {"prompt_id": "p", "sample": 0, "prompt": "What of the lake?", "language": "en"} | nothing
    return row | {"context": context, "response": response} | columns


def sentences(name: str, count: int) -> str:
    """A context of so many sentences with names of their own."""
    return " ".join(f"{name}.{number:03d} {SENTENCE}" for number in range(count))


def by_step(sent: Iterable[str]) -> dict[str, int]:
    """Step -> how many of some prompts are its questions."""
    counts: dict[str, int] = {}
    for prompt in sent:
        counts[step_of(prompt)] = counts.get(step_of(prompt), 0) + 1
    return counts
