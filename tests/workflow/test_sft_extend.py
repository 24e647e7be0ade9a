"""Data for an extender: its model's own template is the question, and decides when the data is made anew."""

from __future__ import annotations

import json

import pytest
from running import CHECKOUT, Run

LINES = [f"Line {n} of a story about the sea." for n in range(30)]
LONGER = "Please make this longer.\n{instruction}\n=====\n{text}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("extend")
    rows = [{"prompt": f"Write a story about ship {n}.", "context": "\n".join(LINES)} for n in range(2)]
    rows.append({"prompt": "写一个关于大海的故事。", "context": "\n".join(f"第{n}行写的是大海。" for n in range(30))})
    (folder / "drafts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "longer.txt").write_text(LONGER)
    extender = {"backend": "demo", "method": "extend", "extend": {"prompts": {"extend": {"en": "longer.txt"}}}}
    settings = {
        "datasets": {"drafts": {"path": "drafts.jsonl", "rubric": None}},
        "models": {"extender": extender},
        "evaluate": {"datasets": [], "models": [], "judges": []},
        "sft": {
            "extender": {"dataset": "drafts", "model": "extender", "question": "extend"},
            "writer": {"dataset": "drafts", "model": "extender", "question": "prompt"},
        },
    }
    run = Run(folder, settings, pages=False)
    run.finish()
    return run


def test_the_template_of_the_model_is_filled_with_what_is_left_of_the_text(run: Run) -> None:
    rows = run.rows("results/sft/extender/train.parquet")
    assert [row["language"] for row in rows] == ["en", "en", "zh"]
    texts = [row["messages"][0]["content"] for row in rows]
    shown = []
    for n, text in enumerate(texts[:2]):
        head, left = text.split("\n=====\n")
        assert head == f"Please make this longer.\nWrite a story about ship {n}."
        shown.append(left.split("\n"))
        assert set(shown[n]) < set(LINES) and shown[n] == sorted(shown[n], key=LINES.index)
        assert 15 < len(shown[n]) < 30
    assert shown[0] != shown[1], "each row has its own draws"
    shipped = (CHECKOUT / "resources/prompts/extend/extend.zh.txt").read_text(encoding="utf-8").strip()
    first, last = shipped.split("{instruction}")[0], shipped.split("{text}")[1]
    assert texts[2].startswith(first + "写一个关于大海的故事。") and texts[2].endswith(last)
    assert [row["messages"][0]["content"] for row in run.rows("results/sft/writer/train.parquet")] == [
        "Write a story about ship 0.",
        "Write a story about ship 1.",
        "写一个关于大海的故事。",
    ]


def test_what_makes_an_extenders_data_anew(run: Run) -> None:
    assert run.planned() == {}
    entries = run.config["sft"]
    more = Run(
        run.folder,
        run.config | {"sft": entries | {"extender": entries["extender"] | {"dropped_lines": 0.3}}},
        pages=False,
    )
    assert more.planned() == {"select_sft": 1}
    seeded = run.config | {"seed": 43}
    assert Run(run.folder, seeded).planned().get("select_sft") == 2, "the answers were drawn by it"
    try:
        (run.folder / "longer.txt").write_text("Longer, please.\n{instruction}\n=====\n{text}")
        assert Run(run.folder, run.config).planned()["select_sft"] == 2
    finally:
        (run.folder / "longer.txt").write_text(LONGER)
