"""Which candidates are paired, and what the audit of the pairs says."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from typing import Any

import pandas as pd
import pytest
import scipy.stats
import yaml
from conftest import SHARED
from running import CHECKOUT

from longhand.config.load import load_config
from longhand.preferences.audit import UNKNOWN_NOISE, audit, text_figures
from longhand.preferences.candidates import no_reward, reward_of, text_digest
from longhand.preferences.exports import card, llama_factory_info, llama_factory_line, preference_line
from longhand.preferences.pairs import outcome_of, require_pairs
from longhand.preferences.selection import best_of_each, dropped_by
from longhand.program.errors import LonghandError
from longhand.text.repetition import overlap, repeated_share

WORST: dict[str, Any] = {"rejected": "worst", "min_margin": 0, "min_candidates": 2, "most": 1, "seed": "s"}
HALF = {"length": 0.5, "quality": 0.5}


def candidates(rewards: list[float | str], texts: str = "") -> list[dict]:
    """Rows by their rewards, or why they have none; each has a text of its own, or the letter in `texts`."""
    return [
        {
            "sample": n,
            "reward": None if isinstance(reward, str) else reward,
            "no_reward": reward if isinstance(reward, str) else None,
            "text_sha256": None if reward == "no_text" else texts[n] if texts else str(n),
        }
        for n, reward in enumerate(rewards)
    ]


def paired(rewards: list[float | str], texts: str = "", **settings: Any) -> tuple[str, list[tuple[int, int]]]:
    outcome = outcome_of(candidates(rewards, texts), **{**WORST, **settings})
    return outcome.name, [(chosen["sample"], rejected["sample"]) for chosen, rejected in outcome.pairs]


@pytest.mark.parametrize(
    ("rewards", "settings", "outcome", "pairs"),
    [
        ([10, 30, 20], {}, "paired", [(1, 0)]),
        ([10, 30, 20], {"most": 5}, "paired", [(1, 0), (1, 2)]),
        ([10, 30, 20], {"min_margin": 15}, "paired", [(1, 0)]),
        ([10, 30, 20], {"min_margin": 15, "most": 5}, "paired", [(1, 0)]),
        ([10, 30, 20], {"min_margin": 21}, "small_margin", []),
        ([30, 30, 10, 10], {}, "paired", [(0, 3)]),  # of equals the first is chosen, the last rejected
        ([30, 30, 30], {}, "tie", []),
        ([30, "no_quality_score", 10], {}, "paired", [(0, 2)]),
        ([30, "no_quality_score"], {}, "no_quality_score", []),
        ([30, "no_statements", 10], {}, "paired", [(0, 2)]),
        ([30, "no_statements", "no_quality_score"], {}, "no_quality_score", []),
        ([30, "no_statements", "no_statements"], {}, "no_statements", []),
        ([0, "no_text"], {}, "no_text", []),
        (["no_length_score", "no_length_score"], {}, "no_length_score", []),
        (["no_required_length", "no_required_length"], {}, "no_required_length", []),
        # What leaves too few, not what comes first: two of three have a text, one of them no score.
        (["no_text", "no_quality_score", 5], {}, "no_quality_score", []),
        (["no_text", "no_quality_score", 5], {"min_candidates": 3}, "no_text", []),
        ([30, 30], {"texts": "aa"}, "identical_texts", []),
        ([30, 20], {"texts": "aa"}, "identical_texts", []),  # the judge's noise makes no pair of a text and itself
        ([30, 30], {"texts": "ab"}, "tie", []),
        ([30, 20, 10], {"texts": "aba"}, "paired", [(0, 1)]),
        ([30, 30, 10], {"texts": "aba"}, "tie", []),
        ([], {}, "too_few", []),
        ([1, 2, 3, 4], {"min_candidates": 5}, "too_few", []),
    ],
)
def test_outcomes(rewards: list, settings: dict, outcome: str, pairs: list) -> None:
    assert paired(rewards, **settings) == (outcome, pairs)


def test_a_random_other_is_rejected_the_same_one_each_time() -> None:
    rewards: list[float | str] = [50.0, *range(10), 50.0]
    drawn = [paired(rewards, rejected="random", seed=str(n))[1][0] for n in range(300)]
    assert drawn == [paired(rewards, rejected="random", seed=str(n))[1][0] for n in range(300)]
    assert {chosen for chosen, _ in drawn} == {0}
    counts = Counter(rejected for _, rejected in drawn)
    assert set(counts) == set(range(1, 11)), "each lower one, and never the equal one"
    assert max(counts.values()) < 60
    assert len(set(paired(rewards, rejected="random", most=4)[1])) == 4


def test_rewards_are_weighted_means() -> None:
    assert reward_of({"score_l": 80, "score_q": 60}, HALF) == 70
    assert reward_of({"score_l": 80, "score_q": 60}, {"length": 3, "quality": 1}) == 75
    assert reward_of({"score_l": 80, "score_q": None}, HALF) is None
    assert reward_of({"score_l": 80, "score_q": None}, {"length": 1, "quality": 0}) == 80
    assert reward_of({"score_l": math.nan, "score_q": 1}, HALF) is None


@pytest.mark.parametrize(
    ("score", "weights", "text", "reason"),
    [
        ({}, HALF, True, None),
        ({}, HALF, False, "no_text"),
        ({"score_l": None}, HALF, True, "no_length_score"),  # a range, by LongBench-Write's rule
        ({"score_l": None, "required": None}, HALF, True, "no_required_length"),
        ({"score_l": math.nan, "score_q": None}, HALF, True, "no_length_score"),
        ({"score_l": None}, {"length": 0, "quality": 1}, True, None),
        ({"score_q": None}, HALF, True, "no_quality_score"),
        ({"score_q": None}, {"length": 1, "quality": 0}, True, None),
        ({"score_q": None, "judge_status": "no_statements"}, HALF, True, "no_statements"),
        ({"score_q": math.nan, "judge_status": "no_statements"}, {"length": 0, "quality": 1}, True, "no_statements"),
        ({"score_q": None, "judge_status": "no_statements"}, {"length": 1, "quality": 0}, True, None),
        ({"score_q": 40.0, "judge_status": "no_statements"}, HALF, True, None),  # where it counts as unsupported
    ],
)
def test_why_a_response_has_no_reward(score: dict, weights: dict, text: bool, reason: str | None) -> None:
    row = {"score_l": 0.0, "score_q": 50.0, "judge_status": "unparsed", "required": 100} | score
    assert no_reward(row, weights, text=text) == reason
    assert reason == "no_text" or (reward_of(row, weights) is None) == (reason is not None)


@pytest.mark.parametrize("text", [None, "", " \n\t", "\u3000\u2028\xa0"])
def test_white_space_is_no_text(text: str | None) -> None:
    assert text_digest(text) is None
    assert dropped_by(text, {}, {"status": "ok", "score_l": 0.0, "score_q": None}, {}) == "no_text"


def test_no_pair_at_all_is_an_error_with_counts() -> None:
    require_pairs(Counter(paired=1, tie=9), "here")
    with pytest.raises(LonghandError, match=r"not one of 12 prompts made a pair \(3 too_few, 9 tie\) \(here\)"):
        require_pairs(Counter(too_few=3, tie=9), "here")
    with pytest.raises(LonghandError, match=r"\(2 no_length_score\) \(here\); fix: name a `length` rule"):
        require_pairs(Counter(no_length_score=2), "here")


@pytest.mark.skipif(not SHARED.exists(), reason="the reference outputs are not beside the checkout")
def test_the_same_winners_and_losers_as_longreward() -> None:
    """By the settings of the shipped config, in every case: also where several are best or worst.

    What differs: where all rewards are equal, upstream pairs the first answer with the last; it is a tie.
    """
    shipped = load_config(yaml.safe_load((CHECKOUT / "config/longreward.yaml").read_text(encoding="utf-8")))
    (entry,) = shipped.raw["preferences"].values()
    settings = {key: entry[key] for key in ("rejected", "min_margin", "min_candidates")}
    became = Counter[str]()
    for line in (SHARED / "golden/longreward_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        theirs = {pair["query"]: (pair["win_response"], pair["lose_response"]) for pair in case["pairs"]}
        groups = defaultdict(list)
        for row in case["scored_responses"]:
            text = {"answer": row["answer"], "text_sha256": row["answer"], "no_reward": None}
            groups[row["query"]].append(text | {"reward": row["scores"]["total"]})
        for query, rows in groups.items():
            outcome = outcome_of(rows, **settings, most=entry["pairs_per_prompt"], seed="s")
            ours = [(chosen["answer"], rejected["answer"]) for chosen, rejected in outcome.pairs]
            became[outcome.name] += 1
            if outcome.name == "tie":
                assert (ours, theirs[query]) == ([], (rows[0]["answer"], rows[-1]["answer"])), (case["case"], query)
                assert len({row["reward"] for row in rows}) == 1
            else:
                assert ours == ([theirs[query]] if query in theirs else []), (case["case"], query)
    assert became == {"paired": 29, "too_few": 14, "tie": 2}


def test_repetition() -> None:
    once = " ".join(f"word{n}" for n in range(100))
    assert repeated_share(once) == 0 == repeated_share("short") == repeated_share("")
    assert repeated_share(f"{once} {once}") == pytest.approx(88 / 188)
    assert repeated_share("春眠不觉晓处处闻啼鸟夜来风雨声" * 10) > 0.85
    assert overlap(once, once) == 1
    assert overlap(once, once + " and more") == 1
    assert overlap(once, "other " * 50) == 0 == overlap("", once)


def pairs_table(margins: list[float], **columns: list) -> pd.DataFrame:
    n = len(margins)
    same: dict[str, Any] = {"language": "en", "range": "[0,500)", "chosen_status": "ok", "rejected_status": "ok"}
    same |= dict.fromkeys(("chosen_looped", "rejected_looped", "duplicate"), False)
    same |= {"chosen_words": 100, "rejected_words": 90, "prompt_tokens": 50, "chosen_tokens": 400}
    same |= {"rejected_tokens": 100, "chosen_model": "m", "rejected_model": "m", "chosen_sample": 0}
    table = {key: [value] * n for key, value in same.items()} | {"margin": margins, "rejected_sample": [1] * n}
    return pd.DataFrame(table | {"prompt_id": [str(i) for i in range(n)]} | columns)


def outcomes_table(pairs: pd.DataFrame, texts: int, min_margin: float) -> pd.DataFrame:
    """Each pair is of a prompt of its own; one more prompt has a tie."""
    prompts = [*pairs["prompt_id"], "tied"]
    outcomes = ["paired"] * len(pairs) + ["tie"]
    return pd.DataFrame({"prompt_id": prompts, "outcome": outcomes, "texts": texts, "min_margin": min_margin})


def audited(pairs: pd.DataFrame, verdicts: list[tuple], scores: list[tuple], **settings: Any) -> dict:
    rows = audit(
        pairs,
        outcomes_table(pairs, settings.pop("texts", 2), settings.pop("min_margin", 0.5)),
        pd.DataFrame(settings.pop("candidates", []), columns=["prompt_id", "no_reward", "text_sha256"]),
        pd.DataFrame(scores, columns=["model", "prompt_id", "sample", "judge", "score_l", "score_q"]),
        pd.DataFrame(verdicts, columns=["model", "prompt_id", "sample", "repeat", "score_100"]).assign(weight=None),
        **{"judge": "j", "weights": HALF, "rejected": "worst", "max_length": None, **settings},
    )
    return {(row["part"], row["slice"], row["figure"]): (row["value"], row["n"]) for row in rows}


def test_the_audit_counts_what_it_says() -> None:
    pairs = pairs_table([1, 2, 3, 40], chosen_words=[100, 100, 80, 300], duplicate=[True, False, False, False])
    figures = audited(pairs, [], [])
    assert figures["outcome", "all", "tie"] == (0.2, 1)
    assert figures["margin", "all", "50th percentile"] == (2.5, 4)
    assert figures["margin", "all", "least that a pair must have"] == (0.5, 4)
    assert figures["length", "all", "chosen is longer"] == (0.75, 4)
    assert figures["length", "all", "pairs within 20% of each other's length"] == (0.75, 4)
    assert figures["text", "all", "near-duplicates"] == (0.25, 4)
    assert figures["noise", "all", UNKNOWN_NOISE] == (None, 0), "one verdict per response says nothing of noise"
    assert not [key for key in figures if key[0] in ("max_length", "second judge")]
    assert not [key for key in audited(pairs, [], [], judge=None) if key[0] == "noise"]


def test_the_audit_counts_candidates_by_reason() -> None:
    rows = [("a", None, "x"), ("a", None, "x"), ("b", None, "x"), ("b", "no_text", None), ("c", "no_length_score", "y")]
    figures = audited(pairs_table([1]), [], [], candidates=rows)
    assert figures["candidates", "all", "no_text"] == (0.2, 1)
    assert figures["candidates", "all", "no_length_score"] == (0.2, 1)
    assert figures["candidates", "all", "no_quality_score"] == (0.0, 0)
    assert figures["candidates", "all", "same_text"] == (0.25, 1), "of the texts, those that their prompt has already"


def test_margins_are_held_against_the_noise_of_the_judge() -> None:
    verdicts = [("m", str(i), 0, repeat, 50 + 10 * repeat) for i in range(20) for repeat in range(2)]
    figures = audited(pairs_table([1, 20]), verdicts, [])
    noise = (50 / 2) ** 0.5  # variance of two repeats 10 apart is 50, of their mean 25
    assert figures["noise", "all", "standard error of S_Q by the repeats of the judge"] == (
        pytest.approx(noise),
        20,
    )
    margin = "margin that equal answers exceed 1 time in 20"
    limit = 0.5 * noise * scipy.stats.studentized_range.ppf(0.95, 2, 20)
    assert figures["noise", "best and worst of 2", margin] == (pytest.approx(limit, rel=1e-3), 2)
    assert figures["noise", "all", "pairs within it"] == (0.5, 2)
    of_ten = audited(pairs_table([1, 11]), verdicts, [], texts=10)
    assert of_ten["noise", "all", "pairs within it"] == (1, 2), "as far apart are the best and the worst of ten"


def test_another_judge_may_turn_pairs_round() -> None:
    scores = [("m", "0", 0, "k", 50, 90), ("m", "0", 1, "k", 50, 10), ("m", "1", 0, "k", 50, 10)]
    scores += [("m", "1", 1, "k", 50, 90), ("m", "2", 0, "k", 50, None), ("m", "2", 1, "k", 50, 1)]
    figures = audited(pairs_table([1, 1, 1]), [], scores)
    assert figures["second judge", "k", "pairs in the same order"] == (0.5, 2)


def test_what_the_trainer_would_cut_is_told() -> None:
    figures = audited(pairs_table([1, 1], chosen_tokens=[400, None]), [], [], max_length=350)
    assert figures["max_length", "all", "chosen cut at 350 tokens"] == (1.0, 1)
    assert figures["max_length", "all", "chosen tokens lost"] == (pytest.approx(100 / 400), 1)
    assert figures["max_length", "all", "rejected cut at 350 tokens"] == (0.0, 2)


PAIR = {
    "prompt_id": "p",
    "prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write."}],
    "chosen": [{"role": "assistant", "content": "word " * 200}],
    "rejected": [{"role": "assistant", "content": "a b c"}],
}


def test_texts_are_measured_pair_by_pair() -> None:
    assert text_figures(PAIR) == {"chosen_looped": True, "rejected_looped": False, "duplicate": False}


def test_llama_factory_reads_what_its_info_says() -> None:
    """The keys of its alpaca format: dataset_info names the columns, ranking says that there are two answers."""
    line = llama_factory_line(preference_line(PAIR))
    info = llama_factory_info("d", ranking=True)["d"]
    assert set(info["columns"]) == {"prompt", "query", "system", "chosen", "rejected"}
    assert set(info["columns"].values()) == set(line)
    assert (line["instruction"], line["input"], line["system"], line["rejected"]) == (
        "Write.",
        "",
        "Be brief.",
        "a b c",
    )
    plain = llama_factory_info("d", ranking=False)["d"]
    assert set(plain["columns"].values()) == set(
        llama_factory_line({"prompt": "Write.", "response": "Text.", "history": []})
    )


def test_a_card_is_plain_text() -> None:
    text = card("x", "What.", {"Prompts": {"licence": "<script>|`"}}, {"kept": [3]}, "train.parquet")
    assert "<script>" not in text
    assert "| kept | 3 |" in text


def test_the_best_of_each_prompt_are_kept() -> None:
    rows = [{"prompt_id": p, "sample": s, "score_l": v, "score_q": None} for p, s, v in [("a", 0, 1), ("a", 1, 2)]]
    assert [row["sample"] for row in best_of_each(rows, 1)] == [1]
    assert len(best_of_each(rows, None)) == 2
    better = [rows[0] | {"score_q": 9}, rows[1] | {"score_q": 7.5}]
    assert [row["sample"] for row in best_of_each(better, 1)] == [0], "by the sum of both"
