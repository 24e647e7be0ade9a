"""Killed at ten random moments: every table as if nothing had happened, and no answered question asked again.

Two models write at the same time, and the judge is asked while their answers come. They write the same, so that both
jobs have the same questions to the judge.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
from fault_replies import DIMENSIONS, VERDICT
from fault_server import FaultServer
from patience import busy
from running import Run

from longhand.ask.ledger import unsettled_beside
from longhand.ask.lines import read_answers

KILLS, CONCURRENCY = 10, 2
MODELS, SAMPLES, REPEATS = ("m", "n"), 2, 3
MOST, AFTER = 10, 3  # answers between two kills, and while one is carried out
REQUESTS = 24 * (len(MODELS) * SAMPLES + REPEATS)  # equal responses to a prompt are judged once
assert KILLS * (MOST + AFTER) < REQUESTS
TABLES = ("responses", "judgements/j", "scores")


def config(url: str, concurrency: int) -> dict[str, Any]:
    # A seed of its own with each request tells the requests apart.
    reached = {"backend": "openai", "base_url": url, "concurrency": concurrency, "send_seed": True, "tries": 3}
    rubric = {
        "template": VERDICT + " {prompt} {response}",
        "dimensions": {name: [] for name in DIMENSIONS},
        "scale": [1, 5],
    }
    return {
        "datasets": {"longhand-mini": {"rubric": "plain"}},
        "rubrics": {"plain": rubric},
        "models": {name: reached | {"model": name, "samples": SAMPLES} for name in MODELS},
        "judges": {"j": reached | {"model": "j", "repeats": REPEATS}},
        "evaluate": {"models": list(MODELS), "judges": ["j"]},
    }


def timeless(run: Run) -> dict[str, list[dict[str, Any]]]:
    return {
        f"{model}/{name}": [
            {column: value for column, value in row.items() if column not in ("seconds", "attempts")}
            for row in run.rows(f"results/longhand-mini/{model}/{name}.parquet")
        ]
        for model in MODELS
        for name in TABLES
    }


def seed(request_id: str) -> int:
    """The seed that goes with a request, as `Client` makes it."""
    return int(request_id[:8], 16) >> 1


class Disturbed:
    """A run that is killed and started again.

    Attributes:
        lost: requests in flight at the kills, as the server saw them, with those it had just answered.
    """

    def __init__(self, run: Run, server: FaultServer):
        self.run, self.server, self.lost = run, server, 0
        self.answered_at_a_kill: list[tuple[int, int]] = []  # seed of what the journal had, requests for it till then
        self.snakemake: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Starts Snakemake, after a kill with the folder's stale lock removed."""
        if (self.run.folder / ".snakemake/locks").exists():
            self.run.finish("--unlock")
        with (self.run.folder / "output").open("ab") as output:
            command = self.run.command("all_scores", "--cores", "1")  # waiting for an API takes none
            return subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def kill(self, what: str, chance: random.Random) -> None:
        """Waits until some more requests were answered, then kills a job, Snakemake, or all of it."""
        wanted = self.server.answered.total() + chance.randint(4, MOST)
        self.server.most_answers = wanted + AFTER  # also while a busy machine starts Snakemake again
        while self.server.answered.total() < wanted:
            if self.snakemake is None or self.snakemake.poll() is not None:
                assert self.snakemake is None or self.snakemake.returncode != 0, "the run ended before the last kill"
                self.snakemake = self.start()
            time.sleep(0.01)
        assert self.snakemake is not None
        time.sleep(chance.uniform(0, self.server.latency))
        self._count_lost(what)
        if what == "snakemake":
            self.snakemake.kill()
            self.snakemake.wait()
        elif what == "all":
            for job in self._jobs():  # those too that an earlier Snakemake left
                job.kill()
            os.killpg(self.snakemake.pid, signal.SIGKILL)
            self.snakemake.wait()
        elif jobs := self._jobs():
            chance.choice(jobs).kill()
        self._note_answered()

    def _count_lost(self, what: str) -> None:
        now = time.monotonic()
        in_flight = self.server.in_flight + sum(now - then < 0.1 * busy() for then in self.server.finished_at)
        # A killed Snakemake leaves its jobs running: they go on, and the next run finds their answers.
        self.lost += {"all": in_flight, "job": min(in_flight, 2 * CONCURRENCY), "snakemake": 0}[what]

    def _note_answered(self) -> None:
        requests = self.requests()
        for path in (self.run.folder / "journal").rglob("*.jsonl"):
            for answer, _ in read_answers(path):
                self.answered_at_a_kill.append((seed(answer.id), requests[seed(answer.id)]))

    def requests(self) -> Counter[int]:
        """Requests that the server got, by their seed."""
        return Counter(body["seed"] for body in list(self.server.bodies))

    def _jobs(self) -> list[psutil.Process]:
        """Jobs that ask, whichever Snakemake started them."""
        jobs = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                asks = any(word.endswith("_responses.py") for word in process.cmdline()[:2])
                if asks and Path(process.cwd()) == self.run.folder:
                    jobs.append(process)
        return jobs


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    with FaultServer() as server:
        undisturbed = Run(tmp_path / "undisturbed", config(server.url, 16), pages=False)
        output = undisturbed.finish("all_responses", "--cores", "4", "--quiet", "rules")
        assert server.total == 24 * len(MODELS) * SAMPLES, "no verdict, since the run has planned none"
        output += undisturbed.finish("all_scores", "--cores", "4", "--quiet", "rules")
        assert server.total == REQUESTS
    for table, number in (("responses", 24 * SAMPLES), ("judgements/j", 24 * SAMPLES * REPEATS)):
        for model in MODELS:
            assert f"results/longhand-mini/{model}/{table}.parquet is complete: {number} ok\n" in output
    chance = random.Random(os.environ.get("LONGHAND_KILL_SEED", "7"))
    kinds = (["job", "snakemake", "all"] * KILLS)[:KILLS]
    chance.shuffle(kinds)
    with FaultServer(latency=0.4) as server:
        disturbed = Disturbed(Run(tmp_path / "disturbed", config(server.url, CONCURRENCY), pages=False), server)
        for kind in kinds:
            disturbed.kill(kind, chance)
        server.most_answers = 2 * REQUESTS  # answers that a kill lost count, too
        if disturbed.snakemake is not None and disturbed.snakemake.poll() is None:
            disturbed.snakemake.wait(600)
        server.latency = 0.02
        if (disturbed.run.folder / ".snakemake/locks").exists():
            disturbed.run.finish("--unlock")
        disturbed.run.finish("all_scores", "--cores", "4")
        requests = disturbed.requests()
    assert server.highest > 2 * CONCURRENCY, "several API jobs run at a time on one core, and the judge meanwhile"
    assert list((disturbed.run.folder / "journal/judges/j/others").rglob("*.jsonl")), "verdicts while answers came"
    assert timeless(disturbed.run) == timeless(undisturbed), "in which the judge was asked after all answers had come"
    assert len(requests) == REQUESTS
    again = [(n, then) for n, then in disturbed.answered_at_a_kill if requests[n] != then]
    assert again == [], "an answered question was asked again"
    print(f"{KILLS} kills: {requests.total()} requests for {REQUESTS} answers, {disturbed.lost} in flight at the kills")
    assert REQUESTS < requests.total() <= REQUESTS + disturbed.lost, "kills did lose something"
    files = list((disturbed.run.folder / "journal").rglob("*.jsonl"))
    maybe_paid = sum(most.requests for path in files for most in unsettled_beside(path))
    assert requests.total() <= REQUESTS + maybe_paid, "what was sent and lost is told"
    assert maybe_paid <= disturbed.lost
    assert disturbed.run.planned("all_scores") == {}
