"""What the user says in fine-tuning data: the prompt as it was asked, alone, or in the template of an extender."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from training_world import Sample, World

from longhand.preferences.questions import drop_lines, question_of
from longhand.program.errors import LonghandError

TEMPLATES = {"en": "Extend.\n{instruction}\n---\n{text}\n---", "zh": "请扩写。\n{instruction}\n{text}"}


def extend(share: float = 0.2, seed: int = 1) -> dict[str, Any]:
    return {"kind": "extend", "templates": TEMPLATES, "dropped_lines": share, "seed": seed}


def test_a_question_is_whole_the_prompt_or_a_template(tmp_path: Path) -> None:
    prompts = {"p": {"prompt": "Write {text} of $PLAN$.", "context": "One.\n\nTwo.", "language": "zh"}}
    world = World(tmp_path, {"p": [("ok", "An answer.", 90.0)]}, prompts)
    questions = {}
    for question in ({"kind": "whole"}, {"kind": "prompt"}, extend(0)):
        world.question = question
        world.select()
        (row,) = world.rows("train")
        assert row["language"] == "zh" and row["messages"][1] == {"role": "assistant", "content": "An answer."}
        questions[question["kind"]] = row["messages"][0]
    assert {kind: message["content"] for kind, message in questions.items()} == {
        "whole": "One.\n\nTwo.\n\nWrite {text} of $PLAN$.",
        "prompt": "Write {text} of $PLAN$.",
        "extend": "请扩写。\nWrite {text} of $PLAN$.\nOne.\n\nTwo.",
    }
    assert {message["role"] for message in questions.values()} == {"user"}


def test_an_extender_needs_a_text_to_extend(tmp_path: Path) -> None:
    world = World(tmp_path, {"p": [("ok", "An answer.", 90.0)]})
    world.question = extend()
    with pytest.raises(LonghandError, match="'p' has no context, which `question: extend` asks to extend"):
        world.select()


def test_a_fifth_of_the_lines_of_ten_thousand_rows_is_dropped(tmp_path: Path) -> None:
    """Each line by itself: 20% of all, as many of the first as of the last, in pairs 4%, the order kept."""
    lines = 8
    prompts = {f"p{n}": {"context": "\n".join(f"{n}.{line}" for line in range(lines))} for n in range(10_000)}
    responses: dict[str, list[Sample]] = {name: [("ok", "An answer.", 90.0)] for name in prompts}
    world = World(tmp_path, responses, prompts)
    world.question = extend()
    world.select()
    left = []
    for n, row in enumerate(world.rows("train")):
        shown = row["messages"][0]["content"].split("\n---\n")[1].removesuffix("\n---").split("\n")
        numbers = [int(line.removeprefix(f"{n}.")) for line in shown]
        assert numbers == sorted(set(numbers)) and set(numbers) <= set(range(lines))
        left.append(set(numbers))
    assert len(left) == 10_000
    for line in range(lines):  # a share of 0.2 has a standard deviation of 0.004 over 10,000 rows
        assert sum(line not in one for one in left) / 10_000 == pytest.approx(0.2, abs=0.016)
    both = sum(not one & {0, 1} for one in left) / 10_000
    assert both == pytest.approx(0.04, abs=0.008), "each line by itself"
    everything = sum(len(one) == lines for one in left) / 10_000
    assert everything == pytest.approx(0.8**lines, abs=0.016)


def test_dropped_lines_are_drawn_by_seed_prompt_and_sample() -> None:
    row = {"prompt": "Write.", "context": "\n".join(map(str, range(40))), "language": "en", "prompt_id": "p"}
    first = question_of(row, 0, extend(0.5))
    assert first == question_of(dict(row), 0, extend(0.5))
    others = [
        question_of(row, 1, extend(0.5)),
        question_of(row, 0, extend(0.5, seed=2)),
        question_of(row | {"prompt_id": "q"}, 0, extend(0.5)),
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("text", ["", "one line", "\n\n", "a\n\nb"])
def test_a_text_never_loses_all_that_it_says(text: str) -> None:
    assert drop_lines(text, 1.0, "key") == text
    kept = [drop_lines(text, 0.5, str(key)) for key in range(50)]
    assert all(part.strip() for part in kept) == bool(text.strip())
    assert drop_lines(text, 0.0, "key") == text


def test_lines_end_at_line_feeds_only() -> None:
    rng = random.Random(2)
    lines = [f"{n} \u2028 {rng.random()} \x85 \x0b" for n in range(200)]
    kept = drop_lines("\n".join(lines), 0.2, "key").split("\n")
    assert set(kept) < set(lines) and 130 < len(kept) < 185
