"""Which judges are certified for which rows: why not, in words, and what a row of the leaderboard may say.

Apart from the statistics, since what shows tables needs none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from longhand.program.errors import LonghandError
from longhand.results.doubts import FEWEST_PROMPTS
from longhand.tables.certification_tables import CERTIFICATION
from longhand.tables.files import Row, read_rows

CERTIFIED, NOT_CERTIFIED, NOT_TESTED, BY_PEOPLE = "certified", "not_certified", "not_tested", "by_people"
"""What the leaderboard says of a row's judge. Not tested: no labels by people, or too few, for what the row is of. By
people: its verdicts are labels that people made, so that it needs no certificate."""
STATUS_WORDS = {
    CERTIFIED: "certified",
    NOT_CERTIFIED: "not certified",
    NOT_TESTED: "not tested",
    BY_PEOPLE: "people made its verdicts",
}
LACKING = (NOT_CERTIFIED, NOT_TESTED)
"""Of a judge that needs a certificate and has none, the worst first."""

REASONS = {
    "not_by_people": "agreement with {labels}, which certifies nothing",
    "few_pairs": "{n} pairs are fewer than {least}",
    "few_prompts": f"{{n_prompts}} prompts are under {FEWEST_PROMPTS}, so there is no interval",
    "under_threshold": "the lower end {low:.2f} is not over the threshold {threshold:.2f}",
    "under_baseline": 'the lower end {low:.2f} is not over {baseline:.2f}, which "the longer text wins" reaches',
    "no_gain": 'the lower end {gain_low:.3f} of its gain over "the longer text wins" is not over 0',
}
"""Why a judge is not certified, in the order in which they are looked at."""
_UNTESTED = ("not_by_people", "few_pairs", "few_prompts")
_RANGE = re.compile(r"\[(\d+),(\d+|∞)\)")


class Standing(NamedTuple):
    """What is known of a judge for some texts: CERTIFIED, BY_PEOPLE, NOT_CERTIFIED or NOT_TESTED, and why not."""

    status: str
    why: str = ""


def reason_of(figures: Row) -> str | None:
    """The first of REASONS for which a slice does not certify its judge; None where it does."""
    low = figures["low"]
    failed = {
        "not_by_people": not figures["people"],
        "few_pairs": figures["n"] < figures["least"],
        "few_prompts": low is None,
        "under_threshold": low is not None and low <= figures["threshold"],
        "under_baseline": low is not None and low <= figures["baseline"],
        "no_gain": low is not None and figures["gain_low"] <= 0,
    }
    return next((reason for reason in REASONS if failed[reason]), None)


def standing_of(row: Row) -> str:
    """What a row of the table of certifications makes of its judge: CERTIFIED, NOT_CERTIFIED or NOT_TESTED."""
    if row["certified"]:
        return CERTIFIED
    return NOT_TESTED if row["reason"] in _UNTESTED else NOT_CERTIFIED


def line_of(row: Row) -> str:
    """A row of the table of certifications in a line for the terminal."""
    slices = {"all": "all", "language": row["slice"], "range": f"{row['slice']} words"}
    low = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    of_pairs = f"no pair; {verdict_words(row)}"
    if row["n"]:
        longer = f"the longer text wins in {row['baseline']:.2f}"
        of_pairs = f"{row['accuracy']:.2f}{low} of {row['n']:,} pairs in order, {longer}; {verdict_words(row)}"
    return f"{row['certify']}, judge {row['judge']}, {slices[row['slice_kind']]}: {of_pairs}"


def verdict_words(row: Row) -> str:
    """The verdict on a row of the table of certifications: "not tested: 12 pairs are fewer than 100"."""
    why, words = reason_words(row), STATUS_WORDS[standing_of(row)]
    return words if why is None else why if row["reason"] == "not_by_people" else f"{words}: {why}"


def reason_words(row: Row) -> str | None:
    """Why a row of the table of certifications does not certify its judge, in words; None where it does."""
    return None if row["certified"] else REASONS[row["reason"]].format(**row)


class Certifications:
    """The table of certifications, by judge.

    Args:
        rows: of the table.
        rubrics: dataset -> its rubric, null where it has none. A judge that was held against labels by one rubric is
            certified for datasets with this rubric only: by another it is asked another question.
        panels: name of a panel -> its judges. It is certified where all of them are.
    """

    def __init__(
        self, rows: Iterable[Row], rubrics: Mapping[str, str | None], panels: Mapping[str, Sequence[str]] | None = None
    ):
        self._rubrics, self._panels = rubrics, panels or {}
        self._rows: dict[str, list[Row]] = {}
        self._by_people = set[str]()  # judges whose verdicts are labels by people
        for row in rows:
            if row["people"] and row["against"] is not None:
                self._by_people.add(row["against"])
            self._rows.setdefault(row["judge"], []).append(row)

    def standing(
        self, dataset: str, judge: str, languages: Collection[str], kind: str = "all", label: str = "all"
    ) -> Standing:
        """Whether a judge is certified for responses to a dataset.

        A language is looked up as itself. All other texts are as the worst of their languages, since a judge that is
        good in one may hide in the mix that it is not in another; and where they have several, as all pairs if that is
        worse. A range of required words is also as the labels' ranges of words that overlap it; a row of all texts is
        not as its worst range, which has a row of its own. Entries of `certify` without labels in any of the languages
        do not count. Where several have an answer, the worst one does. Labels by people need no certificate.

        Args:
            dataset: its name; judge: that, or a panel's.
            languages: of the prompts.
            kind, label: of the slice.
        """
        if judge in self._panels:
            standings = [self.standing(dataset, member, languages, kind, label) for member in self._panels[judge]]
            return _worst(standings)
        if judge in self._by_people:
            return Standing(BY_PEOPLE)
        rows = [
            row
            for row in self._rows.get(judge, ())
            if row["rubrics"] is None or self._rubrics.get(dataset) in row["rubrics"]
        ]
        if not rows:
            return Standing(NOT_TESTED, f"it was not held against labels by the rubric of {dataset}")
        of_languages = [label] if kind == "language" else sorted(languages)
        entries = {row["certify"] for each in of_languages for row in _slices(rows, "language", each)}
        if not (rows := [row for row in rows if row["certify"] in entries]):
            return Standing(NOT_TESTED, f"no labels are in language {' or '.join(of_languages)}")
        standings = [_of_slice(rows, "language", each) for each in of_languages]
        if kind == "range":
            overlapping = self._overlapping(rows, label)
            standings += [_of_slice(rows, "range", each) for each in overlapping]
            if not _cover(overlapping, label):
                texts = "some texts" if overlapping else "texts"
                standings.append(Standing(NOT_TESTED, f"no labels are on {texts} of {label} words"))
        elif len(of_languages) > 1:
            standings.append(_of_slice(rows, "all", "all"))
        return _worst(standings)

    def of_prompts(self, judge: str, language: str, label: str | None) -> Standing:
        """The same for prompts of a language and a range of required words, null without one, of the only dataset."""
        (dataset,) = self._rubrics
        return self.standing(dataset, judge, [language], "all" if label is None else "range", label or "all")

    @staticmethod
    def _overlapping(rows: Iterable[Row], label: str) -> list[str]:
        low, high = _ends(label)
        labels = dict.fromkeys(row["slice"] for row in rows if row["slice_kind"] == "range")
        return [each for each in labels if _ends(each)[0] < high and low < _ends(each)[1]]


def _cover(ranges: Iterable[str], label: str) -> bool:
    """Whether ranges leave no length out that another one has."""
    end, high = _ends(label)
    for low, above in sorted(map(_ends, ranges)):
        if low <= end:
            end = max(end, above)
    return end >= high


def _slices(rows: Iterable[Row], kind: str, label: str) -> list[Row]:
    return [row for row in rows if (row["slice_kind"], row["slice"]) == (kind, label)]


def _of_slice(rows: Iterable[Row], kind: str, label: str) -> Standing:
    """What the entries of `certify` say of a slice: those that test it, where any does."""
    standings = [
        Standing(standing_of(row), f"{row['certify']}, {label}: {verdict_words(row)}")
        for row in _slices(rows, kind, label)
    ]
    tested = [standing for standing in standings if standing.status != NOT_TESTED]
    return _worst(tested or standings or [Standing(NOT_TESTED, f"no labels are in {kind} {label}")])


def _worst(standings: Sequence[Standing]) -> Standing:
    order = (*LACKING, CERTIFIED, BY_PEOPLE)
    return min(standings, key=lambda standing: order.index(standing.status))


def _ends(label: str) -> tuple[float, float]:
    match = _RANGE.fullmatch(label)
    return (float(match[1]), float(match[2].replace("∞", "inf"))) if match else (0.0, 0.0)


def board_standings(board: Sequence[Row], certifications: Certifications | None) -> list[Standing | None]:
    """The standing of each row of the leaderboard; None where nothing is certified in the run, or nothing judged."""
    languages: dict[tuple[str, str, str | None], set[str]] = {}
    for row in board:
        if row["slice_kind"] == "language":
            languages.setdefault((row["dataset"], row["model"], row["judge"]), set()).add(row["slice"])
    return [
        None
        if certifications is None or row["judge"] is None
        else certifications.standing(
            row["dataset"],
            row["judge"],
            languages.get((row["dataset"], row["model"], row["judge"]), set()),
            row["slice_kind"],
            row["slice"],
        )
        for row in board
    ]


def read_certifications(
    tables: Sequence[Path], rubrics: Mapping[str, str | None], panels: Mapping[str, Sequence[str]] | None = None
) -> Certifications | None:
    """The table of certifications; None where there is none in the run. See Certifications."""
    return Certifications(read_rows(tables[0], CERTIFICATION), rubrics, panels) if tables else None


def pair_standings(
    rows: Iterable[Row], judge: str, certifications: Certifications
) -> list[tuple[str, str | None, Standing]]:
    """The standings of a judge for the prompts of preference pairs: language, range, standing, each pair of these once.

    Args:
        rows: have `language` and `range` (of required words, null where none is required).
        judge: its name.
        certifications: of one dataset.
    """
    kinds = sorted({(str(row["language"]), row["range"] or "") for row in rows})
    return [
        (language, label or None, certifications.of_prompts(judge, language, label or None))
        for language, label in kinds
    ]


def refuse_uncertified(board: Sequence[Row], certifications: Certifications) -> None:
    """Raises LonghandError where a row of the leaderboard has a judge that is not certified for it."""
    for row, standing in zip(board, board_standings(board, certifications), strict=True):
        if standing is not None:
            of_all = row["slice_kind"] == "all"
            part = "all prompts" if of_all else f"{row['slice_kind']} {row['slice']}"
            check_certified(row["judge"], f"{row['dataset']}, {part}", standing)


def check_certified(judge: str, what: str, standing: Standing) -> None:
    """Raises LonghandError, with `scores.require_certified`, where a judge is not certified for something."""
    if standing.status in LACKING:
        what = f"judge {judge} is {STATUS_WORDS[standing.status]} for {what}: {standing.why}"
        fix = "certify another judge, or leave `require_certified` out: what is not certified is marked then"
        raise LonghandError(what, "scores.require_certified", fix)
