"""The plan asks what the jobs ask: each reference once, and prompts without their middle."""

from __future__ import annotations

import json
from pathlib import Path

from planned_jobs import generating, judging, look

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.plan.contents import Contents
from longhand.plan.stale import StaleJob
from longhand.tables.files import write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import request_id

RUBRIC = {"template": "Grade {response} by {reference}", "scale": [1, 3], "dimensions": {"Wit": []}}
REFERENCES = {"a": None, "b": ["two"], "c": ["two", "three", "four"]}


def config(tokenizer: Path) -> Config:
    reached = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
    return load_config(
        {
            "datasets": {"d": {"path": "d.jsonl", "rubric": "r"}},
            "rubrics": {"r": RUBRIC},
            "models": {"m": reached | {"max_input_tokens": 20, "tokenizer": str(tokenizer)}},
            "judges": {"j": reached | {"model": "j", "repeats": 2}},
        }
    )


def prompts() -> list[dict]:
    row = dict.fromkeys(PROMPTS.names) | {"language": "en", "reference": "one"}
    return [
        row | {"prompt_id": id_, "prompt": f"{id_} {'word ' * 9 * n}end", "other_references": others}
        for n, (id_, others) in enumerate(REFERENCES.items())
    ]


def answer(journal: Path, folder: str, identity: Identity, text: str, draw: list[int], reply: str) -> None:
    with Journal(journal) as kept, kept.file(folder) as file:
        key = request_id(identity, [{"role": "user", "content": text}], draw, {})
        file.add(Answer(key, reply, "stop", 7, 5, 1.0, 1))


def test_each_reference_is_planned_and_what_the_journal_has_is_not(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    letters = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")  # a token a character
    letters.save(str(tmp_path / "tokenizer.json"))
    settings, home = config(tmp_path / "tokenizer.json"), tmp_path / "results/d"
    write_table(home / "prompts.parquet", prompts(), PROMPTS, "test")
    jobs = [generating(settings, "d", "m"), judging(settings, "d", "m", "j")]
    written, judged = look(tmp_path, settings, jobs)
    assert (len(written.missing), len(judged.missing)) == (3, 2 * (1 + 2 + 4)), "of two repeats"

    for row in prompts():  # the first has 5 characters, the others lose their middle
        text = row["prompt"] if len(row["prompt"]) <= 20 else row["prompt"][:10] + row["prompt"][-10:]
        answer(
            tmp_path / "journal",
            "models/m/d/000",
            settings.models["m"].identity,
            text,
            [0],
            f"Fine {row['prompt_id']}.",
        )
    identity = settings.judges["j"].identity
    answer(tmp_path / "journal", "judges/j/d/m/000", identity, "Grade Fine c. by three", [1, 0], "[[3]]")
    written, judged = look(tmp_path, settings, jobs)
    assert written.missing == [] and len(written.answered) == 3
    assert (len(judged.missing), len(judged.answered)) == (2 * (1 + 2 + 4) - 1, 1)

    nothing = dict.fromkeys(RESPONSES.names) | {"sample": 0, "status": "ok", "attempts": 1, "model": "m"}
    rows = [nothing | {"prompt_id": row["prompt_id"], "response": f"Fine {row['prompt_id']}."} for row in prompts()]
    write_table(home / "m/responses.parquet", rows, RESPONSES, "test")
    (judged,) = look(tmp_path, settings, jobs[1:])
    assert len(judged.missing) == 2 * (1 + 2 + 4) - 1


def test_prompts_that_are_still_to_be_prepared_have_their_forms(tmp_path: Path) -> None:
    forms = {"report": "Report:\n{context}\n\nSum it up."}
    settings = load_config({"datasets": {"d": {"path": "d.jsonl", "forms": forms}}})
    row = {"prompt": "", "context": "Long.", "category": "report", "reference": ["a", "b"]}
    (tmp_path / "d.jsonl").write_text(json.dumps(row))
    params = {"fields": '{"prompt": "prompt"}', "sweep": "null", "forms": json.dumps(forms), "kind": "jsonl"}
    params |= {"criteria": "{}", "categories": "[]", "labels": "null"}
    table = "results/d/prompts.parquet"
    job = StaleJob("prepare_prompts", {"dataset": "d"}, params, (table,), ("forced",), {"file": ("d.jsonl",)})
    contents = Contents(tmp_path, settings, [job])
    (prompt,) = contents.prompts("d").whole()
    assert (prompt["context"], prompt["prompt"]) == ("Report:\nLong.", "Sum it up.")
    assert (prompt["reference"], prompt["other_references"]) == ("a", ["b"])
