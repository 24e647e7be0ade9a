"""The report says which judges were held against which labels, and what that certifies."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_page import Page, build
from report_run import make_run

from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page as ReportPage
from longhand.report.panels import certification
from longhand.summary.settings import ReportSettings
from longhand.tables.certification_tables import CERTIFICATION
from longhand.tables.files import write_table
from longhand.tables.summary_tables import SUMMARY


def row(certify: str, sliced: str, label: str, **columns: Any) -> dict[str, Any]:
    made = dict.fromkeys(CERTIFICATION.names) | {"certify": certify, "judge": "j", "kind": "pairs", "rubrics": ["r"]}
    made |= {
        "slice_kind": sliced,
        "slice": label,
        "n": 123,
        "n_prompts": 77,
        "n_ties": 4,
        "n_unread": 2,
        "n_left_out": 0,
    }
    made |= {"accuracy": 0.812, "low": 0.755, "high": 0.861, "baseline": 0.634, "threshold": 0.6, "least": 100}
    made |= {"gain": 0.178, "gain_low": -0.024, "gain_high": 0.379}
    return made | {"people": True, "labels": "three readers", "certified": True} | columns


def shown(folder: Path, rows: list[dict[str, Any]]) -> str:
    files = {name: folder / f"summary/{name}.parquet" for name in SUMMARY}
    for name, path in files.items():
        write_table(path, [], SUMMARY[name], "summarize_run")
    write_table(folder / "certification.parquet", rows, CERTIFICATION, "certify_judges")
    settings = ReportSettings(judges={"j": {}})
    page = ReportPage(PageFiles(files, certification=folder / "certification.parquet"), settings, datetime.now(UTC))
    return str(certification.panel(page))


def test_each_figure_stands_at_its_place_and_the_verdict_in_words(tmp_path: Path) -> None:
    few = {"n": 12, "certified": False, "reason": "few_pairs", "low": None, "high": None}
    few |= {"gain_low": None, "gain_high": None}
    rows = [
        row("people", "all", "all", n_left_out=3),
        row("people", "language", "zh", certified=False, reason="no_gain"),
        row("people", "range", "[0,500)", **few),
    ]
    words = " ".join(Page(shown(tmp_path, rows)).words)
    assert "people: labels by three readers" in words
    assert "j all yes 0.81 (0.76 to 0.86) 0.63 0.18 (−0.02 to 0.38) 123 4 2" in words
    assert 'j Chinese no the lower end -0.024 of its gain over "the longer text wins" is not over 0 0.81' in words
    assert "j [0,500) words not tested 12 pairs are fewer than 100 0.81 0.63 0.18 12 4 2" in words
    assert "over 0.60" in words and "3 rows of the labels are no pairs" in words and "alpha" not in words


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("not_certified", "Judge j is not certified."),
        ("not_tested", "Judge j is not tested against enough labels by people."),
        ("certified", None),
        ("by_people", None),
        (None, None),
    ],
)
def test_the_head_says_where_the_judge_that_it_quotes_is_not_certified(
    tmp_path: Path, status: str | None, sentence: str | None
) -> None:
    run = make_run(tmp_path, ["a", "b"], ["j"], prompts=10)
    board = pq.read_table(run.leaderboard)
    statuses = pa.array([status] * len(board), pa.string())
    pq.write_table(board.set_column(board.column_names.index("certified"), "certified", statuses), run.leaderboard)
    head = build(run).split('aria-label="The verdict"')[1].split("</section>")[0]
    links = re.findall(r'<a href="#certification">(.*?)</a>', head)
    assert links == ([] if sentence is None else [sentence])


def test_labels_of_a_model_show_agreement_and_hostile_names_are_text(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    other = {"kind": "graded", "people": False, "labels": name, "certified": False, "reason": "not_by_people"}
    figures = {"n_graded": 154, "exact": 0.41, "exact_low": 0.37, "exact_high": 0.45, "alpha": -0.02, "rank": 0.5}
    html = shown(tmp_path, [row("graded", "all", "all", **other, **figures)])
    words = " ".join(Page(html).words)
    assert "<script>" not in html and f"agreement with {name}, which certifies nothing" in words
    assert "0.41 (0.37 to 0.45) −0.02 0.50 154" in words and "People did not make these labels." in words


def test_a_run_that_certifies_nothing_has_no_section(tmp_path: Path) -> None:
    assert shown(tmp_path, []) == ""
