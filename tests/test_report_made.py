"""The report's part on data made here: lengths by iteration and round, filters, refusals, against the tables."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import pytest
from report_made import NAME, PAPER, ROUNDS, add_self_lengthen, write_filters
from report_page import Page, build, cells, foreign, section
from report_run import Run, make_run
from report_traces import add_agentwrite

from longhand.made import answers, documents, instructions, queries, restated
from longhand.preferences import selection
from longhand.report.funnels import MEANINGS, funnel
from longhand.summary.training_sets import filter_rows
from longhand.tables.files import Row

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror='alert(2)'>\x00\x1b[2J\u202e"


@pytest.fixture
def plain(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a"], [], prompts=12)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = make_run(tmp_path_factory.mktemp("made"), ["writer-a"], [], prompts=12)
    add_self_lengthen(run)
    return run


@pytest.fixture(scope="module")
def html(made: Run) -> str:
    return build(made)


def rows_of(run: Run, table: str) -> list[Row]:
    return pq.read_table(run.folder / "results" / f"{table}.parquet").to_pylist()


def captioned(part: str, caption: str) -> str:
    return part.split(f"<caption>{caption}</caption>")[1].split("</table>")[0]


def shown(values: list[float], digits: int = 0, unit: str = "") -> str:
    return f"{median(values):,.{digits}f}{unit}"


def test_words_by_iteration(made: Run, html: str) -> None:
    table = captioned(section(html, f"Self-Lengthen: {NAME}"), "Words by iteration")
    assert re.findall(r'<th class="num first" scope="col">(.*?)</th>', table) == ["1", "collection"]
    lines = {line[0]: line[1:] for line in cells(table)}
    sizes = {name: re.findall(r"n (\d+)", row) for name, row in zip(lines, table.split("<tr>")[2:], strict=True)}
    firsts, contexts, extended, growth = [], [], [], []
    for i in ("1", "2"):
        first = rows_of(made, f"{NAME}.{i}.instructions/{NAME}.{i}.generator/scores")
        before = {row["prompt_id"]: len(row["context"].split()) for row in rows_of(made, f"{NAME}.{i}.initial/prompts")}
        after = rows_of(made, f"{NAME}.{i}.initial/{NAME}.{i}.extender/scores")
        after = [row for row in after if row["status"] == "ok"]
        firsts.append([row["words"] for row in first if row["status"] == "ok"])
        contexts.append(list(before.values()))
        extended.append([row["words"] for row in after])
        growth.append([row["words"] / before[row["prompt_id"]] for row in after])
    for name, by_step in (
        ("first answers", firsts),
        ("of these, kept to be extended", contexts),
        ("extended texts", extended),
    ):
        assert lines[name] == [shown(values) for values in by_step]
        assert sizes[name] == [str(len(values)) for values in by_step]
    assert lines["times as long as the first answer"] == [shown(values, 2, "×") for values in growth]
    assert lines["of these, kept to be learned"] == ["2,000", "—"]  # nothing is trained on the collection


def test_words_before_and_after_each_round(made: Run, html: str) -> None:
    table = captioned(section(html, f"Self-Lengthen: {NAME}"), "Words before and after each round of extension")
    sizes = [re.findall(r"n (\d+) of (\d+)", row) for row in table.split("<tr>")[2:]]
    for column, i in enumerate(("1", "2")):
        firsts = {row["prompt_id"]: len(row["context"].split()) for row in rows_of(made, f"{NAME}.{i}.initial/prompts")}
        calls = rows_of(made, f"{NAME}.{i}.initial/{NAME}.{i}.extender/traces")
        longer: dict[tuple[str, int, int], list[tuple[int, int, int]]] = {}  # of a try: round, words before, after
        for one in calls:
            attempt, at = divmod(one["number"], ROUNDS)
            rounds = longer.setdefault((one["prompt_id"], one["sample"], attempt), [])
            if one["step"] == "whole" and one["status"] == "ok":
                (half,) = [
                    other["text"].split("\n\n")
                    for other in calls
                    if other["step"] == "half"
                    and all(other[key] == one[key] for key in ("prompt_id", "sample", "number"))
                ]
                opening = " ".join(half[: len(half) * 2 // 3])
                before = rounds[-1][2] if rounds else firsts[one["prompt_id"]]
                rounds.append((at, before, len(f"{opening} {one['text']}".split())))
        for at in range(ROUNDS):
            pairs = [(before, after) for rounds in longer.values() for of, before, after in rounds if of == at]
            begun = sum(one["step"] == "half" and one["number"] % ROUNDS == at for one in calls)
            assert sizes[at][column] == (str(len(pairs)), str(begun)) and 0 < len(pairs) < begun
            assert cells(table)[at][column + 1] == " → ".join(shown([pair[side] for pair in pairs]) for side in (0, 1))


def test_what_filters_dropped_and_what_was_refused(made: Run, html: str) -> None:
    part = section(html, f"Self-Lengthen: {NAME}")
    assert cells(captioned(part, "Instructions")) == [
        ["all", "", "45", "", "45"],
        ["rejected", "1", "44", "2", "43"],
    ]
    assert "Nothing was dropped by: equal." in part
    for caption in ("Data that the generator learns", "Data that the extender learns", "Final training data"):
        assert cells(captioned(part, caption)) == [["all", "", "60"], ["min_growth", "20", "40"]]
    assert cells(captioned(part, "Instructions asked for"))[1] == ["instruct", "wrong_length", "5", "10", "N words"]
    calls = [rows_of(made, f"{NAME}.{i}.initial/{NAME}.{i}.extender/traces") for i in (1, 2)]
    lines = {line[1]: line[2:4] for line in cells(captioned(part, "Extensions asked for"))}
    for status in ("not_longer", "truncated"):
        assert lines[status] == [str(sum(one["status"] == status for one in of_step)) for of_step in calls]
    assert "Calls that were not ok, by iteration" in part and "An answer that is ok need not be in a text" in part
    assert part.count("<details>") == 3 and "half 1" in part


def test_fine_tuning_data_of_its_own(html: str) -> None:
    part = section(html, "Fine-tuning data paper")
    assert cells(captioned(part, "What filters dropped")) == [
        [name, f"{dropped:,}" if i else "", f"{left:,}"] for i, (name, dropped, left) in enumerate(PAPER)
    ]
    assert "Made of what writer-a wrote to instructions." in part and "(n 3)" in part
    assert "5 conversations of chat are mixed in." in part
    assert f"<h3>Fine-tuning data {NAME}" not in html  # it is shown with its recipe


def test_filters_that_one_table_does_not_have(tmp_path: Path) -> None:
    tables = {name: tmp_path / name / "filters.parquet" for name in "12"}
    write_filters(tables["1"], [("all", 0, 7), ("language", 1, 6), ("loops", 2, 4), ("min_growth", 1, 3)])
    write_filters(tables["2"], [("all", 0, 9), ("min_growth", 4, 5)])
    shown = funnel({name: list(filter_rows([path])) for name, path in tables.items()})
    assert [(name, [step and step["left"] for step in steps]) for name, _, steps in shown.lines] == [
        ("all", [7, 9]),
        ("language", [6, None]),
        ("loops", [4, None]),
        ("min_growth", [3, 5]),
    ]


def test_every_filter_is_said_in_words() -> None:
    names = {name for kind in (answers, documents, instructions, queries, restated) for name in kind.FILTERS}
    assert names | {*selection.FILTERS} == set(MEANINGS)


def test_a_teacher_that_is_not_evaluated(plain: Run) -> None:
    """Its traces are shown with the data that they are for."""
    (traces,) = add_agentwrite(plain, ["writer-a"])
    plain.settings["sft"] = {"mine": {"dataset": "longbench-write", "model": "writer-a"}}
    filters = plain.folder / "results/sft/mine/filters.parquet"
    write_filters(filters, [("all", 0, 12)])
    more: dict[str, Any] = dict.fromkeys(("leaderboard", "scores", "responses", "prompts", "traces"), [])
    more |= {"made_traces": [traces], "made_scores": plain.tables("scores"), "made_prompts": plain.tables("prompts")}
    plain.more = more | {"filters": [filters]}
    html = build(plain)
    assert "Data that models wrote for training; nothing is evaluated." in html
    part = html.split("<h3>How")[1]
    assert "Words of whole texts" in part and part.count("<details>") == 3


def test_hostile_tables_stay_text(plain: Run) -> None:
    add_self_lengthen(plain, HOSTILE)
    html = build(plain)
    assert foreign(html) == []
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 8 and not re.search("[\x00\x1b\u202e]", html)


def test_nothing_made_here_is_no_part_of_the_page(plain: Run) -> None:
    assert "Data made here" not in build(plain)


def test_demo_models_of_a_recipe_are_named(plain: Run) -> None:
    add_self_lengthen(plain)
    plain.settings["models"]["base"] = {"backend": "demo"}
    plain.settings["self_lengthen"][NAME]["model"] = "base"
    page = Page(build(plain))
    assert "Made with" in page.text and "base" in page.words
