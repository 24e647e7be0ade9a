"""What is told of lengths and health, in tables: rules side by side, how far a model reaches, the health of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, groupby
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pyarrow.parquet as pq
import pytest
from report_run import make_run
from scipy import stats

from longhand.summary.health import health_row
from longhand.summary.inputs import Source
from longhand.summary.length_rules import length_rule_tables
from longhand.summary.lengths import length_tables
from longhand.summary.reach import reach_rows
from longhand.tables.files import Row, write_table
from longhand.tables.score_tables import SCORES

RULES = {"longbench-write": "longbench_write", "longen": "longen", "lifebench": "lifebench"}


def scores(folder: Path, models: Mapping[str, Iterable[Row]]) -> list[Source]:
    """Tables of scores. A row needs only what a test is about."""
    written = []
    for model, rows in models.items():
        whole = dict.fromkeys(SCORES.names) | {"sample": 0, "status": "ok", "language": "en", "words": 0}
        whole |= {"words_longbench_write": 0, "words_longen": 0}
        path = folder / "d" / model / "scores.parquet"
        write_table(path, [whole | {"prompt_id": f"p{i}"} | row for i, row in enumerate(rows)], SCORES, "test")
        written.append(Source(path, "d", model))
    return written


def ruled(*means: float | None) -> Row:
    return dict(zip(("longbench_write", "longen", "lifebench"), means, strict=True))


def spread_around(*means: float) -> list[Row]:
    """Twelve prompts with these means, and something in common that no difference has."""
    return [ruled(*(mean + 3 * (i % 4) + 0.1 * (i % 3) * mean / 50 for mean in means)) for i in range(12)]


def test_ranks_are_of_models_that_can_be_told_apart(tmp_path: Path) -> None:
    models = {
        "a": spread_around(80.0, 40.0, 50.0),
        "b": spread_around(60.0, 60.0, 50.0),
        "near b": [
            row | {"longbench_write": row["longbench_write"] + (-1) ** i}
            for i, row in enumerate(spread_around(60.0, 60.0, 50.0))
        ],
        "few": spread_around(90.0, 90.0, 90.0)[:7],
        "silent": [{"status": "failed"}],
    }
    means, words = length_rule_tables(scores(tmp_path, models), "longbench-write")
    assert len(words) == 5 * 2
    shown = {(row["model"], row["rule"]): (row["rank"], row["above"], row["below"]) for row in means}
    assert [shown[model, "longbench-write"] for model in models] == [
        (1, 0, 0),
        (2, 0, 0),
        (2, 0, 0),
        (None, 0, 0),
        (None, 0, 0),
    ]
    assert [shown[model, "longen"] for model in models] == [(3, 0, 2), (1, 1, 0), (1, 1, 0), (None, 0, 0), (None, 0, 0)]
    assert [shown[model, "lifebench"] for model in models] == [
        (1, 0, 0),
        (1, 0, 0),
        (1, 0, 0),
        (None, 0, 0),
        (None, 0, 0),
    ]
    doubts = {row["model"]: (row["doubt"], row["low"]) for row in means if row["rule"] == "longen"}
    assert doubts["few"] == doubts["silent"] == ("few_prompts", None) and doubts["a"][0] is None
    first = [row["rule"] for row in length_rule_tables(scores(tmp_path, models), "longen")[0]][0]
    assert first == "longen", "the dataset's own rule comes first"


def test_one_pair_of_many_is_not_sure_by_chance(tmp_path: Path) -> None:
    """Twenty equal models: of 190 pairs some have p < 0.05 one by one, and none is better for sure."""
    random = np.random.default_rng(3)
    values = {f"m{i}": random.uniform(20, 80, 30) for i in range(20)}
    singly = [stats.ttest_rel(*pair).pvalue for pair in combinations(values.values(), 2)]
    assert min(singly) < 0.05
    rows = {model: [ruled(x, x, x) for x in each] for model, each in values.items()}
    means, _ = length_rule_tables(scores(tmp_path, rows), "longen")
    assert {row["rank"] for row in means} == {1}


def test_rules_are_compared_on_the_same_texts(tmp_path: Path) -> None:
    rows = [
        {"prompt_id": "p", "sample": 0, "words_longbench_write": 100, "words_longen": 110, **ruled(90.0, 80.0, 70.0)},
        {"prompt_id": "p", "sample": 1, "words_longbench_write": 300, "words_longen": 330, **ruled(50.0, 40.0, 30.0)},
        {"prompt_id": "q", "words_longbench_write": 400, "words_longen": 440, **ruled(10.0, 20.0, 30.0)},
        {"prompt_id": "range", "words_longbench_write": 9000, "words_longen": 9000, **ruled(None, 100.0, None)},
        {"prompt_id": "failed", "status": "failed"},
    ]
    means, words = length_rule_tables(scores(tmp_path, {"m": rows}), "longen")
    assert [(row["rule"], row["n"], row["n_prompts"], row["mean"]) for row in means] == [
        ("longen", 3, 2, 40.0),
        ("longbench-write", 3, 2, 40.0),
        ("lifebench", 3, 2, 40.0),
    ]
    assert all(row["rank"] is None for row in means), "a single model has no rank"
    assert {row["counter"]: row["words"] for row in words} == {"words_longbench_write": 300.0, "words_longen": 330.0}


@pytest.mark.parametrize("rows", [[], [{"status": "failed"}], [ruled(None, 50.0, None)]])
def test_no_comparison_of_fewer_than_two_rules(tmp_path: Path, rows: list[Row]) -> None:
    assert length_rule_tables(scores(tmp_path, {"m": rows}), "longen") == ([], [])


def length_row(required: int, words: int, status: str = "ok") -> Row:
    return {"required": required, "range": f"[{required},{required + 1})", "words": words, "status": status}


def test_where_a_model_gives_up(tmp_path: Path) -> None:
    steps = (1000, 2000, 5000, 10000)
    courses = {
        "keeps": [length_row(x, x) for x in steps],
        "level": [length_row(x, min(x, 1500)) for x in steps],
        "dips": [length_row(x, x // 10 if x == 2000 else x) for x in steps],  # one short step, then long texts again
        "half": [length_row(x, x // 2) for x in steps],  # half is not under half
        "none": [length_row(x, 0, "empty") for x in steps],
        "limited": [length_row(x, min(x, 1500), "truncated" if x > 1500 else "ok") for x in steps],
        "always": [length_row(x, x * 56 // 100, "truncated") for x in steps],
        "last": [length_row(x, x, "truncated" if x == 10000 else "ok") for x in steps],
        "before": [length_row(x, min(x, 500), "truncated" if x == 10000 else "ok") for x in steps],
        "few": [length_row(x, x, status) for x in steps for status in ("truncated", "ok", "ok")],
        "evenly": [length_row(x, x, status) for x in steps[1:] for status in ("truncated", "ok")],
        "failed": [length_row(x, 0, "failed") for x in steps],
    }
    rows = list(reach_rows(scores(tmp_path, courses)))
    assert list(dict.fromkeys(row["range"] for row in rows)) == [f"[{x},{x + 1})" for x in steps]
    ends = {row["model"]: (row["required"], row["ends"]) for row in rows if row["ends"]}
    assert ends == {
        "level": (5000, "gives_up"),
        "none": (1000, "gives_up"),
        "limited": (2000, "cut_off"),
        "always": (1000, "cut_off"),
        "last": (10000, "cut_off"),
        "before": (2000, "gives_up"),  # it has given up when the limit comes
        "evenly": (2000, "cut_off"),
    }
    longest = {row["model"]: row["longest"] for row in rows}
    lengths = [10000, 1500, 10000, 5000, 0, 1500, 5600, 10000, 500, 10000, 10000]
    assert longest == dict(zip([name for name in courses if name != "failed"], lengths, strict=True))


def test_steps_of_different_lengths(tmp_path: Path) -> None:
    def at(label: str, *pairs: tuple[int, int]) -> list[Row]:
        return [{"range": label, "required": required, "words": words} for required, words in pairs]

    rows = (
        at("[500,2000)", (600, 500), (800, 700), (1900, 1000)) + at("[0,500)", (100, 100)) + at("[2000,∞)", (3000, 1))
    )
    steps = list(reach_rows(scores(tmp_path, {"m": [*rows, {"words": 7}, length_row(10, 10, "failed")]})))
    assert [(row["range"], row["required"], row["uniform"]) for row in steps] == [
        ("[0,500)", 100, True),
        ("[500,2000)", 800, False),
        ("[2000,∞)", 3000, True),
    ]
    assert (steps[1]["n"], steps[1]["words"], steps[1]["share"]) == (3, 700, 700 / 800)


def test_tables_on_scores_are_what_the_scores_say(tmp_path: Path) -> None:
    """Each number again, in plain Python, from the tables of scores."""
    run = make_run(tmp_path, ["writer-a", "writer-b", "writer-c"], ["judge-a", "judge-b"], prompts=40)
    for path in run.tables("scores"):
        source = Source(path, "longbench-write", path.parent.name)
        rows = [row for row in pq.read_table(path).to_pylist() if row["judge"] == "judge-a"]
        assert len(rows) == 40
        _check_health(health_row(source), rows)
        points, (counts,) = length_tables(source)
        sized = [row for row in rows if row["required"] and row["status"] != "failed"]
        names = ("prompt_id", "sample", "required", "words")
        assert [[row[name] for name in names] for row in points] == [[row[name] for name in names] for row in sized]
        assert [row["cut"] for row in points] == [row["status"] == "truncated" for row in sized]
        near = [row for row in sized if 0.8 * row["required"] <= row["words"] <= 1.2 * row["required"]]
        cut = [row for row in sized if row["status"] == "truncated" and row["words"]]
        assert (counts["n"], counts["near"], counts["cut"]) == (len(sized), len(near), len(cut))
        assert counts["wordless"] == sum(not row["words"] for row in sized) > 0
        _check_reach(list(reach_rows([source])), rows)
        _check_rules(length_rule_tables([source], "longen")[0], rows)


def _check_health(row: Row, rows: list[Row]) -> None:
    texts = [each for each in rows if each["status"] in ("ok", "truncated")]
    looped = [each for each in texts if each["loop_onset"] is not None]
    assert (row["texts"], row["looped"]) == (len(texts), len(looped))
    assert row["cut"] == sum(each["status"] == "truncated" for each in texts) > 0
    assert row["unclosed"] == sum(each["closed"] is False for each in texts) > 0
    assert row["other_language"] == sum(each["other_language"] is True for each in texts)
    assert row["onset"] == (median(each["loop_onset"] for each in looped) if looped else None)
    shares = [100 * each["loop_onset"] / each["words_longen"] for each in looped]
    assert row["onset_share"] == (pytest.approx(median(shares)) if looped else None)
    assert row["repeated"] == pytest.approx(100 * fmean(each["repeated_13gram_share"] for each in texts))


def _check_reach(shown: list[Row], rows: list[Row]) -> None:
    answers = [row for row in rows if row["status"] != "failed"]
    by_range = {
        label: list(group) for label, group in groupby(sorted(answers, key=lambda r: r["range"]), lambda r: r["range"])
    }
    assert {row["range"] for row in shown} == set(by_range) and len(by_range) >= 4
    for row in shown:
        words = sorted(each["words"] for each in by_range[row["range"]])
        required = median(each["required"] for each in rows if each["range"] == row["range"])
        assert (row["n"], row["words"], row["required"]) == (len(words), median(words), required)
        assert row["share"] == pytest.approx(median(words) / required)
        ends = [_between(words, 0.1), _between(words, 0.9)]
        assert [row["low"], row["high"]] == pytest.approx(ends)
        cut = sum(each["status"] == "truncated" for each in by_range[row["range"]])
        assert (row["cut"], row["limited"]) == (cut, cut >= len(words) / 2)
        assert row["longest"] == max(each["words"] for each in answers)


def _between(ordered: list[int], share: float) -> float:
    """The value that so much of a sorted list lies under."""
    place = share * (len(ordered) - 1)
    below = ordered[int(place)]
    return below + (place % 1) * (ordered[min(int(place) + 1, len(ordered) - 1)] - below)


def _check_rules(shown: list[Row], rows: list[Row]) -> None:
    scored = [row for row in rows if all(row[column] is not None for column in RULES.values())]
    assert [row["rule"] for row in shown] == ["longen", "longbench-write", "lifebench"]
    for row in shown:
        values = [each[RULES[row["rule"]]] for each in scored]
        interval = stats.t.interval(0.95, len(values) - 1, fmean(values), stats.sem(values))
        assert (row["n"], row["n_prompts"]) == (len(values), len(values))
        assert row["mean"] == pytest.approx(fmean(values))
        assert [row["low"], row["high"]] == pytest.approx([max(0, interval[0]), min(100, interval[1])])
