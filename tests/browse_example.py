"""A tiny reader's folder, written straight in its format: python tests/browse_example.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from longhand.browse.side_files import write_list_file, write_side_file
from longhand.browse.words import LONGEST, PATTERN, place, words_of

MODELS, PROMPTS, WORD_FILES = ["one", "two", "three"], 5, 4
HOSTILE = "</script><script>window.hacked=1</script> \u2028 \u202eright to left\u202c \0 <b onclick=hacked()> 中文字 😀"


def response(model: int, prompt: int) -> str:
    return f"Response of {MODELS[model]} to prompt {prompt}. {HOSTILE} " + "It rains in Paris. " * 60 * (prompt + 1)


def write_words(browse: Path, folder: str, texts: list[str]) -> None:
    shards: list[dict[str, list[int]]] = [{} for _ in range(WORD_FILES)]
    for number, text in enumerate(texts):
        for word in sorted(words_of(text)):
            gaps = shards[place(word, WORD_FILES)].setdefault(word, [])
            gaps.append(number - sum(gaps))
    for number, shard in enumerate(shards):
        write_side_file(browse, f"{folder}/{number}", shard)


def main(browse: Path) -> None:
    prompts = [f"Write text number {n}. {HOSTILE}" for n in range(PROMPTS)]
    cells = [(n, m) for n in range(PROMPTS) for m in range(len(MODELS))]
    dataset = {"name": "set", "description": "A made-up set.", "length_rule": "longbench-write", "n_prompts": PROMPTS}
    dataset |= {"models": MODELS, "judges": [{"name": "judge", "dimensions": ["Relevance", "Clarity"]}]}
    dataset |= {"samples": 1, "prompt_words": WORD_FILES, "words": [WORD_FILES] * len(MODELS)}
    words = {"pattern": PATTERN, "longest": LONGEST}
    write_side_file(browse, "run", {"title": "Example", "version": "0", "words": words, "datasets": [dataset]})
    about = {"language": "en", "category": "Story", "constraint": "about", "range": "[0,500)", "required": 300}
    about |= {"required_min": None, "required_max": None}
    table = {"id": [f"p{n}" for n in range(PROMPTS)]} | {key: [value] * PROMPTS for key, value in about.items()}
    samples = {
        "prompt": [n for n, _ in cells],
        "model": [m for _, m in cells],
        "sample": [0] * len(cells),
        "number": [n for n, _ in cells],
        "status": ["truncated" if n == 3 else "failed" if (n, m) == (4, 2) else "ok" for n, m in cells],
        "words": [260 * (n + 1) for n, _ in cells],
        "score_l": [100.0 - 7 * n - m for n, m in cells],
        "loop_onset": [12 if n > 1 else None for n, _ in cells],
        "closed": [n != 3 for n, _ in cells],
        "other_language": [False] * len(cells),
    }
    verdicts = {"score_q": [75.0 - n - 5 * m for n, m in cells], "score": [85.0 - 3 * n for n, _ in cells]}
    verdicts["status"] = ["ok"] * len(cells)
    shard = {"first": 0, "prompts": table | {"begins": [text[:200] for text in prompts]}, "samples": samples}
    write_side_file(browse, "samples/set/0", shard | {"judges": {"judge": verdicts}, "metrics": []})
    write_words(browse, "prompt-words/set", prompts)
    for m, model in enumerate(MODELS):
        write_words(browse, f"words/set/{model}", [response(m, n) for n in range(PROMPTS)])
    for n, text in enumerate(prompts):
        excerpts = {"model": [0, 1, 2], "sample": [0, 0, 0], "begins": [response(m, n)[:240] for m in range(3)]}
        context = "A context that has passages. " * 50
        row = {"id": f"p{n}", "prompt": text, "context": context, "excerpts": excerpts}
        facts = {"judge": [{"chunk": 0, "start": 2, "end": 40, "status": "ok", "facts": ["A fact."]}]}
        write_side_file(browse, f"prompts/set/{n}", row | {"facts": facts})
        for m, model in enumerate(MODELS):
            row = {"id": f"p{n}", "sample": 0, "status": samples["status"][n * 3 + m], "calls": 2, "cut": n == 3}
            row |= {"text": response(m, n), "loop": 60 if n > 1 else None, "seconds": 1.5, "attempts": 1}
            if (n, m) == (4, 2):
                row = {"id": "p4", "sample": 0, "status": "failed", "error": HOSTILE, "calls": 0, "cut": False}
                row["loop"] = None
            write_side_file(browse, f"texts/set/{model}/{n}", row)
            if row["calls"]:
                call = {"role": "writer", "status": "ok", "words": 40, "attempts": 1, "text": HOSTILE}
                calls = [{"step": "plan", "number": 0} | call, {"step": "section", "number": 0, "required": 90} | call]
                write_list_file(browse, f"texts/set/{model}/{n}.calls", calls)
            scores = [{"dimension": "Relevance", "score": 4.0, "score_100": 75.0, "status": "ok"}]
            scores.append({"dimension": "Clarity", "status": "unparsed", "error": "no score"})
            verdict = {"kind": "verdict", "judge": "judge", "repeat": 0, "reply": HOSTILE, "scores": scores}
            statement = {"kind": "statement", "judge": "judge", "repeat": 0, "part": "It rains in Paris.", "grade": 0.5}
            statement |= {"status": "ok", "passages": [[2, 9]], "number": 0}
            write_list_file(browse, f"verdicts/set/{model}/{n}", [verdict, statement])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
