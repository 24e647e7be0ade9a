"""config/demo-data.yaml as it is shipped, once: AgentWrite and Self-Lengthen with the demo engine.

What is expected is computed from the tables alone, by code that imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pyarrow.parquet as pq
import pytest
from report_page import cells
from running import Run

MINI = "results/longhand-mini"
DIRECT, WRITTEN = "demo", "demo+agentwrite"


class Shipped:
    """The run, and what the plan said of it before and after."""

    def __init__(self, folder: Path):
        self.run = Run(folder, {}, base="demo-data.yaml")
        self.before = self.run.plan()
        self.run.finish()
        self.after = self.run.plan()

    def tables(self, pattern: str) -> dict[str, list[dict[str, Any]]]:
        """Path -> rows, of all tables whose path under results/ fits."""
        results = self.run.folder / "results"
        return {str(p.relative_to(results)): pq.read_table(p).to_pylist() for p in sorted(results.glob(pattern))}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    return Shipped(tmp_path_factory.mktemp("demo-data"))


def words_of(text: str) -> int:
    return len(re.findall("[一-鿿]", text)) + len(re.findall(r"\b[a-zA-Z]+\b", text))


def length_score(required: int, written: int) -> float:
    off = (written / required - 1) / 3 if written > required else (required / max(written, 1e-9) - 1) / 2
    return 100 * max(0, 1 - off)


def responses(shipped: Shipped, model: str) -> dict[str, dict[str, Any]]:
    return {row["prompt_id"]: row for row in shipped.run.rows(f"{MINI}/{model}/responses.parquet")}


def answered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["response"] is not None]


# ---- AgentWrite beside the plain method


def test_both_systems_are_on_the_leaderboard(shipped: Shipped) -> None:
    board = {
        row["model"]: row
        for row in shipped.run.rows("results/leaderboard.parquet")
        if (row["dataset"], row["slice"], row["judge"]) == ("longhand-mini", "all", "demo-judge")
    }
    assert set(board) == {DIRECT, WRITTEN}
    required = {row["prompt_id"]: row["required"] for row in shipped.run.rows(f"{MINI}/prompts.parquet")}
    assert len(required) == 24
    for model, row in board.items():
        made = responses(shipped, model)
        assert made.keys() == required.keys() and row["n"] == 24
        lengths = {key: words_of(each["response"] or "") for key, each in made.items()}
        assert row["words_mean"] == pytest.approx(fmean(lengths[row["prompt_id"]] for row in answered(made.values())))
        assert row["score_l"] == pytest.approx(fmean(length_score(required[key], lengths[key]) for key in made))
    assert board[WRITTEN]["score_l"] > board[DIRECT]["score_l"] + 20


def test_agentwrite_writes_longer_texts_where_long_ones_are_required(shipped: Shipped) -> None:
    required = {row["prompt_id"]: row["required"] for row in shipped.run.rows(f"{MINI}/prompts.parquet")}
    means = {}
    for model in (DIRECT, WRITTEN):
        made = [row for row in answered(responses(shipped, model).values()) if required[row["prompt_id"]] >= 4000]
        assert len(made) >= 5
        means[model] = fmean(words_of(row["response"]) for row in made)
    assert means[DIRECT] < 1500 < 4000 < means[WRITTEN]


def test_sections_join_to_the_text(shipped: Shipped) -> None:
    traces = shipped.run.rows(f"{MINI}/{WRITTEN}/traces.parquet")
    for prompt_id, row in responses(shipped, WRITTEN).items():
        calls = [call for call in traces if call["prompt_id"] == prompt_id]
        plans = [call["text"] for call in calls if call["step"] == "plan" and call["status"] == "ok"]
        sections = sorted((call for call in calls if call["step"] == "write"), key=lambda call: call["number"])
        if row["status"] == "rejected":
            assert row["response"] is None and row["error"]
            continue
        assert row["response"] == "\n\n".join(section["text"].strip() for section in sections)
        lines = [line for line in plans[0].splitlines() if re.match(r"Paragraph \d|段落 \d", line)]
        assert len(plans) == 1 and len(lines) == len(sections)
        assert [int(re.findall(r"\d+", line)[-1]) for line in lines] == [section["required"] for section in sections]


# ---- what was counted


def test_every_row_is_explained(shipped: Shipped) -> None:
    """Each response has text or says why it has none, each call too; each prompt has a row per sample."""
    made = shipped.tables("*/*/responses.parquet")
    assert len(made) >= 2
    for path, rows in made.items():
        prompts = shipped.run.rows(f"results/{Path(path).parts[0]}/prompts.parquet")
        samples = {row["sample"] for row in rows}
        wanted = {(row["prompt_id"], sample) for row in prompts for sample in samples}
        assert {(row["prompt_id"], row["sample"]) for row in rows} == wanted and len(rows) == len(wanted), path
        for row in rows:
            assert row["status"] in ("ok", "truncated", "rejected"), path
            assert (row["response"] is None) == (row["status"] == "rejected") == (row["error"] is not None), path
    for path, calls in shipped.tables("*/*/traces.parquet").items():
        assert calls and all(call["text"] and call["status"] for call in calls), path


def test_fine_tuning_data_is_what_agentwrite_wrote(shipped: Shipped) -> None:
    texts = {row["response"] for row in responses(shipped, WRITTEN).values()}
    rows = shipped.run.rows("results/sft/demo-agentwrite/train.parquet")
    assert 10 < len(rows) <= 24 and {row["messages"][-1]["content"] for row in rows} <= texts


# ---- Self-Lengthen

RECIPE = "demo-lengthen"
GENERATED = [(f"{RECIPE}.{i}.instructions", f"{RECIPE}.{i}.generator") for i in (1, 2)]
EXTENDED = [(f"{RECIPE}.{i}.initial", f"{RECIPE}.{i}.extender") for i in (1, 2)]
RESTATED = (f"{RECIPE}.collected", f"{RECIPE}.restater")
MADE = {  # dataset, or entry of sft -> (dataset, model) whose responses it is made of
    **{f"{RECIPE}.{i}.instructions": [(f"{RECIPE}.{i}.slots", f"{RECIPE}.instructor")] for i in (1, 2)},
    **{f"{RECIPE}.{i}.initial": [GENERATED[i - 1]] for i in (1, 2)},
    f"{RECIPE}.collected": [GENERATED[0], EXTENDED[0], GENERATED[1], EXTENDED[1]],
    f"{RECIPE}.restated": [RESTATED],
    **{f"sft/{RECIPE}.1.{role}": [EXTENDED[0]] for role in ("generator", "extender")},
    f"sft/{RECIPE}": [(f"{RECIPE}.restated", f"{RECIPE}.texts")],
}


def made_by(shipped: Shipped, dataset: str, model: str) -> list[dict[str, Any]]:
    """The responses of a model, each with its prompt and context."""
    prompts = {row["prompt_id"]: row for row in shipped.run.rows(f"results/{dataset}/prompts.parquet")}
    rows = shipped.run.rows(f"results/{dataset}/{model}/responses.parquet")
    return [{key: prompts[row["prompt_id"]][key] for key in ("prompt", "context")} | row for row in rows]


@pytest.mark.parametrize("name", MADE)
def test_the_counts_of_a_step_add_up(shipped: Shipped, name: str) -> None:
    counts = sorted(shipped.run.rows(f"results/{name}/filters.parquet"), key=lambda row: row["order"])
    sources = [row for source in MADE[name] for row in made_by(shipped, *source)]
    table = "train" if name.startswith("sft/") else "prompts"
    assert (counts[0]["filter"], counts[0]["dropped"], counts[0]["left"]) == ("all", 0, len(sources))
    for before, row in zip(counts, counts[1:], strict=False):
        assert row["left"] == before["left"] - row["dropped"]
    assert counts[-1]["left"] == len(shipped.run.rows(f"results/{name}/{table}.parquet")) > 0
    dropped = {row["filter"]: row["dropped"] for row in counts}
    without_text = sum(row["response"] is None for row in sources)
    assert without_text == sum(dropped.get(reason, 0) for reason in ("no_text", "rejected"))
    if "words" in dropped:
        assert dropped["words"] == sum(not 1000 <= words_of(row["response"] or "") < 4000 for row in sources)


def test_instructions_are_new_ones_of_both_languages(shipped: Shipped) -> None:
    for i, number in ((1, 12), (2, 6)):
        slots = shipped.run.rows(f"results/{RECIPE}.{i}.slots/prompts.parquet")
        instructions = shipped.run.rows(f"results/{RECIPE}.{i}.instructions/prompts.parquet")
        assert (len(slots), len(instructions)) == (1.5 * number, number)
        assert len({row["prompt"] for row in instructions}) == number
        assert {row["language"] for row in instructions} == {"en", "zh"}
        assert not any(row["prompt"] in slot["prompt"] for row in instructions for slot in slots)


def test_first_texts_are_extended(shipped: Shipped) -> None:
    for generated, extended in zip(GENERATED, EXTENDED, strict=True):
        first = {(row["prompt"], row["response"]) for row in made_by(shipped, *generated)}
        longer = answered(made_by(shipped, *extended))
        assert {(row["prompt"], row["context"]) for row in longer} < first
        growth = [words_of(row["response"]) / words_of(row["context"]) for row in longer]
        assert min(growth) > 1.2 and fmean(growth) > 2


@pytest.mark.parametrize(
    ("dataset", "model"), [(f"{RECIPE}.1.slots", f"{RECIPE}.instructor"), *GENERATED, *EXTENDED, RESTATED]
)
def test_each_response_is_in_a_call_that_was_kept(shipped: Shipped, dataset: str, model: str) -> None:
    """Instructions, first texts and restated prompts are one call's; an extended text ends with its last one."""
    last_step = {"instructor": "instruct", "generator": "write", "extender": "whole", "restater": "restate"}
    calls = shipped.run.rows(f"results/{dataset}/{model}/traces.parquet")
    for row in answered(made_by(shipped, dataset, model)):
        its = [call for call in calls if (call["prompt_id"], call["sample"]) == (row["prompt_id"], row["sample"])]
        kept = [call for call in its if (call["step"], call["status"]) == (last_step[model.split(".")[-1]], "ok")]
        assert row["response"].strip().endswith(max(kept, key=lambda call: call["number"])["text"].strip())
        assert row["attempts"] == sum(call["attempts"] for call in its)


