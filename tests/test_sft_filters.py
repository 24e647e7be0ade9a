"""The filters of fine-tuning data: each by a definition written apart, in their order, with the counts of each."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from training_world import Sample, World

from longhand.preferences.plots import draw_selection
from longhand.preferences.selection import applied, dropped_by
from longhand.program.errors import LonghandError

STORY = "Once a cat went out to see the sea, and on its way it met a dog who had never seen the sea at all."
CHINESE = "从前有一只猫出门去看海，路上遇见了一只从来没有看过海的狗，它们便结伴而行，走了很久很久。"


def words(number: int, seed: int = 0) -> str:
    """So many different words, of letters."""
    return " ".join("".join("abcdefghij"[int(digit)] for digit in f"{seed:02}{n:04}") for n in range(number)) + "."


def test_each_filter_drops_what_it_is_for(tmp_path: Path) -> None:
    """One response for each filter, which no filter before it drops; the table counts each under its own."""
    about = {
        "growth": {"context": words(100)},
        "enough": {"context": words(100)},
        "none": {"prompt": "Write a story about a cat."},
        "range": {"prompt": "Write a story of 200-300 words."},
        "two": {"prompt": "Write a story of 200 words and a poem of 100 words."},
    }
    stated = {"context": "One."}
    responses: dict[str, list[Sample]] = {
        "empty": [("empty", None, 0.0), ("rejected", None, 0.0)],
        "cut": [("truncated", words(20), 90.0)],
        "foreign": [("ok", CHINESE, 90.0)],
        "loop": [("ok", "The cat said that it would come back home soon. " * 30, 90.0)],
        "growth": [("ok", words(120, 1), 90.0)],  # not over 1.2 x 100
        "none": [("ok", words(130, 2), 90.0)],
        "range": [("ok", words(130, 3), 90.0)],
        "two": [("ok", words(130, 4), 90.0)],
        "unscored": [("ok", words(130, 5), None)],
        "far": [("ok", words(130, 6), 79.9)],
        "enough": [("ok", words(121, 7), 80.0)],
        "good": [("ok", words(150, 8), 100.0), ("ok", words(150, 9), 99.0)],
        "again": [("ok", words(150, 8).upper(), 100.0)],
    }
    named = {name: stated | {"prompt": f"Write a story of 150 words. Call it {name}."} for name in responses}
    prompts = {name: row | about.get(name, {}) for name, row in named.items()}
    world = World(tmp_path, responses, prompts)
    filters = {"language": True, "loops": True, "min_growth": 1.2, "one_stated_length": True, "min_length_score": 80}
    world.select(**filters, near_duplicates=0.8, per_prompt=1)
    counts = [(row["order"], row["filter"], row["dropped"], row["left"]) for row in world.rows("filters")]
    assert counts == [
        (0, "all", 0, 15),
        (1, "rejected", 1, 14),
        (2, "no_text", 1, 13),
        (3, "truncated", 1, 12),
        (4, "language", 1, 11),
        (5, "loops", 1, 10),
        (6, "min_growth", 1, 9),
        (7, "one_stated_length", 3, 6),
        (8, "no_required_length", 0, 6),
        (9, "no_length_score", 1, 5),
        (10, "min_length_score", 1, 4),
        (11, "near_duplicates", 1, 3),
        (12, "per_prompt", 1, 2),
    ]
    assert [(row["prompt_id"], row["sample"], row["source"]) for row in world.rows("train")] == [
        ("enough", 0, "d"), ("good", 0, "d")
    ]  # fmt: skip
    card = (world.out / "README.md").read_text()
    assert "| words not over 1.2 times those of the context | 1 | 9 |" in card
    assert "| conversations |  | 2 |" in card and "](filters.png)" in card
    assert (world.out / "filters.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("prompt", "states_one"),
    [
        ("Write 500 words about the sea.", True),
        ("写一篇800字的作文", True),
        ("写一篇三千字的小说", True),
        ("Write at least 1,000 words.", True),
        ("Write about the sea.", False),
        ("Write between 500 and 800 words.", False),
        ("Write an introduction of 200 words and a conclusion of 300 words.", False),
        ("In 1984, write about 12 cats.", False),
    ],
)
def test_one_stated_length(prompt: str, states_one: bool) -> None:
    row = {"prompt": prompt, "context": None}
    name = dropped_by(STORY, row, {"status": "ok"}, {"one_stated_length": True})
    assert name == (None if states_one else "one_stated_length")


@pytest.mark.parametrize(
    ("text", "score", "filters", "name"),
    [
        ("text", {}, {}, None),
        (None, {"status": "failed"}, {}, "no_text"),
        ("text", {"status": "truncated"}, {}, "truncated"),
        ("text", {"status": "truncated"}, {"truncated": True}, None),
        ("text", {"score_l": 79.9}, {"min_length_score": 80}, "min_length_score"),
        ("text", {"score_l": 80.0}, {"min_length_score": 80}, None),
        ("text", {"score_q": None}, {"min_quality": 50}, "no_quality_score"),
        ("text", {"score_q": 49.9}, {"min_quality": 50}, "min_quality"),
        ("text", {"score_q": 50.0}, {"min_quality": 50}, None),
        ("text", {"score_l": None}, {"min_length_score": 1}, "no_length_score"),
        ("text", {"score_l": None, "required": None}, {"min_length_score": 1}, "no_required_length"),
        ("text", {"score_l": None}, {"min_quality": 50}, None),
        ("a " * 99, {}, {"max_repeated_share": 0.5}, "max_repeated_share"),
        ("text.", {}, {"check_response": "qwen"}, "check_response punctuation"),
        ("text.", {}, {"check_response": "llama"}, None),
        ("a " * 99 + ".", {}, {"check_response": "llama"}, "check_response n_gram"),
        ("text", {"other_language": True}, {}, None),
        ("text", {"other_language": True}, {"language": False}, None),
        ("text", {"other_language": True, "loop_onset": 0}, {"language": True, "loops": True}, "language"),
        ("text", {"loop_onset": 0}, {"loops": True}, "loops"),
        ("text", {"words_longbench_write": 60}, {"min_growth": 1.2}, "min_growth"),
        ("text", {"words_longbench_write": 61}, {"min_growth": 1.2}, None),
    ],
)
def test_a_filter_drops_by_itself(text: str | None, score: dict, filters: dict, name: str | None) -> None:
    known = {"status": "ok", "score_l": 100.0, "score_q": 100.0, "required": 9, "other_language": False}
    known |= {"loop_onset": None, "words_longbench_write": 1}
    prompt = {
        "prompt": "Write.",
        "context": "，字" * 50,
        "prompt_id": "p",
    }  # LongBench-Write does not count the marks: 50
    assert dropped_by(text, prompt, known | score, filters) == name
    if name is not None:
        assert name in applied(filters)


def test_growth_needs_a_context(tmp_path: Path) -> None:
    world = World(tmp_path, {"p": [("ok", STORY, 90.0)]})
    with pytest.raises(LonghandError, match="has no context"):
        world.select(min_growth=1.2)
    assert not (world.out / "train.parquet").exists()


@pytest.mark.parametrize("samples", [(1, 2), (2, 1)])
def test_scores_are_those_of_the_responses(tmp_path: Path, samples: tuple[int, int]) -> None:
    world, other = (World(tmp_path / str(n), {"p": [("ok", STORY, 90.0)] * n}) for n in samples)
    world.scores = other.scores
    with pytest.raises(LonghandError, match="scores and responses do not hold the same rows"):
        world.select()


def plain_kept(lengths: list[int]) -> list[float]:
    """Drop-short's definition: the chance of each text to be kept, by the share of texts that are shorter."""
    shorter = {one: sum(other < one for other in lengths) for one in set(lengths)}
    return [max(0.0, 1 - 2 * (1 - shorter[one] / len(lengths)) ** 3) for one in lengths]


