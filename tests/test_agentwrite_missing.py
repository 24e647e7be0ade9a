"""AgentWrite where something is wrong: plans that are none, sections that are missing or not as they should be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agentwrite_jobs import Jobs, line, prompt
from fault_replies import completion
from fault_server import FaultServer, Plan, no_fault

from longhand.methods.section_remarks import SectionRemarks
from longhand.program.errors import LonghandError

WORDS = "one two three four five six seven eight nine ten".split()
SOUND = "\n".join(line(n + 1, f"part {name}") for n, name in enumerate("abcd"))


def section_text(name: str, words: int = 200) -> str:
    return " ".join(f"{name}{WORDS[n // 100]}{WORDS[n // 10 % 10]}{WORDS[n % 10]}" for n in range(words))


def name_of(question: str) -> str:
    """Which section is asked for."""
    return question.rpartition("Main Point: part ")[2][:1]


def reply(question: str) -> str:
    return SOUND if question.startswith("PLAN") else section_text(name_of(question))


def failing(*faults: tuple[str, Any]) -> Plan:
    """Sections that always meet a fault."""
    by_name = dict(faults)
    return lambda question, _: by_name.get(name_of(question)) if question.startswith("WRITE") else None


class Written:
    """One text: its row, the statuses of its calls, and the sections that were asked for."""

    def __init__(self, folder: Path, plan: Plan = no_fault, text: Any = reply, parallel: bool = False, **columns: Any):
        rows = [prompt("a", "tale", **columns)]
        with FaultServer(plan, text=text) as server:
            self.jobs = Jobs(folder, server.url, m={"agentwrite": {"parallel": parallel}})
            (self.row,) = self.jobs.write("m", rows)
            self.traces = self.jobs.traces("m", rows)
            self.questions = list(server.received)
            self.sent_for = "".join(name_of(question) for question in self.questions if question.startswith("WRITE"))

    @property
    def statuses(self) -> list[str]:
        return [trace["status"] for trace in self.traces]


ANSWERS = ("filter", "refusal", "empty", "null")
"""Faults that are answers without a text."""


@pytest.mark.parametrize("fault", [*ANSWERS, "filter 400", "too long vllm", "400", "500"])
def test_a_text_whose_last_section_is_missing_is_truncated(tmp_path: Path, fault: str) -> None:
    text = Written(tmp_path, failing(("d", fault)))
    assert text.row["status"] == "truncated" and text.row["error"].startswith("section 4 of 4 is missing")
    assert text.row["response"] == "\n\n".join(section_text(name) for name in "abc"), "an error is no section"
    assert text.statuses[:4] == ["ok"] * 4 and text.statuses[4] in ("refused", "empty", "too_long", "failed")
    assert text.row["completion_tokens"] == 20 * (5 if fault in ANSWERS else 4), "what has no text was paid for, too"


@pytest.mark.parametrize("fault", [*ANSWERS, "filter 400"])
def test_a_text_that_misses_an_earlier_section_is_rejected_at_once(tmp_path: Path, fault: str) -> None:
    text = Written(tmp_path, failing(("b", fault)))
    assert (text.row["status"], text.row["response"]) == ("rejected", None)
    assert text.row["error"].startswith("section 2 of 4 is missing")
    assert text.sent_for == "ab", "what follows would be thrown away"
    assert text.row["completion_tokens"] == 20 * (3 if fault in ANSWERS else 2), "what came was paid for"
    assert text.row["attempts"] == 3, "a plan and two sections"


def test_where_no_more_fits_the_context_the_text_so_far_is_kept(tmp_path: Path) -> None:
    """A published fault: an overflow of the context loses the row."""
    text = Written(tmp_path, failing(("c", "too long vllm")))
    assert text.row["status"] == "truncated"
    assert text.row["response"] == f"{section_text('a')}\n\n{section_text('b')}"
    assert text.sent_for == "abc" and text.statuses == ["ok", "ok", "ok", "too_long"]


def test_a_server_that_goes_down_fails_the_row_and_the_next_run_asks_the_rest(tmp_path: Path) -> None:
    faults = failing(("c", "500"))
    rows = [prompt("a", "tale")]
    with FaultServer(faults, text=reply) as server:
        jobs = Jobs(tmp_path, server.url, m={})
        (row,) = jobs.write("m", rows)
        assert (row["status"], row["response"]) == ("failed", None)
        assert row["error"].startswith("section 3 of 4 is missing: no answer in 1 try")
        with pytest.raises(LonghandError, match="1 of 1 rows have no answer"):
            Jobs(tmp_path, server.url, 0.95, m={}).write("m", rows)
        server.plan = no_fault
        before = server.answered.copy()
        (row,) = jobs.write("m", rows)
        assert row["response"] == "\n\n".join(section_text(name) for name in "abcd")
        assert [name_of(question) for question in server.answered - before] == ["c", "d"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [("empty", "empty"), ("filter", "refused"), ("too long vllm", "too_long"), ("400", "failed"), ("500", "failed")],
)
def test_where_nothing_came_the_row_says_why(tmp_path: Path, fault: str, status: str) -> None:
    text = Written(tmp_path, failing(("a", fault)))
    assert (text.row["status"], text.row["response"]) == (status, None) and text.sent_for == "a"


@pytest.mark.parametrize(
    ("fault", "status"), [("filter", "refused"), ("too long vllm", "too_long"), ("400", "failed"), ("500", "failed")]
)
def test_a_plan_that_does_not_come(tmp_path: Path, fault: str, status: str) -> None:
    text = Written(tmp_path, lambda question, _: fault)
    assert (text.row["status"], text.row["response"]) == (status, None)
    assert len(text.questions) == 1 and text.statuses == [status]


@pytest.mark.parametrize(
    ("faults", "status", "kept"),
    [
        ((("d", "empty"),), "truncated", "abc"),
        ((("b", "empty"),), "rejected", ""),
        ((("b", "400"), ("d", "empty")), "failed", ""),
    ],
)
def test_parallel_sections_that_are_missing(tmp_path: Path, faults: Any, status: str, kept: str) -> None:
    text = Written(tmp_path, failing(*faults), parallel=True)
    assert text.row["status"] == status and sorted(text.sent_for) == list("abcd")
    assert (text.row["response"] or "") == "\n\n".join(section_text(name) for name in kept)


NO_PLANS = {
    "a greeting": "Certainly! I will write it.",
    "a loop": "\n".join(line(n + 1, "the hero walks on through the forest and meets a stranger") for n in range(12)),
    "no counts": "Paragraph 1 - Main Point: rain\nParagraph 2 - Main Point: snow",
    "its middle": f"{SOUND}\nParagraph 5 - Main",
    "too many": "\n".join(
        line(n + 1, f"part {chr(97 + n // 26)}{chr(97 + n % 26)} {section_text(chr(97 + n % 26), 9)}")
        for n in range(51)
    ),
    "too short": line(1, "rain", 500),
}


@pytest.mark.parametrize("text", NO_PLANS.values(), ids=NO_PLANS)
def test_what_is_no_plan_is_asked_again_with_another_draw_and_then_rejected(tmp_path: Path, text: str) -> None:
    """Published faults: greetings, headings, plans that were cut were sections; plans over 50 lines lost in silence."""
    replies = iter([text, SOUND])
    written = Written(
        tmp_path, text=lambda q: next(replies) if q.startswith("PLAN") else reply(q), required=800, constraint="about"
    )
    assert written.row["status"] == "ok" and written.row["completion_tokens"] == 20 * 6
    assert written.statuses == ["rejected", *["ok"] * 5] and written.traces[0]["error"]
    assert [trace["number"] for trace in written.traces] == [0, 1, 0, 1, 2, 3]
    assert written.traces[0]["request_id"] != written.traces[1]["request_id"]
    never = Written(tmp_path / "never", text=lambda _: text, required=800, constraint="about")
    assert (never.row["status"], never.row["response"], never.sent_for) == ("rejected", None, "")
    assert never.row["error"].startswith("no plan in 5 tries: ") and never.statuses == ["rejected"] * 5
    assert never.row["completion_tokens"] == 20 * 5


def test_sections_that_are_not_as_they_should_be_are_kept_and_remarked(tmp_path: Path) -> None:
    texts = {"a": section_text("a"), "b": section_text("b", 401), "c": section_text("a"), "d": section_text("d", 99)}

    async def cut(_: Any, body: dict[str, Any]) -> Any:
        await asyncio.sleep(0)
        return completion(section_text("d"), "length")

    text = Written(tmp_path, text=lambda q: SOUND if q.startswith("PLAN") else texts[name_of(q)])
    assert text.statuses == ["ok", "ok", "off_length", "repeated", "off_length"]
    assert [trace["words"] for trace in text.traces[1:]] == [200, 401, 200, 99]
    assert "it has 401 words, and its plan says 200" in str(text.traces[2]["error"])
    assert text.row["status"] == "ok" and text.row["response"] == "\n\n".join(texts[name] for name in "abcd")
    cut_off = Written(tmp_path / "last", failing(("d", cut)))
    assert (cut_off.row["status"], cut_off.row["finish_reason"]) == ("truncated", "length")
    assert cut_off.row["response"].endswith(section_text("d")) and cut_off.statuses[-1] == "truncated"
    earlier = Written(tmp_path / "earlier", lambda q, _: cut if name_of(q) == "b" and q.startswith("WRITE") else None)
    assert (earlier.row["status"], earlier.statuses[2]) == ("ok", "truncated"), "only the end of a text is its end"


@pytest.mark.parametrize(("words", "remark"), [(99, "off_length"), (100, None), (400, None), (401, "off_length")])
def test_a_section_may_have_half_to_twice_its_words(words: int, remark: str | None) -> None:
    remarked = SectionRemarks().of(section_text("a", words), 200, cut=False)
    assert (remarked and remarked[0]) == remark


@pytest.mark.parametrize(("repeated", "remark"), [(112, None), (113, "repeated")])
def test_a_section_repeats_where_more_than_half_of_its_runs_stood_before(repeated: int, remark: str | None) -> None:
    """Of 212 words there are 200 runs of 13 words, and of the first 112 there are 100."""
    remarks = SectionRemarks()
    assert remarks.of(section_text("a"), 200, cut=False) is None
    assert remarks.of(section_text("b"), 200, cut=False) is None
    words = [*section_text("a").split()[:repeated], *section_text("c").split()[: 212 - repeated]]
    remarked = remarks.of(" ".join(words), 200, cut=False)
    assert (remarked and remarked[0]) == remark


def test_short_sections_that_are_equal_repeat_each_other() -> None:
    remarks = SectionRemarks()
    sections = ("Rain fell.", "Snow fell.", "Rain fell.")
    remarked = [remarks.of(text, 2, cut=False) for text in sections]
    assert [remark and remark[0] for remark in remarked] == [None, None, "repeated"]
