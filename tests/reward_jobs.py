"""Jobs of a judge that looks into contexts, run by their scripts' `main` or command line, against a test server."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from aiohttp import web
from fault_replies import prompt_of
from fault_server import FaultServer
from planned_jobs import generating, judging
from running import CHECKOUT

import collect_facts
import collect_traces
import judge_responses
from longhand.config.load import Config, load_config
from longhand.judging.long_reward import Method
from longhand.plan.summary import make_plan
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.text.tokens import estimate_tokens

CHUNK_TOKENS, PASSAGE_TOKENS, WORDS_OF_A_STATEMENT = 200, 40, 25
GRADES = {"helpfulness": 8, "logicality": 6, "completeness": 4}
SUPPORTS = ["[[Fully supported]]", "[[Partially supported]]", "[[No support]]"]
ANALYSIS = "river " * 185
"""About as many tokens as a verdict is taken to have without experience."""


def context(name: str, words: int = 900) -> str:
    """A text whose sentences hold its name, so that what is copied of it is recognised."""
    return " ".join(f"In {name} the river {n} bends to the north beyond old mill {n}." for n in range(words // 13))


def answer(name: str, statements: int) -> str:
    """An answer of so many usual statements."""
    words = [f"Answer {name} says: ", *["word"] * (WORDS_OF_A_STATEMENT * statements - 3)]
    return " ".join(words)


class RewardServer(FaultServer):
    """Answers the questions of the short templates of `RewardJobs`, and counts tokens as the demo engine does.

    Attributes:
        counted: tokens in and out.
        steps: answers by step.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.counted, self.steps = Counter[str](), Counter[str]()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        question = prompt_of(body)
        step = question.partition("|")[0]
        self.received[question] += 1
        await asyncio.sleep(self.latency)
        while self.answered.total() >= self.most_answers:
            await asyncio.sleep(0.01)
        self.answered[question] += 1
        self.steps[step] += 1
        text = self.reply(step, question)
        usage = {"prompt_tokens": estimate_tokens(question), "completion_tokens": estimate_tokens(text)}
        self.counted.update(usage)
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": usage})

    def reply(self, step: str, question: str) -> str:
        """As the plan takes for usual: facts, statements by the answer's length, verdicts."""
        if step in GRADES:
            return f"{ANALYSIS}[[{GRADES[step]}]]"
        if step == "facts":
            return "\n".join("- " + "bank " * 29 + f"{n}" for n in range(4))
        if step == "statements":
            number = round(len(question.rpartition("|")[2].split()) / WORDS_OF_A_STATEMENT)
            name = question.rpartition("|")[2].split()[1]
            return "\n".join(f"- {name} {n} " + "river " * 23 for n in range(number))
        return ANALYSIS + SUPPORTS[int(question.rpartition("|")[2].split()[1]) % 3]

    @property
    def tokens(self) -> tuple[int, int]:
        """In and out."""
        return self.counted["prompt_tokens"], self.counted["completion_tokens"]


