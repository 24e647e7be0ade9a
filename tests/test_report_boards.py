"""The leaderboard as it is shown, on the page and in the terminal: flags, and no columns of what nobody measured."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, section
from report_run import Run, make_run
from running import CHECKOUT

from show_leaderboard import main as show_leaderboard


@pytest.fixture
def longen(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], datasets=("longen",), rule="longen")


def test_looped_and_cut_texts_are_flagged(
    longen: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = longen.folder / "leaderboard.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row in rows:
        row |= {"n_looped": 3, "n_truncated": 12} if row["model"] == "writer-a" else {"n_looped": 0, "n_truncated": 0}
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    names = [row[0] for row in cells(section(build(longen), "Leaderboard"))]
    assert sorted(names) == ["writer-a 3 looped, 12 cut", "writer-b"]
    monkeypatch.setenv("COLUMNS", "120")
    show_leaderboard(leaderboard=path)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    below = next(i for i, line in enumerate(lines) if line.startswith("writer-a")) + 1
    assert lines[below] == "3 looped, 12 cut" and sum("looped" in line for line in lines) == 1
    monkeypatch.setenv("COLUMNS", "80")
    show_leaderboard(leaderboard=path)
    narrow = capsys.readouterr().out
    assert "…" not in narrow and narrow.count("looped,") == narrow.count("cut") == 1


def test_a_dataset_that_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside one that is: what the judge did not read has no columns of his."""
    run = make_run(tmp_path, ["writer"], ["judge"], datasets=("judged",))
    other = make_run(tmp_path / "other", ["writer"], [], datasets=("ruler",))
    for kind in ("scores", "prompts", "responses"):
        getattr(run, kind).extend(getattr(other, kind))
    run.settings["datasets"] |= other.settings["datasets"]
    boards = [pq.read_table(each.folder / "leaderboard.parquet") for each in (run, other)]
    rows = [row for board in boards for row in board.to_pylist()]
    pq.write_table(type(boards[0]).from_pylist(rows, schema=boards[0].schema), run.folder / "leaderboard.parquet")
    html = build(run)
    assert "of judged and ruler; judged judged by judge." in Page(html).text
    ruler = html.split("<h2>ruler</h2>")[1].split("</section>")[0]
    assert "S<sub>Q</sub>" not in re.sub(r"not judged.*?</p>", "", ruler, flags=re.S) and "Not judged" in ruler
    assert "S_Q" not in ruler and "Quality by dimension" not in ruler and "Verdicts" not in ruler
    show_leaderboard(leaderboard=run.folder / "leaderboard.parquet")
    judged, ruled = capsys.readouterr().out.split("ruler, not judged")
    assert "S_Q" in judged and "S_Q" not in ruled and "S̄" not in ruled and "S_L" in ruled


def test_a_dataset_without_lengths(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"])
    nothing = {"required": None, "required_min": None, "required_max": None, "constraint": None, "range": None}
    nothing |= dict.fromkeys(("score", "score_l", "longbench_write", "longen", "lifebench"))
    for path in (*run.prompts, *run.scores, run.folder / "leaderboard.parquet"):
        table = pq.read_table(path)
        rows = [row | {k: v for k, v in nothing.items() if k in row} for row in table.to_pylist()]
        pq.write_table(type(table).from_pylist([r for r in rows if r.get("slice_kind") != "range"], table.schema), path)
    html = build(run)
    assert "No prompt has a required length" in html and "S_L" not in html
    headings = re.findall(r"<h3>(.*?)</h3>", html)
    assert headings[:3] == ["Leaderboard", "By kind of prompt", "Quality by dimension"]
    assert "S<sub>Q</sub>" in section(html, "Leaderboard").split("</thead>")[0]
    assert "S<sub>L</sub>" not in "".join(re.findall(r"<thead>.*?</thead>", html, re.S))


def test_every_file_of_the_page_makes_the_report_stale() -> None:
    named = (CHECKOUT / "rules/report.smk").read_text(encoding="utf-8")
    files = [
        path.name for path in (CHECKOUT / "scripts/longhand/report").iterdir() if path.suffix in (".jinja", ".css")
    ]
    assert len(files) > 3 and all(f'"{name}"' in named for name in files)
