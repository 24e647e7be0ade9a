"""What long contexts cost: peak memory of each step by the number of contexts, bytes per answer by their length, the
plan of tens of thousands of calls.

Ten recorded answers to a question about each context are graded by LongReward's method at a server without latency, and
paired. The plan is made before the run; half-way, when facts, grades and statements are known, and of each answer the
support of one statement; and when all is known but the judgements are to be written again.

`python tests/bench/contexts.py [contexts]`
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instant_server import serving
from measuring import measured, peaks
from running import CHECKOUT, Run

ANSWERS, SENTENCES, WORDS = 10, 15, 20  # answers to a question, sentences of an answer, words of a sentence
MOST = 1000  # MB that a step may take
_ANSWER = re.compile(r"<Answer>\n(.*)\n</Answer>", re.S)
_LETTERS = str.maketrans("0123456789", "aeioubdmst")
_SUPPORT = ("[[Fully supported]]", "[[Partially supported]]", "[[No support]]")


def grade(question: str) -> str:
    """The judge's reply: the answer's sentences as its statements, other grades by the hash of what it is shown."""
    chance = hashlib.sha256(question.encode()).digest()[0]
    if question.startswith("A user has a question"):
        return f"- The part is marked {chance}.\n- It says so in its first line."
    if question.startswith("An assistant answered"):
        answer = _ANSWER.search(question)
        assert answer is not None
        return "\n".join(f"- {line}" for line in answer[1].split("\n"))
    return _SUPPORT[chance % 3] if question.startswith("Check") else f"So be it.\n[[{chance % 11}]]"


def sentences(count: int, chance: random.Random) -> Iterator[str]:
    """Sentences of made-up words, of which some are rare."""
    for _ in range(count):
        ranks = (int(chance.paretovariate(0.6)) % 50_000 for _ in range(WORDS))
        yield " ".join(f"{rank:06d}".translate(_LETTERS) for rank in ranks).capitalize() + "."


def write_data(folder: Path, contexts: int, words: int) -> None:
    """Writes the dataset's file and the file of answers, whose sentences stand in their context."""
    with open(folder / "long.jsonl", "w") as dataset, open(folder / "answers.jsonl", "w") as answers:
        for number in range(contexts):
            chance, prompt = random.Random(number), f"What does text {number} say?"
            text = list(sentences(words // WORDS, chance))
            dataset.write(json.dumps({"prompt": prompt, "context": "\n".join(text)}) + "\n")
            for _ in range(ANSWERS):
                answer = "\n".join(chance.sample(text, SENTENCES))
                answers.write(json.dumps({"prompt": prompt, "response": answer}) + "\n")


def config(folder: Path, url: str, **long_reward: Any) -> dict[str, Any]:
    """The run: answers from the file, graded and paired."""
    fields = {"prompt": "prompt", "context": "context"}
    recorded = {"backend": "recorded", "path": str(folder / "answers.jsonl"), "samples": ANSWERS}
    judge = {"backend": "openai", "model": "bench-judge", "base_url": url, "method": "long-reward", "concurrency": 16}
    pairs = {"dataset": "long", "models": ["recorded"], "judge": "judge", "reward": {"length": 0, "quality": 1}}
    return {
        "datasets": {"long": {"path": str(folder / "long.jsonl"), "fields": fields, "rubric": None}},
        "models": {"recorded": recorded},
        "judges": {"judge": judge | {"long_reward": long_reward}},
        "evaluate": {"datasets": ["long"], "models": ["recorded"], "judges": ["judge"]},
        "preferences": {"pairs": pairs | {"rejected": "worst"}},
    }


def plan(run: Run, what: str) -> None:
    """Prints what planning takes, and how many calls it finds."""
    out = run.folder / "plan.json"
    script = [sys.executable, str(CHECKOUT / "scripts/plan_run.py"), "--directory", str(run.folder), "--json"]
    _, cpu, peak, status = measured([*script, *run.configfiles()], dict(os.environ), out=out)
    assert status == 0, what
    requests = json.loads(out.read_text())["total"]["requests"]
    print(f"  plan, {what:12} {requests:7,} calls   CPU {cpu:5.1f} s   peak memory {peak:4.0f} MB")


def one_run(contexts: int, words: int, *, plans: bool) -> dict[str, float]:
    """Prints bytes per answer; returns the peak memory of each step in MB."""
    with tempfile.TemporaryDirectory() as name, serving(judging=grade) as url:
        data = Path(name)
        write_data(data, contexts, words)
        run = Run(data / "run", config(data, url), base=None)
        if plans:
            plan(run, "before")
            run.config = config(data, url, sample_statements=1)
            run.finish()
            run.config = config(data, url)
            plan(run, "half-way")
        memory = peaks(run.command("-q", "all"), dict(os.environ))
        results = run.folder / "results/long"
        if plans:
            (results / "recorded/judgements/judge.parquet").unlink()
            plan(run, "all known")
        answers = contexts * ANSWERS
        tables = sum(path.stat().st_size for path in results.rglob("recorded/**/*.parquet"))
        stored = (results / "prompts.parquet").stat().st_size / 1e6
        text = (data / "long.jsonl").stat().st_size / 1e6
        print(f"  {tables / answers:,.0f} bytes of tables per answer; {text:,.0f} MB of contexts take {stored:,.0f} MB")
        return memory


def main() -> None:
    """Prints the figures."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cases = {}
    for contexts, words in ((most // 4, 6_000), (most // 4, 60_000), (most, 60_000)):
        print(f"{contexts} contexts of {words:,} words, {ANSWERS} answers each", flush=True)
        cases[contexts, words] = one_run(contexts, words, plans=contexts == most)
    print(f"{'peak memory, MB':24}" + "".join(f"{contexts:6} x {words:<6,}" for contexts, words in cases))
    for step in sorted(cases[most, 60_000], key=lambda step: -cases[most, 60_000][step]):
        print(f"{step:24}" + "".join(f"{memory.get(step, 0):12.0f}   " for memory in cases.values()))
    assert max(cases[most, 60_000].values()) < MOST


if __name__ == "__main__":
    main()
