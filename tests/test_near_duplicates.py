"""Near-duplicates: as the plain definition says, over texts of both languages, in memory that texts do not fill."""

from __future__ import annotations

import random
import re
import tracemalloc
from collections.abc import Iterator

import pytest

from longhand.text.near_duplicates import near_duplicates

WORDS = [f"word{n}" for n in range(3000)]
CHARACTERS = [chr(0x4E00 + n) for n in range(3000)]


def plain_shingles(text: str) -> set[tuple[str, ...]]:
    tokens = re.findall("[\u4e00-\u9fff]|[a-z0-9]+", text.lower())
    return {tuple(tokens[i : i + 3]) for i in range(len(tokens) - 2)}


def plain_jaccard(one: str, other: str) -> float:
    a, b = plain_shingles(one), plain_shingles(other)
    return len(a & b) / len(a | b)


def plain_near_duplicates(texts: list[str], threshold: float) -> list[int | None]:
    """Of each text the first kept one before it that is as near."""
    kept: list[int] = []
    originals: list[int | None] = []
    for number, text in enumerate(texts):
        originals.append(next((one for one in kept if plain_jaccard(text, texts[one]) >= threshold), None))
        if originals[-1] is None:
            kept.append(number)
    return originals


def family(rng: random.Random, alphabet: list[str], gap: str, changes: tuple[float, ...]) -> list[str]:
    """A text and versions of it in which that share of tokens is another."""
    tokens = rng.choices(alphabet, k=rng.randrange(60, 400))
    return [gap.join(rng.choice(alphabet) if rng.random() < share else one for one in tokens) for share in changes]


@pytest.mark.parametrize("threshold", [0.35, 0.7, 0.95, 1.0])
def test_near_duplicates_are_those_of_the_plain_definition(threshold: float) -> None:
    """Families with 0 to 60% of their tokens changed; with 3% changed, 83% of shingles are left in both."""
    rng = random.Random(5)
    changes = (0.0, 0.0, 0.003, 0.03, 0.3, 0.6)
    texts = [text for _ in range(15) for text in family(rng, WORDS, " ", changes)]
    texts += [text for _ in range(15) for text in family(rng, CHARACTERS, "", changes)]
    rng.shuffle(texts)
    expected = plain_near_duplicates(texts, threshold)
    assert 30 <= sum(one is not None for one in expected) <= 150
    originals = list(near_duplicates(texts, threshold))
    wrong = [n for n, pair in enumerate(zip(originals, expected, strict=True)) if pair[0] != pair[1]]
    assert not wrong, [(originals[n], expected[n]) for n in wrong]


def test_marks_case_width_and_space_do_not_count() -> None:
    """A plain comparison of words would keep each of these."""
    pairs = [
        ("Write a story about two cats.", "write a STORY\nabout  two “cats”"),
        ("写一个关于猫的故事", "写一个,关于猫的故事。"),
        ("写1000字关于猫的故事", "写１０００字关于猫的故事！"),
        ("Hi", "hi!"),
        ("", " \n"),
        ("", "?!"),
    ]
    for pair in pairs:
        assert list(near_duplicates(pair, 1.0)) == [None, 0], pair


def test_different_texts_stay() -> None:
    texts = ["hi", "ha", "", "hi ha", "ha hi", "写猫", "写狗", "write 猫", "\ud800 half", "half \udfff of it"]
    assert list(near_duplicates(texts, 0.7)) == [None] * len(texts)


def test_the_original_is_the_first_text_that_is_kept() -> None:
    """The third is near the second, which is dropped itself, and not near the first."""
    tokens = WORDS[:100]
    near = [*tokens[:94], *WORDS[200:206]]  # 92 of 104 shingles: 0.88
    far = [*WORDS[300:306], *near[6:]]  # 86 of 110 with the first: 0.78
    texts = [" ".join(one) for one in (tokens, near, far, far, tokens)]
    assert plain_jaccard(texts[0], texts[1]) == 92 / 104 and plain_jaccard(texts[0], texts[2]) == 86 / 110
    assert plain_jaccard(texts[1], texts[2]) > 0.85
    assert list(near_duplicates(texts, 0.85)) == [None, 0, None, 2, 0]


def test_texts_are_not_kept() -> None:
    """30 texts of 20,000 words are 4 MB, their shingles 4.8 MB."""

    def texts() -> Iterator[str]:
        rng = random.Random(3)
        for _ in range(30):
            yield " ".join(f"{rng.randrange(10**6):x}" for _ in range(20_000))

    list(near_duplicates(["warm up"], 0.7))
    tracemalloc.start()
    held = []
    for original in near_duplicates(texts(), 0.7):
        assert original is None
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[-1] - held[0] < 0.4e6, held
