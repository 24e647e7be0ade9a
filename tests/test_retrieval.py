"""Which passages are nearest to a statement, compared with formulas that are worked out in the test."""

from __future__ import annotations

import asyncio
import math
import random
import re
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from longhand.judging.retrieval import TEXTS, bm25_of, embedded_of
from longhand.text.terms import terms_of
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered
from longhand.wire.vectors import encode

WORDS = "river bridge stone water mill tax grain road king winter harvest law ship rope salt".split()
CHARACTERS = "河桥石水磨税粮路王冬收法船绳盐"


def nearest(retriever: object, statement: str, number: int) -> list[int]:
    return asyncio.run(retriever.nearest([statement], number))[0]  # type: ignore[attr-defined]


def by_hand(passages: Sequence[list[str]], query: list[str]) -> list[float]:
    """BM25 (Robertson and Zaragoza 2009, with Lucene's idf), k1 1.5, b 0.75."""
    mean = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        total = 0.0
        for token in query:
            holding = sum(token in other for other in passages)
            if not holding:
                continue
            idf = math.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
            times = passage.count(token)
            total += idf * times / (times + 1.5 * (1 - 0.75 + 0.75 * len(passage) / mean))
        scores.append(total)
    return scores


def best(scores: Sequence[float], number: int) -> list[int]:
    ranked = sorted(range(len(scores)), key=lambda place: (-round(scores[place], 12), place))
    return sorted(ranked[:number])


@pytest.mark.parametrize("chinese", [False, True])
def test_bm25_is_the_formula(chinese: bool) -> None:
    draw = random.Random(7)
    if chinese:
        passages = ["".join(draw.choices(CHARACTERS, k=draw.randint(3, 25))) for _ in range(40)]
        tokens = [[a + b for a, b in zip(one, one[1:], strict=False)] for one in passages]
    else:
        passages = [" ".join(draw.choices(WORDS, k=draw.randint(1, 12))) for _ in range(40)]
        tokens = [one.split() for one in passages]
    retriever = bm25_of(passages)
    for number in (1, 5, 40, 50):
        for _ in range(20):
            query = draw.choices(CHARACTERS if chinese else WORDS, k=5)
            text = "".join(query) if chinese else " ".join(query)
            pairs = [a + b for a, b in zip(query, query[1:], strict=False)] if chinese else query
            assert nearest(retriever, text, number) == best(by_hand(tokens, pairs), number)


def test_terms_are_words_and_pairs_of_chinese_characters() -> None:
    assert terms_of("GPT-4模型很好 STRASSE, Straße_x2") == [
        *("gpt", "4", "模型", "型很", "很好", "strasse", "strasse", "x2")
    ]
    assert terms_of("中 a") == ["中", "a"]
    assert terms_of("𠀀𠀁㐀") == ["𠀀𠀁", "𠀁㐀"]
    assert terms_of("、。!? _ \n") == []


def test_ties_go_to_the_first_in_the_document() -> None:
    retriever = bm25_of(["red fish", "blue", "red fish", "red fish"])
    assert nearest(retriever, "fish", 2) == [0, 2]
    assert nearest(retriever, "", 2) == nearest(retriever, "unheard", 2) == nearest(retriever, "。", 2) == [0, 1]


def test_passages_without_a_word_are_no_crash() -> None:
    assert nearest(bm25_of(["...", "—"]), "red", 5) == [0, 1]
    assert nearest(bm25_of([]), "red", 5) == []


def test_what_is_nearest_does_not_depend_on_the_process() -> None:
    program = (
        "import asyncio; from longhand.judging.retrieval import bm25_of\n"
        "texts = [f'a{n % 7} b{n % 5} c{n % 3} common' for n in range(60)]\n"
        "print(asyncio.run(bm25_of(texts).nearest(['a1 b2 c0 common', 'common c2 a6'], 5)), end='')"
    )
    results = set()
    for seed in ("1", "2"):
        run = [sys.executable, "-c", program]
        done = subprocess.run(
            run, capture_output=True, text=True, env={"PYTHONPATH": "scripts", "PYTHONHASHSEED": seed}
        )
        assert done.stderr == ""  # no progress bar
        results.add(done.stdout)
    assert len(results) == 1
    assert re.fullmatch(r"\[\[\d+(, \d+){4}\], \[\d+(, \d+){4}\]\]", results.pop())


class Embedder(Asker):
    """Gives each text a vector that its hash draws; `calls` are what was asked."""

    def __init__(self, dimensions: int = 24):
        self.name, self.identity = "stand-in", Identity("openai", "e", api="embeddings")
        self.calls: list[Call] = []
        self.dimensions = dimensions

    def vector(self, text: str) -> np.ndarray:
        return np.random.default_rng(list(text.encode())).normal(size=self.dimensions) * 50

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        text = encode(np.array([self.vector(message["content"]) for message in call.messages]))
        return Answer("0" * 64, text, None, 1, None, 0.1, 1)


def test_embeddings_are_by_cosine() -> None:
    embedder, passages = Embedder(), [f"passage {n}" for n in range(150)]
    retriever, statements = embedded_of(embedder, passages), [f"statement {n}" for n in range(9)]

    async def both() -> list[list[list[int]]]:
        return list(await asyncio.gather(retriever.nearest(statements, 5), retriever.nearest(statements[:1], 5)))

    results, again = asyncio.run(both())
    for statement, places in zip(statements, results, strict=True):
        wanted = embedder.vector(statement)
        cosines = []
        for passage in passages:
            vector = embedder.vector(passage)
            cosines.append(float(wanted @ vector / math.sqrt((wanted @ wanted) * (vector @ vector))))
        assert places == best(cosines, 5)
    assert again == results[:1]
    sent = [
        [message["content"] for message in call.messages] for call in embedder.calls if call.step == "embed_passages"
    ]
    assert [len(part) for part in sent] == [TEXTS, TEXTS, 150 - 2 * TEXTS]  # once, whoever comes first
    assert sum(sent, []) == passages
    assert [len(call.messages) for call in embedder.calls if call.step == "embed_statements"] == [9, 1]


def test_equal_passages_are_equally_near() -> None:
    retriever = embedded_of(Embedder(7), ["x", "same", "y", "same", "same"] * 30)
    assert nearest(retriever, "same", 4) == [1, 3, 4, 6]
    assert nearest(embedded_of(Embedder(), []), "same", 4) == []
    assert asyncio.run(retriever.nearest([], 4)) == []


def test_vectors_that_do_not_fit_are_no_answer() -> None:
    embedder = Embedder()
    retriever = embedded_of(embedder, ["a", "b"])
    nearest(retriever, "c", 1)
    embedder.dimensions = 8
    with pytest.raises(Unanswered, match="8 numbers, those of the passages 24"):
        nearest(retriever, "d", 1)


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        (encode(np.eye(3)), "stand-in has 3 vectors in the journal for 2 texts"),
        ("4:%%%", "answers of stand-in in the journal: these are no vectors"),
    ],
)
def test_what_a_damaged_journal_has_is_no_answer(kept: str, error: str) -> None:
    class Damaged(Embedder):
        async def answer(self, call: Call) -> Answer:
            return Answer("0" * 64, kept, None, 1, None, 0.1, 1)

    with pytest.raises(Unanswered, match=error):
        nearest(embedded_of(Damaged(), ["a", "b"]), "c", 1)
