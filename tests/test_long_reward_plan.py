"""What the plan says of LongReward's calls, what is asked again, and when a judge is given up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from long_reward_judge import StandIn, judge_entry, judged, method, question, sentences
from test_long_reward import answers, expected, plain, replies, statements_graded

from longhand.ask.unreadable import Unreadable
from longhand.config.entry import Entry
from longhand.config.load import load_config
from longhand.config.serving import Serving
from longhand.jobs.method import JUDGE
from longhand.jobs.roles import asks_of
from longhand.judging import contexts
from longhand.judging.long_reward import Method
from longhand.plan.looking import Known, Looker, Notes, Outcome
from longhand.program.errors import LastingError
from longhand.tables.files import Row
from longhand.text.chunks import cut
from longhand.wire.identity import Identity

CONTEXT = sentences("C0", 30)
WORDS = 80


def looked(folder: Path, entries: Mapping[str, Entry], rows: list[Row], judging: Method) -> tuple[Notes, list[Outcome]]:
    """What a plan notes of some responses, and what became of them."""
    notes, outcomes = Notes(), list[Outcome]()
    looker = Looker(judging, entries, Known(folder / "journal"), notes, as_written=True)

    async def look() -> None:
        for row in rows:
            outcomes.extend(looker.outcomes(await looker.make(row)))

    asyncio.run(look())
    return notes, outcomes


@pytest.mark.parametrize("batch", [False, True])
def test_before_a_run(tmp_path: Path, batch: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts once per chunk; of each answer three grades, its statements, and a call for each or for all of them."""
    monkeypatch.setattr(contexts, "bm25_of", None)
    with StandIn({}) as server:
        entries = {"judge": judge_entry(server)}
    rows = [question(CONTEXT, f"Answer {n}: " + "word " * WORDS, sample=n) for n in range(10)]
    notes, _ = looked(tmp_path, entries, rows, method(batch_statements=batch))
    supports = 1 if batch else round((WORDS + 1) / 25)
    assert len(notes.missing) == len(cut(CONTEXT, 40)) + 10 * (4 + supports)
    assert sum(request.certain for request in notes.missing) == len(cut(CONTEXT, 40)) + 10 * 3
    assert sum(request.imagined is None for request in notes.missing) == 10 * (3 + supports)
    again, _ = looked(tmp_path, entries, rows, method(batch_statements=batch, sample_statements=2))
    assert len(again.missing) == len(cut(CONTEXT, 40)) + 10 * (4 + min(supports, 2))