def test_the_length_that_a_prompt_states_is_that_of_its_text(shipped: Shipped) -> None:
    rows = made_by(shipped, f"{RECIPE}.restated", f"{RECIPE}.texts")
    prompts = {row["prompt_id"]: row for row in shipped.run.rows(f"results/{RECIPE}.restated/prompts.parquet")}
    texts = {row["context"] for row in made_by(shipped, *RESTATED)}
    assert {row["response"] for row in rows} <= texts
    for row in rows:
        stated, words = prompts[row["prompt_id"]], words_of(row["response"])
        if stated["constraint"] == "about":
            assert abs(words - stated["required"]) <= 500
        least, most = stated["required_min"] or 0, stated["required_max"] or 10**6
        assert least <= words <= most
    train = shipped.run.rows(f"results/sft/{RECIPE}/train.parquet")
    pairs = {(row["prompt"], row["response"]) for row in rows}
    assert {tuple(message["content"] for message in row["messages"]) for row in train} == pairs


def test_the_report_shows_the_lengths_on_the_way(shipped: Shipped) -> None:
    html = (shipped.run.folder / "results/report.html").read_text(encoding="utf-8")
    lines = {line[0]: line[1:] for line in cells(html.split("<caption>Words by iteration</caption>")[1])}
    for name, sources in (("first answers", GENERATED), ("extended texts", EXTENDED)):
        words = [[words_of(row["response"]) for row in answered(made_by(shipped, *source))] for source in sources]
        assert lines[name] == [f"{median(of_step):,.0f}" for of_step in words]
    kept = [{row["prompt_id"]: words_of(row["context"]) for row in made_by(shipped, *source)} for source in EXTENDED]
    assert lines["of these, kept to be extended"] == [f"{median(of_step.values()):,.0f}" for of_step in kept]
    assert "<h3>How AgentWrite made its texts</h3>" in html and "<h3>Fine-tuning data demo-agentwrite</h3>" in html


