"""AgentWrite, killed in the middle of a text: what was answered is not sent again."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path

from agentwrite_jobs import Jobs, line, prompt
from fault_server import FaultServer

from longhand.tables.files import read_rows

SECTIONS, KILLED_AFTER, TEXTS = 12, 7, 4


def plan_of(text: str) -> list[str]:
    return [line(n + 1, f"part {n} of {text}, which is {chr(97 + n) * 9}") for n in range(SECTIONS)]


def section_of(planned: str) -> str:
    return f"Text of {planned.split(' - ')[1]}."


def test_a_killed_job_asks_five_sections_and_the_rest(tmp_path: Path) -> None:
    seventh = threading.Event()

    def reply(question: str) -> str:
        if question.startswith("PLAN"):
            return "\n".join(plan_of(question[-1]))
        planned = question.rpartition("|")[2]
        if planned == plan_of("0")[KILLED_AFTER - 1]:
            server.most_answers = server.answered.total()  # all others wait
            seventh.set()
        return section_of(planned)

    rows = [prompt(f"{n}", f"tale {n}") for n in range(TEXTS)]
    with FaultServer(latency=0.02, text=reply) as server:
        jobs = Jobs(tmp_path, server.url, m={})
        words = jobs.command("m", rows)
        job = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        assert seventh.wait(timeout=30)
        journal = tmp_path / "journal/models/m/d/000.jsonl"
        while journal.read_bytes().count(b"\n") < server.answered.total():
            assert job.poll() is None
        job.send_signal(signal.SIGKILL)
        job.wait()
        before, server.most_answers = Counter(server.answered), 10**9
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        sent = server.answered - before
    of_one = [question for question in sent if question.startswith("WRITE|tale 0|")]
    assert len(of_one) == SECTIONS - KILLED_AFTER and not [q for q in sent if q == "PLAN|tale 0"]
    assert set(server.answered.values()) == {1}, "nothing was sent twice"
    assert server.answered.total() == TEXTS * (1 + SECTIONS)
    for row in read_rows(tmp_path / "d-m.parquet"):
        assert row["response"] == "\n\n".join(map(section_of, plan_of(row["prompt_id"])))
