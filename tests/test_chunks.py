"""Chunks of texts: by a tokenizer's own tokens, or by the light one."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from longhand.program.errors import LonghandError
from longhand.text.chunks import cut

ENGLISH = "The quick brown fox jumps over the lazy dog, and nobody minds. " * 40
CHINESE = "敏捷的棕色狐狸跳过了那只懒狗，没有人在意。" * 40
HOSTILE = [
    "a" * 500,
    "😀" * 90,
    "👩‍👩‍👧‍👦🏳️‍🌈" * 30,
    "e\u0301" * 200,
    "नमस्ते दुनिया " * 30,
    "\n\n\n \t" * 100,
    "\x00\ud800\udfff𠀀𪚥" * 40,
    "１２３，。、「」 " * 50,
    "3.14159,2.71828;" * 60,
    "word",
    "字",
]


def covers(text: str, ranges: list[tuple[int, int]]) -> bool:
    return "".join(text[start:end] for start, end in ranges) == text and all(start < end for start, end in ranges)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """A byte-level tokenizer as language models have: an emoji is several tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([ENGLISH, CHINESE], trainer)
    made.enable_truncation(16)  # of a model that is to be sent no more: nothing of a context may be lost by it
    made.enable_padding(length=16)
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, ENGLISH + CHINESE, *HOSTILE])
@pytest.mark.parametrize("size", [1, 4, 128, 4096])
def test_light_chunks_cover_the_text(text: str, size: int) -> None:
    assert covers(text, cut(text, size))


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, ENGLISH + CHINESE, *HOSTILE])
@pytest.mark.parametrize("size", [1, 4, 128])
def test_chunks_of_a_tokenizer_cover_the_text(text: str, size: int, tokenizer: Path) -> None:
    assert covers(text, cut(text, size, str(tokenizer)))


def test_of_no_text_there_are_no_chunks(tokenizer: Path) -> None:
    assert cut("", 8) == cut("", 8, str(tokenizer)) == []


def test_chunks_have_as_many_tokens_as_they_may(tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    library = Tokenizer.from_file(str(tokenizer))
    library.no_truncation()
    library.no_padding()
    ranges = cut(ENGLISH + CHINESE, 32, str(tokenizer))
    offsets = library.encode(ENGLISH + CHINESE).offsets
    counts = [sum(start <= first < end for first, _ in offsets) for start, end in ranges]
    assert sum(counts) == len(offsets)
    assert max(counts) <= 32
    assert min(counts[:-1]) > 32 - 4  # no character has more than four tokens


def test_no_character_is_broken_where_published_code_breaks_it(tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    library, text = Tokenizer.from_file(str(tokenizer)), "😀🎉" * 20
    library.no_truncation()
    library.no_padding()
    ids = library.encode(text).ids
    published = [library.decode(ids[start : start + 6]) for start in range(0, len(ids), 6)]
    assert any("\ufffd" in part for part in published)
    ours = [text[start:end] for start, end in cut(text, 6, str(tokenizer))]
    assert "\ufffd" not in "".join(ours)
    assert max(len(library.encode(part).ids) for part in ours) <= 6


def test_a_character_of_more_tokens_than_a_chunk_is_a_chunk(tokenizer: Path) -> None:
    assert cut("😀😀", 2, str(tokenizer)) == [(0, 1), (1, 2)]


def test_tokens_that_a_model_adds_count_for_nothing(tokenizer: Path) -> None:
    from tokenizers import Tokenizer, processors

    ranges = cut(ENGLISH, 8, str(tokenizer))
    library = Tokenizer.from_file(str(tokenizer))
    library.add_special_tokens(["<s>"])
    pieces = [("<s>", library.token_to_id("<s>"))]
    library.post_processor = processors.TemplateProcessing(single="<s> <s> <s> $A", special_tokens=pieces)
    library.save(str(tokenizer))
    assert cut(ENGLISH, 8, str(tokenizer)) == ranges


@pytest.mark.parametrize("named", [True, False])
def test_marks_stay_with_their_letters(named: bool, tokenizer: Path) -> None:
    text = "e\u0301" * 50
    ranges = cut(text, 7, str(tokenizer) if named else None)
    assert all(text[start] == "e" for start, _ in ranges)
    assert len(ranges) > 5


def test_light_tokens_are_as_documented() -> None:
    words = [(start, end) for start, end in cut("one two three four five six", 2)]
    assert [("one two three four five six")[start:end] for start, end in words] == [
        "one two ",
        "three four ",
        "five six",
    ]
    assert [end - start for start, end in cut("12345678", 4)] == [4, 4]
    assert [end - start for start, end in cut("字" * 16, 6)] == [8, 8]  # 0.75 each
    assert [end - start for start, end in cut("ж" * 16, 4)] == [8, 8]  # 0.5 each
    assert [end - start for start, end in cut("a" * 26, 4)] == [21, 5]  # 1, and 0.2 from the seventh letter on
    assert cut("aaa " + "b" * 26, 4) == [(0, 4), (4, 25), (25, 30)], "a word that does not fit begins a chunk"
    assert [end - start for start, end in cut("," * 12, 6)] == [8, 4]  # 0.75
    assert [end - start for start, end in cut("a " * 30, 20)] == [40, 20]  # white space behind a word is free
    assert len(cut("a" + " " * 21, 2)) == 1 < len(cut("a" + " " * 22, 2))  # then 0.05
    assert [end - start for start, end in cut("a\n" * 20, 9)] == [10, 10, 10, 10]  # 0.8, but for what is behind it


def test_a_folder_names_its_tokenizer(tokenizer: Path) -> None:
    assert cut(ENGLISH, 16, str(tokenizer.parent)) == cut(ENGLISH, 16, str(tokenizer)) != cut(ENGLISH, 16)


def test_what_is_no_tokenizer_is_said(tmp_path: Path) -> None:
    for content in ("{}", "[", json.dumps({"model": {"type": "x"}}), "\udcff"):
        (tmp_path / "wrong.json").write_text(content, errors="surrogateescape")
        with pytest.raises(LonghandError, match="wrong.json is no tokenizer"):
            cut("text", 8, str(tmp_path / "wrong.json"))
    with pytest.raises(LonghandError, match="No such file"):
        cut("text", 8, str(tmp_path))


def test_a_long_context_is_cut_at_once() -> None:
    text = ENGLISH * 125  # 60,000 words
    times = []
    for _ in range(3):
        start = time.process_time()
        cut(text, 128)
        times.append(time.process_time() - start)
    assert len(text.split()) == 60_000
    assert min(times) < 2, "0.1 s on an idle core"
