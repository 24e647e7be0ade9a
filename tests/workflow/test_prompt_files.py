"""A prompt of a method that a user replaces makes stale what it made, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from fault_server import FaultServer
from running import Run

INSTRUCTIONS = {"en": "Tell of the harbour in spring.", "zh": "请写一写春天的港口。"}
PLANS = {
    "en": "\n".join(f"Paragraph {n} - Main Point: ships - Word Count: 200 words" for n in (1, 2)),
    "zh": "段落 1 - 要点：船 - 字数：200字\n段落 2 - 要点：海鸥 - 字数：200字",
}


def reply(prompt: str) -> str:
    """A plan of two sections, or a section."""
    language = "en" if INSTRUCTIONS["en"] in prompt else "zh"
    plans = {"en": "The plan, one line for each part", "zh": "写作计划，每个部分一行"}
    return PLANS[language] if plans[language] in prompt else "A section. " * 30


def kinds(prompts: Counter[str]) -> dict[str, int]:
    """How many questions were plans and sections of each language, and how many of no method."""
    count = Counter[str]()
    for prompt, number in prompts.items():
        language = "en" if INSTRUCTIONS["en"] in prompt else "zh"
        direct = prompt in INSTRUCTIONS.values()
        count["direct" if direct else f"{'plan' if reply(prompt) in PLANS.values() else 'write'} {language}"] += number
    return dict(count)


def test_a_replaced_prompt_makes_stale_what_it_made_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "p.jsonl"
    data.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in INSTRUCTIONS.values()), encoding="utf-8")
    with FaultServer(text=reply) as server:
        model: dict[str, Any] = {"backend": "openai", "model": "m", "base_url": server.url}
        config = {
            "datasets": {"d": {"path": str(data), "rubric": None}},
            "models": {"plain": model, "planned": model | {"method": "agentwrite", "agentwrite": {}}},
            "evaluate": {"datasets": ["d"], "models": ["plain", "planned"], "judges": []},
        }
        run = Run(tmp_path / "run", config, base=None, pages=False)
        run.finish("all_responses")
        assert kinds(server.received) == {"direct": 2, "plan en": 1, "plan zh": 1, "write en": 2, "write zh": 2}

        ours = run.checkout / "resources/prompts/agentwrite/write.en.txt"
        mine = tmp_path / "mine.txt"
        mine.write_text(ours.read_text(encoding="utf-8"), encoding="utf-8")
        config["models"]["planned"]["agentwrite"] = {"prompts": {"write": {"en": str(mine)}}}
        assert run.planned("all_responses") == {}, "the same text in another file"

        mine.write_text("Keep it plain.\n\n" + ours.read_text(encoding="utf-8"), encoding="utf-8")
        assert run.planned("all_responses") == {"all_responses": 1, "generate_responses": 1}
        server.received.clear()
        run.finish("all_responses")
        assert kinds(server.received) == {"write en": 2}, "plans, Chinese texts and the other model are as they were"
        assert all(prompt.startswith("Keep it plain.") for prompt in server.received)