def test_a_card_names_all_that_wrote(shipped: Shipped) -> None:
    """The final data are recorded texts: the card says whose they are."""
    card = (shipped.run.folder / "results/sft/demo-lengthen/README.md").read_text()
    models = card.split("## Models\n")[1].split("\n## ")[0]
    roles = [f"{i}.{role}" for i in (1, 2) for role in ("generator", "extender")]
    names = [f"demo-lengthen.{each}" for each in ("instructor", "restater", "texts", *roles)]
    assert re.findall(r"^- (\S+): ", models, re.M) == sorted(names)


# ---- the plan


def requests_for(shipped: Shipped, dataset: str, model: str) -> int:
    """What the tables count: a method with several calls has traces, where a call that rows share has one id."""
    tables = shipped.tables(f"{dataset}/{model}/traces.parquet") or shipped.tables(
        f"{dataset}/{model}/responses.parquet"
    )
    return len({call["request_id"] for rows in tables.values() for call in rows})


def test_the_plan_knew_what_would_be_asked(shipped: Shipped) -> None:
    """Exactly where each text is a call; roughly where plans and tries decide."""
    generations = {line["asked"]: line for line in shipped.before["asks"] if line["step"] == "generate"}
    assert generations[DIRECT]["requests"] == requests_for(shipped, "longhand-mini", DIRECT) == 24
    for line in generations.values():
        counted = requests_for(shipped, line["dataset"], line["asked"])
        assert 0.5 * counted <= line["requests"] <= 2 * counted, line
    assert shipped.before["total"]["requests"] > shipped.before["total"]["requests_certain"] > 0


def test_a_finished_run_has_nothing_to_do(shipped: Shipped) -> None:
    assert shipped.after["rules"] == shipped.after["asks"] == []
