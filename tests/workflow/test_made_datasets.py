"""A chain of datasets that the run makes: what is planned before, within and after it is what a server is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from counting_engine import counting
from running import CHECKOUT, Run

from longhand.made.drop_short import KEPT
from longhand.tables.files import Row, read_rows

NUMBER = 8


def answers(dataset: str, model: str, **settings: Any) -> dict[str, Any]:
    return {"made": {"answers": {"from": [{"dataset": dataset, "model": model}], **settings}}, "rubric": None}


def config(url: str) -> dict[str, Any]:
    reached = {"backend": "openai", "base_url": url, "send_seed": True, "tries": 1, "model": "writer"}
    return {
        "datasets": {
            "mine": {"path": "prompts.jsonl", "fields": {"category": "type", "required": "length"}},
            "drafts": answers("mine", "twice", drop_short=True),
            "more": answers("drafts", "twice"),
        },
        "models": {"twice": reached | {"samples": 2}, "once": reached},
        "evaluate": {"datasets": ["more"], "models": ["once"]},
    }


def planned(run: Run) -> dict[str, tuple[int, int]]:
    """Dataset -> requests, and those of them that are certain."""
    asks = run.plan()["asks"]
    return {line["dataset"]: (line["requests"], line["requests_certain"]) for line in asks}


def rows(run: Run, table: str) -> list[Row]:
    return list(read_rows(run.folder / "results" / table))


def test_a_chain_is_planned_as_it_is_asked(tmp_path: Path) -> None:
    shipped = (CHECKOUT / "resources/datasets/longhand-mini.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "prompts.jsonl").write_text("\n".join(shipped[:NUMBER]), encoding="utf-8")
    with counting(["writer"], 120) as (writer,):
        run = Run(tmp_path, config(writer.url), base=None, pages=False)
        kept = int(2 * NUMBER * KEPT)
        certain = (2 * NUMBER, 2 * NUMBER)
        assert planned(run) == {"mine": certain, "drafts": (2 * kept, 0), "more": (2 * kept, 0)}

        run.finish("results/mine/twice/responses.parquet")
        assert writer.engine.take()[0] == 2 * NUMBER
        middle = planned(run)

        run.finish()
        drafts, more = rows(run, "drafts/prompts.parquet"), rows(run, "more/prompts.parquet")
        assert middle == {"drafts": (2 * len(drafts), 2 * len(drafts)), "more": (2 * len(drafts), 0)}
        assert writer.engine.take()[0] == 2 * len(drafts) + len(more)
        assert len(more) <= 2 * len(drafts)
        check_tables(run, drafts, more)

        (tmp_path / "results/drafts/filters.parquet").unlink()
        assert "make_prompts" in run.planned(), "what is deleted from results/ is made again"


def check_tables(run: Run, drafts: list[Row], more: list[Row]) -> None:
    """The rows are what the definition makes of the tables before, and all steps downstream take them."""
    texts = {(row["prompt_id"], row["response"]) for row in rows(run, "mine/twice/responses.parquet")}
    sources = {row["prompt_id"]: row for row in rows(run, "mine/prompts.parquet")}
    known = {(row["prompt"], row["context"]) for row in drafts}
    assert known < {(sources[key]["prompt"], text) for key, text in texts}
    of_prompt = {row["prompt"]: row for row in sources.values()}
    assert all(row["required"] == of_prompt[row["prompt"]]["required"] for row in drafts + more)
    filters = {row["filter"]: row["dropped"] for row in rows(run, "drafts/filters.parquet")}
    assert filters["drop_short"] == 2 * NUMBER - filters["equal"] - len(drafts)
    scores = rows(run, "more/once/scores.parquet")
    assert [row["prompt_id"] for row in scores] == [row["prompt_id"] for row in more]
    board = json.dumps(rows(run, "leaderboard.parquet"), default=str)
    assert '"dataset": "more"' in board


def test_references_of_a_made_dataset_stand_on_the_leaderboard(tmp_path: Path) -> None:
    prompts = [{"prompt": f"Tell of rain, part {n}, in 30 words.", "reference": "Rain fell. " * n} for n in (9, 15)]
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, prompts)), encoding="utf-8")
    settings = {
        "datasets": {
            "mine": {"path": "prompts.jsonl", "fields": {"stated": "prompt"}, "rubric": None},
            "again": answers("mine", "texts"),
        },
        "models": {"texts": {"backend": "recorded", "answers": "reference"}},
        "evaluate": {"datasets": ["mine", "again"], "models": ["texts"]},
    }
    run = Run(tmp_path, settings, base=None)
    run.finish("all_scores")
    assert [row["words"] for row in rows(run, "again/texts/scores.parquet")] == [18, 30]
    assert [row["context"] for row in rows(run, "again/prompts.parquet")] == [row["reference"] for row in prompts]
