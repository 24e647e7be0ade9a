"""The demo's judge: replies in the format that is asked for, with scores from text statistics.

It knows three kinds of judge request: one with a JSON schema as `response_format`, one whose prompt ends with an
example of the reply such as `{"Analysis": "...", "Relevance": ...}`, and one with the form of a reply by criteria.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longhand.demo.draws import fingerprint, generator_for
from longhand.demo.items import reply_form_of
from longhand.demo.measures import Measures, measure, qualities

_TAIL = 2000
"""Characters at the end of a prompt in which the example of a reply is looked for."""
_EXAMPLE = re.compile(r"\{[^{}]{1,2000}\}")
_PLACEHOLDER = re.compile(r"\"([^\"\n]{1,80})\"\s{0,4}:\s{0,4}(\"?)(?:\.{3}|…{1,2}|<[^<>\n]{1,40}>)\"?")
_TEXT_FIELD = re.compile(r"analy|reason|comment|explan|thought|justif|critique|feedback|summary|分析|理由|评语", re.I)
_SCALE = re.compile(
    r"(?:between|from)\s(\d{1,3})\s(?:and|to)\s(\d{1,3})\b|(\d{1,3})\s?[到至~–-]\s?(\d{1,3})\s?分", re.I
)
_DEFAULT_SCALE = (1, 5)
_SCORE = "score"

_DEEPEST, _MOST_VALUES = 8, 2000
"""Levels and values of a schema that are filled; what lies beyond is null, as references may go round in circles."""
_STRICTNESS = 0.85
"""A text that is good in all that is measured gets so much on a quality of 0-1: it makes little sense, after all."""
_OWN_TASTE = 0.20
"""Half the width of what a text gets for its own sake, per dimension, on a quality of 0-1: statistics see little."""
_MOOD = 0.10
"""Standard deviation at temperature 1, likewise, of what differs between repeated questions."""

_WEIGHTS: dict[str, dict[str, float]] = {
    "relevance": {"topic": 3, "freshness": 1, "depth": 1},
    "accuracy": {"freshness": 2, "sentences": 1, "variety": 1, "topic": 1},
    "coherence": {"freshness": 2, "layout": 2, "topic": 1, "sentences": 1},
    "consistency": {"freshness": 2, "layout": 1, "sentences": 1},
    "clarity": {"sentences": 3, "layout": 1, "freshness": 1},
    "breadth and depth": {"depth": 3, "variety": 2, "topic": 1},
    "reading experience": {"rhythm": 2, "layout": 1, "variety": 1, "freshness": 1},
    "creativity": {"variety": 3, "rhythm": 1},
    "engagement": {"rhythm": 2, "variety": 1, "topic": 1},
    "completeness": {"topic": 4, "depth": 1},
}
"""How much each quality of `measures.qualities` counts for a dimension. Others weigh all alike."""


@dataclass(frozen=True)
class Field:
    """One entry of a reply after an example: a score or a text."""

    name: str
    is_text: bool


def reply_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema that a request wants its reply to fit, in OpenAI's form or vLLM's; None without one."""
    wanted = body.get("response_format")
    if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema":
        inner = wanted.get("json_schema")
        schema = inner.get("schema") if isinstance(inner, Mapping) else None
    else:
        constraint = body.get("structured_outputs")
        schema = constraint.get("json") if isinstance(constraint, Mapping) else None
    return schema if isinstance(schema, Mapping) else None


def example_of(prompt: str) -> list[Field]:
    """The entries of the last example of a reply in the end of a judge's prompt; empty where there is none.

    The judged text, wherever it stands, is not searched.
    """
    for example in reversed(_EXAMPLE.findall(judged_parts(prompt)[2][-_TAIL:])):
        fields = [Field(m[1], bool(m[2]) or bool(_TEXT_FIELD.search(m[1]))) for m in _PLACEHOLDER.finditer(example)]
        if any(not field.is_text for field in fields):
            return fields
    return []


def is_judging(prompt: str) -> bool:
    """Whether a prompt asks for a verdict in one of the forms that the judge knows."""
    return reply_form_of(judged_parts(prompt)[2]) is not None or bool(example_of(prompt))


