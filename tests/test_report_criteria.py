"""The report's part on criteria of prompts: its numbers counted apart, the shapes of criteria, hostile texts."""

from __future__ import annotations

import html as entities
import re
from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev

import pyarrow.parquet as pq
import pytest
from report_criteria import JUDGES, add_criteria, criterion
from report_page import Page, build, cells, foreign, section
from report_run import Run, make_run
from scipy.stats import t

from longhand.summary.criteria import MOST
from longhand.tables.files import Row, write_table
from longhand.tables.score_tables import METRICS
from show_leaderboard import main as show_leaderboard

MODELS, DATASET, HEADING = ["writer-a", "writer-b"], "longbench-write", "Quality by criterion"
SMALL = '<span class="small"'
HOSTILE = "</script><script>hacked()</script>\u202e<b onclick=hacked()>"
ITEMS = ["Is it long enough?", "Is it true? " + "Every word of it. " * 40]


def of_category(number: int, prompt: Row) -> list[Row]:
    """As HelloBench: items without names, the same for all prompts of a category, with weights."""
    items = [f"{text} For {prompt['category']}." for text in ITEMS]
    return [criterion(str(n), text, weight=25.0 + 50 * n - 50) for n, text in enumerate(items, 1)]


def of_prompt(number: int, prompt: Row) -> list[Row]:
    """As WritingBench: nearly all names are a prompt's own, whatever else it has; the same name has other texts."""
    common = [criterion("Depth", f"Depth of {number}.")] if number % 2 else []
    return [*common, criterion(f"Own {number} {HOSTILE}", HOSTILE), *(criterion(f"Pair {number // 2}", "Both."),) * 1]


def of_all(number: int, prompt: Row) -> list[Row]:
    return [criterion("Depth", "How deep?", 3.0), criterion("Wit", "How witty?")]


def made(folder: Path, criteria: object, judges: tuple[str, ...] = JUDGES, prompts: int = 24) -> Run:
    run = make_run(folder, MODELS, [], prompts=prompts)
    add_criteria(run, MODELS, criteria, judges)  # type: ignore[arg-type]
    return run


