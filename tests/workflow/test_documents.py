"""From a folder of texts to queries, first answers and data for fine-tuning: each filter's count, worked out apart."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from running import CHECKOUT, Run

DEMO = {"backend": "demo"}
QUERIES, NUMBER, ALIKE = 4, 7, 0.2


def config() -> dict[str, Any]:
    documents = {"path": "my texts", "queries": QUERIES, "words": [200, 100_000], "kinds": {"fact": 3, "places": 1}}
    queries = {"dataset": "texts", "model": "asker", "number": NUMBER, "near_duplicates": ALIKE}
    return {
        "datasets": {
            "texts": {"made": {"documents": documents}},
            "queries": {"made": {"queries": queries}, "rubric": None},
        },
        "models": {"asker": DEMO | {"method": "query", "query": {"attempts": 2}}, "writer": DEMO},
        "sft": {"answers": {"dataset": "queries", "model": "writer"}},
    }


def write_texts(folder: Path) -> dict[str, str]:
    """Texts in both languages, and what is none; name -> text of those that count."""
    (folder / "more").mkdir(parents=True)
    corpora = {language: CHECKOUT / f"scripts/longhand/demo/corpus_{language}.txt" for language in ("en", "zh")}
    english, chinese = (file.read_text(encoding="utf-8") for file in corpora.values())
    texts = {"a {b} $(c).txt": english[:4000], "more/中文.md": chinese[:1500], "z.txt": chinese[1500:3000]}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "again.txt").write_text(f"{english[:4000]}\r\n", encoding="utf-8", newline="")
    (folder / "short.txt").write_text("Too short.")
    (folder / "none.txt").touch()
    (folder / "latin.txt").write_bytes("Grün".encode("latin-1"))
    (folder / "more" / "circle").symlink_to(folder)
    return {name: text.strip() for name, text in texts.items()}


def alike(one: str, other: str) -> float:
    """The Jaccard index of the runs of three words, or Chinese characters, of two queries."""
    tokens = [re.findall(r"[a-z]+|[\u4e00-\u9fff]", text.lower()) for text in (one, other)]
    runs = [set(zip(of[:-2], of[1:-1], of[2:], strict=True)) for of in tokens]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def dropped(run: Run, dataset: str) -> dict[str, int]:
    return {row["filter"]: row["dropped"] for row in run.rows(f"results/{dataset}/filters.parquet")[1:]}


def test_a_folder_becomes_queries_and_first_answers(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "my texts")
    run = Run(tmp_path, config(), base=None)
    run.finish()

    slots = run.rows("results/texts/prompts.parquet")
    contexts = [slots[at]["context"] for at in range(0, len(slots), QUERIES)]
    assert contexts == [texts[name] for name in sorted(texts)]
    assert [row["context"] for row in slots] == [text for text in contexts for _ in range(QUERIES)]
    assert dropped(run, "texts") == {"unreadable": 1, "empty": 1, "equal": 1, "words": 1, "over_number": 0}

    of_slot = {row["prompt_id"]: row["context"] for row in slots}
    written = run.rows("results/texts/asker/responses.parquet")
    counts, kept = Counter[str](), dict[str, list[str]]()
    for row in written:
        of_text = kept.setdefault(of_slot[row["prompt_id"]], [])
        if row["status"] != "ok":
            counts[row["status"]] += 1
        elif row["response"] in of_text:
            counts["equal"] += 1
        elif any(alike(row["response"], earlier) >= ALIKE for earlier in of_text):
            counts["near_duplicates"] += 1
        else:
            of_text.append(row["response"])
    in_rounds = sorted((at, place) for place, of_text in enumerate(kept.values()) for at in range(len(of_text)))
    chosen = [
        (text, query)
        for place, (text, of_text) in enumerate(kept.items())
        for at, query in enumerate(of_text)
        if (at, place) in in_rounds[:NUMBER]
    ]
    counts["over_number"] = len(in_rounds) - len(chosen)
    queries = run.rows("results/queries/prompts.parquet")
    assert [(row["context"], row["prompt"]) for row in queries] == chosen
    filters = dropped(run, "queries")
    assert filters == dict.fromkeys(filters, 0) | counts and len(written) == counts.total() + len(queries)
    assert counts.keys() >= {"rejected", "near_duplicates", "over_number"}, "two tries are not always enough"
    assert {row["language"] for row in queries} == {"en", "zh"}
    assert {row["category"] for row in queries} <= {"fact", "places"}

    answers = {row["prompt_id"]: row["response"] for row in run.rows("results/queries/writer/responses.parquet")}
    conversations = run.rows("results/sft/answers/train.parquet")
    assert [[message["content"] for message in row["messages"]] for row in conversations] == [
        [f"{row['context']}\n\n{row['prompt']}", answers[row["prompt_id"]]] for row in queries
    ]
    report = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    assert "Made of the documents in my texts, which" in report and "Made of what asker wrote to texts." in report

    (tmp_path / "my texts" / "more" / "中文.md").touch()
    assert run.planned() == {}, "only what is in a file counts"
    (tmp_path / "my texts" / "new\nline.txt").write_text("A text under a name that is no name.")
    assert run.planned()["make_prompts"] == 2
