"""A plan over datasets that the run makes: imagined before their sources are there, derived once they are."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from planned_jobs import generating, importing, look, making

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.made.drop_short import KEPT, drop_short
from longhand.made.imagined import imagined_text
from longhand.methods.recorded import taken_row
from longhand.plan import alike
from longhand.plan.requests import JobRequests
from longhand.plan.stale import StaleJob
from longhand.plan.usage import UNSTATED
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.text.imagined import is_marked, made_up, unmarked
from longhand.text.length import count_longbench_write
from longhand.text.tokens import estimate_tokens
from longhand.wire.answer import Answer
from longhand.wire.content import content_of
from longhand.wire.request import request_id

PROMPT_NUMBER = 20
ROWS = 2 * PROMPT_NUMBER


def answers(*sources: tuple[str, str], **settings: Any) -> dict[str, Any]:
    of = [{"dataset": dataset, "model": model} for dataset, model in sources]
    return {"made": {"answers": {"from": of, **settings}}}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A run folder with prompts, and datasets that are made of answers to them, of slots and of one another."""
    reached = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1"}
    settings = load_config(
        {
            "datasets": {
                "file": {"path": "p.jsonl"},
                "drafts": answers(("file", "writer"), drop_short=True),
                "long": answers(("drafts", "other"), ("file", "writer"), check="language", words=[2000, 7999]),
                "slots": {"made": {"slots": {"number": 30}}},
                "tasks": {"made": {"instructions": {"dataset": "slots", "model": "instructor", "number": 20}}},
                "texts": {"made": {"documents": {"path": "texts", "queries": 3, "words": [9, 400]}}},
                "queries": {"made": {"queries": {"dataset": "texts", "model": "asker", "number": 10}}},
                "stated": {"made": {"restated": {"dataset": "long", "model": "restater"}}},
            },
            "models": {
                "writer": reached | {"model": "w", "samples": 2},
                "other": reached | {"model": "o"},
                "instructor": reached | {"model": "i", "method": "self-instruct"},
                "asker": reached | {"model": "a", "method": "query"},
                "restater": reached | {"model": "r", "method": "restate"},
                "texts": {"backend": "recorded", "answers": "reference"},
            },
        }
    )
    write_table(tmp_path / "results/file/prompts.parquet", file_prompts(), PROMPTS, "test")
    return settings


def file_prompts() -> list[Row]:
    return [
        dict.fromkeys(PROMPTS.names) | {"prompt_id": f"{n}", "prompt": f"Prompt {n}.", "language": "en"}
        for n in range(PROMPT_NUMBER)
    ]


def text_of(number: int, sample: int) -> str:
    return "\n\n".join([" ".join(["word"] * (10 + 2 * number + sample))] * 4)


def journal(run: Path, config: Config, prompts: int) -> None:
    """Puts the writer's answers to so many prompts into the journal."""
    with Journal(run / "journal") as known, known.file("models/writer/file/000") as file:
        for number, row in enumerate(file_prompts()[:prompts]):
            for sample in range(2):
                messages = [{"role": "user", "content": content_of(row)}]
                key = request_id(config.models["writer"].identity, messages, [sample], {})
                file.add(Answer(key, text_of(number, sample), "stop", 7, 5, 1.0, 1))


def kept_drafts() -> int:
    """How many of the drafts drop-short keeps, by its own function over the ids that the dataset has."""
    rows = [(f"Prompt {n}.", text_of(n, sample)) for n in range(PROMPT_NUMBER) for sample in range(2)]
    keys = [prompt_id("drafts", prompt, text) for prompt, text in rows]
    return sum(drop_short([len(text) for _, text in rows], keys, 42))


def jobs(config: Config, *names: str) -> list[StaleJob]:
    stale = [making(name.partition(" ")[0]) for name in names if " " not in name]
    return stale + [generating(config, *name.split()) for name in names if " " in name]


def requests(looked: list[JobRequests]) -> dict[str, tuple[int, int]]:
    """Dataset and model -> requests, and those of them that are certain."""
    return {
        f"{one.job.dataset} {one.job.model}": (len(one.missing), sum(request.certain for request in one.missing))
        for one in looked
    }


CHAIN = ("long", "drafts other", "drafts", "file writer", "long writer")


