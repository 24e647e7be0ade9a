"""What a made-up run is made of: prompts, texts, answers, verdicts, each from its name alone."""

from __future__ import annotations

import hashlib
import random
from functools import cache
from statistics import fmean
from typing import Any

from longhand.methods.direct import answered_row, unanswered_row
from longhand.tables.files import Row
from longhand.wire.answer import Answer

DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]
CATEGORIES = ["Literature and Creative Writing", "Academic and Monograph", "Popular Science", "News Report", "公文写作"]
CONSTRAINTS = {"longbench-write": ("above", "about", "about", "about"), "longen": ("about", "range", "above", "below")}
REQUIRED_WORDS = [150, 300, 450, 600, 1000, 1500, 2000, 3000, 3500, 4000, 6000, 10000, 20000]
RANGES = [0, 500, 2000, 4000]
ENGLISH = """the keeper climbed a narrow stair each night with his lamp and wrote what grey sea said below rock wind
harbour salt bell storm ship sail dawn letter window floor silence gull tide moon shadow answer water stone light year
morning old new far near deep slow quick bright""".split()
CHINESE = "每天夜里守灯人提着登上狭窄的楼梯把大海所说话一记在账本风浪船帆石头月影早晨年信窗声港口盐钟雾近远深浅新旧快慢"


def chance(*of: object) -> random.Random:
    """A source of chance that depends on names only."""
    return random.Random("/".join(map(str, of)))


def prompt(i: int, hostile: str | None, rule: str) -> Row:
    """A line of a dataset's file: a prompt for 150 to 20,000 words, constrained as in the rule's benchmark."""
    language, length = ("en", "zh")[i % 2], REQUIRED_WORDS[i * 5 % len(REQUIRED_WORDS)]
    constraint = CONSTRAINTS[rule][i % 4]
    request = f"Write story {i} of {length} words about a lighthouse that keeps a diary."
    if language == "zh":
        request = f"请写第{i}篇{length}字的故事，讲一座会写日记的灯塔。"
    lengths = {
        "about": (length, None, None),
        "above": (None, length, None),
        "below": (None, None, length),
        "range": (None, length * 4 // 5, length * 6 // 5),
    }[constraint]
    return {
        "prompt": request + (hostile or ""),
        "language": language,
        "category": hostile if hostile and i % 3 == 0 else CATEGORIES[i % len(CATEGORIES)],
        "constraint": constraint,
        **dict(zip(("required", "required_min", "required_max"), lengths, strict=True)),
    }


@cache
def sentences(language: str) -> list[str]:
    """Words (or characters) in sentences, as many as any text needs."""
    dice = chance("sentences", language)
    stop = "。" if language == "zh" else "."
    return [
        dice.choice(CHINESE if language == "zh" else ENGLISH) + (stop if i % 12 == 11 else "") for i in range(30_000)
    ]


def text(words: int, language: str, looped: bool, closed: bool) -> str:
    """So many words; a looped one says its end over and over."""
    start = words * 2 // 5 if looped else words
    parts = sentences(language)[:start]
    if looped:
        parts += [*sentences(language)[-12:]] * ((words - start) // 12 + 12)
    glue = "" if language == "zh" else " "
    return glue.join(parts).rstrip(".。 ") + (("。" if language == "zh" else ".") if closed else "")


def response(prompt: Row, model: str, strength: int, hostile: str | None) -> Row:
    """A row of the responses table, as asking makes it. The higher `strength`, the longer a model can write."""
    dice = chance(prompt["prompt_id"], model)
    reach = 900 * 2.1**strength
    length = prompt["required"] or fmean(x for x in (prompt["required_min"], prompt["required_max"]) if x)
    words = int(min(length * dice.lognormvariate(0, 0.18), reach * dice.lognormvariate(0, 0.12)))
    key = {"prompt_id": prompt["prompt_id"], "sample": 0}
    fault = dice.choice(("failed", "refused", "empty", "rejected")) if dice.random() < 0.05 else None
    if fault == "failed":
        return unanswered_row(key, model, "failed", f"HTTP 503: the server is overloaded {hostile or ''}", 6)
    if fault == "rejected":
        return unanswered_row(key, model, "rejected", f"refused: 3 loop {hostile or ''}", 3)
    cut = fault is None and length > 1.5 * reach and dice.random() < 0.4
    kind = chance(prompt["prompt_id"], model, "health")
    looped = kind.random() < 1 / 12
    closed = not cut and kind.random() < 0.95
    language = "en" if prompt["language"] == "zh" and kind.random() < 1 / 15 else prompt["language"]
    content = (hostile or "") + text(words, language, looped, closed) if fault is None else ""
    finish = {"refused": "content_filter"}.get(fault or "", "length" if cut else "stop")
    id_ = hashlib.sha256(f"{prompt['prompt_id']}/{model}".encode()).hexdigest()
    return answered_row(key, model, Answer(id_, content, finish, 60, words * 4 // 3, words / 50, 1, model))


def verdicts(response: Row, judge: str, strength: int, hostile: str | None) -> list[Row]:
    """The rows of the judgements table on one response."""
    dice = chance(response["prompt_id"], response["model"], judge)
    status = "ok" if response["response"] else "no_response"
    if status == "ok" and dice.random() < 0.06:
        status = "unparsed"
    centre = 2.6 + 0.22 * strength - (0.3 if judge.startswith("strict") else 0)
    rows = []
    for i, dimension in enumerate(DIMENSIONS):
        score = float(min(5, max(1, round(dice.gauss(centre + 0.15 * (i % 3), 0.7))))) if status == "ok" else None
        paid: dict[str, Any] = {"prompt_tokens": 900, "completion_tokens": 300, "seconds": 2.0}
        paid["requests"] = [f"{response['prompt_id']}/{response['model']}/{judge}"]
        rows.append(
            {
                "prompt_id": response["prompt_id"],
                "sample": 0,
                "judge": judge,
                "repeat": 0,
                "dimension": dimension,
                "weight": None,
                "score": score,
                "score_100": None if score is None else (score - 1) * 25,
                "status": status,
                "error": f"no JSON object in the reply {hostile or ''}" if status == "unparsed" else None,
                "words_cut": None,
                "reply": None,
                "reason": None,
                "attempts": 1,
                "batch_prompt_tokens": None,
                "batch_completion_tokens": None,
                **(paid if i == 0 and status != "no_response" else dict.fromkeys(paid)),
                "server": None,
                "reported_model": None if status == "no_response" else "judge-2025-01-01",
            }
        )
    return rows
