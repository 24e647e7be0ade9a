"""The demo's author: text of a requested length about nothing much, in English or Chinese."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from longhand.demo.draws import generator_for
from longhand.demo.ngram import bundled_model
from longhand.demo.requested import requested_words
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

DEFAULT_WORDS = 400
"""The length of a text for a prompt that states none."""
SPREAD = 0.15
"""Standard deviation of the logarithm of written over requested words."""
SPREAD_AT_LIMIT = 0.05
"""The same about the model's limit, where its texts end whatever was asked for."""

_READ = 100_000
"""Characters at either end of a prompt that are searched for a length and for topics."""
_TOPICS = 40
_NAMED_SHARE = 0.15
"""Share of sentences that name a topic of the prompt: the one way in which a text is about its subject."""
_PARAGRAPH_SENTENCES = (3, 7)

_ENGLISH_TOPIC = re.compile(r"\b[a-z]{5,20}\b")
_NO_TOPIC = frozenset(
    """about above after again along article around based because before being between chapter characters essay
    every explain first following given include later least length might other paper people piece please report
    should speech story style their there these thing things those through under using where which while whose
    within without words would write writing""".split()
)
# Without a word list, the topics of a Chinese prompt are what is left between marks and common little words.
_NOT_IN_TOPIC = re.compile(
    "[^\u4e00-\u9fff]|[的了在是和与及请写篇个关于以为对从到把将让向里不字约左右一段份我你他她它们要用给有百千万]"
)
_OPENINGS = {
    "en": ("As for {}, ", "Here too one thinks of {}, and ", "It is the same with {}: ", "With {} in mind, "),
    "zh": ("说到{}，", "想到{}的时候，", "{}也是这样，", "谈起{}，"),
}


@dataclass(frozen=True)
class WritingTask:
    """What a writer takes from a prompt: its language, the words that it wants, what it is about."""

    language: str
    words: int
    topics: list[str]


@lru_cache(16)  # the samples of a prompt come close together
def read_writing_task(prompt: str) -> WritingTask:
    """Reads a prompt, of a very long one the two ends."""
    read = prompt if len(prompt) <= 2 * _READ else f"{prompt[:_READ]}\n{prompt[-_READ:]}"
    language = language_of(read)
    return WritingTask(language, requested_words(read) or DEFAULT_WORDS, topics_of(read, language))


@dataclass(frozen=True)
class Writer:
    """A deterministic author with a limit.

    Args:
        seed: of the engine; another seed is another author.
        model: the served name; two models with one seed write different texts.
        max_words: the length past which the author runs out of things to say.
        loop_share: share of paragraphs, 0-1, that repeat an earlier one of the same text, as long outputs may do.
    """

    seed: int
    model: str
    max_words: int
    loop_share: float = 0.0

    def write(self, prompt: str, *key: object, needed: int | None = None) -> str:
        """A text in the language of `prompt`, of about the length that it states.

        Args:
            prompt: the request; language, length and topics are read from it.
            key: what else the text shall depend on (JSON values), such as a seed and a choice index.
            needed: words that the caller will keep. The text may end after so many, but begins as it would without.
        """
        draw = self.draw("writer", prompt, *key)
        task = read_writing_task(prompt)
        return self.compose(task, self.target(task.words, draw), draw, needed)

    def draw(self, kind: str, *key: object) -> random.Random:
        """Random numbers of this author for a kind of text and what else it shall depend on (JSON values)."""
        return generator_for(kind, self.seed, self.model, *key)

    def target(self, words: int, draw: random.Random) -> float:
        """The words that a text gets of which so many are wanted."""
        wanted = words * math.exp(SPREAD * draw.gauss(0, 1))
        return min(wanted, self.limit(draw))

    def limit(self, draw: random.Random) -> float:
        """The words past which a text does not grow."""
        return self.max_words * math.exp(SPREAD_AT_LIMIT * draw.gauss(0, 1))

    def compose(self, task: WritingTask, target: float, draw: random.Random, needed: int | None = None) -> str:
        """A text of about `target` words, which the task's own do not decide; `needed` is as for `write`."""
        text: list[list[str]] = []
        words = 0
        for paragraph in self._paragraphs(task, draw):
            text.append([])
            for sentence in paragraph:
                more = count_longbench_write(sentence)
                # The text ends at the sentence that is nearest to the target.
                if words and words + more - target > target - words:
                    return _join(text, task.language)
                text[-1].append(sentence)
                words += more
                if words >= target or (needed is not None and words >= needed):
                    return _join(text, task.language)
        raise AssertionError("paragraphs never end")

    def _paragraphs(self, task: WritingTask, draw: random.Random) -> Iterator[list[str]]:
        model, forms = bundled_model(task.language), _OPENINGS[task.language]
        written: list[list[str]] = []
        while True:
            if written and draw.random() < self.loop_share:
                yield written[int(draw.random() * len(written))]
                continue
            shortest, longest = _PARAGRAPH_SENTENCES
            paragraph = []
            for _ in range(shortest + int(draw.random() * (longest + 1 - shortest))):
                opening = ""
                if task.topics and draw.random() < _NAMED_SHARE:
                    topic = task.topics[int(draw.random() * len(task.topics))]
                    opening = forms[int(draw.random() * len(forms))].format(topic)
                paragraph.append(model.join(model.sentence(draw), opening))
            written.append(paragraph)
            yield paragraph


def _join(text: list[list[str]], language: str) -> str:
    between = " " if language == "en" else ""
    return "\n\n".join(between.join(paragraph) for paragraph in text if paragraph)


def topics_of(prompt: str, language: str) -> list[str]:
    """Up to 40 different words of the prompt that may be its subject, in their order."""
    if language == "zh":
        topics = [piece for piece in _NOT_IN_TOPIC.split(prompt) if 2 <= len(piece) <= 8]
    else:
        topics = [word for word in _ENGLISH_TOPIC.findall(prompt) if word not in _NO_TOPIC]
    return list(dict.fromkeys(topics))[:_TOPICS]
