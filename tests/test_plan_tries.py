"""The plan of methods that try until something passes: calls before a run, in the middle of one and after it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from planned_jobs import generating
from scripted import Reply, Scripted, prompt

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.jobs.method import GENERATE, method_class
from longhand.jobs.roles import asks_of
from longhand.methods.extend import HALF
from longhand.plan.summary import make_plan
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS
from longhand.text.checks import failed_check
from longhand.text.imagined import is_marked, made_up, marked, unmarked
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

CONTEXT = {"en": made_up(2400, "en", 5), "zh": made_up(2400, "zh", 5)}
LANGUAGES = ("en", "zh")


def config(run: Path, method: str) -> Config:
    """A run folder with a prompt in each language, and a model with this method."""
    reached: dict[str, Any] = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", "method": method}
    reached |= {"extend": {"prefix": True}} if method == "extend" else {}
    rows = [prompt(prompt_id=name, language=name, context=CONTEXT[name]) for name in LANGUAGES]
    path = run / "results/d/prompts.parquet"
    path.parent.mkdir(parents=True)
    write_table(path, ({name: row.get(name) for name in PROMPTS.names} for row in rows), PROMPTS, "test")
    return load_config({"datasets": {"d": {"path": "p.jsonl", "rubric": None}}, "models": {"m": reached}})


def planned(run: Path, settings: Config) -> tuple[int, int]:
    """Requests of the plan, and those of them that are certain."""
    (line,) = asyncio.run(make_plan(run, settings, [generating(settings, "d", "m")])).to_json()["asks"]
    return line["requests"], line["requests_certain"]


def answered(run: Path, settings: Config, reply: Reply, most: int = 1000) -> int:
    """Puts the first answers of a run into its journal; how many requests the whole run makes."""
    order = generating(settings, "d", "m").order
    method, asker = method_class(GENERATE, order.method)(order.settings), Scripted(reply)
    asker.identity = order.entries()["writer"].identity
    rows: list[Row] = [prompt(prompt_id=name, language=name, context=CONTEXT[name]) for name in LANGUAGES]
    for row in rows:
        asyncio.run(method.make({"writer": asker}, row))
    with Journal(run / "journal") as journal, journal.file("models/m/d/000") as file:
        for answer, _ in list(asker.given.values())[:most]:
            file.add(answer)
    return len(asker.given)


@pytest.mark.parametrize(
    ("method", "calls", "certain"), [("checked", 2, 2), ("self-instruct", 4, 2), ("restate", 2, 2), ("extend", 12, 2)]
)
def test_before_a_run_each_text_is_taken_to_pass(tmp_path: Path, method: str, calls: int, certain: int) -> None:
    """Of extend: three rounds of two calls for each of two texts, of which the first calls alone are certain."""
    assert planned(tmp_path, config(tmp_path, method)) == (calls, certain)


def reply_of(method: str) -> Reply:
    """Half of the first tries are refused."""

    def reply(call: Any) -> str:
        language = language_of(call.messages[0]["content"])
        passes = call.number > 0 or language == "zh"
        match method, call.step:
            case "self-instruct", "suits":
                return "yes" if passes else "no"
            case "self-instruct", _:
                return made_up(40, language, call.number)
            case "extend", step:
                return made_up(1900 if passes or step == HALF else 5, language, 100 + 2 * call.number + (step == HALF))
            case _:
                return made_up(400, language, call.number) if passes else "It breaks off"

    return reply


@pytest.mark.parametrize(("method", "calls"), [("checked", 3), ("self-instruct", 6), ("extend", 12)])
def test_in_the_middle_and_after_a_run_what_is_there_is_not_asked(tmp_path: Path, method: str, calls: int) -> None:
    settings = config(tmp_path, method)
    assert answered(tmp_path / "other", settings, reply_of(method), most=0) == calls
    answered(tmp_path, settings, reply_of(method), most=1)
    requests, certain = planned(tmp_path, settings)
    assert requests == {"checked": 2, "self-instruct": 3, "extend": 11}[method]
    assert certain == 2, "what follows from the first answer, and the first call of the other row"
    answered(tmp_path, settings, reply_of(method))
    assert planned(tmp_path, settings) == (0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", [1, 60, 100, 101, 2500, 20_000])
def test_a_made_up_text_passes_for_one_of_its_length(language: str, words: int) -> None:
    text = made_up(words, language, words)
    assert count_longbench_write(text) == words and failed_check(text, "language") is None
    assert made_up(words, language, words) == text != made_up(words, language, words + 1)
    with_marks = marked(text, "0" * 64)
    assert is_marked(with_marks) and not is_marked(text) and unmarked(with_marks) == text


def test_a_change_of_a_template_or_a_setting_makes_rows_stale_and_nothing_else(tmp_path: Path) -> None:
    for name, text in (
        ("one", "{instruction} {text}"),
        ("same", "{instruction} {text}\n"),
        ("other", "{text} {instruction}"),
    ):
        (tmp_path / name).write_text(text)

    def asks(**settings: Any) -> str:
        loaded = load_config({"models": {"m": {"backend": "demo", "method": "extend"} | settings}})
        return asks_of(GENERATE, loaded.models["m"], loaded.askable)

    def by_template(name: str) -> str:
        return asks(extend={"prompts": {"extend": {"en": str(tmp_path / name)}}})

    assert asks() == asks(concurrency=3)
    assert by_template("one") == by_template("same"), "the text decides, not the file's name"
    changed = {asks(extend={"rounds": 2}), asks(extend={"check": "qwen"}), by_template("one"), by_template("other")}
    assert len(changed | {asks()}) == 5


def test_a_run_with_another_seed_draws_other_lengths() -> None:
    def drawn(**settings: Any) -> str:
        loaded = load_config(
            {"models": {"m": {"backend": "demo", "method": "restate"} | settings.pop("m", {})}} | settings
        )
        return asks_of(GENERATE, loaded.models["m"], loaded.askable)

    assert '"seed":42' in drawn() and '"seed":7' in drawn(seed=7)
    assert '"restate":' in drawn() and '"seed":5' in drawn(m={"restate": {"seed": 5}})


@pytest.mark.parametrize(("method", "least", "most"), [("restate", 8, 50), ("extend", 7_000, 30_000)])
def test_a_last_answer_is_as_long_as_its_question_says(tmp_path: Path, method: str, least: int, most: int) -> None:
    """A rewritten request has some words, and not those of a text; an extended text has more than its prompt's 500."""
    settings = config(tmp_path, method)
    (line,) = asyncio.run(make_plan(tmp_path, settings, [generating(settings, "d", "m")])).to_json()["asks"]
    assert 2 * least <= line["tokens_out"]["expected"] <= 2 * most
