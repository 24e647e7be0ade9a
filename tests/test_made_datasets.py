"""Datasets that the run makes: what each kind keeps, drops and counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from made_tables import made, prompt, write_source

from longhand.made.slots import SEEDS, read_seeds
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row
from longhand.text.length import count_longbench_write

SLOTS = {"number": 40, "examples": 2, "pool": None, "series": 0}
INSTRUCTIONS = {"dataset": "slots", "model": "m", "number": 3, "near_duplicates": 0.7, "least_share": 0.5}
ANSWERS = {"from": [], "check": None, "min_growth": None, "drop_short": False, "words": None}


def write_seeds(path: Path, number: int, languages: str = "en zh") -> Path:
    rows = [{"instruction": f"{of} seed {n}", "language": of} for of in languages.split() for n in range(number)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def examples(row: Row) -> list[str]:
    return [block.split(". ", 1)[1] for block in row["prompt"].split("\n\n")]


def test_our_seeds_are_enough_in_both_languages() -> None:
    seeds = read_seeds(SEEDS)
    assert {language: len(some) >= 30 for language, some in seeds.items()} == {"en": True, "zh": True}


def test_a_slot_shows_seeds_of_one_language_by_turns(tmp_path: Path) -> None:
    rows, counts = made(tmp_path, "slots", SLOTS | {"number": 2000}, seeds=[write_seeds(tmp_path / "s.jsonl", 20)])
    assert len(rows) == len({row["prompt_id"] for row in rows}) == len({row["prompt"] for row in rows}) == 2000
    assert [row["language"] for row in rows[:6]] == ["en", "zh"] * 3
    for row in rows:
        first, second = examples(row)
        assert first.startswith(row["language"]) and second.startswith(row["language"]) and first != second
    shown = Counter(text for row in rows for text in examples(row))
    assert len(shown) == 40 and all(60 < number < 145 for number in shown.values())  # 100 each, on average
    assert re.fullmatch(r"1\. en seed \d+\n\n2\. en seed \d+", rows[0]["prompt"])
    assert counts == {"all": 2000}


def test_languages_have_the_shares_of_their_seeds(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    lines = [{"instruction": f"{n}", "language": "zh" if n % 4 == 0 else "en"} for n in range(40)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for number in (8, 100, 1000):
        rows, _ = made(tmp_path, "slots", SLOTS | {"number": number}, seeds=[path])
        assert abs(sum(row["language"] == "zh" for row in rows) - number / 4) <= 1


def test_more_slots_and_more_seeds_keep_the_slots_there_are(tmp_path: Path) -> None:
    few = [write_seeds(tmp_path / "few.jsonl", 30)]
    rows, _ = made(tmp_path, "slots", SLOTS | {"number": 400}, seeds=few)
    assert made(tmp_path, "slots", SLOTS | {"number": 150}, seeds=few)[0] == rows[:150]
    more, _ = made(tmp_path, "slots", SLOTS | {"number": 400}, seeds=[write_seeds(tmp_path / "more.jsonl", 33)])
    kept = sum(one == other for one, other in zip(rows, more, strict=True))
    assert kept > 400 * (30 / 33) ** 2 - 35  # a slot changes only if it draws a new seed: 1 - (30/33)^2 of them do
    others, _ = made(tmp_path, "slots", SLOTS | {"number": 400, "series": 1}, seeds=few)
    assert sum(one == other for one, other in zip(rows, others, strict=True)) < 10
    assert made(tmp_path, "slots", SLOTS | {"number": 400}, seed=43, seeds=few)[0] != rows


def test_a_pool_is_a_choice_of_the_seeds(tmp_path: Path) -> None:
    rows, _ = made(tmp_path, "slots", SLOTS | {"number": 300, "pool": 5}, seeds=[write_seeds(tmp_path / "s.jsonl", 30)])
    assert len({text for row in rows for text in examples(row)}) == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no seeds"),
        ('{"instruction": "a"}', "language is None, not one of en, zh"),
        ('{"language": "en"}', "there is no 'instruction'"),
        ('{"instruction": ["a"], "language": "en"}', "'instruction' is list, not text"),
        (json.dumps({"instruction": "a", "language": "x" * 50}), f"language is '{'x' * 40}', not one of en, zh"),
        ('{"instruction": "a", "language": "en"}', "there are too few seeds of language en: 1, and a slot shows 2"),
        ('{"instruction": "a", "language": "en"}\n{"instruction": "a ", "language": "zh"}', "stands in line 1 already"),
    ],
)
def test_seeds_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text(text)
    with pytest.raises(LonghandError, match=re.escape(message)):
        made(tmp_path, "slots", SLOTS, seeds=[path])
    assert not list(tmp_path.glob("*.parquet"))


LIGHTHOUSE = "Write a long story about a keeper of a lighthouse who finds an old letter in a bottle on the shore."


def slot_responses(tmp_path: Path, *texts: str | tuple[str, str | None]) -> dict[str, list[Path]]:
    return write_source(tmp_path, [(prompt(f"slot {number}"), [text]) for number, text in enumerate(texts)])


def test_instructions_in_slot_order_without_near_duplicates(tmp_path: Path) -> None:
    source = slot_responses(
        tmp_path,
        LIGHTHOUSE,
        ("rejected", "no long text suits it"),
        LIGHTHOUSE.replace("long story", "Long Story") + "  ",  # a near-duplicate: case does not count
        LIGHTHOUSE,  # an equal one
        ("truncated", "Write"),
        ("failed", "no answer"),
        "写一篇不少于八百字的文章，介绍茶叶的历史。",
        "Explain tides.",
        "Explain the moon to sailors.",
    )
    rows, counts = made(tmp_path, "instructions", INSTRUCTIONS, **source)
    assert [row["prompt"] for row in rows] == [
        LIGHTHOUSE,
        "写一篇不少于八百字的文章，介绍茶叶的历史。",
        "Explain tides.",
    ]
    assert [(row["language"], row["constraint"], row["required_min"]) for row in rows[:2]] == [
        ("en", None, None),
        ("zh", "above", 800),
    ]
    assert [row["prompt_id"] for row in rows] == [prompt_id("made", row["prompt"], None) for row in rows]
    filters = {"all": 9, "no_text": 1, "rejected": 1, "truncated": 1, "equal": 1, "near_duplicates": 1}
    assert counts == filters | {"over_number": 1}
    assert len(made(tmp_path, "instructions", INSTRUCTIONS | {"near_duplicates": None, "number": 9}, **source)[0]) == 5


def test_too_few_instructions_are_an_error_that_says_why(tmp_path: Path) -> None:
    refused = [("rejected", "no long text suits it")] * 3 + [("rejected", "too short")]
    source = slot_responses(tmp_path, LIGHTHOUSE, *refused)
    assert len(made(tmp_path, "instructions", INSTRUCTIONS | {"number": 2}, **source)[0]) == 1
    (tmp_path / "made.parquet").unlink()
    with pytest.raises(LonghandError) as error:
        made(tmp_path, "instructions", INSTRUCTIONS, **source)
    assert str(error.value) == (
        "1 instructions are left of 5 responses, 3 are wanted and 0.5 of them needed: "
        "4 rejected (most often: no long text suits it) (dataset made); "
        "fix: raise `number` of dataset slots, or lower `number` or `least_share` here"
    )
    assert not (tmp_path / "made.parquet").exists()


def test_answers_carry_their_prompts_and_count_what_they_drop(tmp_path: Path) -> None:
    short, long = "Rain fell on the town. " * 4, "Rain fell on the town. " * 30
    draft = {"category": "story", "required": 900, "constraint": "about", "reference": "kept"}
    source = write_source(
        tmp_path,
        [
            (prompt("Write.", context="one two three four five", **draft), [short, short, "no end"]),
            (prompt("Sing.", context=short), [short, long, ("rejected", "x"), ("truncated", long)]),
        ],
    )
    rows, counts = made(tmp_path, "answers", ANSWERS | {"min_growth": 1.2, "words": [3, 100]}, **source)
    assert [(row["prompt"], row["context"]) for row in rows] == [("Write.", short)]
    assert rows[0] == prompt("Write.", "made", context=short, **draft)
    no_texts = {"no_text": 0, "rejected": 1, "truncated": 1}
    # 2 and 20 words are not over 1.2 x 5 and 1.2 x 20.
    assert counts == {"all": 7} | no_texts | {"min_growth": 2, "words": 1, "equal": 1}
    whole, counts = made(tmp_path, "answers", ANSWERS, **source)
    assert [(row["prompt"], len(row["context"])) for row in whole] == [
        ("Write.", len(short)),
        ("Write.", 6),
        ("Sing.", len(short)),
        ("Sing.", len(long)),
    ]
    _, counts = made(tmp_path, "answers", ANSWERS | {"check": "language"}, **source)
    assert counts["check"] == 2  # "no end" ends in no mark, the long text is a loop


def test_growth_is_over_the_factor_not_at_it(tmp_path: Path) -> None:
    texts = [" ".join(["word"] * number) for number in (12, 13)]
    source = write_source(tmp_path, [(prompt("Write.", context=" ".join(["word"] * 10)), texts)])
    rows, _ = made(tmp_path, "answers", ANSWERS | {"min_growth": 1.2}, **source)
    assert [count_longbench_write(row["context"]) for row in rows] == [13]


def test_texts_have_from_the_least_to_the_most_words(tmp_path: Path) -> None:
    texts = [" ".join(["word"] * number) for number in (9, 10, 20, 21)]
    source = write_source(tmp_path, [(prompt("Write."), texts)])
    rows, counts = made(tmp_path, "answers", ANSWERS | {"words": [10, 20]}, **source)
    assert [row["context"] for row in rows] == texts[1:3] and counts["words"] == 2


def test_growth_needs_a_context(tmp_path: Path) -> None:
    source = write_source(tmp_path, [(prompt("Write."), ["text"])])
    with pytest.raises(LonghandError, match="min_growth compares with the context"):
        made(tmp_path, "answers", ANSWERS | {"min_growth": 1.2}, **source)


def test_sources_follow_each_other_and_drop_short_ranks_within_a_language(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    english = [(prompt(f"Write {n}."), ["word " * (n + 1)]) for n in range(1000)]
    chinese = [(prompt(f"写 {n}", language="zh"), ["字" * (n + 1)]) for n in range(1000)]
    one, other = write_source(tmp_path, english), write_source(tmp_path / "zh", chinese)
    both = {key: one[key] + other[key] for key in one}
    rows, counts = made(tmp_path, "answers", ANSWERS | {"drop_short": True}, **both)
    assert [row["language"] for row in rows] == sorted(row["language"] for row in rows)
    for language, unit in (("en", 5), ("zh", 1)):
        lengths = sorted(len(row["context"]) // unit for row in rows if row["language"] == language)
        assert abs(len(lengths) - 595) < 50 and lengths[0] > 206  # of the shortest 20.6% none stays
    assert counts["drop_short"] == 2000 - len(rows)
    assert made(tmp_path, "answers", ANSWERS | {"drop_short": True}, seed=43, **both)[0] != rows


def test_restated_queries_state_the_length_of_their_reference(tmp_path: Path) -> None:
    text = "Rain fell on the town. " * 400
    source = write_source(
        tmp_path,
        [
            (prompt("Tell of rain.", context=text, category="story"), ["Tell of rain in about 2,000 words."]),
            (prompt("Tell of snow.", context=text), ["Tell of snow at length."]),
            (prompt("讲雪。", context=text, language="zh"), ["用一千到三千字讲雪。"]),
            (prompt("Tell of hail."), ["Tell of hail in 2,000 words."]),
            (prompt("Tell of fog.", context=text), [("rejected", "states no length")]),
        ],
    )
    rows, counts = made(tmp_path, "restated", {"dataset": "d", "model": "m"}, **source)
    keys = ("prompt", "language", "constraint", "required", "required_min", "required_max", "context", "category")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("Tell of rain in about 2,000 words.", "en", "about", 2000, None, None, None, "story"),
        ("用一千到三千字讲雪。", "zh", "range", None, 1000, 3000, None, None),
    ]
    assert {row["reference"] for row in rows} == {text}
    dropped = {"no_text": 0, "rejected": 1, "truncated": 0, "no_reference": 1, "no_length": 1, "equal": 0}
    assert counts == {"all": 5} | dropped


def test_texts_whose_queries_state_the_same_length_stay_apart(tmp_path: Path) -> None:
    """Several texts of one instruction may get the same words: each is an answer to them."""
    texts = ["Rain fell on the town. " * number for number in (400, 401, 400)]
    prompts = [prompt(f"Tell of rain, {n}.", context=text) for n, text in enumerate(texts)]
    source = write_source(tmp_path, [(row, ["Tell of rain in about 2,000 words."]) for row in prompts])
    rows, counts = made(tmp_path, "restated", {"dataset": "d", "model": "m"}, **source)
    assert [row["reference"] for row in rows] == texts[:2]
    assert len({row["prompt_id"] for row in rows}) == 2
    assert counts["equal"] == 1, "the same words and the same text"


def test_a_source_without_a_text_makes_no_dataset(tmp_path: Path) -> None:
    source = write_source(tmp_path, [(prompt("Write."), [("failed", "no answer"), ("empty", "no text")])])
    with pytest.raises(LonghandError, match=r"not one of 2 responses is left: 2 no_text \(dataset made\)"):
        made(tmp_path, "answers", ANSWERS, **source)
    assert not (tmp_path / "made.parquet").exists()