class RewardJobs:
    """Jobs of one judge on one dataset.

    Args:
        folder: the run folder.
        url: of the server.
        answers: model -> prompt -> its answers, sample by sample; None where no text came.
        contexts: prompt -> its context.
        embedder: address of the server that is asked for vectors; None: passages are found by their words.
        samples: that models write where they are planned to write.
        judge: further settings of the judge.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        answers: dict[str, dict[str, list[str | None]]],
        contexts: dict[str, str],
        embedder: str | None = None,
        samples: int = 1,
        **judge: Any,
    ):
        self.folder, self.models = folder, [*answers]
        self.home = folder / "results/d"
        self.home.mkdir(parents=True, exist_ok=True)
        files: dict[str, dict[str, str]] = {}
        settings: dict[str, Any] = {}
        for step, names in Method.PROMPTS.items():
            path = folder / f"{step}.txt"
            path.write_text("|".join([step, *(f"{{{name}}}" for name in names)]), encoding="utf-8")
            files[step] = dict.fromkeys(("en", "zh"), str(path))
        sizes = {"chunk_tokens": CHUNK_TOKENS, "passage_tokens": PASSAGE_TOKENS, "prompts": files}
        reached = {"backend": "openai", "base_url": url, "tries": 1, "sampling": {"max_tokens": 1000}}
        entry = {"model": "j", "method": "long-reward", "long_reward": sizes, "concurrency": 4}
        dataset = {"path": "d.jsonl", "rubric": None, "fields": {"context": "context"}}
        if embedder is not None:
            entry["long_reward"] = sizes | {"retrieval": "e"}
            settings["embedders"] = {"e": {"backend": "openai", "model": "e", "base_url": embedder, "tries": 1}}
        settings |= {"datasets": {"d": dataset}, "judges": {"j": reached | entry | judge}}
        self.config: Config = load_config(
            settings
            | {
                "models": {name: reached | {"model": name, "samples": samples} for name in answers},
                "scores": {"min_coverage": 0.0},
            }
        )
        rows = [self.prompt(name, text) for name, text in contexts.items()]
        write_table(self.home / "prompts.parquet", rows, PROMPTS, "test")
        for model, texts in answers.items():
            responses = [
                self._response(model, name, i, text) for name, each in texts.items() for i, text in enumerate(each)
            ]
            write_table(self.home / model / "responses.parquet", responses, RESPONSES, "test")

    @staticmethod
    def prompt(name: str, text: str) -> Row:
        """A row of prompts with a context."""
        row = {"prompt_id": name, "prompt": f"What of {name}?", "language": "en", "context": text}
        return dict.fromkeys(PROMPTS.names) | row

    @staticmethod
    def _response(model: str, name: str, sample: int, text: str | None) -> Row:
        row = {"prompt_id": name, "sample": sample, "status": "ok" if text else "empty", "response": text}
        return dict.fromkeys(RESPONSES.names) | row | {"attempts": 1, "model": model}

    def plan(self, *, unwritten: bool = False) -> dict[str, Any]:
        """The total of what judging all models' answers would ask; and writing them, where they are `unwritten`."""
        jobs = [judging(self.config, "d", model, "j") for model in self.models]
        jobs += [generating(self.config, "d", model) for model in self.models] if unwritten else []
        total: dict[str, Any] = asyncio.run(make_plan(self.folder, self.config, jobs)).to_json()["total"]
        return total

    def _arguments(self, model: str) -> dict[str, Any]:
        order = judging(self.config, "d", model, "j").order
        return {
            "dataset": "d",
            "model": model,
            "judge": "j",
            "prompts": self.home / "prompts.parquet",
            "responses": self.home / model / "responses.parquet",
            "asks": order.asks,
            "reached": order.reached,
            "journal": self.folder / "journal",
            "out": self.judgements(model),
        }

    def judgements(self, model: str) -> Path:
        return self.home / model / "judgements/j.parquet"

    def judge(self, model: str) -> list[Row]:
        """What the judge says of a model's answers."""
        judge_responses.main(**self._arguments(model), server_log=self.folder / "server.log")
        return list(read_rows(self.judgements(model)))

    def command(self, model: str) -> list[str]:
        """The command line that judges."""
        arguments = self._arguments(model) | {"server_log": self.folder / "server.log"}
        for name in ("asks", "reached"):
            text, arguments[name] = arguments[name], self.folder / f"{name}.json"
            arguments[name].write_text(text, encoding="utf-8")
        words = [sys.executable, str(CHECKOUT / "scripts/judge_responses.py")]
        return words + [
            str(word) for name, value in arguments.items() for word in (f"--{name.replace('_', '-')}", value)
        ]

    def traces(self, model: str) -> list[Row]:
        """The judge's calls and findings beside its judgements."""
        out = self.home / model / "judgements/j.traces.parquet"
        collect_traces.main(**self._arguments(model) | {"out": out})
        return list(read_rows(out))

    def facts(self) -> list[Row]:
        """What the judge took out of the contexts."""
        arguments = self._arguments(self.models[0])
        kept = {name: arguments[name] for name in ("dataset", "judge", "prompts", "asks", "reached", "journal")}
        judged = [path for model in self.models if (path := self.judgements(model)).exists()]
        collect_facts.main(**kept, judgements=judged, out=self.facts_table)
        return list(read_rows(self.facts_table))

    @property
    def facts_table(self) -> Path:
        return self.home / "j.facts.parquet"
