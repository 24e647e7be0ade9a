"""Prompts over a model's window lose their middle: by its own tokenizer, and in what is asked, stored and planned."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import pytest
from scripted import Scripted, prompt

from longhand.config.load import load_config
from longhand.jobs.method import GENERATE
from longhand.jobs.roles import asks_of
from longhand.methods.direct import Method
from longhand.program.errors import LonghandError
from longhand.text.middle import without_middle
from longhand.wire.replies import Unanswered


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level tokenizer without merges: each byte is a token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: n for n, letter in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    path = tmp_path_factory.mktemp("model") / "tokenizer.json"
    made.save(str(path))
    return path


TEXT = "One 两千三百 of the ✈️ words, e\u0301a👩‍🚀b, 水. "


def expected(text: str, most: int) -> str:
    """By bytes: the most whole characters of each end that fit into half of the tokens, marks with what they mark."""
    stays: list[str] = []
    for character in text:
        joined = bool(stays) and (character in "\u0301\ufe0f\u200d" or stays[-1].endswith("\u200d"))
        stays = [*stays[:-1], stays[-1] + character] if joined else [*stays, character]

    def fitting(parts: list[str], size: int) -> int:
        number = 0
        while number < len(parts) and len("".join(parts[: number + 1]).encode()) <= size:
            number += 1
        return number

    head = fitting(stays, most // 2)
    tail = fitting([part[::-1] for part in reversed(stays)], most - most // 2)
    return "".join(stays[:head]) + "".join(stays[len(stays) - tail :])


def test_both_ends_stay_and_no_character_breaks(tokenizer: Path) -> None:
    text = TEXT * 3
    size = len(text.encode())
    for most in range(2, size):
        cut, tokens = without_middle(text, most, str(tokenizer))
        assert cut == expected(text, most), most
        assert tokens == size - len(cut.encode()) and len(cut.encode()) <= most
    assert without_middle(text, size, str(tokenizer)) == (text, 0)


def test_as_published_by_a_tokenizer_of_words(tmp_path: Path) -> None:
    """32,000 tokens of each end, as LongReward's code has them: decoded, its two ends are these."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = [f"w{n}" for n in range(500)]
    made = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="w0"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(tmp_path / "tokenizer.json"))
    draws = random.Random(3)
    drawn = draws.choices(words, k=70_001)
    cut, tokens = without_middle(" ".join(drawn), 64_000, str(tmp_path / "tokenizer.json"))
    assert (cut.split(), tokens) == (drawn[:32_000] + drawn[-32_000:], 6_001)


def test_only_what_is_over_is_asked_in_another_way(tokenizer: Path) -> None:
    settings = {"input": {"most": 30, "tokenizer": str(tokenizer)}}
    short, long = prompt(prompt_id="s", context="A text."), prompt(prompt_id="l", context="A text. " * 9)
    ids = []
    for method in (Method({}), Method(settings)):
        asker = Scripted(lambda call: "Fine.")
        rows = [row for each in (short, long) for row in asyncio.run(method.make({"writer": asker}, each))]
        ids.append([row["request_id"] for row in rows])
    assert ids[0][0] == ids[1][0] and ids[0][1] != ids[1][1]
    assert [row["cut_tokens"] for row in rows] == [None, 8 * 9 + 2 + 6 - 30]
    assert asker.contents == ["A text.\n\nWrite.", "A text. A text. text. \n\nWrite."]
    (row,) = asyncio.run(Method(settings).make({"writer": Scripted(lambda call: Unanswered("failed", "x", 1))}, long))
    assert (row["status"], row["cut_tokens"]) == ("failed", 50)


def asks(**settings: object) -> dict:
    entry = {"backend": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "m", **settings}
    config = load_config({"models": {"m": entry}})
    return json.loads(asks_of(GENERATE, config.models["m"], config.askable))["settings"]


def test_the_setting_decides_what_is_asked_and_is_absent_where_it_is_not_set(tokenizer: Path) -> None:
    assert asks() == {"samples": 1}
    limited = asks(max_input_tokens=30, tokenizer=str(tokenizer.parent))
    assert limited["input"]["most"] == 30 and limited["input"]["tokenizer"] == str(tokenizer)
    of_vllm = asks(backend="vllm", model=str(tokenizer.parent), max_input_tokens=30)
    assert of_vllm == limited, "a local folder brings its own tokenizer"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_input_tokens": 30}, r"counts tokens, and names no tokenizer \(config models.m"),
        ({"max_input_tokens": 30, "tokenizer": "absent"}, "there is no tokenizer 'absent'"),
        ({"tokenizer": "FOLDER"}, "`tokenizer` is for max_input_tokens"),
        ({"max_input_tokens": 30, "tokenizer": "FOLDER", "method": "agentwrite"}, "of method direct"),
        (
            {"max_input_tokens": 90, "tokenizer": "FOLDER", "backend": "vllm", "engine": {"max-model-len": 100}}
            | {"sampling": {"max_tokens": 11}},
            "max_input_tokens 90 and max_tokens 11 are over max-model-len 100",
        ),
    ],
)
def test_settings_that_cut_nothing_or_would_not_fit(tokenizer: Path, settings: dict, message: str) -> None:
    named = {key: str(tokenizer.parent) if value == "FOLDER" else value for key, value in settings.items()}
    with pytest.raises(LonghandError, match=message):
        asks(**named)
