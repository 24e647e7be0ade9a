"""Rows of a made-up run: prompts, responses, verdicts and scores, each from its name alone."""

from __future__ import annotations

import hashlib
import random
from statistics import fmean

from longhand.length import RULES
from longhand.requirement import Requirement
from longhand.tables import Row

DIMENSIONS = ["Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience"]
CATEGORIES = ["Literature and Creative Writing", "Academic and Monograph", "Popular Science", "News Report", "公文写作"]
CONSTRAINTS = {"longbench-write": ("above", "about", "about", "about"), "longen": ("about", "range", "above", "below")}
LENGTHS = [150, 300, 450, 600, 1000, 1500, 2000, 3000, 3500, 4000, 6000, 10000, 20000]
RANGES = [(0, "[0,500)"), (500, "[500,2000)"), (2000, "[2000,4000)"), (4000, "[4000,∞)")]
ENGLISH = "The keeper climbed the narrow stair each night with a lamp and a ledger, and wrote down what the sea said."
CHINESE = "每天夜里，守灯人提着灯登上狭窄的楼梯，把大海所说的话一一记在账本里。"


def chance(*of: object) -> random.Random:
    """A source of chance that depends on names only."""
    return random.Random("/".join(map(str, of)))


def prompt(dataset: str, i: int, hostile: str | None, rule: str) -> Row:
    """A prompt for 150 to 20,000 words; the constraints are those that prompts of the rule's benchmark have."""
    language, required = ("en", "zh")[i % 2], LENGTHS[i * 5 % len(LENGTHS)]
    asked = f"Write a story of {required} words about a lighthouse that keeps a diary."
    if language == "zh":
        asked = f"请写一篇{required}字的故事，讲一座会写日记的灯塔。"
    return {
        "prompt_id": hashlib.sha256(f"{dataset}/{i}".encode()).hexdigest()[:16],
        "prompt": asked + (hostile or ""),
        "language": language,
        "category": hostile if hostile and i % 3 == 0 else CATEGORIES[i % len(CATEGORIES)],
        **requirement(CONSTRAINTS[rule][i % 4], required)._asdict(),
        "context": None,
        "reference": None,
    }


def requirement(constraint: str, length: int) -> Requirement:
    """A requirement whose stated length, or middle, is `length`."""
    if constraint == "range":
        return Requirement("range", None, length * 4 // 5, length * 6 // 5)
    bounds = {"above": (None, length, None), "below": (None, None, length)}
    return Requirement(constraint, *bounds.get(constraint, (length, None, None)))


def length_of(prompt: Row) -> int:
    """The length that a prompt is about, in words."""
    return prompt["required"] or round(fmean(x for x in (prompt["required_min"], prompt["required_max"]) if x))


def response(prompt: Row, model: str, strength: int, hostile: str | None) -> tuple[Row, int]:
    dice = chance(prompt["prompt_id"], model)
    reach = 900 * 2.1**strength
    length = length_of(prompt)
    wanted = min(length * dice.lognormvariate(0, 0.18), reach * dice.lognormvariate(0, 0.12))
    status, words, error = "ok", int(wanted), None
    if dice.random() < 0.05:
        status, words, error = dice.choice(
            [
                ("failed", 0, f"HTTP 503 after 6 tries: the server is overloaded {hostile or ''}"),
                ("refused", 0, "content filter"),
                ("empty", 0, None),
            ]
        )
    elif length > 1.5 * reach and dice.random() < 0.4:
        status = "truncated"
    sentence = CHINESE if prompt["language"] == "zh" else ENGLISH + " "
    text = (f"# The lighthouse\n\n{hostile or ''}" + sentence * 60) if words else None
    row = {
        "prompt_id": prompt["prompt_id"],
        "sample": 0,
        "status": status,
        "error": error,
        "response": text,
        "finish_reason": {"ok": "stop", "truncated": "length"}.get(status),
        "prompt_tokens": 60 if words else None,
        "completion_tokens": words * 4 // 3 if words else None,
        "seconds": words / 50,
        "attempts": 1,
        "model": model,
        "request_id": None,
    }
    return row, words


def verdicts(response: Row, judge: str | None, strength: int, hostile: str | None) -> list[Row]:
    dice = chance(response["prompt_id"], response["model"], judge)
    status = "ok" if response["response"] else "no_response"
    if status == "ok" and dice.random() < 0.06:
        status = "unparsed"
    centre = 2.6 + 0.22 * strength - (0.3 if judge and judge.startswith("strict") else 0)
    rows = []
    for i, dimension in enumerate(DIMENSIONS):
        score = float(min(5, max(1, round(dice.gauss(centre + 0.15 * (i % 3), 0.7))))) if status == "ok" else None
        rows.append(
            {
                "prompt_id": response["prompt_id"],
                "sample": 0,
                "judge": judge or "",
                "repeat": 0,
                "dimension": dimension,
                "score": score,
                "score_100": None if score is None else (score - 1) * 25,
                "status": status,
                "error": f"no JSON object in the reply {hostile or ''}" if status == "unparsed" else None,
                "reply": None,
                "attempts": 1,
                "prompt_tokens": 900 if i == 0 else None,
                "completion_tokens": 300 if i == 0 else None,
                "seconds": 2.0,
            }
        )
    return rows


def scored(prompt: Row, response: Row, words: int, judge: str | None, verdicts: list[Row], rule: str) -> Row:
    """The row of the scores table."""
    means = {v["dimension"]: v["score_100"] if judge else None for v in verdicts}
    known = [value for value in means.values() if value is not None]
    length, failed = length_of(prompt), response["status"] == "failed"
    counters = {"longbench-write": words, "longen": words + words // 20, "lifebench": words}
    asked = requirement(prompt["constraint"], length)
    scores = {name: None if failed else RULES[name].score(asked, counted) for name, counted in counters.items()}
    score_l = scores[rule]
    score_q = fmean(known) if known else None
    return {
        "prompt_id": prompt["prompt_id"],
        "sample": 0,
        "judge": judge,
        "status": response["status"],
        "judge_status": verdicts[0]["status"] if judge else None,
        "language": prompt["language"],
        "category": prompt["category"],
        "constraint": prompt["constraint"],
        "range": [label for start, label in RANGES if length >= start][-1],
        "required": length,
        "words": counters[rule],
        "words_longbench_write": words,
        "words_longen": counters["longen"],
        "score_l": score_l,
        "score_q": score_q,
        "score": None if score_q is None or score_l is None else (score_l + score_q) / 2,
        **{name.replace("-", "_"): score for name, score in scores.items()},
        **health(response, counters["longen"]),
        "prompt_tokens": response["prompt_tokens"],
        "completion_tokens": response["completion_tokens"],
        "seconds": response["seconds"],
        "judge_prompt_tokens": 900 if judge else None,
        "judge_completion_tokens": 300 if judge else None,
        **means,
    }


def health(response: Row, words: int) -> Row:
    """Text health: one text in twelve loops, one in thirty is in another language."""
    if not response["response"]:
        return dict.fromkeys(("repeated_13gram_share", "loop_onset", "closed", "other_language"))
    kind = chance(response["prompt_id"], response["model"], "health")
    looped = kind.random() < 1 / 12
    return {
        "repeated_13gram_share": kind.uniform(0.3, 0.8) if looped else kind.uniform(0, 0.02),
        "loop_onset": int(words * kind.uniform(0.2, 0.7)) if looped else None,
        "closed": response["status"] == "ok" and kind.random() < 0.95,
        "other_language": kind.random() < 1 / 30,
    }
