"""Which rows of the leaderboard a judge is certified for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd
import pytest

from longhand.preferences.audit import certified_figures
from longhand.program.errors import LonghandError
from longhand.results.certified import (
    BY_PEOPLE,
    CERTIFIED,
    NOT_CERTIFIED,
    NOT_TESTED,
    Certifications,
    board_standings,
    check_certified,
    pair_standings,
    reason_of,
    refuse_uncertified,
)
from longhand.results.remarks import certified_note, uncertified_note

FAILED, FEW, OTHERS = "under_threshold", "few_pairs", "not_by_people"
BOTH = ("en", "zh")


def row(kind: str, label: str, reason: str | None = None, **columns: Any) -> dict[str, Any]:
    """A row of the table of certifications."""
    figures = {
        "n": 50,
        "least": 100,
        "n_prompts": 50,
        "low": 0.55,
        "threshold": 0.6,
        "baseline": 0.5,
        "gain_low": -0.01,
    }
    about = {
        "people": True,
        "against": None,
        "certify": "people",
        "judge": "j",
        "rubrics": ["r"],
        "labels": "GPT-4o",
        "slice_kind": kind,
        "slice": label,
    }
    return about | figures | {"certified": reason is None, "reason": reason} | columns


ALL = [
    row("all", "all"),
    row("language", "en"),
    row("language", "zh"),
    row("range", "[0,500)"),
    row("range", "[500,∞)"),
]


MORE = [row("language", "en", certify="more")]


def but(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """All is certified but these slices, which have other rows."""
    other = {(each["slice_kind"], each["slice"]): each for each in rows}
    return [other.get((each["slice_kind"], each["slice"]), each) for each in ALL]


def status(rows: list[dict[str, Any]], languages: Collection[str], *of: str, dataset: str = "set") -> str:
    certifications = Certifications(rows, {"set": "r", "other": "s"}, {"both": ["j", "k"]})
    return certifications.standing(dataset, "j", languages, *of).status


@pytest.mark.parametrize(
    ("rows", "languages", "of", "expected"),
    [
        (ALL, BOTH, ("all", "all"), CERTIFIED),
        (but(row("all", "all", FAILED)), BOTH, ("all", "all"), NOT_CERTIFIED),
        (but(row("all", "all", FEW)), BOTH, ("all", "all"), NOT_TESTED),
        (but(row("all", "all", OTHERS)), BOTH, ("all", "all"), NOT_TESTED),
        (but(row("all", "all", FAILED)), BOTH, ("category", "News"), NOT_CERTIFIED),
        (but(row("all", "all", FAILED)), ["zh"], ("all", "all"), CERTIFIED),
        (but(row("language", "zh", FAILED)), ["zh"], ("all", "all"), NOT_CERTIFIED),
        (but(row("language", "zh", FAILED)), BOTH, ("all", "all"), NOT_CERTIFIED),
        (but(row("language", "zh", FEW)), BOTH, ("all", "all"), NOT_TESTED),
        (but(row("language", "zh", FAILED)), BOTH, ("category", "News"), NOT_CERTIFIED),
        (but(row("language", "zh", FAILED)), ["en"], ("all", "all"), CERTIFIED),
        (but(row("range", "[500,∞)", FAILED)), BOTH, ("all", "all"), CERTIFIED),
        (but(row("language", "zh", FAILED)), BOTH, ("range", "[0,500)"), NOT_CERTIFIED),
        (but(row("all", "all", FAILED)), BOTH, ("range", "[0,500)"), CERTIFIED),
        (but(row("language", "zh", FAILED)), BOTH, ("language", "en"), CERTIFIED),
        (but(row("language", "zh", FAILED)), BOTH, ("language", "zh"), NOT_CERTIFIED),
        ([row("all", "all"), row("language", "en")], BOTH, ("all", "all"), NOT_TESTED),
        ([row("all", "all"), row("language", "en")], ["zh"], ("all", "all"), NOT_TESTED),
        ([], ["en"], ("all", "all"), NOT_TESTED),
        (ALL, BOTH, ("range", "[500,2000)"), CERTIFIED),
        (but(row("range", "[500,∞)", FAILED)), BOTH, ("range", "[0,500)"), CERTIFIED),
        (but(row("range", "[500,∞)", FAILED)), BOTH, ("range", "[500,2000)"), NOT_CERTIFIED),
        (but(row("range", "[500,∞)", FAILED)), BOTH, ("range", "[400,1000)"), NOT_CERTIFIED),
        (but(row("range", "[500,∞)", FEW)), BOTH, ("range", "[4000,∞)"), NOT_TESTED),
        (ALL[:4], BOTH, ("range", "[4000,∞)"), NOT_TESTED),
        (ALL[:4], BOTH, ("range", "[0,500)"), CERTIFIED),
        (ALL[:4], BOTH, ("range", "[400,1000)"), NOT_TESTED),
        ([*ALL[:3], ALL[4]], BOTH, ("range", "[400,1000)"), NOT_TESTED),
        ([*ALL[:4], row("range", "[600,∞)")], BOTH, ("range", "[0,∞)"), NOT_TESTED),
        (but(row("language", "zh", FAILED)), ["zh"], ("range", "[0,500)"), NOT_CERTIFIED),
        ([*ALL, *MORE, row("all", "all", FAILED, certify="more")], BOTH, ("all", "all"), NOT_CERTIFIED),
        ([*ALL, *MORE, row("all", "all", FEW, certify="more")], BOTH, ("all", "all"), CERTIFIED),
        (but(row("language", "zh", "no_gain")), BOTH, ("all", "all"), NOT_CERTIFIED),
    ],
)
def test_a_row_is_looked_up_by_its_slice(rows: Any, languages: Any, of: Any, expected: str) -> None:
    assert status(rows, languages, *of) == expected


def test_labels_in_another_language_say_nothing() -> None:
    """One entry has English labels that certify, the other Chinese ones that do not."""
    english = [each for each in ALL if each["slice"] != "zh"]
    chinese = [
        row(kind, label, FAILED, certify="zh")
        for kind, label in (("all", "all"), ("language", "zh"), ("range", "[0,500)"))
    ]
    rows = english + chinese
    assert status(rows, ["en"]) == status(rows, ["en"], "range", "[0,500)") == CERTIFIED
    assert status(rows, ["zh"]) == status(rows, ["zh"], "range", "[0,500)") == NOT_CERTIFIED
    assert status(rows, BOTH) == status(rows, BOTH, "range", "[0,500)") == NOT_CERTIFIED
    assert status(rows, ["en"], "range", "[500,∞)") == CERTIFIED and status(english, ["zh"]) == NOT_TESTED


def test_another_rubric_or_judge_is_not_tested_and_a_panel_is_as_its_worst_judge() -> None:
    assert status(ALL, BOTH, dataset="other") == NOT_TESTED
    by_method = [each | {"rubrics": None} for each in ALL]
    assert status(by_method, BOTH, dataset="other") == CERTIFIED, "a judge by its method has no rubric"
    rows = [*ALL, *(each | {"judge": "k"} for each in but(row("all", "all", FAILED)))]
    certifications = Certifications(rows, {"set": "r"}, {"both": ["j", "k"]})
    assert certifications.standing("set", "both", BOTH).status == NOT_CERTIFIED
    assert certifications.standing("set", "new", BOTH).status == NOT_TESTED


PROMPTS = [
    {"language": language, "range": label}
    for language, label in (("en", "[500,2000)"), ("en", None), ("en", None), ("zh", "[0,500)"))
]


def test_people_need_no_certificate() -> None:
    """Editors graded texts; a judge was held against their grades, and against those that a model gave."""
    graded = [each | {"against": "editors"} for each in but(row("all", "all", FAILED))]
    of_model = [
        each | {"against": "gpt-4o", "people": False, "certify": "model"} for each in but(row("all", "all", OTHERS))
    ]
    certifications = Certifications(
        [*graded, *of_model], {"set": "r"}, {"both": ["editors", "k"], "readers": ["editors"]}
    )
    standings = [
        certifications.standing("set", judge, BOTH).status for judge in ("editors", "gpt-4o", "j", "both", "readers")
    ]
    assert standings == [BY_PEOPLE, NOT_TESTED, NOT_CERTIFIED, NOT_TESTED, BY_PEOPLE]
    by_people = [board("all", "all", "editors"), board("language", "zh", "editors")]
    refuse_uncertified(by_people, certifications)
    rows = [each | {"certified": BY_PEOPLE} for each in by_people]
    assert certified_note(rows) == "Judge editors is what others are held against: people made its verdicts."
    assert uncertified_note(rows) is None
    check_certified(
        "editors", "pairs", pair_standings([{"language": "en", "range": None}], "editors", certifications)[0][2]
    )
    of_pairs = {
        each["figure"]: each["n"] for each in certified_figures(pd.DataFrame(PROMPTS), "editors", certifications)
    }
    assert of_pairs == {CERTIFIED: 0, NOT_CERTIFIED: 0, NOT_TESTED: 0, BY_PEOPLE: 4}
    with pytest.raises(LonghandError, match="judge gpt-4o is not tested for set, all prompts"):
        refuse_uncertified([board("all", "all", "gpt-4o")], certifications)


def board(kind: str, label: str, judge: str | None = "j") -> dict[str, Any]:
    return {"dataset": "set", "model": "m", "judge": judge, "panel": None, "slice_kind": kind, "slice": label}


BOARD = [
    board("all", "all"),
    board("range", "[0,500)"),
    board("language", "en"),
    board("language", "zh"),
    board("all", "all", None),
]


def test_the_board_has_the_languages_of_its_rows() -> None:
    certifications = Certifications(but(row("language", "zh", FAILED)), {"set": "r"})
    standings = [each and each.status for each in board_standings(BOARD, certifications)]
    assert standings == [NOT_CERTIFIED, NOT_CERTIFIED, CERTIFIED, NOT_CERTIFIED, None]
    assert board_standings(BOARD, None) == [None] * 5
    rows = [each | {"certified": status} for each, status in zip(BOARD, standings, strict=True)]
    assert certified_note(rows[:4]) == "Judge j is not certified. Certified: en."
    assert uncertified_note(rows[:4]) == "Judge j is not certified."
    untested = [each | {"certified": NOT_TESTED} for each in BOARD[:4]]
    assert uncertified_note(untested) == "Judge j is not tested against enough labels by people."
    assert uncertified_note(untested + rows[:4]) == "Judge j is not certified.", "the worst of several datasets"
    assert certified_note(rows[4:]) is None and uncertified_note(rows[4:]) is None
    at_lengths = [
        each | {"certified": NOT_CERTIFIED if each["slice_kind"] == "range" else CERTIFIED} for each in BOARD[:3]
    ]
    assert certified_note(at_lengths) == "Judge j is certified. Not certified: [0,500) words."
    assert uncertified_note(at_lengths) is None
    worse = [each | {"certified": NOT_TESTED if each["slice_kind"] == "range" else NOT_CERTIFIED} for each in BOARD[:3]]
    assert certified_note(worse) == (
        "Judge j is not certified. Not tested against enough labels by people: [0,500) words."
    )


def test_what_is_not_certified_is_refused_with_judge_and_slice() -> None:
    refuse_uncertified(BOARD, Certifications(ALL, {"set": "r"}))
    with pytest.raises(LonghandError) as raised:
        refuse_uncertified(BOARD, Certifications(but(row("language", "zh", FAILED)), {"set": "r"}))
    assert str(raised.value).startswith(
        "judge j is not certified for set, all prompts: people, zh: not certified: the lower end 0.55 is not over the "
        "threshold 0.60 (scores.require_certified); fix: "
    )


def test_pairs_are_of_languages_and_required_words() -> None:
    certifications = Certifications(but(row("range", "[500,∞)", FAILED)), {"set": "r"})
    standings = pair_standings(PROMPTS, "j", certifications)
    assert [(language, label, each.status) for language, label, each in standings] == [
        ("en", None, CERTIFIED),
        ("en", "[500,2000)", NOT_CERTIFIED),
        ("zh", "[0,500)", CERTIFIED),
    ]
    with pytest.raises(LonghandError, match="judge j is not certified for pairs"):
        check_certified("j", "pairs", standings[1][2])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"n": 99}, "few_pairs"),
        ({"low": 0.6}, "under_threshold"),
        ({"baseline": 0.61}, "under_baseline"),
        ({"gain_low": 0.0}, "no_gain"),
    ],
)
def test_what_only_reaches_a_bound_certifies_nothing(changed: dict[str, Any], reason: str | None) -> None:
    figures = {"people": True, "n": 100, "least": 100, "low": 0.61, "threshold": 0.6, "baseline": 0.6, "gain_low": 0.01}
    assert reason_of(figures | changed) == reason