def test_the_embedders_requests_are_planned(tmp_path: Path) -> None:
    with StandIn({}) as server:
        entries = {"judge": judge_entry(server)}
        serving = Serving("e", "openai", "e", base_url=server.url)
        entries["embedder"] = Entry("embedders", Identity("openai", "e", api="embeddings"), serving)
    rows = [question(CONTEXT, f"Answer {n}: " + "word " * WORDS, sample=n) for n in range(10)]
    notes, _ = looked(tmp_path, entries, rows, method())
    by_entry = Counter(request.entry.name for request in notes.missing)
    texts = len(cut(CONTEXT, 10))
    assert by_entry["e"] == -(-texts // 64) + 10, "the context once, and the statements of each answer"
    assert by_entry["j"] == len(cut(CONTEXT, 40)) + 10 * (4 + round((WORDS + 1) / 25))


def test_imagined_passages_of_two_ways_of_finding_them_are_not_taken_for_the_same(tmp_path: Path) -> None:
    """Else a plan would let a judge by vectors have all its verdicts on statements from one by words."""
    with StandIn({}) as server:
        by_words = {"judge": judge_entry(server)}
        serving = Serving("e", "openai", "e", base_url=server.url)
        by_vectors = by_words | {"embedder": Entry("embedders", Identity("openai", "e", api="embeddings"), serving)}
    row, known, requests = question(CONTEXT, "Answer: " + "word " * WORDS), Known(tmp_path / "journal"), []
    for entries in (by_words, by_vectors):
        notes = Notes()
        asyncio.run(Looker(method(), entries, known, notes, as_written=True).make(row))
        requests.append(Counter(request.entry.name for request in notes.missing)["j"])
    assert requests == [len(cut(CONTEXT, 40)) + 4 + 3, 3], "what both ask alike is planned once; not the three supports"


@pytest.mark.usefixtures("short_waits")
def test_after_a_run_nothing_is_planned_and_each_status_can_be_asked_again(tmp_path: Path) -> None:
    with StandIn(replies()) as server:
        entries = {"judge": judge_entry(server)}
        judged(tmp_path, server, answers(), method())
        notes, outcomes = looked(tmp_path, entries, answers(), method())
        assert len(notes.missing) == 0
    for i, row in enumerate(answers()):
        statuses = {status for status, _ in expected(i)} - {"ok"} or {"ok"}
        of_row = [outcome for outcome in outcomes[: len(statuses)] if outcome.prompt_id == row["prompt_id"]]
        del outcomes[: len(statuses)]
        assert {outcome.status for outcome in of_row} == statuses, i
        least = len(statements_graded(i))
        assert all(len(outcome.answers) >= least for outcome in of_row)
    assert not outcomes


def test_every_repeats_answers_are_its_own_beside_the_facts(tmp_path: Path) -> None:
    texts = {"C0": {"facts": ["- A fact."]}, "A00": plain(0), "A00.0": {"support": ["[[No support]]"]}}
    with StandIn(texts) as server:
        entries, rows = {"judge": judge_entry(server)}, [question(CONTEXT, "A00 says so.")]
        judged(tmp_path, server, rows, method(repeats=2))
        _, outcomes = looked(tmp_path, entries, rows, method(repeats=2))
    facts = len(cut(CONTEXT, 40))
    first, second = (set(outcome.answers) for outcome in outcomes)
    assert len(first) == len(second) == 5 and not first & second
    assert outcomes[0].shared == outcomes[1].shared and len(set(outcomes[0].shared)) == facts


@pytest.mark.parametrize(("facts", "tries", "shared"), [(["?", "- A fact."], 2, True), (["?"], 2, False)])
def test_facts_that_could_be_read_are_shared_with_all_their_tries(
    tmp_path: Path, facts: list[str], tries: int, shared: bool
) -> None:
    texts = {"C0": {"facts": facts}, "A00": plain(0), "A00.0": {"support": ["[[No support]]"]}}
    with StandIn(texts) as server:
        entries, rows = {"judge": judge_entry(server)}, [question(CONTEXT, "A00 says so.")]
        judged(tmp_path, server, rows, method())
        _, (outcome,) = looked(tmp_path, entries, rows, method())
    number = tries * len(cut(CONTEXT, 40))
    assert (outcome.status, len(outcome.shared)) == (("ok", number) if shared else ("unparsed", 0))
    assert len(outcome.answers) == (5 if shared else 4 + number)


def verdicts(number: int, **statuses: str) -> list[Row]:
    return [
        {"prompt_id": f"p{number}", "sample": 0, "repeat": 0, "dimension": dimension, "status": status}
        | {"weight": None, "attempts": 2, "reply": "Well, well.", "error": "no grade"}
        for dimension, status in statuses.items()
    ]


def test_a_judge_that_never_grades_one_dimension_is_given_up() -> None:
    unreadable = Unreadable("j", "d/m/000", 100)
    for number in range(7):
        unreadable.note(verdicts(number, helpfulness="ok", faithfulness="no_statements", completeness="unparsed"))
    with pytest.raises(LastingError, match="completeness can be read on none of 8 responses, after 16 replies") as e:
        unreadable.note(verdicts(7, helpfulness="ok", faithfulness="ok", completeness="out_of_scale"))
    assert "one begins 'Well, well.'; no grade" in str(e.value) and "max_tokens" in str(e.value)


def test_a_judge_that_grades_all_dimensions_now_and_then_goes_on() -> None:
    unreadable = Unreadable("j", "d/m/000", 100)
    for number in range(50):
        names = ("helpfulness", "logicality", "faithfulness", "completeness")
        unreadable.note(
            verdicts(number, **{name: "ok" if number % 7 == i else "unparsed" for i, name in enumerate(names)})
        )
        unreadable.note(verdicts(number, helpfulness="refused", faithfulness="failed", completeness="no_response"))


def test_the_seed_of_the_run_reaches_samples_only() -> None:
    def asks(seed: int, **chosen: Any) -> str:
        judge = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "j", "method": "long-reward"}
        config = load_config({"seed": seed, "judges": {"j": judge | {"long_reward": chosen}}})
        return asks_of(JUDGE, config.judges["j"], config.askable)

    assert asks(1, sample_statements=3) != asks(2, sample_statements=3)
    assert asks(1) == asks(2)
    assert asks(1, retrieval="bm25") == asks(1)
