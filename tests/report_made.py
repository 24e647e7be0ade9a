"""Made-up tables of data that a run made: Self-Lengthen with an iteration and a collection, and fine-tuning data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from report_rows import chance, sentences
from report_run import Run
from report_traces import call

from longhand.tables.files import Row, write_table
from longhand.tables.schemas import FILTERED, PROMPTS, TRACES
from longhand.tables.score_tables import SCORES
from longhand.tables.training_tables import SFT

NAME, ROUNDS = "longer", 2
PAPER = [
    ("all", 0, 6000),
    ("language", 1200, 4800),
    ("one_stated_length", 3052, 1748),
    ("min_length_score", 1082, 666),
]
"""LongWriter-6k's funnel, with one step more."""


def paragraphs(n: int, words: int, *of: object) -> str:
    """So many paragraphs of English words: without digits and marks, so that words are what stands between spaces."""
    start = chance(*of).randrange(10_000)
    plain = [word.rstrip(".") for word in sentences("en")[start : start + n * words]]
    return "\n\n".join(" ".join(plain[i * words : (i + 1) * words]) for i in range(n))


def row_of(schema: Any, **values: object) -> Row:
    return dict.fromkeys(schema.names) | values


def score(prompt_id: str, sample: int, words: int, status: str = "ok") -> Row:
    key = {"prompt_id": prompt_id, "sample": sample, "language": "en", "status": status}
    return row_of(SCORES, **key, words=words, words_longbench_write=words, words_longen=words)


def write_filters(path: Path, steps: list[tuple[str, int, int]]) -> None:
    rows = [
        {"order": i, "filter": name, "dropped": dropped, "left": left} for i, (name, dropped, left) in enumerate(steps)
    ]
    write_table(path, rows, FILTERED, "make_prompts")


def write_set(path: Path, words: list[int], mixed: int = 0) -> None:
    """Fine-tuning data with answers of so many words; by the counter of their dataset they are more."""
    keys = [{"source": "d", "prompt_id": f"p{i}", "sample": 0, "words": n + n // 8} for i, n in enumerate(words)]
    rows = [
        row_of(SFT, messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "word " * n}], **key)
        for n, key in [*zip(words, keys, strict=True), *[(9, {"source": "chat"})] * mixed]
    ]
    write_table(path, rows, SFT, "select_sft")


def extension(prompt_id: str, sample: int, hostile: str) -> tuple[list[Row], int]:
    """The calls of one extended text and its words; the words 0 where all of its two tries failed."""
    dice, key, calls = chance(prompt_id, sample), {"prompt_id": prompt_id, "sample": sample}, list[Row]()
    for attempt in range(2):
        words = 0
        for at in range(ROUNDS):
            number = attempt * ROUNDS + at
            half = paragraphs(dice.randint(2, 7), 20, prompt_id, sample, number, "half") + hostile
            if dice.random() < 0.1:
                calls.append(call(key, "half", number, half, status="truncated"))
                continue
            calls.append(call(key, "half", number, half))
            whole = paragraphs(dice.randint(2, 9), 25, prompt_id, sample, number, "whole")
            status = "not_longer" if dice.random() < 0.3 else "ok"
            calls.append(call(key, "whole", number, whole, status=status, error=f"7 words, before 9{hostile}"))
            if status == "ok":
                kept = half.split("\n\n")[: 2 * len(half.split("\n\n")) // 3]
                words = len(" ".join(kept).split()) + len(whole.split())
        if words:
            return calls, words
    return calls, 0


def add_self_lengthen(run: Run, hostile: str = "", prompts: int = 30) -> None:
    """Writes the tables of an entry of self_lengthen, and adds them to those that the run's report is made from."""
    results = run.folder / "results"
    for i in (1, 2):
        initial, answered = results / f"{NAME}.{i}.initial", results / f"{NAME}.{i}.instructions"
        ids = [f"{NAME}-{i}-{n}" for n in range(prompts)]
        firsts = [score(id_, 0, 100 + 7 * n, "rejected" if n % 9 == 4 else "ok") for n, id_ in enumerate(ids)]
        write_table(answered / f"{NAME}.{i}.generator/scores.parquet", firsts, SCORES, "join_scores")
        texts = {id_: paragraphs(3, 10 + n, id_) for n, id_ in enumerate(ids)}
        about = {"prompt": f"Write about the sea.{hostile}", "language": "en"}
        rows = [row_of(PROMPTS, prompt_id=id_, context=text, **about) for id_, text in texts.items()]
        write_table(initial / "prompts.parquet", rows, PROMPTS, "make_prompts")
        made = {(id_, sample): extension(id_, sample, hostile) for id_ in ids for sample in (0, 1)}
        calls = [one for of_text, _ in made.values() for one in of_text]
        write_table(initial / f"{NAME}.{i}.extender/traces.parquet", calls, TRACES, "collect_traces")
        scores = [score(*key, words, "ok" if words else "rejected") for key, (_, words) in made.items()]
        write_table(initial / f"{NAME}.{i}.extender/scores.parquet", scores, SCORES, "join_scores")
        refused = [
            call(
                {"prompt_id": id_, "sample": 0}, "instruct", 0, f"x{hostile}", status="wrong_length", error=f"{n} words"
            )
            for n, id_ in enumerate(ids[: 5 * i])
        ]
        write_table(results / f"{NAME}.{i}.slots/{NAME}.instructor/traces.parquet", refused, TRACES, "collect_traces")
        write_filters(answered / "filters.parquet", [("all", 0, 45), ("rejected", i, 45 - i), ("equal", 0, 45 - i)])
        write_filters(initial / "filters.parquet", [("all", 0, 60), ("drop_short", 24, 36)])
    write_table(results / f"{NAME}.collected/prompts.parquet", rows, PROMPTS, "make_prompts")
    for part in ("collected", "restated"):
        write_filters(
            results / f"{NAME}.{part}/filters.parquet",
            [("all", 0, 90), ("words" if part == "collected" else "rejected", 9, 81)],
        )
    for part in (f"{NAME}.1.generator", f"{NAME}.1.extender", NAME, "paper"):
        write_set(results / f"sft/{part}/train.parquet", [len(part) * 10, 2000, 4000], 5)
        steps = PAPER if part == "paper" else [("all", 0, 60), ("min_growth", 20, 40)]
        write_filters(results / f"sft/{part}/filters.parquet", steps)
    run.settings["self_lengthen"] = {NAME: {"model": "writer-a", "iterations": 1, "extend": {"rounds": ROUNDS}}}
    run.settings["sft"] = {"paper": {"dataset": "instructions", "model": "writer-a"}}
    run.more = {
        "made_traces": sorted(results.glob(f"{NAME}.*/*/traces.parquet")),
        "made_scores": sorted(results.glob(f"{NAME}.*/*/scores.parquet")),
        "made_prompts": sorted(results.glob(f"{NAME}.*/prompts.parquet")),
        "filters": sorted(results.glob("**/filters.parquet")),
        "sft": sorted(results.glob("sft/*/train.parquet")),
    }
