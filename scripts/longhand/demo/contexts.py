"""Writes the dataset longhand-contexts: questions about texts that the demo engine's n-grams made up.

    PYTHONPATH=scripts python -m longhand.demo.contexts --out resources/datasets/longhand-contexts.jsonl

Each text goes through several subjects, a section each; its question is about two of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from longhand.demo.draws import generator_for
from longhand.demo.tasks.instructions import subjects_of
from longhand.demo.writer import Writer, WritingTask
from longhand.program.command import run
from longhand.tables.files import Row

_CONTEXTS = {"en": 12, "zh": 8}
_SECTIONS = 6
_SECTION_WORDS = {"en": 90, "zh": 140}
_QUESTIONS = {
    "en": (
        "What does the text say about {0}, and what about {1}? Answer in about 100 words.",
        "How do {0} and {1} hang together, going by the text? Answer in about 100 words.",
        "Someone who has not read the text asks about {0} and {1}. Tell them in about 100 words.",
    ),
    "zh": (
        "文中是怎样讲{0}的？关于{1}又说了些什么？请用160字左右回答。",
        "根据这篇文章，{0}和{1}有什么联系？请用160字左右回答。",
        "有人没有读过这篇文章，想知道其中关于{0}和{1}的内容。请用160字左右告诉他。",
    ),
}


def context_rows() -> Iterator[Row]:
    """The rows of the dataset: `prompt`, `context`."""
    writer = Writer(seed=0, model="longhand-contexts", max_words=10_000)
    for language, number in _CONTEXTS.items():
        for context in range(number):
            draw = writer.draw("context", language, context)
            subjects = draw.sample(subjects_of(language), _SECTIONS)
            words = _SECTION_WORDS[language]
            sections = [
                writer.compose(
                    WritingTask(language, words, [subject]), words, generator_for(language, context, subject)
                )
                for subject in subjects
            ]
            question = _QUESTIONS[language][context % len(_QUESTIONS[language])]
            yield {"prompt": question.format(*draw.sample(subjects, 2)), "context": "\n\n".join(sections)}


def main(*, out: Path) -> None:
    """Writes the rows as JSON lines."""
    lines = (json.dumps(row, ensure_ascii=False) for row in context_rows())
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    run(main)
