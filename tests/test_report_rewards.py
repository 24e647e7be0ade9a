"""The report's part on rewards for long contexts: its numbers against the tables, counted apart; texts to be read."""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from pathlib import Path
from statistics import fmean

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, foreign, section
from report_run import PRICE, Run, make_run
from report_support import CHUNKS, FACTS_PAID, JUDGE, METHOD, add_long_reward

from longhand.judging.kinds import DIMENSIONS
from longhand.report.support import PASSAGE
from longhand.summary.calls import count_calls
from longhand.summary.contexts import CHUNKS_EACH, STATEMENTS_EACH
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import TRACES
from longhand.text.chunks import cut
from show_leaderboard import main as show_leaderboard

MODELS, PROMPTS = ["writer-a", "writer-b"], 30
HEADING = "Rewards, and what they stand on"
WORDS = {1.0: "supported", 0.5: "partly", 0.0: "not supported"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = make_run(tmp_path_factory.mktemp("rewards"), MODELS, [], prompts=PROMPTS)
    add_long_reward(made, MODELS)
    return made


@pytest.fixture(scope="module")
def part(run: Run) -> str:
    return section(build(run), HEADING)


def rows_of(run: Run, model: str, name: str) -> list[Row]:
    return pq.read_table(run.folder / f"results/longbench-write/{model}/{name}.parquet").to_pylist()


def numbers(cell: str) -> Counter[str]:
    """`3 unparsed 1 no_statements` as counts."""
    return Counter({name: int(n) for n, name in re.findall(r"(\d+) ([a-z_]+)", cell)})


def test_rewards_and_grades_with_their_statuses(run: Run, part: str) -> None:
    shown = {line[0]: line[1:] for line in cells(part.split("</table>")[0])}
    assert set(shown) == set(MODELS)
    for model in MODELS:
        grades: dict[str, list[float]] = {}
        by_response: dict[str, list[float | None]] = {}
        statuses: dict[str, Counter[str]] = {}
        for row in rows_of(run, model, f"judgements/{JUDGE}"):
            by_response.setdefault(row["prompt_id"], []).append(row["score"])
            if row["score"] is None:
                statuses.setdefault(row["dimension"], Counter())[row["status"]] += 1
            else:
                grades.setdefault(row["dimension"], []).append(row["score"])
        rewards = [fmean(each) for each in by_response.values() if None not in each]
        assert len(rewards) < PROMPTS, "some lack a grade"
        assert shown[model][0] == f"{fmean(rewards):.2f}"
        for cell, name in zip(shown[model][1:], DIMENSIONS[METHOD], strict=True):
            assert cell.split()[0] == f"{fmean(grades[name]):.2f}" and numbers(cell) == statuses.get(name, Counter())
    assert "no_statements" in part and "out_of_scale" in part


@pytest.mark.parametrize("missing", ["neutral", "drop"])
def test_what_missing_grades_count_as_is_said(tmp_path: Path, missing: str) -> None:
    """As published, means count what is missing; the numbers of answers and grades are of those that are there."""
    run = make_run(tmp_path, MODELS[:1], [], prompts=12, missing=missing)
    add_long_reward(run, MODELS[:1])
    run.settings["judges"][JUDGE]["repeats"] = 2
    part = section(build(run), HEADING)
    by_answer: dict[str, list[float | None]] = {}
    for row in rows_of(run, MODELS[0], f"judgements/{JUDGE}"):
        by_answer.setdefault(row["prompt_id"], []).append(row["score"])
    rewards = [fmean(each) for each in by_answer.values() if None not in each]
    assert 0 < len(rewards) < 12
    counted = rewards if missing == "drop" else [*rewards, *[5.0] * (12 - len(rewards))]
    mean = re.search(r'<strong>([\d.]+)</strong><span class="small">n (\d+)<', part)
    assert mean and (mean[1], int(mean[2])) == (f"{fmean(counted):.2f}", len(rewards))
    words = " ".join(Page(part).text.split())
    assert {"neutral": "a missing reward or grade counts as 5", "drop": "of answers with a reward alone"}[
        missing
    ] in words
    assert words.count("as published (") == 1 and "those of all 2 repeats" in words
    assert "the first answer to a prompt is shown, as the first of 2 repeats graded it" in words


def test_statements_by_support(run: Run, part: str) -> None:
    shown = {line[0]: line[1:] for line in cells(part.split("</table>")[1])}
    for model in MODELS:
        findings = [row for row in rows_of(run, model, f"judgements/{JUDGE}.traces") if row["attempts"] == 0]
        by_grade = Counter(row["grade"] for row in findings)
        ungraded = Counter(row["status"] for row in findings if row["grade"] is None)
        assert [int(n) for n in shown[model][:4]] == [len(findings), *(by_grade[grade] for grade in WORDS)]
        assert numbers(shown[model][4]) == ungraded and ungraded["not_sampled"]


def test_each_statement_stands_on_passages_of_the_context(run: Run, part: str) -> None:
    """The statements of a shown answer, in order, with the texts that the ranges cut out of the context."""
    table = run.tables("prompts")[0]
    contexts = {row["prompt_id"]: row["context"] for row in pq.read_table(table).to_pylist()}
    chosen = pq.read_table(run.folder / "results/summary/shown_prompts.parquet").to_pylist()
    blocks = part.split("<h5>")
    shown = 0
    for model in MODELS:
        findings = rows_of(run, model, f"judgements/{JUDGE}.traces")
        answers = [block for block in blocks if Page(block.split("</h5>")[0]).text == model]
        with_text = [p for p in chosen if not _silent(run, model, p["prompt_id"])]
        assert len(answers) == len(with_text)
        for prompt, answer in zip(with_text, answers, strict=True):
            grades = rows_of(run, model, f"judgements/{JUDGE}")
            scores = [row["score"] for row in grades if row["prompt_id"] == prompt["prompt_id"]]
            rewarded = re.search(r"Reward ([\d.]+)", answer)
            assert (rewarded and rewarded[1]) == (None if None in scores else f"{fmean(scores):.2f}")
            of_answer = [r for r in findings if r["prompt_id"] == prompt["prompt_id"] and r["attempts"] == 0]
            texts = re.findall(r"<li><p [^>]*>(.*?)</p>\n(.*?)</li>", answer, re.S)
            assert len(texts) == min(len(of_answer), STATEMENTS_EACH)
            for row, (statement, support) in zip(of_answer, texts, strict=False):
                assert entities.unescape(statement) == row["part"]
                word = Page(support.split("</summary>")[0]).text.split(" · ")[0]
                assert word == (row["status"] if row["grade"] is None else WORDS[row["grade"]])
                passages = re.findall(r'<p class="quote"[^>]*>(.*?)</p>', support)
                assert len(passages) == len(row["passages"])
                for passage, place in zip(passages, row["passages"], strict=True):
                    share = 100 * place["start"] / len(contexts[prompt["prompt_id"]])
                    assert f"–{place['end']:,}, {share:.0f}% of the way" in support
                    whole = " ".join(contexts[prompt["prompt_id"]][place["start"] : place["end"]].split())
                    assert len(passage) <= PASSAGE and whole.startswith(passage.removesuffix("…"))
                shown += 1
    assert shown > STATEMENTS_EACH


def test_a_passage_of_the_usual_size_is_shown_whole() -> None:
    """What a statement stands on may be its last words."""
    corpus = Path(__file__).parents[1] / "scripts/longhand/demo"
    for name in ("corpus_en.txt", "corpus_zh.txt"):
        passages = cut((corpus / name).read_text("utf-8"), 128)
        assert max(end - start for start, end in passages) <= PASSAGE


def _silent(run: Run, model: str, prompt_id: str) -> bool:
    return all(row["response"] is None for row in rows_of(run, model, "responses") if row["prompt_id"] == prompt_id)


def test_facts_are_counted_and_shown_once_for_all_models(run: Run, part: str) -> None:
    facts = pq.read_table(run.folder / f"results/longbench-write/{JUDGE}.facts.parquet").to_pylist()
    empty = sum(row["facts"] == [] for row in facts)
    unread = sum(row["status"] == "unparsed" for row in facts)
    words = Page(part).text
    assert f"from {PROMPTS * CHUNKS} parts of the contexts of {PROMPTS} prompts; {empty} had none." in words
    assert f"Without readable facts: {unread} unparsed." in words
    assert part.count("What the judge took out of the context") == 3, "once for each context that is shown"
    assert part.count(f"{CHUNKS - CHUNKS_EACH} parts of the context not shown") == 3


def test_what_is_shared_is_paid_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The page's total is what the answers of all tables took, by the prices."""

    def usd(rows: list[Row]) -> float:
        tokens = (sum(row[name] or 0 for row in rows) for name in ("prompt_tokens", "completion_tokens"))
        return sum(n * price for n, price in zip(tokens, PRICE.values(), strict=True)) / 1e6

    responses = usd([row for model in MODELS for row in rows_of(run, model, "responses")])
    calls = [row for model in MODELS for row in rows_of(run, model, f"judgements/{JUDGE}.traces") if row["attempts"]]
    verdicts = usd(calls)
    facts = PROMPTS * CHUNKS * (FACTS_PAID[0] * PRICE["input"] + FACTS_PAID[1] * PRICE["output"]) / 1e6
    words = Page(build(run)).text
    parts = f"${responses:,.2f} for responses, ${verdicts:,.2f} for verdicts and ${facts:,.2f} for facts"
    assert f"Cost ${responses + verdicts + facts:,.2f}: {parts} of contexts" in words
    board = pq.read_table(run.leaderboard).to_pylist()
    for row in (row for row in board if row["slice_kind"] == "all"):
        assert row["judge_shared_prompt_tokens"] == PROMPTS * CHUNKS * FACTS_PAID[0]
        assert row["judge_shared_cost"] == pytest.approx(facts)
    show_leaderboard(leaderboard=run.leaderboard)
    assert f"leave out ${facts:,.2f} that the judge took" in " ".join(capsys.readouterr().out.split())
    languages = [row for row in board if (row["slice_kind"], row["model"]) == ("language", MODELS[0])]
    assert sum(row["judge_shared_prompt_tokens"] for row in languages) == PROMPTS * CHUNKS * FACTS_PAID[0]


def test_a_page_stays_small(tmp_path: Path) -> None:
    """However many statements an answer has, and however long they and their passages are."""
    run = make_run(tmp_path, MODELS, [], prompts=6)
    add_long_reward(run, MODELS)
    plain = len(build(run))
    for path in run.tables("judgements/*.traces"):
        rows = [row for row in pq.read_table(path).to_pylist() for _ in range(20 if row["attempts"] == 0 else 1)]
        whole = [{"start": 0, "end": 30_000}] * 50
        longer = [row | {"part": row["part"] * 500, "passages": whole} if row["attempts"] == 0 else row for row in rows]
        write_table(path, longer, TRACES, "collect_traces")
    assert len(build(run)) < plain + 2 * 3 * STATEMENTS_EACH * (600 + 5 * (PASSAGE + 200))


def test_damaged_ranges_are_no_passages(tmp_path: Path) -> None:
    run = make_run(tmp_path, MODELS, [], prompts=6)
    add_long_reward(run, MODELS)
    wrong = [(-5, 10), (10, 5), (0, 10**9), (10**8, 10**8 + 5)]
    for path in run.tables("judgements/*.traces"):
        ranges = [{"start": start, "end": end} for start, end in wrong]
        rows = [row | ({"passages": ranges} if row["part"] else {}) for row in pq.read_table(path).to_pylist()]
        write_table(path, rows, TRACES, "collect_traces")
    part = section(build(run), HEADING)
    assert '<p class="passages">' in part and "passages</summary>" not in part


def test_hostile_statements_contexts_and_facts_are_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script></summary></details><img src=x onerror=alert(1)>\u202e"
    run = make_run(tmp_path, MODELS, [], prompts=12)
    add_long_reward(run, MODELS, hostile)
    html = build(run)
    page = Page(html)
    assert foreign(html) == [] and "\u202e" not in page.text
    assert "<script>alert(1)</script>" in page.text, "it is shown as what it is"


def test_findings_are_no_calls(run: Run) -> None:
    """Beside a model's calls they are not counted, and not read as calls."""
    from report_traces import add_agentwrite

    (path, *_) = add_agentwrite(run, [MODELS[1]])
    before, rows = count_calls(path), pq.read_table(path).to_pylist()
    findings = [row for row in rows_of(run, MODELS[0], f"judgements/{JUDGE}.traces") if row["attempts"] == 0]
    write_table(path, [*rows, *findings], TRACES, "collect_traces")
    assert count_calls(path) == before
    assert "letters to the harbour" not in section(build(run), "Texts call by call")
