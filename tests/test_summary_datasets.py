"""What is told of prompts, answers and metrics, in tables: each number again, in plain Python, from the raw tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow.parquet as pq
import pytest
from report_run import Run, make_run
from scipy import stats

from longhand.results.metrics import NO_WEIGHT
from longhand.summary.answers import ERRORS_EACH, answer_row, error_rows
from longhand.summary.inputs import REASON, Source, tally_responses
from longhand.summary.metrics import metric_rows
from longhand.summary.prompt_counts import prompt_counts_row
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.tables.score_tables import METRICS


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = make_run(tmp_path_factory.mktemp("run"), ["b", "a"], ["k", "j"], datasets=("longen",), rule="longen")
    made.summarized()
    return made


def raw(run: Run, name: str) -> list[Row]:
    return pq.read_table(run.folder / f"results/longen/{name}.parquet").to_pylist()


def summary(run: Run, name: str, **values: Any) -> list[Row]:
    rows = pq.read_table(run.folder / f"results/summary/{name}.parquet").to_pylist()
    return [row for row in rows if all(row[column] == value for column, value in values.items())]


def test_prompts_are_counted(run: Run, tmp_path: Path) -> None:
    prompts = raw(run, "prompts")
    (row,) = summary(run, "prompt_counts")
    assert (row["dataset"], row["n"]) == ("longen", len(prompts))
    by_language = Counter(prompt["language"] for prompt in prompts)
    assert {each["language"]: each["n"] for each in row["languages"]} == by_language and len(by_language) == 2
    ends = [p[name] for p in prompts for name in ("required", "required_min", "required_max") if p[name]]
    assert (row["shortest"], row["longest"]) == (min(ends), max(ends))
    assert (row["without_length"], row["without_rule"]) == (0, 0)
    path = tmp_path / "mixed/prompts.parquet"
    free = dict.fromkeys(("constraint", "required", "required_min", "required_max"))
    write_table(path, [*prompts, *({**prompt, **free} for prompt in prompts[:3])], PROMPTS, "test")
    other = prompt_counts_row(path, "longbench-write")
    ranges = sum(prompt["constraint"] == "range" for prompt in prompts)
    assert (other["without_length"], other["without_rule"]) == (3, ranges) and ranges
    write_table(path, [prompts[0] | free], PROMPTS, "test")
    assert prompt_counts_row(path, "longen")["shortest"] is None


def test_answers_are_counted_by_state(run: Run) -> None:
    tables = {(model, None): raw(run, f"{model}/responses") for model in ("b", "a")}
    tables |= {(model, judge): raw(run, f"{model}/judgements/{judge}") for judge in ("k", "j") for model in ("b", "a")}
    shown = [(row["model"], row["judge"]) for row in summary(run, "answers")]
    assert shown == list(tables), "in the order of the settings"
    for (model, judge), rows in tables.items():
        (whole,) = summary(run, "answers", model=model, judge=judge)
        assert (whole["n"], whole["n_cut"], whole["cut_tokens"]) == (len(rows), 0, 0)
        states = summary(run, "answer_states", model=model, judge=judge)
        by_status = {row["state"]: row["n"] for row in states if row["kind"] == "status"}
        assert by_status == Counter(row["status"] for row in rows) and len(by_status) > 1
        reasons = {row["state"]: row["n"] for row in states if row["kind"] == "finish_reason"}
        assert reasons == (Counter(row["finish_reason"] for row in rows) if judge is None else {})
        errors = Counter((row["status"], " ".join(row["error"].split())) for row in rows if row["error"])
        most = [n for _, n in errors.most_common(ERRORS_EACH)]
        kept = summary(run, "answer_errors", model=model, judge=judge)
        assert [row["n"] for row in kept] == most
        assert all(errors[row["status"], row["error"]] == row["n"] for row in kept)


def responses(folder: Path, *rows: Row) -> Source:
    whole = dict.fromkeys(RESPONSES.names) | {"sample": 0, "status": "ok", "attempts": 1, "model": "m"}
    path = folder / "d/m/responses.parquet"
    write_table(path, [whole | {"prompt_id": f"p{i}"} | row for i, row in enumerate(rows)], RESPONSES, "test")
    return Source(path, "d", "m")


def test_prompts_without_their_middle_and_long_errors(tmp_path: Path) -> None:
    long = [{"status": "failed", "error": "xyz" * 100 + end} for end in ("1", "2")]
    blank = {"status": "empty", "error": " "}
    source = responses(
        tmp_path, {"cut_tokens": 40}, {"cut_tokens": 2}, {}, *long, blank, {"status": "failed", "error": "a\n b"}
    )
    tally = tally_responses(source.path)
    assert answer_row(source, tally) == {
        "dataset": "d",
        "model": "m",
        "judge": None,
        "n": 7,
        "n_cut": 2,
        "cut_tokens": 42,
    }
    first, second = error_rows(source, tally)
    assert (first["n"], len(first["error"]), first["error"][-1]) == (2, REASON, "…"), "alike where they are cut"
    assert (second["n"], second["error"]) == (1, "a b")


def test_metrics_are_means_over_prompts(tmp_path: Path) -> None:
    categories = ["tale"] * 10 + ["news"] * 9 + [None]
    prompts = dict.fromkeys(PROMPTS.names) | {"language": "en", "prompt": "Write."}
    of_prompts = [prompts | {"prompt_id": f"p{i}", "category": name} for i, name in enumerate(categories)]
    write_table(tmp_path / "prompts.parquet", of_prompts, PROMPTS, "test")
    values = {"a": [50 + i % 7 for i in range(20)], "b": [20 + i % 5 for i in range(20)]}
    sources = []
    for model, of_model in values.items():
        rows = [
            {"prompt_id": f"p{i}", "sample": sample, "judge": None, "metric": "f1", "value": float(value + 4 * sample)}
            for i, value in enumerate(of_model)
            for sample in range(1 + (i == 3))  # one prompt has two samples
        ]
        rows += [{"prompt_id": "p4", "sample": 9, "judge": None, "metric": "f1", "value": None}]
        rows += [row | {"judge": "j", "metric": "published", "value": 1.0} for row in rows[:3]]
        path = tmp_path / model / "metrics.parquet"
        write_table(path, (row | NO_WEIGHT for row in rows), METRICS, "test")
        sources.append(Source(path, "d", model))
    shown = list(metric_rows(sources, tmp_path / "prompts.parquet"))
    f1 = [row for row in shown if row["metric"] == "f1"]
    assert [(row["all"], row["category"], row["model"]) for row in f1] == [
        (every, category, model)
        for every, category in ((True, None), (False, None), (False, "news"), (False, "tale"))
        for model in ("a", "b")
    ]
    for row in f1:
        means = [float(x + (2 if i == 3 else 0)) for i, x in enumerate(values[row["model"]])]
        mine = [m for m, name in zip(means, categories, strict=True) if row["all"] or name == row["category"]]
        assert row["mean"] == pytest.approx(fmean(mine)) and row["n_prompts"] == len(mine)
        assert row["n"] == len(mine) + (row["category"] == "tale" or row["all"]), "responses with a value"
        if len(mine) < 8:
            assert (row["doubt"], row["low"], row["leads"]) == ("few_prompts", None, None)
        else:
            ends = stats.t.interval(0.95, len(mine) - 1, fmean(mine), stats.sem(mine))
            assert [row["low"], row["high"]] == pytest.approx(list(ends))
            assert row["leads"] == (row["model"] == "a")
    assert {(row["judge"], row["n"], row["mean"]) for row in shown if row["metric"] == "published"} == {("j", 3, 1.0)}


def test_shown_samples_have_the_numbers_of_their_own_response(run: Run) -> None:
    shown = summary(run, "samples")
    assert {row["model"] for row in shown} == {"b", "a"}
    for row in shown:
        of_response = [
            each
            for each in raw(run, f"{row['model']}/scores")
            if (each["prompt_id"], each["sample"]) == (row["prompt_id"], row["sample"])
        ]
        assert (row["status"], row["words"], row["score_l"]) == tuple(
            of_response[0][name] for name in ("status", "words", "score_l")
        )
        judged = summary(run, "sample_scores", model=row["model"], prompt_id=row["prompt_id"])
        expected = {each["judge"]: each["score_q"] for each in of_response}
        assert {each["judge"]: each["score_q"] for each in judged} == expected and len(expected) == 2
