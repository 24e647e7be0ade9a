"""The leaderboard as it is shown, on the page and in the terminal: flags, and no columns of what nobody measured."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, section
from report_run import Run, make_run
from running import CHECKOUT

from longhand.tables.files import Row
from show_leaderboard import main as show_leaderboard


@pytest.fixture
def longen(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], datasets=("longen",), rule="longen")


def change(path: Path, **by_model: Row) -> None:
    """Changes values in all rows of a model on the leaderboard."""
    table = pq.read_table(path)
    rows = [row | by_model.get(row["model"].replace("-", "_"), {}) for row in table.to_pylist()]
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)


def test_texts_that_a_score_says_little_of_are_flagged(
    longen: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = longen.leaderboard
    columns = ("n_looped", "n_truncated", "n_other_language", "n", "n_answered", "n_judged")
    change(path, writer_a=dict(zip(columns, (3, 12, 1, 24, 22, 21), strict=True)))
    change(path, writer_b=dict(zip(columns, (0, 0, 0, 24, 24, 24), strict=True)))
    flags = "3 looped, 12 cut, 1 in another language"
    names = [row[0] for row in cells(section(build(longen), "Leaderboard"))]
    assert sorted(names) == [f"writer-a {flags}", "writer-b"]
    monkeypatch.setenv("COLUMNS", "200")
    show_leaderboard(leaderboard=path)
    wide, _ = capsys.readouterr().out.split("Look at this first")
    assert wide.count(f"2 without a text, 1 verdict missing, {flags}") == 1 == wide.count("without a text")
    monkeypatch.setenv("COLUMNS", "80")
    show_leaderboard(leaderboard=path)
    narrow, _ = capsys.readouterr().out.split("Look at this first")
    assert "…" not in narrow and narrow.count("looped,") == narrow.count("cut,") == narrow.count("language") == 1


@pytest.mark.parametrize("judges", [["judge"], []])
def test_the_terminal_has_the_order_of_the_page(
    judges: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By S̄, or by S_L where nothing is judged; a model without any comes last."""
    run = make_run(tmp_path, ["writer-a", "writer-b", "writer-c", "writer-d"], judges)
    path = run.leaderboard
    means = {"writer_a": 20.0, "writer_b": None, "writer_c": 60.0, "writer_d": 60.0}
    lengths = {"writer_a": 90.0, "writer_b": None, "writer_c": 50.0, "writer_d": 55.0}
    change(path, **{m: {"score": means[m] if judges else None, "score_l": lengths[m]} for m in means})
    order = [f"writer-{x}" for x in ("dcab" if judges else "adcb")]
    assert [row[0].split()[0] for row in cells(section(build(run), "Leaderboard"))] == order
    monkeypatch.setenv("COLUMNS", "120")
    show_leaderboard(leaderboard=path)
    assert re.findall(r"^  (writer-\w) ", capsys.readouterr().out, re.M) == order


@pytest.mark.parametrize("missing", ["exclude", "neutral", "drop"])
def test_n_counts_all_and_means_tell_their_rows(tmp_path: Path, missing: str) -> None:
    """Also where rows without a verdict are left out of every mean, or get one. S̄ is of two means: it tells both."""
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], datasets=("longen",), rule="longen", missing=missing)
    html = build(run)
    assert "in front of a mean the responses behind it" in Page(html).text
    shown = {row[0].split()[0]: row for row in cells(section(html, "Leaderboard"))}
    counts = set()
    for path in run.tables("scores"):
        rows = pq.read_table(path).to_pylist()
        judged = [row for row in rows if row["score_q"] is not None]
        counting = judged if missing == "drop" else rows
        sized = sum(row["score_l"] is not None for row in counting)
        quality = len(rows) if missing == "neutral" else len(judged)
        line = shown[path.parent.name]
        behind = [re.findall(r"^n (\d+(?: & \d+)?)", cell) for cell in line[1:4]]  # S̄, S_L, S_Q
        both = f"{sized} & {quality}" if sized != quality else f"{sized}"
        assert behind == [[n] if n != "24" else [] for n in (both, str(sized), str(quality))]
        answered = sum(row["status"] in ("ok", "truncated") for row in rows)
        prompts = min(sized, quality) if missing != "drop" else sized  # each prompt has one response
        assert line[4:8] == [str(prompts), "24", str(answered), str(len(judged))] and answered > len(judged)
        counts.add(both)
    assert any("&" in n for n in counts) == (missing != "drop")


