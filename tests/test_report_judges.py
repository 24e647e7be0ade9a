"""What the report says of judges: each figure at its place, in signs and words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from report_page import Page, build, cells, section
from report_run import make_run

from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page as ReportPage
from longhand.report.panels import agreement, length_bias
from longhand.summary.settings import ReportSettings
from longhand.tables.agreement_tables import AGREEMENT, LENGTH_BIAS
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import INT
from longhand.tables.summary_tables import SUMMARY

DATASET = "longbench-write"


def row(part: str, figure: str, value: float | None = None, **columns: Any) -> Row:
    ends = {"low": None, "high": None} if value is None else {"low": value - 0.33, "high": value + 0.44}
    names = dict.fromkeys(("judge", "other", "model", "doubt"))
    default = {"dataset": DATASET, "dimension": "score_q", "unit": "", "n": 24}
    return default | names | {"part": part, "figure": figure, "value": value} | ends | columns


def between(first: str, second: str, dimension: str, alpha: float, rank: float, shift: float) -> list[Row]:
    names = {"judge": first, "other": second, "dimension": dimension}
    points = {"unit": "points"}
    return [
        row("alpha", "alpha", alpha, **names),
        row("rank", "spearman", rank, **names),
        row("shift", "mean", shift, **names, **points),
    ]


def noise(judge: str, start: float) -> list[Row]:
    """Parts start, start + 1 …, shares and standard errors: all different."""
    rows = [row("retest", "deviation", start + 7, judge=judge, unit="points")]
    rows += [row("retest", "alpha", start / 100, judge=judge)]
    for number, name in enumerate(("prompt", "sample", "repeat")):
        rows += [row("noise", name, start + number, judge=judge, unit="points", low=None, high=None)]
        rows += [row("noise", name, 50 - start - number, judge=judge, unit="percent", low=None, high=None)]
    for number, name in enumerate(("now", "more_repeats", "more_samples", "more_prompts")):
        rows += [row("next", name, start / 10 - number / 10, judge=judge, unit="points", low=None, high=None)]
    return rows


def of_all(value: float | None, errors: tuple[float | None, float | None], doubt: str | None = None) -> list[Row]:
    rows = [row("noise", "judge_by_model", value, unit="points", doubt=doubt)]
    for name, error in zip(("now", "more_judges"), errors, strict=True):
        rows.append(row("next", name, error, unit="points", doubt=doubt))
    return rows


def shown(folder: Path, panel: Callable[[ReportPage, str], str], judges: int = 2, **rows: list[Row]) -> str:
    """The HTML of a panel, of a run of model-a, model-b and some judges with these rows."""
    models = ("model-a", "model-b")
    summary = {name: folder / f"summary/{name}.parquet" for name in SUMMARY}
    for name, path in summary.items():
        write_table(path, [], SUMMARY[name], "summarize_run")
    blank = {field.name: 0 if field.type == INT else "x" for field in SUMMARY["answers"] if not field.nullable}
    names = dict.fromkeys(SUMMARY["answers"].names) | blank | {"dataset": DATASET}
    answers = [names | {"model": model} for model in models]
    write_table(summary["answers"], answers, SUMMARY["answers"], "summarize_run")
    for name, schema in (("agreement", AGREEMENT), ("length_bias", LENGTH_BIAS)):
        if name in rows:
            write_table(folder / f"{name}.parquet", rows[name], schema, "compare_judges")
    files = PageFiles(summary, **{name: folder / f"{name}.parquet" for name in rows})
    settings = ReportSettings(models={name: {} for name in models}, judges={f"judge-{n}": {} for n in range(judges)})
    return str(panel(ReportPage(files, settings, datetime(2026, 1, 1, tzinfo=UTC)), DATASET))


def tables(part: str) -> list[list[list[str]]]:
    return [cells(table) for table in part.split("<table>")[1:]]


def test_figures_of_two_judges_stand_at_their_places(tmp_path: Path) -> None:
    rows = between("judge-0", "judge-1", "Clarity", 0.81, 0.72, -3.14)
    rows += between("judge-0", "judge-1", "Depth <i>", 0.22, 0.33, 2.5)
    rows += between("judge-0", "judge-1", "score_q", 0.44, 0.55, 0.04)
    rows += [row("shift", "mean", 6.6, judge="judge-0", other="judge-1", model="model-b", unit="points")]
    rows += noise("judge-0", 20) + noise("judge-1", 30) + of_all(None, (None, None), "few_judges")
    part = shown(tmp_path, agreement.panel, agreement=rows)
    agreed, parts, errors = tables(part)
    assert agreed == [
        ["Clarity", "0.81", "0.72", "−3.1"],
        ["Depth <i>", "0.22", "0.33", "+2.5"],
        ["S Q", "0.44", "0.55", "0.0"],
        ["S Q of model-b", "", "", "+6.6"],
    ]
    assert '<span class="small">0.48 to 1.25</span>' in part and '<span class="small">−3.5 to −2.7</span>' in part
    assert parts == [
        ["judge-0", "20.0", "21.0", "22.0", "27.0", "0.20"],
        ["judge-1", "30.0", "31.0", "32.0", "37.0", "0.30"],
    ]
    shares = ["30%", "29%", "28%", "20%", "19%", "18%"]
    places = [part.index(f">{share}<") for share in shares]
    assert places == sorted(places)
    assert errors == [
        ["judge-0", "2.00", "1.90", "1.80", "1.70"],
        ["judge-1", "3.00", "2.90", "2.80", "2.70"],
    ]
    text = Page(part).text
    assert "agree most on Clarity (alpha 0.81). They agree least on Depth <i> (alpha 0.22)." in text
    chance = "The intervals of these two do not lie apart, so this may be chance."
    assert chance in text, "0.48 to 1.25, and -0.11 to 0.66"
    rows[0] |= {"low": 0.67}
    assert chance not in Page(shown(tmp_path, agreement.panel, agreement=rows)).text
    rows[0] |= {"low": None, "high": None, "doubt": "few_prompts"}
    assert chance in Page(shown(tmp_path, agreement.panel, agreement=rows)).text
    assert "is not known: with fewer than three judges this is not estimated" in text
    assert "<details>" not in part


def test_three_judges_have_a_table_of_all_and_one_of_each_two(tmp_path: Path) -> None:
    rows = [row("alpha", "alpha", value, dimension=name) for name, value in (("Clarity", 0.5), ("score_q", 0.6))]
    for number, (first, second) in enumerate([(0, 1), (0, 2), (1, 2)]):
        rows += between(f"judge-{first}", f"judge-{second}", "score_q", 0.1 + number / 10, 0, 0)
    rows += [each for n in range(3) for each in noise(f"judge-{n}", 10 + n)] + of_all(4.25, (1.33, 1.22), "negative")
    part = shown(tmp_path, agreement.panel, 3, agreement=rows)
    shared, *pairs = tables(part)
    assert shared == [["Clarity", "0.50"], ["S Q", "0.60"]]
    assert [table[0][1] for table in pairs[:3]] == ["0.10", "0.20", "0.30"] and part.count("<details>") == 3
    text = Page(part).text
    assert "by 4.2 points (standard deviation; the estimate is negative, which is shown as 0)" in text
    assert "over all 3 judges is 1.33 points. With one more judge it would be 1.22." in text


def test_one_judge_is_compared_with_nobody(tmp_path: Path) -> None:
    rows = [row("alpha", "alpha", doubt="one_judge", n=0), *noise("judge-0", 12)]
    rows = [each | {"value": None, "doubt": "one_repeat"} if each["figure"] == "repeat" else each for each in rows]
    part = shown(tmp_path, agreement.panel, 1, agreement=rows + of_all(None, (None, None), "few_judges"))
    parts, _ = tables(part)
    assert parts == [["judge-0", "12.0", "13.0", "—", "19.0", "0.12"]]
    text = Page(part).text
    assert "each verdict was asked for once (repeats: 1), so this is not known" in text
    assert "agree most" not in text and "judge × model" not in text and "Krippendorff" not in text


def test_the_same_model_is_named(tmp_path: Path) -> None:
    rows = [
        row("same", "model", judge="judge-0", model="model-a"),
        row("same", "model", judge="judge-0", model="model-b"),
        row("same", "judge", judge="judge-0", other="judge-1"),
    ]
    text = Page(shown(tmp_path, agreement.panel, agreement=rows + of_all(None, (None, None), "few_judges"))).text
    assert "Judge judge-0 is the same model as model-a and model-b, which it judges." in text
    assert "Judge judge-0 is the same model as judge judge-1." in text


def biased(judge: str, model: str, start: float, **columns: Any) -> Row:
    values = {"score_q": start, "score_q_at_length": start + 1, "low": start - 2, "high": start + 4}
    values |= {"ratio": start / 100, "n_near": int(start) + 5, "n_prompts": int(start) + 6, "extrapolated": False}
    values |= {"slope": 3.21, "slope_low": 1.5, "slope_high": 4.9, "doubt": None, "slope_doubt": None}
    return {"dataset": DATASET, "judge": judge, "model": model} | values | columns


def test_length_held_fixed_stands_beside_the_raw_mean(tmp_path: Path) -> None:
    unsure = {"slope": -2.0, "slope_low": -5.04, "slope_high": 1.0}
    unknown = dict.fromkeys(("slope", "slope_low", "slope_high", "score_q_at_length", "low", "high"))
    rows = [
        biased("judge-0", "model-b", 40),
        biased("judge-0", "model-a", 60, extrapolated=True, n_near=0),
        biased("judge-1", "model-a", 70, **unsure, low=None, high=None, doubt="few_prompts"),
        biased("judge-2", "model-a", 80, **unknown, doubt="one_text", slope_doubt="one_text", extrapolated=True),
    ]
    part = shown(tmp_path, length_bias.panel, 3, length_bias=rows)
    assert tables(part) == [
        [
            ["model-a", "60.0", "61.0 extrapolated", "0.60", "0", "66"],
            ["model-b", "40.0", "41.0", "0.40", "45", "46"],
        ],
        [["model-a", "70.0", "71.0", "0.70", "75", "76"]],
        [["model-a", "80.0", "—", "0.80", "85", "86"]],
    ]
    assert '<span class="small">58.0–64.0</span>' in part and '<span class="small">38.0–44.0</span>' in part
    text = Page(part).text
    assert "judge-0 gives 3.2 points more (95% interval 1.5 to 4.9)." in text
    assert "judge-1 gives 2.0 points fewer (95% interval −5.0 to 1.0), which cannot be told from none." in text
    assert "How the scores of judge-2 go with length is not known: no prompt has two texts" in text
    assert "missing: under 8 prompts there is no interval; no prompt has two texts" in text


def test_without_tables_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert shown(tmp_path, agreement.panel) == shown(tmp_path, length_bias.panel) == ""
    assert shown(tmp_path, agreement.panel, agreement=[]) == shown(tmp_path, length_bias.panel, length_bias=[]) == ""


def test_a_run_with_one_judge_and_one_model_has_both_on_its_page(tmp_path: Path) -> None:
    html = build(make_run(tmp_path, ["model-a"], ["judge-0"], prompts=6))
    assert "under 8 prompts there is no interval" in section(html, "Judges")
    assert "is not known: no prompt has two texts" in section(html, "Quality with length held fixed")
