"""A plan of a method of many calls: what is certain, what is imagined, what is left once some answers are there."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from planned_jobs import generating, judging
from rich.console import Console

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.methods.direct import answered_row, unanswered_row
from longhand.plan.again import Choice, find_again
from longhand.plan.shown import show
from longhand.plan.summary import Plan, make_plan
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS
from longhand.text.tokens import estimate_tokens
from longhand.training.trained import Base, Trained, write_manifest
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, together
from longhand.wire.replies import Unanswered
from longhand.wire.request import request_id

PROMPT_NUMBER, IMAGINED_PARTS = 2, 3
PART = "a part of some words"


class Method:
    """A plan, a call for each of its lines, and one that joins them. A short plan is joined by no call."""

    ROLES: ClassVar = {"writer": None, "planner": "planner"}
    SETTINGS: ClassVar = ()
    PROMPTS: ClassVar = {}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        pass

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        writer = askers["writer"]
        try:
            plan = await askers["planner"].ask(_messages(f"Plan: {row['prompt']}"), draw=[row["sample"]], step="plan")
            steps = plan.text.splitlines()
            parts = await together(
                writer.ask(_messages(f"Write {step} of {row['prompt']}"), draw=[row["sample"]], step="part", number=n)
                for n, step in enumerate(steps)
            )
            if len(parts) == 1:
                return [answered_row(row, writer.identity.model, parts[0])]
            text = "\n".join(part.text for part in parts)
            joined = await writer.ask(_messages(f"Join {text}"), draw=[row["sample"]], step="join")
        except Unanswered as e:
            return [unanswered_row(row, writer.identity.model, e.status, str(e), e.attempts)]
        return [answered_row(row, writer.identity.model, joined)]

    def imagine(self, call: Call, row: Row) -> str | None:
        if call.step == "plan":
            return "\n".join(f"step {n}" for n in range(IMAGINED_PARTS))
        return PART if call.step == "part" else None


def _messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    """A run folder with prompts, and a model that writes by this method."""
    module = ModuleType("in_parts")
    module.Method = Method  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "longhand.methods.in_parts", module)
    reached = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "price": {"input": 1.0, "output": 1.0}}
    rubric = {"template": "Grade this: {response}", "scale": [1, 5], "dimensions": {"Wit": []}}
    dataset = {"path": "p.jsonl", "rubric": rubric, "length": "longen"}
    models = {name: {**reached, "model": name} for name in ("m", "cheap")}
    judges = {"j": {**reached, "model": "j"}}
    settings = load_config({"datasets": {"d": dataset}, "models": models, "judges": judges})
    writer = settings.models["m"]
    by_parts = writer.settings | {"method": "in-parts", "planner": "cheap"}
    settings.models["m"] = dataclasses.replace(writer, settings=by_parts)
    rows = [{"prompt_id": f"{n}", "prompt": f"Prompt {n}.", "language": "en"} for n in range(PROMPT_NUMBER)]
    path = tmp_path / "results/d/prompts.parquet"
    path.parent.mkdir(parents=True)
    write_table(path, (dict.fromkeys(PROMPTS.names) | row for row in rows), PROMPTS, "test")
    return settings


def planned(run: Path, config: Config) -> Plan:
    return asyncio.run(make_plan(run, config, [judging(config, "d", "m", "j"), generating(config, "d", "m")]))


def counts(plan: Plan) -> dict[str, tuple[int, int]]:
    """Step and name -> requests, and those of them that are certain."""
    lines = plan.to_json()["asks"]
    return {f"{line['step']} {line['asked']}": (line["requests"], line["requests_certain"]) for line in lines}


def answer(run: Path, config: Config, place: str, text: str, question: str) -> None:
    """Puts an answer into the journal."""
    identity = config.models[place.removeprefix("models/")].identity
    key = request_id(identity, _messages(question), [0], {})
    with Journal(run / "journal") as journal, journal.file(f"{place}/d/000") as file:
        file.add(Answer(key, text, "stop", 7, 5, 1.0, 1))


def test_before_any_answer_the_plans_are_certain_and_the_rest_is_imagined(tmp_path: Path, config: Config) -> None:
    plan = planned(tmp_path, config)
    assert counts(plan) == {
        "generate cheap": (PROMPT_NUMBER, PROMPT_NUMBER),
        "generate m": (PROMPT_NUMBER * (IMAGINED_PARTS + 1), 0),
        "judge j": (PROMPT_NUMBER, PROMPT_NUMBER),
    }
    cheap = next(line for line in plan.lines if line.name == "cheap")
    assert cheap.costs.tokens_out.expected == PROMPT_NUMBER * estimate_tokens("step 0 step 1 step 2")
    assert cheap.rows is None and next(line for line in plan.lines if line.name == "m").rows == PROMPT_NUMBER
    total = plan.to_json()["total"]
    assert (total["requests"], total["requests_certain"]) == (2 * (1 + 3 + 1 + 1), 2 * 2)
    assert [job["requests"] for job in plan.to_json()["jobs"]] == [2 * 5, 2]
    console = Console(record=True, width=200)
    show(plan, console)
    assert "of them" in console.export_text()


@pytest.mark.parametrize("width", [90, 200])
def test_a_long_name_cuts_nothing_off(tmp_path: Path, config: Config, width: int) -> None:
    """Names go on in the next line. What is still too wide for a terminal it breaks itself."""
    plan, name = planned(tmp_path, config), "qwen2.5-7b-longer.1.instructions"
    plan.lines[:] = [dataclasses.replace(line, dataset=name) for line in plan.lines]
    console = Console(record=True, width=width)
    show(plan, console)
    lines = console.export_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("  generate "))
    rest = next(i for i, line in enumerate(lines[first + 1 :], first + 1) if line.startswith("  generate "))
    start = lines[first].index("qwen2.5")
    widest = len(lines[first][start:].split()[0])
    assert "".join(line[start : start + widest].strip() for line in lines[first:rest]) == name
    total = plan.total
    expected, low, high = (f"{value:.3g}" for value in (total.usd.expected, total.usd.low, total.usd.high))
    assert any(line.rstrip().endswith(f" {expected}") for line in lines)
    assert any(line.rstrip().endswith(f" {low}–{high}") for line in lines), "numbers are whole"


def test_once_a_plan_is_there_its_parts_are_certain(tmp_path: Path, config: Config) -> None:
    steps = [f"step {name}" for name in "abcde"]
    answer(tmp_path, config, "models/cheap", "\n".join(steps), "Plan: Prompt 0.")
    of_another = IMAGINED_PARTS + 1
    assert counts(planned(tmp_path, config)) == {
        "generate cheap": (1, 1),
        "generate m": (len(steps) + 1 + of_another, len(steps)),
        "judge j": (PROMPT_NUMBER, PROMPT_NUMBER),
    }
    for step in steps[:2]:  # killed half-way
        answer(tmp_path, config, "models/m", "Some text.", f"Write {step} of Prompt 0.")
    assert counts(planned(tmp_path, config))["generate m"] == (len(steps) - 2 + 1 + of_another, len(steps) - 2)
    for step in steps[2:]:
        answer(tmp_path, config, "models/m", "Some text.", f"Write {step} of Prompt 0.")
    assert counts(planned(tmp_path, config))["generate m"] == (1 + of_another, 1), "the join is certain now"


def test_after_everything_nothing_is_asked(tmp_path: Path, config: Config) -> None:
    for number in range(PROMPT_NUMBER):
        prompt = f"Prompt {number}."
        answer(tmp_path, config, "models/cheap", "one\ntwo", f"Plan: {prompt}")
        for step in ("one", "two"):
            answer(tmp_path, config, "models/m", f"Text of {step}.", f"Write {step} of {prompt}")
    answer(tmp_path, config, "models/m", "The whole.", "Join Text of one.\nText of two.")
    plan = planned(tmp_path, config)
    assert counts(plan) == {"generate m": (0, 0), "judge j": (1, 1)}, "equal texts are joined once, and judged once"
    console = Console(record=True, width=200)
    show(plan, console)
    assert "certain" not in console.export_text()


def test_the_entry_that_a_job_is_for_comes_first(config: Config) -> None:
    """JSON sorts the roles by name; the first entry is the one whose budget, limit and progress count."""
    entries = generating(config, "d", "m").order.entries()
    assert [(role, entry.name) for role, entry in entries.items()] == [("writer", "m"), ("planner", "cheap")]


def test_a_training_changes_the_writer_alone(tmp_path: Path, config: Config) -> None:
    made = Trained(str(tmp_path), "0" * 64, Base("base"), None, 1, {}, "", {})
    write_manifest(tmp_path / "model.json", made)
    plain = generating(config, "d", "m").order.entries()
    trained = generating(config, "d", "m", trained=str(tmp_path / "model.json")).order.entries()
    assert trained["writer"].identity == dataclasses.replace(plain["writer"].identity, weights="0" * 64)
    assert trained["planner"] == plain["planner"]


def test_all_calls_of_a_text_are_asked_again(tmp_path: Path, config: Config) -> None:
    answer(tmp_path, config, "models/cheap", "one", "Plan: Prompt 0.")
    answer(tmp_path, config, "models/m", "The text.", "Write one of Prompt 0.")
    answer(tmp_path, config, "models/cheap", "one", "Plan: Prompt 1.")
    jobs, chosen = [generating(config, "d", "m")], Choice(models=["m"], statuses=["ok"])
    again = asyncio.run(find_again(tmp_path, config, jobs, chosen))
    assert again.rows == {("m", "d", "", "ok"): 1}
    assert again.carry_out(tmp_path) == 2, "the plan, and the text by it"
    assert counts(planned(tmp_path, config))["generate cheap"] == (1, 1)


def test_a_text_that_is_imagined_is_judged_as_one_that_is_awaited(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The method makes its response of imagined parts, without a call of its own."""
    monkeypatch.setattr(sys.modules[__name__], "IMAGINED_PARTS", 1)
    plan = planned(tmp_path, config)
    assert counts(plan) == {"generate cheap": (2, 2), "generate m": (2, 0), "judge j": (2, 2)}
    (judge,) = [job for job, _ in plan.jobs if not job.job.generates]
    assert all(request.awaits for request in judge.missing), "its expected length counts, not that of the part"