def judged_parts(prompt: str) -> tuple[str, str, str]:
    """Request, response and everything else of a judge's prompt.

    The response stands between `<Response>` and `</Response>`, the request between `<Request>` or
    `<User Request>` and its end. Without these tags the whole prompt is judged.
    """
    # The first opening and the last end: a response may hold such tags itself. Tags with a line of their own go
    # first, since instructions may mention them in running text.
    start, end = _tag(prompt, "<Response>"), prompt.rfind("</Response>")
    if start < 0 or end < start:
        return "", prompt, prompt
    before, response, after = prompt[:start], prompt[start + len("<Response>") : end], prompt[end:]
    for name in ("Request", "User Request"):
        start, end = _tag(before, f"<{name}>"), before.rfind(f"</{name}>")
        if 0 <= start < end:
            request = before[start + len(name) + 2 : end]
            return request.strip(), response.strip(), before[:start] + before[end:] + after
    return "", response.strip(), before + after


def _tag(text: str, tag: str) -> int:
    own_line = text.find(f"\n{tag}\n")
    return own_line + 1 if own_line >= 0 else text.find(tag)


@dataclass(frozen=True)
class Judge:
    """A deterministic judge.

    Args:
        seed: of the engine; another seed is a judge of another taste.
        model: the served name; so is another name.
    """

    seed: int
    model: str

    def reply(self, prompt: str, schema: Mapping[str, Any] | None, temperature: float, *key: object) -> str:
        """The verdict as one JSON object.

        Args:
            prompt: the whole judge request.
            schema: what the reply has to fit; None: the example at the end of `prompt`.
            temperature: above 0, scores vary a little with `key`.
            key: what tells repeated questions apart (JSON values), such as a seed and a choice index.
        """
        request, response, instructions = judged_parts(prompt)
        measures = measure(request, response)
        verdict = _Verdict(self, measures, fingerprint(response), _scale(instructions), temperature, key)
        verdict.question = fingerprint(instructions)
        if schema is not None:
            return json.dumps(verdict.fill(schema, schema, "", 0), ensure_ascii=False)
        if (form := reply_form_of(instructions)) is not None:
            return json.dumps(form.reply(verdict.analysis, verdict.item), ensure_ascii=False)
        entries = {
            f.name: verdict.analysis if f.is_text else verdict.score(verdict.named(f.name, ""))
            for f in example_of(prompt)
        }
        return json.dumps(entries, ensure_ascii=False)

    def grade(
        self, request: str, response: str, dimension: str, scale: tuple[int, int], temperature: float, *key: object
    ) -> tuple[int, str]:
        """One score of a response, and an analysis; `temperature` and `key` as for `reply`.

        Args:
            request: what the words of a response on its topic are held against.
            response: the judged text.
            dimension: what is graded.
            scale: lowest and highest score.
        """
        verdict = _Verdict(self, measure(request, response), fingerprint(response), scale, temperature, key)
        return verdict.score(dimension), verdict.analysis


