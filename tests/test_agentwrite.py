"""AgentWrite against a server over HTTP: what it asks, in which order, and what it makes of the answers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from agentwrite_jobs import Jobs, line, prompt
from fault_server import FaultServer
from running import CHECKOUT

TEXTS, SECTIONS = 20, 4
TEMPLATES = CHECKOUT / "resources/prompts/agentwrite"


def section_text(name: str) -> str:
    """200 words that no other section has."""
    return " ".join(f"{name}{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200))


def parts_of(question: str) -> list[str]:
    """Instruction, plan, text so far and line of a question by the short template."""
    return question.split("|")[1:]


def reply(question: str) -> str:
    """A plan of some lines, which name their instruction; the words of a section."""
    kind, instruction = question.split("|")[:2]
    if kind == "PLAN":
        return "\n".join(line(n + 1, f"part {'abcd'[n]} of {instruction}") for n in range(SECTIONS))
    return f"\n{section_text(re.sub('[^a-z]', '', parts_of(question)[3].split('Main Point: ')[1].split(' - ')[0]))} \n"


def test_twenty_texts_are_asked_and_joined_as_computed_by_hand(tmp_path: Path) -> None:
    """With the shipped templates, in both languages; every question, in order, and every joined text."""
    rows, expected, plans, sections = [], {}, {}, {}
    for number in range(TEXTS):
        language, instruction = ("zh", "en")[number % 2], f"instruction {number}"
        templates = {step: (TEMPLATES / f"{step}.{language}.txt").read_text().strip() for step in ("plan", "write")}
        lines = [line(n + 1, f"point {number} {n}", 200 + n) for n in range(1 + number % 5)]
        filled = templates["plan"].replace("{instruction}", instruction).replace("{parts}", "50")
        filled = filled.replace("{least}", "200").replace("{most}", "1000")
        plans[filled] = "Here it is:\n\n" + "\n\n".join(lines) + "\n\nI hope that it helps."
        sent, text = [filled], ""
        for n, each in enumerate(lines):
            question = templates["write"].replace("{instruction}", instruction).replace("{plan}", "\n".join(lines))
            question = question.replace("{step}", each).replace("{text}", text)
            sent.append(question)
            sections[question] = f"  Section {n} of {number}.\nIts second line.\n"
            text += ("\n\n" if text else "") + f"Section {n} of {number}.\nIts second line."
        rows.append(prompt(f"{number:02}", instruction, language=language))
        expected[f"{number:02}"] = sent, text
    with FaultServer(latency=0.01, text=lambda question: plans.get(question) or sections[question]) as server:
        jobs = Jobs(tmp_path, server.url, m={"agentwrite": {"prompts": {}}})
        responses = {row["prompt_id"]: row for row in jobs.write("m", rows)}
        questions = [body["messages"] for body in server.bodies]
    assert all([message["role"] for message in messages] == ["user"] for messages in questions)
    order = [messages[0]["content"] for messages in questions]
    for name, (sent, text) in expected.items():
        assert responses[name]["response"] == text and responses[name]["status"] == "ok"
        assert [question for question in order if question in sent] == sent
        assert responses[name]["completion_tokens"] == 20 * len(sent), "the sum of its calls"
        assert responses[name]["attempts"] == len(sent)
    assert Counter(order) == Counter(question for sent, _ in expected.values() for question in sent)


def test_sections_in_parallel_see_no_other_and_share_the_plan(tmp_path: Path) -> None:
    rows = [prompt("a", "tale")]
    with FaultServer(text=reply) as server:
        jobs = Jobs(tmp_path, server.url, serial={}, parallel={"agentwrite": {"parallel": True}})
        serial, parallel = jobs.write("serial", rows), jobs.write("parallel", rows)
        sent = [question for question in server.answered if question.startswith("WRITE")]
        plans = {question: number for question, number in server.received.items() if question.startswith("PLAN")}
    assert plans == {"PLAN|tale": 1}, "sent once for both"
    traces = {model: jobs.traces(model, rows) for model in ("serial", "parallel")}
    assert traces["serial"][0]["request_id"] == traces["parallel"][0]["request_id"]
    assert (
        serial[0]["response"] == parallel[0]["response"] == "\n\n".join(section_text(f"part{x}oftale") for x in "abcd")
    )
    alone = [parts_of(question)[2] for question in sent if parts_of(question)[2] == ""]
    assert len(sent) == 2 * SECTIONS - 1, "the first sections are the same question"
    assert len(alone) == SECTIONS


@pytest.mark.parametrize("parallel", [False, True])
def test_two_equal_lines_are_two_sections(tmp_path: Path, parallel: bool) -> None:
    """A published fault: sections were cached by the text of their line."""
    twice, replies = line(1, "rain"), iter(["First.", "Second."])
    rows = [prompt("a", "tale")]
    with FaultServer(text=lambda question: f"{twice}\n{twice}" if question == "PLAN|tale" else next(replies)) as server:
        jobs = Jobs(tmp_path, server.url, m={"agentwrite": {"parallel": parallel}})
        (row,) = jobs.write("m", rows)
    assert sorted(row["response"].split("\n\n")) == ["First.", "Second."]
    assert [trace["number"] for trace in jobs.traces("m", rows)] == [0, 0, 1]


def test_marks_in_an_instruction_stay_text(tmp_path: Path) -> None:
    """A published fault: `$PLAN$` in an instruction was taken for the plan."""
    instruction = r"say $PLAN$ {plan} {text} {step} {instruction} $STEPS$ \1"
    with FaultServer(
        text=lambda q: line(1, "{text} $PLAN$ {plan}") if q.startswith("PLAN") else "{step} {text}"
    ) as server:
        (row,) = Jobs(tmp_path, server.url, m={}).write("m", [prompt("a", instruction)])
        questions = list(server.answered)
    only = line(1, "{text} $PLAN$ {plan}")
    assert questions == [f"PLAN|{instruction}", f"WRITE|{instruction}|{only}||{only}"]
    assert row["response"] == "{step} {text}"


def test_equal_instructions_do_not_fall_together(tmp_path: Path) -> None:
    """A published fault: what was done was found by the text of its instruction."""
    rows, numbers = [prompt("a", "tale"), prompt("b", "tale", context="of rain")], iter(range(1000))
    with FaultServer(text=lambda q: line(1, "rain") if q[:4] == "PLAN" else f"text {next(numbers)}") as server:
        jobs = Jobs(tmp_path, server.url, m={"samples": 3})
        one, other = jobs.write("m", rows), jobs.write("m", rows[:1], "other")
    assert [(row["prompt_id"], row["sample"]) for row in one] == [(name, n) for name in "ab" for n in range(3)]
    assert len({row["response"] for row in one}) == 6, "each sample has a text of its own"
    assert [row["response"] for row in other] == [row["response"] for row in one[:3]], "and equal requests one answer"


def test_another_entry_plans(tmp_path: Path) -> None:
    rows = [prompt("a", "tale")]
    with FaultServer(text=reply) as server:
        planner = {"model": "planner", "method": "direct"}
        jobs = Jobs(tmp_path, server.url, m={"agentwrite": {"plan_model": "p"}}, p=planner)
        (row,) = jobs.write("m", rows)
        models = [body["model"] for body in server.bodies]
    assert models == ["planner", *["m"] * SECTIONS]
    assert row["model"] == "m" and row["completion_tokens"] == 20 * (1 + SECTIONS)
    roles = [(trace["role"], trace["step"], trace["required"]) for trace in jobs.traces("m", rows)]
    assert roles == [("planner", "plan", None), *[("writer", "write", 200)] * SECTIONS]
    lines = {p.relative_to(tmp_path / "journal/models").parts[0] for p in tmp_path.glob("journal/models/**/*.jsonl*")}
    assert lines == {"m", "p"}, "a journal of its own"
