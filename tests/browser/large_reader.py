"""A reader's folder with many long texts, made in seconds: few texts are packed, and all responses share them.

`python tests/bench/reader.py` makes as many by the steps, each text another; here the browser's work alone counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browse_scale import text

from longhand.browse.page import reader_page
from longhand.browse.side_files import write_list_file, write_side_file
from longhand.browse.word_index import WordIndex
from longhand.browse.words import LONGEST, PATTERN, words_of

JUDGES, TEXTS, SHARDS = ["judge", "strict"], 24, 2
RARE = "zyzzyva"
"""A word of one response alone: the last model's to the last prompt."""


def main(browse: Path, models: int, prompts: int, words: int) -> None:
    """Writes the folder with its page."""
    texts = [text(number, words) for number in range(TEXTS)]
    names = [f"model-{m}" for m in range(models)]
    files = [_packed(browse, _response(each)) for each in texts]
    verdict = _packed_list(browse, [_verdict(judge) for judge in JUDGES])
    vocabularies = [words_of(each) for each in texts]
    counts = []
    for m, model in enumerate(names):
        last = m == models - 1
        if m in (0, models - 1):
            with WordIndex(browse) as index:
                for n in range(prompts):
                    index.add(n, sorted(vocabularies[n % TEXTS] | ({RARE} if last and n == prompts - 1 else set())))
                counts.append(index.write(f"words/set/{model}"))
        else:
            counts.append(counts[0])
            for path in (browse / "words/set" / names[0]).glob("*.js"):
                _write(browse, f"words/set/{model}/{path.stem}", _content(path))
        for n in range(prompts):
            _write(browse, f"texts/set/{model}/{n}", files[n % TEXTS])
            _write(browse, f"verdicts/set/{model}/{n}", verdict)
    rare = _response(f"{texts[(prompts - 1) % TEXTS]} The {RARE} sings.")
    write_side_file(browse, f"texts/set/{names[-1]}/{prompts - 1}", rare)
    for n in range(prompts):
        excerpts = {"model": [*range(models)], "sample": [0] * models, "begins": [texts[n % TEXTS][:240]] * models}
        row = {"id": f"p{n}", "prompt": f"Write {words} words on {n}.", "excerpts": excerpts}
        write_side_file(browse, f"prompts/set/{n}", row)
    for k in range(SHARDS):
        first, end = prompts * k // SHARDS, prompts * (k + 1) // SHARDS
        write_side_file(browse, f"samples/set/{k}", _samples(range(first, end), models, words))
    about = {"name": "set", "description": None, "length_rule": "longbench-write", "n_prompts": prompts}
    about |= {"models": names, "judges": [{"name": name, "dimensions": ["Relevance"]} for name in JUDGES]}
    about |= {"samples": SHARDS, "prompt_words": 0, "words": counts}
    run = {"title": "Large", "version": "0", "words": {"pattern": PATTERN, "longest": LONGEST}, "datasets": [about]}
    write_side_file(browse, "run", run)
    (browse / "index.html").write_text(reader_page(), encoding="utf-8")


def _response(words: str) -> dict[str, Any]:
    return {"id": "p", "sample": 0, "status": "ok", "text": words, "cut": False, "loop": None, "calls": 0}


def _verdict(judge: str) -> dict[str, Any]:
    scores = [{"dimension": "Relevance", "score": 4.0, "score_100": 75.0, "status": "ok"}]
    return {"kind": "verdict", "judge": judge, "repeat": 0, "reply": text(0, 200), "scores": scores}


def _samples(prompts: range, models: int, words: int) -> dict[str, Any]:
    cells = [(n, m) for n in prompts for m in range(models)]
    about = {"language": "en", "category": "Story", "constraint": "about", "range": "[4000,∞)", "required": words}
    about |= {"required_min": None, "required_max": None}
    columns = {name: [value] * len(prompts) for name, value in about.items()}
    columns |= {"id": [f"p{n}" for n in prompts], "begins": [f"Write {words} words on {n}." for n in prompts]}
    samples = {"prompt": [n for n, _ in cells], "model": [m for _, m in cells], "number": [n for n, _ in cells]}
    same = {"sample": 0, "status": "ok", "words": words, "score_l": 100.0, "loop_onset": None, "closed": True}
    samples |= {name: [value] * len(cells) for name, value in {**same, "other_language": False}.items()}
    quality = [50.0 + (7 * n + 3 * m) % 40 for n, m in cells]
    verdicts = {"score_q": quality, "score": [(each + 100) / 2 for each in quality], "status": ["ok"] * len(cells)}
    judges = dict.fromkeys(JUDGES, verdicts)
    return {"first": prompts[0], "prompts": columns, "samples": samples, "judges": judges, "metrics": []}


def _packed(browse: Path, content: dict[str, Any]) -> bytes:
    """What a side file holds of a content, without its name."""
    write_side_file(browse, "packed", content)
    return _content(browse / "packed.js")


def _packed_list(browse: Path, rows: list[dict[str, Any]]) -> bytes:
    write_list_file(browse, "packed", rows)
    return _content(browse / "packed.js")


def _content(path: Path) -> bytes:
    return path.read_bytes().split(b",", 1)[1]


def _write(browse: Path, name: str, content: bytes) -> None:
    path = browse / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'longhand.load("%b",%b' % (name.encode(), content))
