"""What the page, the terminal and the model card say of an old judge: numbers at their places, refusals in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from report_page import Page, cells

from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page as ReportPage
from longhand.report.panels import succession
from longhand.results.bridged_words import DOUBTS, bridged_words
from longhand.results.exports import as_markdown
from longhand.results.succession import FEW_SYSTEMS, SYSTEMS_ALIKE
from longhand.summary.settings import ReportSettings
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import INT
from longhand.tables.score_tables import LEADERBOARD
from longhand.tables.succession_tables import SUCCESSION
from longhand.tables.summary_tables import SUMMARY
from show_leaderboard import remarks

LINE: Row = {
    "succession": "s",
    "dataset": "d",
    "judge": "new",
    "bridged_to": "old <b>",
    "n_systems": 5,
    "n_prompts": 12,
    "n_texts": 58,
    "slope": 1.254,
    "intercept": -3.04,
    "reliability": 0.9,
    "error": 2.26,
    "sampling_error": 1.0,
    "prompt_error": 0.5,
    "exploratory": False,
    "doubt": None,
    "words_low": 1.0,
    "words_high": 9.0,
    "mean_low": 1.0,
    "mean_high": 9.0,
    "languages": ["en"],
    "categories": [],
    "anchors": [
        {"model": "a<i>", "n": 12, "old": 51.11, "new": 48.22, "error": -3.33, "left_out": None},
        {"model": "b", "n": 7, "old": None, "new": None, "error": None, "left_out": "few_prompts"},
        {"model": "c", "n": 12, "old": None, "new": None, "error": None, "left_out": "twice"},
        {"model": "d", "n": 12, "old": 62.5, "new": 51.4, "error": 1.0, "left_out": None},
    ],
}


def of_board(model: str, score_q: float, judge: str = "new", kind: str = "all", **bridged: Any) -> Row:
    """A row of the leaderboard."""
    blank = {field.name: 0 if field.type == INT else "x" for field in LEADERBOARD if not field.nullable}
    names = {"dataset": "d", "model": model, "judge": judge, "slice_kind": kind, "slice": "all", "missing": "exclude"}
    return dict.fromkeys(LEADERBOARD.names) | blank | names | {"score_q": score_q} | bridged


BRIDGED = {"bridged": 62.13, "bridged_low": 53.46, "bridged_high": 70.8, "bridged_to": "old <b>"}
REFUSED = {"bridged_to": "old <b>", "bridged_doubt": "language, mean"}
BOARD = [
    of_board("m1", 60.4, **BRIDGED),
    of_board("m2", 71.2, **REFUSED),
    of_board("m2", 11.1, judge="other"),
    of_board("m1", 33.3, kind="range"),
]


def shown(folder: Path, board: list[Row], *lines: Row) -> str:
    """The HTML of the panel."""
    summary = {name: folder / f"summary/{name}.parquet" for name in SUMMARY}
    for name, path in summary.items():
        write_table(path, [], SUMMARY[name], "summarize_run")
    write_table(folder / "leaderboard.parquet", board, LEADERBOARD, "build_leaderboard")
    write_table(folder / "succession.parquet", lines, SUCCESSION, "bridge_judges")
    files = PageFiles(summary, folder / "leaderboard.parquet", succession=folder / "succession.parquet")
    settings = ReportSettings(models={"m1": {}, "m2": {}}, judges={"new": {}, "other": {}})
    return str(succession.panel(ReportPage(files, settings, datetime(2026, 1, 1, tzinfo=UTC)), "d"))


def test_lines_models_and_anchors_stand_at_their_places(tmp_path: Path) -> None:
    part = shown(tmp_path, BOARD, LINE)
    models, anchors = (cells(table) for table in part.split("<table>")[1:])
    assert models == [
        ["m2", "71.2", "—", f"{DOUBTS['language']}, and {DOUBTS['mean']}".replace("S_Q", "S Q")],
        ["m1", "60.4", "62.1 [53.5, 70.8]", ""],
    ], "best first, of the new judge only, overall rows only"
    assert anchors == [
        ["a<i>", "12", "48.2", "51.1", "−3.3"],
        ["b left out: under 8 prompts", "7", "—", "—", "—"],
        ["c left out: its scores are those of another anchor", "12", "—", "—", "—"],
        ["d", "12", "51.4", "62.5", "+1.0"],
    ]
    text = Page(part).text
    assert "new and old <b> judged the same 58 texts of 5 anchors, on 12 prompts." in text
    assert "= 1.25 × S Q by new − 3.0." in text and "xploratory" not in text
    assert "off by about 2.5 points." in text, "by the errors in the table"


def test_what_is_exploratory_or_no_line_says_so(tmp_path: Path) -> None:
    few = of_board("m1", 60.4, **BRIDGED | {"bridged_doubt": "exploratory"})
    part = shown(tmp_path / "few", [few], LINE | {"exploratory": True})
    assert Page(part).text.count("xploratory: under 5 anchors") == 2
    none = of_board("m1", 60.4, **REFUSED | {"bridged_doubt": FEW_SYSTEMS})
    part = shown(tmp_path / "none", [none], LINE | {"slope": None, "intercept": None, "doubt": FEW_SYSTEMS})
    assert "There is no line between them: under 3 anchors." in Page(part).text
    assert shown(tmp_path / "nobody", BOARD) == "", "where no judge takes another's place"


@pytest.mark.parametrize("doubt", ["few_prompts", "all_equal", "few_zeros", FEW_SYSTEMS, SYSTEMS_ALIKE])
def test_each_doubt_is_worded(doubt: str) -> None:
    words = bridged_words(of_board("m", 50.0, **REFUSED | {"bridged_doubt": doubt}))
    assert words is not None and doubt not in words


def test_the_terminal_and_the_card_say_the_same() -> None:
    overall = BOARD[:2]
    expected = [
        "m1: old <b> would give S_Q 62.1 [53.5, 70.8].",
        f"m2: what old <b> would give is not said: {DOUBTS['language']}, and {DOUBTS['mean']}.",
    ]
    assert [line for row in overall for line in remarks([row])] == expected
    card = as_markdown(overall).replace("\\_", "_").replace("\\[", "[").replace("\\]", "]").replace("&lt;", "<")
    assert all(line in card for line in expected)
    assert "would give" not in as_markdown(BOARD[2:3])