class _Verdict:
    """One judgement of one text."""

    def __init__(
        self, judge: Judge, measures: Measures, text: str, scale: tuple[int, int], temperature: float, key: object
    ):
        self._judge, self._text, self._scale, self._temperature, self._key = judge, text, scale, temperature, key
        self._qualities = qualities(measures)
        self.question = ""
        self._filled = 0
        self._empty = measures.words == 0
        m = measures
        self.analysis = (
            f"The demo judge, which is no language model, counts {m.words} words, "
            f"{m.paragraphs} paragraph{'' if m.paragraphs == 1 else 's'}, {m.overlap:.0%} of the words of the request, "
            f"a type-token ratio of {m.variety:.2f}, {m.sentence_words:.0f} words a sentence, "
            f"{m.repeated_sentences:.0%} repeated sentences and {m.repeated_grams:.0%} repeated 13-grams."
        )

    def quality(self, dimension: str) -> float:
        """How good the text is in a dimension, 0-1."""
        if self._empty:
            return 0.0
        weights = _WEIGHTS.get(dimension.strip().lower()) or dict.fromkeys(self._qualities, 1.0)
        counted = sum(self._qualities[name] * weight for name, weight in weights.items()) / sum(weights.values())
        taste = generator_for("taste", self._judge.seed, self._judge.model, self._text, dimension).uniform(-1, 1)
        mood = 0.0
        if self._temperature > 0:
            draw = generator_for("mood", self._judge.seed, self._judge.model, self._text, dimension, self._key)
            mood = draw.gauss(0, 1) * min(self._temperature, 2.0)
        return min(max(_STRICTNESS * counted + _OWN_TASTE * taste + _MOOD * mood, 0.0), 1.0)

    def score(self, dimension: str, low: float | None = None, high: float | None = None) -> int:
        """A whole number on the scale of the prompt, or from `low` to `high`."""
        lowest = round(self._scale[0] if low is None else low)
        highest = round(self._scale[1] if high is None else high)
        return lowest + round(self.quality(dimension) * max(highest - lowest, 0))

    def item(self, number: str, scores: Sequence[float]) -> float:
        """One of several scores, from the lowest, of a numbered item."""
        score: float = self._choice(self.named(_SCORE, number), scores)
        return score

    def named(self, key: str, number: str) -> str:
        """What a key of the reply is a score of; a `score` without a name of its own is of its question's item."""
        return f"{number} {self.question}" if key == _SCORE else key

    def _choice(self, name: str, options: Sequence[Any]) -> Any:
        return options[round(self.quality(name) * (len(options) - 1))]

    def fill(self, schema: Any, root: Mapping[str, Any], name: str, depth: int) -> Any:
        """A value that fits `schema`, the part of `root` under the property `name`."""
        self._filled += 1
        if not isinstance(schema, Mapping) or depth > _DEEPEST or self._filled > _MOST_VALUES:
            return None
        schema = _resolved(schema, root)
        if "const" in schema:
            return schema["const"]
        if options := schema.get("enum"):
            return self._choice(name, options) if isinstance(options, list) else None
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        if kind == "object" or "properties" in schema:
            properties = schema.get("properties")
            parts = properties.items() if isinstance(properties, Mapping) else ()
            return {key: self.fill(part, root, self.named(str(key), name), depth + 1) for key, part in parts}
        if kind in ("integer", "number"):
            return self.score(name, *_bounds(schema))
        if kind == "array":
            fewest = schema.get("minItems")
            size = min(fewest, 20) if isinstance(fewest, int) and fewest > 0 else 1
            return [self.fill(schema.get("items", {}), root, name, depth + 1) for _ in range(size)]
        if kind == "boolean":
            return self.quality(name) >= 0.5
        if kind == "null":
            return None
        longest = schema.get("maxLength")
        return self.analysis[: longest if isinstance(longest, int) and longest >= 0 else None]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind `$ref: #/...` or the first useful choice of anyOf, oneOf and allOf."""
    for _ in range(_DEEPEST):
        target: Any = schema
        if isinstance(reference := schema.get("$ref"), str):
            target = root
            for step in reference.lstrip("#/").split("/"):
                target = target.get(step) if isinstance(target, Mapping) else None
        else:
            choices = next((schema[k] for k in ("anyOf", "oneOf", "allOf") if isinstance(schema.get(k), list)), None)
            useful = [c for c in choices or () if isinstance(c, Mapping) and c.get("type") != "null"]
            target = useful[0] if useful else schema
        if target is schema or not isinstance(target, Mapping):
            break
        schema = target
    return schema


def _bounds(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Lowest and highest whole number that a schema allows; None where it names no bound."""

    def bound(inclusive: str, exclusive: str, step: int) -> float | None:
        for key, shift in ((inclusive, 0), (exclusive, step)):
            value = schema.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
                return value + shift
        return None

    return bound("minimum", "exclusiveMinimum", 1), bound("maximum", "exclusiveMaximum", -1)


def _scale(instructions: str) -> tuple[int, int]:
    """Lowest and highest score that the instructions name last, such as `between 1 and 5`."""
    scales = [(int(m[1] or m[3]), int(m[2] or m[4])) for m in _SCALE.finditer(instructions[-20_000:])]
    return next(((low, high) for low, high in reversed(scales) if low < high <= 100), _DEFAULT_SCALE)
