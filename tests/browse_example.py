"""A small reader's folder, written straight in its format: python tests/browse_example.py FOLDER.

Hostile, Chinese and Arabic texts, two judges, a failed, a looping and a cut response; `TEXTS` has words to search for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from longhand.browse.side_files import write_list_file, write_side_file
from longhand.browse.words import LONGEST, PATTERN, place, words_of

MODELS, JUDGES, PROMPTS, WORD_FILES = ["one", "two", "three"], ["judge", "strict"], 8, 4
HOSTILE = "</script><script>window.hacked=1</script> \u2028 \u202eright to left\u202c \0 <b onclick=hacked()> 中文字 😀"
CELLS = [(n, m) for n in range(PROMPTS) for m in range(len(MODELS))]
CONTEXT = "A context that has passages. " * 50

TEXTS = {
    (2, 1): "A lighthouse keeps a diary. ",
    (3, 0): "It looks at the grey sea. ",
    (4, 0): "The sea was grey. ",
    (1, 2): "守灯人写下灯塔的日记。",
    (6, 2): "守灯人看灯塔，写的日记。",
    (5, 1): "\u202bكتب الحارس في دفتره كل ليلة.\u202c ",
}
"""What a response (prompt, model) says that no other does."""


def response(prompt: int, model: int) -> str:
    if status(prompt, model) == "failed":
        return ""
    opening = f"Response of {MODELS[model]} to prompt {prompt}. {HOSTILE}\n\n" + TEXTS.get((prompt, model), "")
    return opening + "It rains in Paris. " * 60 * (prompt + 1)


def loop_onset(text: str) -> int:
    """After five sentences, in UTF-16 units."""
    return len(text[: text.index("It rains") + 5 * len("It rains in Paris. ")].encode("utf-16-le")) // 2


def prompt_rows() -> list[dict[str, Any]]:
    """The columns of the prompts, row by row; every other one is in Chinese, the last two have a hostile category."""
    rows = []
    for n in range(PROMPTS):
        category = "Story" if n < 4 else "Report" if n < 6 else f"A {HOSTILE}"
        row = {"id": f"p{n}", "language": ("en", "zh")[n % 2], "category": category, "constraint": "about"}
        row |= {"range": "[0,500)" if n == 0 else "[500,∞)", "required": 300 * (n + 1)}
        row |= {"required_min": None, "required_max": None, "begins": f"Write text number {n}. {HOSTILE}"[:200]}
        rows.append(row)
    return rows


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def status(n: int, m: int) -> str:
    return "truncated" if n == 3 else "failed" if (n, m) == (4, 2) else "ok"


def score_q(judge: int, n: int, m: int) -> float | None:
    """75 and less for later prompts and models; the strict judge likes the last model best, and (0, 0) not at all."""
    if judge == 0:
        return 75.0 - n - 5 * m
    return None if (n, m) == (0, 0) else 40.0 - n + 10 * m


def sample_row(n: int, m: int) -> dict[str, Any]:
    row = {"prompt": n, "model": m, "sample": 0, "number": n, "status": status(n, m), "words": 260 * (n + 1) - 20 * m}
    row |= {"score_l": 100.0 - 7 * n - m, "loop_onset": 12 if n in (2, 3) else None, "closed": n != 3}
    return row | {"other_language": (n, m) == (5, 1)}


def verdict_row(judge: int, n: int, m: int) -> dict[str, Any]:
    quality, length = score_q(judge, n, m), sample_row(n, m)["score_l"]
    both = None if quality is None else (quality + length) / 2
    return {"score_q": quality, "score": both, "status": "unparsed" if quality is None else "ok"}


def write_words(browse: Path, folder: str, texts: list[str]) -> None:
    shards: list[dict[str, list[int]]] = [{} for _ in range(WORD_FILES)]
    for number, text in enumerate(texts):
        for word in sorted(words_of(text)):
            gaps = shards[place(word, WORD_FILES)].setdefault(word, [])
            gaps.append(number - sum(gaps))
    for number, shard in enumerate(shards):
        write_side_file(browse, f"{folder}/{number}", shard)


def write_prompt(browse: Path, n: int, prompt: str) -> None:
    excerpts = {"model": [0, 1, 2], "sample": [0, 0, 0], "begins": [response(n, m)[:240] for m in range(3)]}
    facts = {"judge": [{"chunk": 0, "start": 2, "end": 40, "status": "ok", "facts": [f"A fact. {HOSTILE}"]}]}
    row = {"id": f"p{n}", "prompt": prompt, "context": CONTEXT, "reference": HOSTILE, "excerpts": excerpts}
    write_side_file(browse, f"prompts/set/{n}", row | {"facts": facts})


def write_response(browse: Path, n: int, m: int) -> None:
    name, text = f"{MODELS[m]}/{n}", response(n, m)
    row = {"id": f"p{n}", "sample": 0, "status": status(n, m), "calls": 2, "cut": n == 3, "attempts": 1}
    row |= {"text": text, "loop": loop_onset(text) if n in (2, 3) else None, "seconds": 1.5}
    if (n, m) == (4, 2):
        row = {"id": "p4", "sample": 0, "status": "failed", "error": HOSTILE, "calls": 0, "cut": False, "loop": None}
    write_side_file(browse, f"texts/set/{name}", row)
    if row["calls"]:
        call = {"role": "writer", "status": "ok", "words": 40, "attempts": 1, "text": HOSTILE}
        calls = [{"step": "plan", "number": 0} | call, {"step": "section", "number": 0, "required": 90} | call]
        write_list_file(browse, f"texts/set/{name}.calls", calls)
    scores = [{"dimension": "Relevance", "score": 4.0, "score_100": 75.0, "status": "ok"}]
    scores.append({"dimension": "Clarity", "status": "unparsed", "error": HOSTILE})
    rows: list[dict[str, Any]] = [
        {"kind": "verdict", "judge": judge, "repeat": repeat, "reply": f"Since {repeat}. {HOSTILE}", "scores": scores}
        for judge in JUDGES
        for repeat in (0, 1)
    ]
    statement = {"kind": "statement", "judge": "judge", "repeat": 0, "part": f"It rains. {HOSTILE}", "grade": 0.5}
    rows.append(statement | {"status": "ok", "passages": [[2, 9]], "number": 0, "text": HOSTILE})
    write_list_file(browse, f"verdicts/set/{name}", rows)


def main(browse: Path) -> None:
    prompts = [f"Write text number {n}. {HOSTILE} " + "Tell all of it. " * 20 for n in range(PROMPTS)]
    dataset = {"name": "set", "description": "A made-up set.", "length_rule": "longbench-write", "n_prompts": PROMPTS}
    dataset |= {"models": MODELS, "samples": 2, "prompt_words": WORD_FILES, "words": [WORD_FILES] * len(MODELS)}
    dataset |= {"judges": [{"name": name, "dimensions": ["Relevance", "Clarity"]} for name in JUDGES]}
    words = {"pattern": PATTERN, "longest": LONGEST}
    write_side_file(
        browse, "run", {"title": f"Example {HOSTILE}", "version": "0", "words": words, "datasets": [dataset]}
    )
    for k, first in enumerate((0, PROMPTS // 2)):
        cells = [(n, m) for n, m in CELLS if first <= n < first + PROMPTS // 2]
        shard = {"first": first, "prompts": columns(prompt_rows()[first : first + PROMPTS // 2])}
        shard |= {"samples": columns([sample_row(n, m) for n, m in cells]), "metrics": []}
        judged = {name: columns([verdict_row(j, n, m) for n, m in cells]) for j, name in enumerate(JUDGES)}
        write_side_file(browse, f"samples/set/{k}", shard | {"judges": judged})
    write_words(browse, "prompt-words/set", prompts)
    for m, model in enumerate(MODELS):
        write_words(browse, f"words/set/{model}", [response(n, m) for n in range(PROMPTS)])
    for n, text in enumerate(prompts):
        write_prompt(browse, n, text)
    for n, m in CELLS:
        write_response(browse, n, m)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