def test_before_any_answer_the_share_that_drop_short_keeps_is_planned(tmp_path: Path, config: Config) -> None:
    drafts = int(ROWS * KEPT)
    looked = look(tmp_path, config, jobs(config, *CHAIN))
    assert requests(looked) == {
        "file writer": (ROWS, ROWS),
        "drafts other": (drafts, 0),
        "long writer": ((drafts + ROWS) * 2, 0),
    }
    sent = [[request.tokens for request in one.missing] for one in looked]
    assert min(sent[1]) > estimate_tokens(" ".join(["word"] * UNSTATED))
    collected = [estimate_tokens(made_up(words, "en")) for words in (2000, 8000)]
    assert all(collected[0] < tokens < collected[1] * 1.1 for tokens in sent[2]), "no other text is collected"


def test_in_the_middle_what_is_known_is_derived_and_the_rest_imagined(tmp_path: Path, config: Config) -> None:
    journal(tmp_path, config, PROMPT_NUMBER // 2)
    looked = requests(look(tmp_path, config, jobs(config, *CHAIN)))
    known = [(f"Prompt {n}.", text_of(n, sample)) for n in range(PROMPT_NUMBER // 2) for sample in range(2)]
    keys = [prompt_id("drafts", prompt, text) for prompt, text in known]
    drafts = sum(drop_short([len(text) for _, text in known], keys, 42)) + int(ROWS / 2 * KEPT)
    assert looked["file writer"] == (ROWS / 2, ROWS / 2)
    assert looked["drafts other"] == (drafts, 0), "which of the known ones stay is not certain"
    assert looked["long writer"] == ((drafts + ROWS / 2) * 2, 0), "known texts have not the words that are collected"


def test_once_the_source_is_there_its_rows_are_the_real_ones(tmp_path: Path, config: Config) -> None:
    journal(tmp_path, config, PROMPT_NUMBER)
    from_journal = requests(look(tmp_path, config, jobs(config, *CHAIN)))
    drafts = kept_drafts()
    assert from_journal == {
        "file writer": (0, 0),
        "drafts other": (drafts, drafts),
        "long writer": (drafts * 2, 0),
    }
    rows = [
        taken_row(row | {"sample": sample}, "w", text_of(number, sample))
        for number, row in enumerate(file_prompts())
        for sample in range(2)
    ]
    write_table(tmp_path / "results/file/writer/responses.parquet", rows, RESPONSES, "test")
    (tmp_path / "journal").rename(tmp_path / "lost")
    from_table = requests(look(tmp_path, config, jobs(config, "drafts", "drafts other", "long", "long writer")))
    assert from_table == {key: value for key, value in from_journal.items() if key != "file writer"}


def test_as_many_instructions_as_are_wanted_are_planned(tmp_path: Path, config: Config) -> None:
    stale = jobs(config, "slots", "slots instructor", "tasks", "tasks writer")
    looked = look(tmp_path, config, stale)
    assert requests(looked) == {"slots instructor": (30 * 2, 30), "tasks writer": (20 * 2, 0)}
    assert max(request.tokens for request in looked[1].missing) < 200  # an instruction is no text of 500 words
    assert {request.prompt.language for request in looked[1].missing} == {"en", "zh"}


def test_queries_about_documents_are_planned_before_they_are_there(tmp_path: Path, config: Config) -> None:
    """Each slot is asked for a query and whether it suits; so many queries as are wanted are answered."""
    (tmp_path / "texts").mkdir()
    for number, words in enumerate((8, 9, 100, 400, 401, 30)):
        (tmp_path / "texts" / f"{number}.txt").write_text(f"{'word ' * words}\n")
    looked = look(tmp_path, config, jobs(config, "texts", "texts asker", "queries", "queries writer"))
    assert requests(looked) == {"texts asker": (4 * 3 * 2, 4 * 3), "queries writer": (10 * 2, 0)}
    sent = [request.tokens for request in looked[1].missing]
    texts = [estimate_tokens("word " * words) for words in (9, 100, 400, 30)]
    assert len(sent) == 20 and min(texts) < min(sent) < max(texts) < max(sent) < max(texts) + 100


def test_queries_that_are_there_are_planned_exactly(tmp_path: Path, config: Config) -> None:
    slots = [
        dict.fromkeys(PROMPTS.names)
        | {"prompt_id": f"{text} {at}", "prompt": f"Slot {at}.", "language": "en", "context": text}
        for text in ("One.", "Two.")
        for at in range(3)
    ]
    texts = ["Why did it burn?", None, "Why did it burn?", "Why did it burn?", "Who was there?", "Where is the key?"]
    responses = [
        taken_row(slot | {"sample": 0}, "a", text or "") | ({} if text else {"status": "rejected", "response": None})
        for slot, text in zip(slots, texts, strict=True)
    ]
    write_table(tmp_path / "results/texts/prompts.parquet", slots, PROMPTS, "test")
    write_table(tmp_path / "results/texts/asker/responses.parquet", responses, RESPONSES, "test")
    looked = look(tmp_path, config, jobs(config, "queries", "queries writer"))
    assert requests(looked) == {"queries writer": (4 * 2, 4 * 2)}, "one of the first text, three of the second"


def test_imagined_texts_are_restated_and_their_references_are_responses(tmp_path: Path, config: Config) -> None:
    again = answers(("stated", "texts"), check=None, min_growth=None, words=None, drop_short=False)
    config.datasets["again"] = config.raw["datasets"]["again"] = again | {"rubric": None}
    stale = [*jobs(config, *CHAIN, "long restater", "stated", "again", "again writer"), importing("stated", "texts")]
    looked = {f"{one.job.dataset} {one.job.model}": one for one in look(tmp_path, config, stale)}
    restated = int(ROWS * KEPT) + ROWS
    assert looked["long restater"].rows == restated
    different = len(looked["long restater"].missing)  # the same length for two texts of a prompt is one question
    assert 0.8 * restated < different <= restated
    assert looked["again writer"].rows == 2 * restated
    assert min(request.prompt.tokens for request in looked["again writer"].missing) > 2000  # their texts' own lengths


@pytest.mark.parametrize(
    ("method", "least", "most"),
    [("direct", 500, 500), ("self-instruct", 30, 90), ("query", 10, 40), ("extend", 2000, 2000)],
)
def test_an_imagined_text_is_as_long_as_its_method_makes_it(method: str, least: int, most: int) -> None:
    row = {"prompt": "Write.", "language": "en", "context": "word " * 1000}
    lengths = dict.fromkeys(("required", "required_min", "required_max"))
    text = imagined_text(row | lengths, method, "a" * 64, 500)
    assert is_marked(text) and least <= count_longbench_write(unmarked(text)) <= most
    stated = imagined_text(row | lengths | {"required": 700}, "direct", "b" * 64, 500)
    assert count_longbench_write(unmarked(stated)) == 700
    for required in (100, 9000):  # those that will be used are within the bounds
        used = imagined_text(row | lengths | {"required": required}, "direct", "c" * 64, 500, (2000, 7999))
        assert 2000 <= count_longbench_write(unmarked(used)) <= 7999


@pytest.mark.parametrize("method", ["direct", "extend"])
def test_no_length_that_a_model_makes_up_fills_the_memory_of_a_plan(method: str) -> None:
    row = {"prompt": "Write 10,000,000 words.", "language": "en", "required": 10_000_000, "context": "word " * 40_000}
    text = imagined_text(row | dict.fromkeys(("required_min", "required_max")), method, "a" * 64, 500)
    assert count_longbench_write(unmarked(text)) == 50_000


def test_a_plan_leaves_no_file_behind(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = tmp_path / "tmp"
    apart.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(apart))
    look(tmp_path, config, jobs(config, *CHAIN))
    gc.collect()
    assert not list(apart.iterdir())


def test_of_many_imagined_rows_some_are_looked_at(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many requests as by looking at each, of about as many tokens."""
    each = look(tmp_path, config, jobs(config, *CHAIN))
    monkeypatch.setattr(alike, "LOOKED_AT", 10)
    some = look(tmp_path, config, jobs(config, *CHAIN))
    assert requests(some) == requests(each)
    for one, other in zip(some, each, strict=True):
        tokens, expected = (sum(request.tokens for request in job.missing) for job in (one, other))
        assert tokens == pytest.approx(expected, rel=0.2)
    ids = [request.prompt.id for request in some[-1].missing]
    assert len(set(ids)) < len(ids), "not each was looked at"