def test_growth_and_drop_short_on_ten_thousand_rows(tmp_path: Path) -> None:
    """1.2 x to the word, then 59.5% are kept, in each language by itself, the shortest 20.6% never."""
    rng = random.Random(13)
    prompts: dict[str, dict[str, Any]] = {}
    responses: dict[str, list[Sample]] = {}
    grown: dict[str, int] = {}
    for n in range(10_000):
        language = "en" if n % 2 else "zh"
        before, after = rng.randrange(1, 40), rng.randrange(1, 60)
        # The shorter text may have more words: characters are ranked.
        piece = "字" if language == "zh" else "ab " if n % 4 == 1 else "abcdefgh "
        prompts[f"p{n}"] = {"context": piece * before, "language": language}
        responses[f"p{n}"] = [("ok", piece * after, 50.0)]
        if after * 10 > before * 12:
            grown[f"p{n}"] = after * len(piece)
    world = World(tmp_path, responses, prompts)
    world.select(min_growth=1.2, drop_short=True)
    counts = {row["filter"]: row["left"] for row in world.rows("filters")}
    assert counts["min_growth"] == len(grown)
    kept = {row["prompt_id"] for row in world.rows("train")}
    assert kept <= grown.keys() and counts["drop_short"] == len(kept)
    for odd in (0, 1):
        names = [name for name in grown if int(name[1:]) % 2 == odd]
        chances = dict(zip(names, plain_kept([grown[name] for name in names]), strict=True))
        assert not kept & {name for name, chance in chances.items() if chance == 0}
        assert sum(chances.values()) == pytest.approx(len(kept & set(names)), abs=3 * (len(names) / 4) ** 0.5)


def test_equal_numbers_give_an_equal_picture(tmp_path: Path) -> None:
    """Texts without words and prompts without lengths are drawn as well."""
    counted = [{"order": n, "filter": name, "dropped": n, "left": 9 - n} for n, name in enumerate(("all", "no_text"))]
    pictures = []
    for required, written in (([100], [3]), ([100], [3]), ([], [0])):
        draw_selection(counted, applied({}), required, written, tmp_path / "filters.png")
        pictures.append((tmp_path / "filters.png").read_bytes())
    assert pictures[0] == pictures[1] != pictures[2]