@pytest.fixture(scope="module")
def by_category(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made(tmp_path_factory.mktemp("category"), of_category)


@pytest.fixture(scope="module")
def by_prompt(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made(tmp_path_factory.mktemp("prompt"), of_prompt, JUDGES[:1], prompts=60)


def table(run: Run, name: str) -> list[Row]:
    return pq.read_table(run.folder / f"results/{name}.parquet").to_pylist()


def verdicts(run: Run, model: str, judge: str) -> list[Row]:
    rows = table(run, f"{DATASET}/{model}/judgements/{judge}")
    return [row for row in rows if row["status"] != "no_response"]


def expected_means(run: Run, model: str, judge: str) -> dict[tuple[str, str], tuple[float | None, int, int]]:
    """Category and position of a criterion -> its mean over prompts, their number, verdicts that are not read."""
    categories = {row["prompt_id"]: row["category"] for row in table(run, f"{DATASET}/prompts")}
    scores: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    unread: dict[tuple[str, str], int] = defaultdict(int)
    for row in verdicts(run, model, judge):
        key = categories[row["prompt_id"]], row["dimension"]
        unread[key] += row["score"] is None
        if row["score"] is not None:
            scores[key][row["prompt_id"]].append(100 * row["score"])
    return {key: (fmean(map(fmean, of.values())), len(of), unread[key]) for key, of in scores.items()}


def scores_of(run: Run, model: str, judge: str, position: str) -> dict[str, list[float]]:
    """Prompt -> the readable scores of a criterion, on 0-100."""
    scores: dict[str, list[float]] = defaultdict(list)
    for row in verdicts(run, model, judge):
        if row["dimension"] == position and row["score"] is not None:
            scores[row["prompt_id"]].append(100 * row["score"])
    return scores


@pytest.mark.parametrize("judge", JUDGES)
def test_means_of_a_categorys_checklist(by_category: Run, judge: str) -> None:
    part = section(build(by_category), HEADING)
    shown = part.split("<summary>")[1:]
    assert len(shown) == len({row["category"] for row in table(by_category, f"{DATASET}/prompts")})
    assert "<details open" in part and 'scope="col">weight' in shown[0]
    means = {model: expected_means(by_category, model, judge) for model in MODELS}
    for each in shown:
        category = re.search(r"<span dir=\"auto\">(.*?)</span>: ", each)[1]  # type: ignore[index]
        of_judge = each.split(f"<caption>Judge {judge}</caption>")[1]
        for place, line in enumerate(cells(of_judge.replace(SMALL, "<span")), 1):
            name, weight, prompts, *of_models = line
            assert name.startswith(ITEMS[place - 1][:18]) and weight == ("25.00", "75.00")[place - 1]
            for model, cell in zip(MODELS, of_models, strict=True):
                mean, n, unread = means[model][category, str(place)]
                assert cell.startswith(f"{mean:.1f}") and (f"n {n}" in cell) == (n != int(prompts))
                assert (f"{unread} unread" in cell) == bool(unread)


def test_scores_as_published_stand_beside_with_their_views(by_category: Run) -> None:
    home = by_category.folder / f"results/{DATASET}/{MODELS[0]}"
    empty = dict.fromkeys(METRICS.names) | {"sample": 0, "judge": JUDGES[0]}
    rows = [
        empty | {"prompt_id": row["prompt_id"], "metric": metric, "value": value}
        for row in table(by_category, f"{DATASET}/prompts")
        for metric, value in (("published", -20.0), (f"published {HOSTILE}", 40.0))
    ]
    write_table(home / "metrics.parquet", rows, METRICS, "test")
    page = build(by_category)
    part = section(page, "Metrics")
    assert "Grades as published, view </script>" in Page(part).text and [line[1] for line in cells(part)] == ["-20.0"]
    assert "A view is a part of the criteria" in part and "ROUGE-L" not in part and foreign(page) == []
    (home / "metrics.parquet").unlink()


def test_unread_criteria_and_cut_responses_are_counted(by_category: Run) -> None:
    text = Page(section(build(by_category), HEADING)).text
    for model in MODELS:
        for judge in JUDGES:
            rows = verdicts(by_category, model, judge)
            unread = sum(row["score"] is None for row in rows)
            readable = {(row["prompt_id"], row["dimension"]) for row in rows if row["score"] is not None}
            lost = {row["prompt_id"] for row in rows if (row["prompt_id"], row["dimension"]) not in readable}
            responses = {row["prompt_id"] for row in rows}
            cut = {row["prompt_id"] for row in rows if row["words_cut"]}
            assert f"{unread} of {len(rows)} verdicts ha" in text and cut
            assert (f"{len(lost)} of {len(responses)} responses ha" in text) == bool(lost)
            assert f"the end of {len(cut)} of {len(responses)} responses: {7 * len(cut)} words in all." in text


def test_criteria_with_and_without_names_stand_in_one_table(tmp_path: Path) -> None:
    def mixed(number: int, prompt: Row) -> list[Row]:
        return [criterion("1", "Is it a tale?"), criterion("Ending", "Does it end well?"), criterion("Wit")]

    lines = cells(section(build(made(tmp_path, mixed, JUDGES[:1])), HEADING).replace(SMALL, "<span"))
    assert [line[0] for line in lines] == ["Is it a tale?", "Ending Does it end well?", "Wit"]


def test_of_many_names_the_most_frequent_are_shown(by_prompt: Run) -> None:
    page = build(by_prompt)
    part = section(page, HEADING)
    assert f"The prompts have {60 + 30 + 1} different criteria" in Page(part).text
    assert f"The table has {MOST} of them, those that most prompts share first." in Page(part).text
    lines = cells(part.replace(SMALL, "<span"))
    assert len(lines) == MOST and lines[0][:2] == ["Depth", "30"] and {line[1] for line in lines[1:]} == {"2"}
    assert lines[1][0] == "Pair 0 Both.", "what all its prompts ask stands beside a name"
    assert "weight" not in part.split("</thead>")[0] and "prompts</summary>" not in part
    assert foreign(page) == [] and HOSTILE not in page and entities.escape("<b onclick") not in part


def test_no_table_has_a_column_per_criterion_and_pages_say_what_s_q_is(by_prompt: Run) -> None:
    columns = [set(table(by_prompt, name)[0]) for name in ("leaderboard", f"{DATASET}/{MODELS[0]}/scores")]
    assert not any({"1", "2", "3", "Depth"} & names for names in columns)
    text = Page(build(by_prompt)).text
    assert "the criteria of the prompt" in text and "mean of the judge's dimensions" not in text
    assert "kinds of prompts and dimensions" not in text and "Differences by single scores and kinds" in text
    assert "Quality by dimension" not in text and "agree most on" not in text


def test_the_same_criteria_for_all_are_one_table(tmp_path: Path) -> None:
    run = made(tmp_path, of_all, prompts=12)
    part = section(build(run), HEADING)
    assert "prompts</summary>" not in part and [line[:3] for line in cells(part.replace(SMALL, "<span"))[:2]] == [
        ["Depth How deep?", "3.00", "12"],
        ["Wit How witty?", "1.00", "12"],
    ]
    row = next(row for row in table(run, f"{DATASET}/{MODELS[0]}/scores") if row["judge"] == JUDGES[1])
    of_judge = verdicts(run, MODELS[0], JUDGES[1])
    scores = [each["score_100"] for each in of_judge if each["prompt_id"] == row["prompt_id"]]
    assert row["score_q"] == pytest.approx((3 * scores[0] + scores[1]) / 4)
    low, high = cells(part.replace(SMALL, "<span"))[0][3].split()[1].split("–")
    values = [fmean(each) for each in scores_of(run, MODELS[0], JUDGES[0], "1").values()]
    reach = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    assert (low, high) == (f"{max(fmean(values) - reach, 0):.1f}", f"{min(fmean(values) + reach, 100):.1f}")


def test_a_checklist_may_name_some_of_its_items(tmp_path: Path) -> None:
    criteria = [criterion("1", "Is it about rain?"), criterion("Ending", "Does it end well?")]
    run = made(tmp_path, lambda number, prompt: criteria, JUDGES[:1], prompts=9)
    rows = cells(section(build(run), HEADING).replace(SMALL, "<span"))
    assert [row[0] for row in rows[:2]] == ["Is it about rain?", "Ending Does it end well?"]


def test_criteria_that_nothing_shares_have_no_table(tmp_path: Path) -> None:
    run = made(tmp_path, lambda number, prompt: [criterion(f"Own {number}")], JUDGES[:1], prompts=9)
    part = section(build(run), HEADING)
    assert "No two prompts have a criterion in common" in part and "<table" not in part


def test_the_terminal_names_no_dimension(by_prompt: Run, capsys: pytest.CaptureFixture[str]) -> None:
    show_leaderboard(leaderboard=by_prompt.leaderboard)
    shown = capsys.readouterr().out
    assert all(model in shown for model in MODELS) and "Depth" not in shown and "Own" not in shown
