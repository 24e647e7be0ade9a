"""Processes that share a journal, killed at random moments: no request is answered twice, and no answer is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from longhand.ask.journal import Journal
from longhand.ask.lines import journal_files, read_answers

NUMBER, KILLS, AT_A_TIME = 400, 30, 4
# Each leg enters a journal, maybe idles, and answers in random order what nobody has; `index.MANY` is small, so that
# indexes are written all the time.
ASKER = f"""
import random, sys, time
from pathlib import Path
from longhand.ask import index
from longhand.ask.journal import Journal
from longhand.wire.answer import Answer
index.MANY = 5
chance = random.Random(sys.argv[3])
keys = [f"{{n + 1:02x}}" * 32 if n < 200 else f"{{n - 199:02x}}" * 31 + "ff" for n in range({NUMBER})]
chance.shuffle(keys)
with Journal(Path(sys.argv[1])) as journal:
    time.sleep(chance.random() / 10)
    with journal.file(sys.argv[2]) as file:
        for key in keys:
            if journal.get(key) is None and journal.claim(key):
                time.sleep(0.01)
                file.add(Answer(key, sys.argv[2] + "x" * chance.randrange(2000), "stop", 1, 1, 0.5, 1))
                journal.release(key)
"""


def test_no_request_is_answered_twice(tmp_path: Path) -> None:
    chance, environment = random.Random(1), {"PYTHONPATH": str(Path(__file__).parents[1] / "scripts")}
    running: list[subprocess.Popen[bytes]] = []

    def start(number: int) -> None:
        words = [sys.executable, "-c", ASKER, str(tmp_path), f"models/m/d/{number % 7:03d}", str(number)]
        running.append(subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL))

    for number in range(KILLS):
        while len(running) < AT_A_TIME:
            start(number + 100 * len(running))
        time.sleep(chance.random() / 4)
        killed = running.pop(chance.randrange(len(running)))
        killed.kill()
        killed.wait()
    start(1000)
    assert [process.wait(600) for process in running] == [0] * len(running)
    answered = Counter(answer.id for path in journal_files(tmp_path) for answer, _ in read_answers(path))
    assert len(answered) == NUMBER and set(answered.values()) == {1}
    journal = Journal(tmp_path)
    assert all(journal.get(key) is not None for key in answered)
