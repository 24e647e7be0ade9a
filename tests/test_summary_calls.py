"""The summary's tables on calls and texts, each recomputed from the raw rows by code that shares nothing with it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
import pytest
from report_made import NAME, add_self_lengthen
from report_run import Run, make_run
from report_traces import add_agentwrite, call

from longhand.summary.inputs import Source
from longhand.summary.readings import read_texts
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import TRACES

WRITERS = ["writer-a", "writer-b", "writer-c"]
PLANNED = WRITERS[1:]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = make_run(
        tmp_path_factory.mktemp("summary"), WRITERS, ["pairs-judge", "judge"], evaluated=["judge"], prompts=40
    )
    add_agentwrite(made, PLANNED)
    add_self_lengthen(made, prompts=6)
    made.summarized()
    return made


def summary(run: Run, table: str) -> list[Row]:
    rows: list[Row] = pq.read_table(run.folder / f"results/summary/{table}.parquet").to_pylist()
    return rows


def raw(run: Run, table: str, model: str) -> list[Row]:
    rows: list[Row] = pq.read_table(run.folder / f"results/longbench-write/{model}/{table}.parquet").to_pylist()
    return rows


def prompts(run: Run) -> dict[str, Row]:
    return {row["prompt_id"]: row for row in pq.read_table(run.tables("prompts")[0]).to_pylist()}


def test_calls_are_counted_by_step_and_status(run: Run) -> None:
    of_models: dict[str, dict[tuple[str, str], int]] = {model: {} for model in PLANNED}
    for row in summary(run, "calls"):
        if row["dataset"] == "longbench-write":
            of_models[row["model"]][row["step"], row["status"]] = row["n"]
    for model, counts in of_models.items():
        assert counts == Counter((one["step"], one["status"]) for one in raw(run, "traces", model)), model
    names = {(row["dataset"], row["model"]) for row in summary(run, "calls")}
    assert (f"{NAME}.2.initial", f"{NAME}.2.extender") in names and len(names) == 2 + 4


def test_reasons_are_ranked_together_and_count_all(run: Run) -> None:
    rows = [row for row in summary(run, "call_reasons") if row["together"] == "longbench-write"]
    for model in PLANNED:
        of_model = {row["rank"]: row["n"] for row in rows if row["model"] == model}
        calls = raw(run, "traces", model)
        assert of_model.pop(0) == len(calls)
        assert sum(of_model.values()) == sum(one["status"] != "ok" for one in calls)
    ranked = [sum(row["n"] for row in rows if row["rank"] == rank) for rank in sorted({row["rank"] for row in rows})]
    assert len(ranked) > 2 and ranked == sorted(ranked, reverse=True)
    extender = [row for row in summary(run, "call_reasons") if row["together"] == f"{NAME}.extender"]
    assert {row["model"] for row in extender} == {f"{NAME}.1.extender", f"{NAME}.2.extender"}


def test_sections_have_the_words_of_their_calls(run: Run) -> None:
    for model in PLANNED:
        written = [one for one in raw(run, "traces", model) if one["step"] == "write" and one["status"] != "failed"]
        expected = Counter((one["required"], one["words"] or 0, one["status"] == "truncated") for one in written)
        rows = [row for row in summary(run, "section_lengths") if row["model"] == model]
        assert {(row["required"], row["words"], row["cut"]): row["n"] for row in rows} == expected
        (whole,) = [row for row in summary(run, "section_texts") if row["model"] == model]
        assert whole["sections"] == len(written) and whole["sections_cut"] == sum(k[2] * n for k, n in expected.items())
        assert whole["sections_without_words"] == sum(one["words"] in (None, 0) for one in written)
        near = [0.8 <= (one["words"] or 0) / one["required"] <= 1.2 for one in written]
        assert whole["sections_within_20"] == sum(near)
        places = {row["first"]: row for row in summary(run, "section_places") if row["model"] == model}
        for first, row in places.items():
            shares = [
                100 * (one["words"] or 0) / one["required"]
                for one in written
                if first <= one["number"] + 1 <= (row["last"] or 1000)
            ]
            assert row["n"] == len(shares) and row["share"] == pytest.approx(median(shares))
            assert min(shares) <= row["low"] <= row["share"] <= row["high"] <= max(shares)
        assert sum(row["n"] for row in places.values()) == len(written)


def test_prompts_that_are_shown_are_of_each_third_and_of_both_languages(run: Run) -> None:
    known = prompts(run)
    lengths = sorted(row["required"] or row["required_min"] or row["required_max"] or 0 for row in known.values())
    shown = sorted((row for row in summary(run, "shown_prompts") if row["dataset"] == "longbench-write"),
                   key=lambda row: row["place"])  # fmt: skip
    assert len(shown) == 3 and {row["language"] for row in shown} == {"en", "zh"}
    for i, row in enumerate(shown):
        prompt = known[row["prompt_id"]]
        length = prompt["required"] or prompt["required_min"] or prompt["required_max"]
        assert lengths[40 * i // 3] <= length <= lengths[40 * (i + 1) // 3 - 1]
        assert prompt["prompt"].startswith(row["opening"].removesuffix(" …"))
        assert all(row[name] == prompt[name] for name in ("category", "constraint", "required_min", "required_max"))


def test_samples_are_the_first_responses_with_their_scores(run: Run) -> None:
    shown = [row["prompt_id"] for row in summary(run, "shown_prompts") if row["dataset"] == "longbench-write"]
    rows = {(row["model"], row["prompt_id"]): row for row in summary(run, "samples")}
    judged = {(row["model"], row["prompt_id"], row["judge"]): row["score_q"] for row in summary(run, "sample_scores")}
    assert set(rows) == {(model, prompt_id) for model in WRITERS for prompt_id in shown}
    assert {judge for _, _, judge in judged} == {"judge"}, "no judge of pairs alone"
    for model in WRITERS:
        responses = {one["prompt_id"]: one for one in raw(run, "responses", model)}
        scores = {one["prompt_id"]: one for one in raw(run, "scores", model) if one["judge"] == "judge"}
        for prompt_id in shown:
            row, response, score = rows[model, prompt_id], responses[prompt_id], scores[prompt_id]
            assert (row["status"], row["error"]) == (response["status"], response["error"])
            assert (row["words"], row["score_l"]) == (score["words"], score["score_l"])
            assert judged[model, prompt_id, "judge"] == score["score_q"]
            assert (response["response"] or "").startswith((row["opening"] or "").removesuffix(" …"))
            assert bool(row["opening"]) == bool(response["response"])


def test_texts_call_by_call_are_those_of_the_traces(run: Run) -> None:
    calls: dict[tuple[str, str], list[Row]] = {}
    for row in summary(run, "read_calls"):
        calls.setdefault((row["model"], row["prompt_id"]), []).append(row)
    texts = [row for row in summary(run, "read_texts") if row["dataset"] == "longbench-write"]
    assert {row["model"] for row in texts} == set(PLANNED)
    for text in texts:
        traced = [one for one in raw(run, "traces", text["model"]) if one["prompt_id"] == text["prompt_id"]]
        (score,) = [
            one
            for one in raw(run, "scores", text["model"])
            if one["prompt_id"] == text["prompt_id"] and one["judge"] == "judge"
        ]
        shown = calls[text["model"], text["prompt_id"]]
        assert (text["status"], text["words"]) == (score["status"], score["words"])
        assert text["calls"] == len(traced) == len(shown) + text["left_out"]
        for row in shown:
            one = traced[row["place"]]
            same = ("step", "number", "status", "error", "required", "words")
            assert [row[name] for name in same] == [one[name] for name in same]
            assert (one["text"] or "").startswith((row["opening"] or "").removesuffix(" …"))


def test_of_very_many_calls_the_first_and_the_last_are_kept(run: Run, tmp_path: Path) -> None:
    scored, model = raw(run, "scores", "writer-a")[0], "writer-a"
    key = {"prompt_id": scored["prompt_id"], "sample": 0}
    calls = [call(key, "write", i, f"Section {i}.") for i in range(30)]
    write_table(tmp_path / "traces.parquet", [*calls, calls[0] | {"sample": 1}], TRACES, "collect_traces")
    scores = Source(run.folder / f"results/longbench-write/{model}/scores.parquet", "longbench-write", model)
    ((text, shown),) = read_texts([key["prompt_id"]], Source(tmp_path / "traces.parquet", "d", model), scores)
    assert (text["calls"], text["left_out"], text["words"]) == (30, 6, scored["words"])
    assert [row["place"] for row in shown] == [*range(18), *range(24, 30)]
    assert [row["opening"] for row in shown[-2:]] == ["Section 28.", "Section 29."]


def test_what_is_mixed_in_and_dropped_is_told_by_name(run: Run) -> None:
    results: Path = run.folder / "results"
    mixed = {(row["name"], row["source"]): row["n"] for row in summary(run, "mixed_sets")}
    assert mixed[NAME, "chat"] == mixed["paper", "chat"] == 5
    for row in summary(run, "training_sets"):
        rows = pq.read_table(results / f"sft/{row['name']}/train.parquet").to_pylist()
        words = [len(one["messages"][-1]["content"].split()) for one in rows if one["prompt_id"] is not None]
        assert (row["n"], row["median"]) == (len(words), median(words))
        assert min(words) < row["low"] < row["median"] < row["high"] < max(words)
    dropped = [path for path in results.rglob("filters.parquet") if path.parent.name != "summary"]
    assert len(dropped) == 10
    for path in dropped:
        kind = "sft" if path.parent.parent.name == "sft" else "datasets"
        rows = [row for row in summary(run, "filters") if (row["kind"], row["name"]) == (kind, path.parent.name)]
        assert [row | {"kind": None, "name": None} for row in rows] == [
            {"kind": None, "name": None} | one for one in pq.read_table(path).to_pylist()
        ]