def test_a_dataset_that_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside one that is: what the judge did not read has no columns of his."""
    run = make_run(tmp_path, ["writer"], ["judge"], datasets=("judged",))
    other = make_run(tmp_path / "other", ["writer"], [], datasets=("ruler",))
    shutil.copytree(other.folder / "results" / "ruler", run.folder / "results" / "ruler")
    run.settings["datasets"] |= other.settings["datasets"]
    boards = [pq.read_table(each.leaderboard) for each in (run, other)]
    rows = [row for board in boards for row in board.to_pylist()]
    pq.write_table(type(boards[0]).from_pylist(rows, schema=boards[0].schema), run.leaderboard)
    html = build(run)
    assert "of judged and ruler; judged judged by judge." in Page(html).text
    ruler = html.split("<h2>ruler</h2>")[1].split("</section>")[0]
    assert "S<sub>Q</sub>" not in re.sub(r"not judged.*?</p>", "", ruler, flags=re.S) and "Not judged" in ruler
    assert "S_Q" not in ruler and "Quality by dimension" not in ruler and "Verdicts" not in ruler
    show_leaderboard(leaderboard=run.leaderboard)
    judged, ruled = capsys.readouterr().out.split("ruler, not judged")
    assert "S_Q" in judged and "S_Q" not in ruled and "S̄" not in ruled and "S_L" in ruled


def test_a_dataset_without_lengths(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"])
    nothing = {"required": None, "required_min": None, "required_max": None, "constraint": None, "range": None}
    nothing |= dict.fromkeys(("score", "score_l", "longbench_write", "longen", "lifebench"))
    for path in (*run.tables("prompts"), *run.tables("scores"), run.leaderboard):
        table = pq.read_table(path)
        rows = [row | {k: v for k, v in nothing.items() if k in row} for row in table.to_pylist()]
        pq.write_table(type(table).from_pylist([r for r in rows if r.get("slice_kind") != "range"], table.schema), path)
    for name in ("comparison", "win_rates"):
        (run.folder / f"results/{name}.parquet").unlink()
    html = build(run)
    assert "No prompt has a required length" in html and "S_L" not in html
    headings = re.findall(r"<h3>(.*?)</h3>", html)
    assert headings[:3] == ["Leaderboard", "By kind of prompt", "Quality by dimension"]
    assert "S<sub>Q</sub>" in section(html, "Leaderboard").split("</thead>")[0]
    assert "S<sub>L</sub>" not in "".join(re.findall(r"<thead>.*?</thead>", html, re.S))


def test_every_file_of_the_page_makes_the_report_stale() -> None:
    rules = (CHECKOUT / "rules/report.smk").read_text(encoding="utf-8")
    (files,) = re.findall(r"REPORT_FILES = \[[^]]*rglob[^]]*if path\.suffix in \((.*)\)\n\]", rules)
    files_of_page = (path for path in (CHECKOUT / "scripts/longhand/report").rglob("*.*") if path.suffix != ".pyc")
    kinds = {path.suffix for path in files_of_page}
    assert kinds == {".py", *re.findall(r'"(.*?)"', files)}, "code counts by what build_report.py imports"
    assert re.search(r"code=code\([^=]*REPORT_FILES", rules)


def test_rejected_texts_are_counted_and_score_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a"], [], prompts=120)
    (responses,) = (pq.read_table(path).to_pylist() for path in run.tables("responses"))
    (scores,) = (pq.read_table(path).to_pylist() for path in run.tables("scores"))
    rejected = [row["prompt_id"] for row in responses if row["status"] == "rejected"]
    assert rejected and {row["score_l"] for row in scores if row["prompt_id"] in rejected} == {0.0}
    whole = next(row for row in pq.read_table(run.leaderboard).to_pylist() if row["slice_kind"] == "all")
    assert whole["n_answered"] == sum(row["status"] in ("ok", "truncated") for row in responses)
    table = section(build(run), "What became of the questions").split("</table>")[0]
    heads = re.findall(r'<th class="num" scope="col">(.*?)</th>', table)
    (line,) = cells(table)
    assert line[1 + heads.index("rejected")] == str(len(rejected))


def test_what_a_reward_is_is_said_of_the_judge_that_gives_one(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a"], ["grader", "reader"])
    plain = Page(build(run)).text
    assert "S_Q is the mean of the judge's dimensions" in plain.replace("S Q", "S_Q")
    assert "is a reward" not in plain and "without statements" not in plain and "no_statements" not in plain
    run.settings["judges"]["reader"]["method"] = "long-reward"
    (verdicts,) = (path for path in run.tables("judgements/*") if path.stem == "reader")
    table = pq.read_table(verdicts)
    rows = [row | ({"status": "no_statements"} if row["status"] == "unparsed" else {}) for row in table.to_pylist()]
    stating_nothing = len({row["prompt_id"] for row in rows if row["status"] == "no_statements"})
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), verdicts)
    table = pq.read_table(run.leaderboard)
    board = [row | {"n_no_statements": stating_nothing if row["judge"] == "reader" else 0} for row in table.to_pylist()]
    pq.write_table(type(table).from_pylist(board, schema=table.schema), run.leaderboard)
    html = build(run)
    shown = Page(html).text.replace("S Q", "S_Q")
    assert shown.count("S_Q of reader is a reward: ten times the mean of four grades") == 1 and stating_nothing
    assert "S_Q is the mean of the judge's dimensions" in shown, "of the other judge"
    assert section(html, "Leaderboard").count(f"{stating_nothing} without statements") == 1, "with its judge alone"
    assert "without statements : texts that state nothing" in shown
    assert "no_statements: the judge has read the text, and it states nothing" in shown
    counts = section(html, "What became of the questions").split("judge reader")[1]
    assert "no_statements" in counts and f">{6 * stating_nothing}<" in counts
