"""Faults of LongReward's published code, one test each: what happens there must come out right here."""

from __future__ import annotations

from long_reward_judge import method, question, sentences
from test_long_reward_modes import CONTEXT, Judge, faithfulness, made, replying

from longhand.text.chunks import cut
from longhand.wire.asker import Call
from longhand.wire.replies import Unanswered

CHUNKS = len(cut(CONTEXT, 40))


def statuses(judge: Judge, **chosen: object) -> list[tuple[str, float | None]]:
    return [(row["status"], row["score"]) for row in made(method(**chosen), judge)]  # type: ignore[arg-type]


def second_chunk(text: str) -> Judge:
    """A judge that replies with this to the second chunk."""
    return Judge(replying(facts=lambda call: text if call.number == 1 else "- A fact."))


def test_a_grade_off_the_scale_passes_there() -> None:
    assert statuses(Judge(replying(helpfulness="[[11]]")))[0] == ("out_of_scale", None)
    assert statuses(Judge(replying(helpfulness="[[11]]")), reading="published")[0] == ("ok", 11)


def test_of_two_grades_the_last_counts_there() -> None:
    assert statuses(Judge(replying(logicality="At first [[3]], no, [[9]]")))[1] == ("unparsed", None)
    assert statuses(Judge(replying(logicality="At first [[3]], no, [[9]]")), reading="published")[1] == ("ok", 9)


def test_not_fully_supported_is_full_support_there() -> None:
    assert statuses(Judge(replying(support="[[Not fully supported]]")))[2] == ("unparsed", None)
    assert statuses(Judge(replying(support="[[Not fully supported]]")), reading="published")[2] == ("ok", 10)


def test_an_error_or_a_policy_message_becomes_a_fact_there() -> None:
    """Also where grades are read as published."""
    policy = "The content was blocked by our usage policy."
    for message, reading in (("Max tries. Failed.", "strict"), (policy, "published"), ("", "published")):
        judge = second_chunk(message)
        assert statuses(judge, reading=reading)[3] == ("unparsed", None)
        assert not judge.steps("completeness"), "no grade is paid for that has fewer facts behind it"
    row = made(method(), second_chunk(policy))[3]
    assert row["error"] == f"facts of part 2 of {CHUNKS}: no list" and row["reply"] == policy


def test_a_chunk_without_an_answer_loses_all_that_was_paid_for_there() -> None:
    judge = Judge(lambda call: Unanswered("too_long", "HTTP 400") if call.step == "facts" else replying()(call))
    assert statuses(judge) == [("ok", 7), ("ok", 7), ("ok", 10), ("failed", None)]


def test_a_step_that_fails_loses_the_row_there() -> None:
    assert statuses(Judge(replying(statements="?"))) == [("ok", 7), ("ok", 7), ("unparsed", None), ("ok", 7)]


def test_an_answer_without_statements_is_never_scored_there() -> None:
    judge = Judge(replying(statements="[[none]]"))
    row = faithfulness(made(method(), judge))
    assert (row["status"], row["score"], row["attempts"]) == ("no_statements", None, 1), "it is no try that failed"
    assert statuses(judge, no_statements=0)[2] == ("ok", 0)


def test_a_chunk_that_has_the_phrase_for_nothing_in_it_loses_its_facts_there() -> None:
    judge = second_chunk("- No relevant information on depth was given to the mayor.")
    made(method(), judge)
    assert "- No relevant information on depth was given" in judge.steps("completeness")[0].messages[0]["content"]


def test_a_chunk_without_anything_relevant_stays_as_a_line() -> None:
    judge = second_chunk("[[none]]")
    made(method(), judge)
    shown = judge.steps("completeness")[0].messages[0]["content"]
    assert shown.count("[The document from ") == CHUNKS and shown.count("Nothing on the question.") == 1


def test_a_list_that_was_cut_off_is_taken_there() -> None:
    def reply(call: Call) -> str | tuple[str, str]:
        return ("- One.\n- Two.\n- Thr", "length") if call.step == "statements" else str(replying()(call))

    judge = Judge(reply)
    row = faithfulness(made(method(), judge))
    assert row["status"] == "unparsed" and "raise max_tokens" in row["error"] and not judge.steps("support")


def test_marks_in_texts_are_filled_there() -> None:
    judge = Judge(replying())
    made(method(), judge, question(CONTEXT, "An answer.", prompt="What of {answer} and {facts}?"))
    shown = judge.steps("completeness")[0].messages[0]["content"]
    assert "What of {answer} and {facts}?" in shown and shown.count("An answer.") == 1


def test_an_empty_reply_ends_the_program_there() -> None:
    judge = Judge(replying(logicality=""))
    assert statuses(judge)[1] == ("unparsed", None) and len(judge.steps("logicality")) == 2


def test_equal_statements_are_one_request_and_count_twice() -> None:
    def support(call: Call) -> str:
        return "[[No support]]" if "One." in call.messages[0]["content"] else "[[Fully supported]]"

    judge = Judge(replying(statements="- One.\n- Two.\n- One.", support=support))
    row = faithfulness(made(method(), judge))
    assert abs(row["score"] - 10 / 3) < 1e-9 and [finding.grade for finding in judge.findings] == [0, 1, 0]
    assert len({answer.id for answer, call in judge.given.values() if call.step == "support"}) == 2
    assert row["attempts"] == 3 and row["prompt_tokens"] == 30, "one list, two verdicts"


def test_a_context_that_is_not_there_is_said() -> None:
    for context in (None, " \n"):
        judge = Judge(replying())
        rows = made(method(), judge, question(context, "An answer."))
        assert {row["status"] for row in rows} == {"no_context"} and not judge.calls
    rows = made(method(repeats=2), Judge(replying()), question(sentences("C0", 3), None))
    assert [row["status"] for row in rows] == ["no_response"] * 8
