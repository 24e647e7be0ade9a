"""A set in LongBench's form with all its tasks, and one in LongBench-Chat's: from the file to ratings and metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fault_server import FaultServer
from running import CHECKOUT

import generate_responses
import judge_responses
import prepare_prompts
import prepare_rubric
import score_metrics
from longhand.config.load import Config, load_config
from longhand.config.published import published_way
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.roles import asks_of, reached_by
from longhand.judging.template import settings_of
from longhand.tables.files import Row, read_rows

SHIPPED = yaml.safe_load((CHECKOUT / "config/longbench.yaml").read_text(encoding="utf-8"))


def item(subset: str, request: str, context: str, *answers: str, language: str = "en") -> Row:
    """A row as LongBench has it."""
    about = {"length": len(context.split()), "all_classes": None, "_id": f"{subset}-{request}"}
    return {
        "input": request,
        "context": context,
        "answers": list(answers),
        "dataset": subset,
        "language": language,
    } | about


DOCUMENT = "The fair.\n\nAnn came first. Bob came last."
PASSAGES = "Passage 1:\nAnn lives in Rome.\n\nPassage 2:\nRome lies in Italy."
LONG = "Old news. " * 60
QA = [
    item("narrativeqa", "Who came first?", DOCUMENT, "Ann", "It was Ann."),
    item("qasper", "Who came last?", DOCUMENT, "Bob"),
    item("multifieldqa_zh", "谁先来？", "集市。\n\n小安先来。", "小安", language="zh"),
    item("hotpotqa", "Where does Ann live, by country?", PASSAGES, "Italy"),
    item("dureader", "雨为什么大？", "文章一\n\n文章二", "因为夏天到了", "夏天的雨很大", language="zh"),
    item("musique", "Who came first, and where?", LONG, "Ann, at the fair", "Ann"),
]
SUMMARIES = [
    item("gov_report", "", DOCUMENT, "Ann was first and Bob last."),
    item("qmsum", "What did they say of rain?", "A: It rains.\nB: So it does.", "That it rains."),
    item("multi_news", "", PASSAGES, "Ann lives in Italy."),
    item("vcsum", "", "甲：下雨了。", "会上说下雨了。", language="zh"),
]
CHAT = [
    {"prompt": "Who came first?", "context": DOCUMENT, "reference": "Ann came first."}
    | {"examples": [{"answer": "Ann.", "score": 10}, {"answer": "Bob.", "score": 1}, {"answer": "Both.", "score": 4}]}
]
WRITTEN = {
    "Who came first?": "It was Ann!",
    "Who came last?": "Bob and Ann",
    "谁先来？": "小安",
    "Where does Ann live, by country?": "Rome",
    "雨为什么大？": "夏天的雨很大",
    "Who came first, and where?": "Ann",
    "Sum up this government report on one page.": "Ann was first. Bob was last.",
    "What did they say of rain?": "That it rains.",
    "Sum up all of this news on one page.": "No idea",
    "请用一段话总结这份会议记录的内容。": "会上说下雨了。",
}
RATINGS = {  # (reference, response) -> the judge's replies, try by try; "{}": a JSON object with this rating
    ("Ann", "It was Ann!"): ["{2}"],
    ("It was Ann.", "It was Ann!"): ["{3}"],
    ("Bob", "Bob and Ann"): ["Well.", "Rating: [[2]]"],
    ("小安", "小安"): ["[[3]]"],
    ("Italy", "Rome"): ["{1}"],
    ("因为夏天到了", "夏天的雨很大"): ["{2}"],
    ("夏天的雨很大", "夏天的雨很大"): ["Well.", "Well."],
    ("Ann, at the fair", "Ann"): ["{2}"],
    ("Ann", "Ann"): ["{3}"],
    ("Ann was first and Bob last.", "Ann was first. Bob was last."): ["{4}"],
    ("That it rains.", "That it rains."): ["{5}"],
    ("Ann lives in Italy.", "No idea"): ["{7}", "{1}"],
    ("会上说下雨了。", "会上说下雨了。"): ["{5}"],
    ("Ann came first.", "It was Ann!"): ["{9}"],
}


TAGS = ("Reference", "Response")


def reply(prompt: str, tries: dict[tuple[str, str], int]) -> str:
    """What the stand-in model writes, or the stand-in judge says."""
    texts = [match[1] for tag in TAGS if (match := re.search(rf"<{tag}>\n(.*?)\n</{tag}>", prompt, re.S))]
    if not texts:
        return WRITTEN[prompt.rsplit("\n\n", 1)[1]]
    pair = texts[0], texts[1]
    number = tries[pair] = tries.get(pair, -1) + 1
    text = RATINGS[pair][number]
    return json.dumps({"Analysis": "So.", "Rating": int(text[1:-1])}) if text[0] == "{" else text


class Bench:
    """Runs the steps of a dataset as their rules do, against a server that is model and judge."""

    def __init__(self, folder: Path, server: FaultServer, tokenizer: Path):
        self.folder, self.server = folder, server
        reached = {"backend": "openai", "model": "m", "base_url": server.url}
        model = reached | {"max_input_tokens": 400, "tokenizer": str(tokenizer), "sampling": {"max_tokens": 99}}
        judge = reached | {"model": "j", "attempts": 2}
        evaluated = {"datasets": [*SHIPPED["datasets"]], "models": ["m"], "judges": ["j"]}
        settings = {"datasets": SHIPPED["datasets"], "models": {"m": model}, "judges": {"j": judge}}
        self.config: Config = load_config(settings | {"evaluate": evaluated})

    def run(self, dataset: str, rows: list[Row]) -> dict[str, list[Row]]:
        """The tables of a dataset."""
        entry, home = self.config.datasets[dataset], self.folder / dataset
        home.mkdir()
        data, rubric = home / entry["path"], self.config.rubrics[entry["rubric"]]
        data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        columns = {"fields": json.dumps(entry["fields"]), "forms": json.dumps(entry["forms"])}
        files = {name: home / f"{name}.parquet" for name in ("prompts", "responses", "judgements", "metrics")}
        prepare_prompts.main(name=dataset, kind="jsonl", file=data, out=files["prompts"], **columns)
        prepare_rubric.main(settings=json.dumps(settings_of(rubric)), template=[], out=home / "rubric.json")
        of_job = {"dataset": dataset, "model": "m", "prompts": files["prompts"]}
        of_job |= {"journal": self.folder / "journal", "server_log": home / "log"}
        generate_responses.main(**of_job, **self.asking(GENERATE), out=files["responses"])
        judging = {"judge": "j", "responses": files["responses"], "rubric": [home / "rubric.json"]}
        judge_responses.main(**of_job, **judging, **self.asking(JUDGE), out=files["judgements"])
        score_metrics.main(
            prompts=files["prompts"],
            responses=files["responses"],
            judgements=[files["judgements"]],
            metrics=json.dumps(entry["metrics"]),
            published=json.dumps(published_way(rubric)),
            out=files["metrics"],
        )
        return {name: list(read_rows(path)) for name, path in files.items()}

    def asking(self, step: str) -> dict[str, str]:
        entry = self.config.models["m"] if step == GENERATE else self.config.judges["j"]
        return {
            "asks": asks_of(step, entry, self.config.askable),
            "reached": reached_by(step, entry, self.config.askable),
        }

    def judged(self) -> list[str]:
        """What the judge was asked, each question once."""
        return [body["messages"][0]["content"] for body in self.server.bodies if body["model"] == "j"]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    from tokenizers import Tokenizer, models, pre_tokenizers

    letters = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")  # a token a character
    letters.save(str(tmp_path / "tokenizer.json"))
    tries: dict[tuple[str, str], int] = {}
    with FaultServer(text=lambda prompt: reply(prompt, tries)) as server:
        yield Bench(tmp_path, server, tmp_path / "tokenizer.json")


def by_prompt(tables: dict[str, list[Row]], name: str, value: str) -> list[Any]:
    """A column of a table, in the order of the prompts."""
    rows = {row["prompt_id"]: row[value] for row in tables[name]}
    return [rows[row["prompt_id"]] for row in tables["prompts"]]


def test_questions_in_both_languages_about_one_text_or_several(bench: Bench) -> None:
    tables = bench.run("longbench-qa", QA)
    assert by_prompt(tables, "judgements", "score") == [3, 2, 3, 1, None, 3]
    assert by_prompt(tables, "judgements", "score_100") == [100, 50, 100, 0, None, 100]
    assert by_prompt(tables, "judgements", "status")[4] == "unparsed"  # the second reference may have given 3
    assert by_prompt(tables, "judgements", "attempts") == [2, 2, 1, 1, 3, 2]
    assert sum(by_prompt(tables, "judgements", "prompt_tokens")) == 11 * 10 == 10 * len(bench.judged())
    expected = [100, 200 / 4, 100, 0, 100, 100]  # the words of `Bob and Ann` against those of `Bob`: 1 of 3 and 1 of 1
    assert [row["metric"] for row in tables["metrics"]] == ["f1", "f1", "f1", "f1", "rouge-l", "f1"]
    assert by_prompt(tables, "metrics", "value") == pytest.approx(expected, abs=1e-4)
    assert not any("came first." in question for question in bench.judged()), "the judge sees no text"
    written = [body["messages"][0]["content"] for body in bench.server.bodies if body["model"] == "m"]
    assert f"{DOCUMENT}\n\nWho came first?" in written
    whole = f"{LONG}\n\nWho came first, and where?"
    assert by_prompt(tables, "responses", "cut_tokens") == [None] * 5 + [len(whole) - 400]
    assert whole[:200] + whole[-200:] in written and len(whole) > 600


def test_summaries_have_requests_of_their_subsets(bench: Bench) -> None:
    tables = bench.run("longbench-summary", SUMMARIES)
    assert [row["context"].split("\n")[0] for row in tables["prompts"]] == [
        "Report:",
        "Transcript of a meeting:",
        "News:",
        "会议记录：",
    ]
    assert by_prompt(tables, "judgements", "score") == [4, 5, 1, 5]
    assert by_prompt(tables, "judgements", "score_100") == [75, 100, 0, 100]
    assert by_prompt(tables, "judgements", "attempts") == [1, 1, 2, 1]  # 7 is not on the scale
    assert [row["metric"] for row in tables["metrics"]] == ["rouge-l"] * 4
    # "Ann was first. Bob was last" has two sentences of 5 different words, all of them in order in the reference's 6.
    expected = [200 * 5 / (5 + 6), 100, 0, 100]
    assert by_prompt(tables, "metrics", "value") == pytest.approx(expected, abs=1e-4)
    assert not any("Sum up" in question or "Passage" in question for question in bench.judged())


def test_chat_is_rated_beside_answers_that_were_rated_before(bench: Bench) -> None:
    tables = bench.run("longbench-chat", CHAT)
    (question,) = bench.judged()
    shown = [question.index(text) for text in ("Who came first?", "Ann came first.\n", "Ann.\n", "Bob.\n", "Both.\n")]
    assert shown == sorted(shown) and "The fair" not in question
    ratings = [question.index(f"Its rating: {score}\n") for score in (10, 1, 4)]
    assert ratings == sorted(ratings) and ratings[-1] < question.index("It was Ann!")
    (verdict,) = tables["judgements"]
    assert (verdict["score"], verdict["score_100"]) == (9, pytest.approx(100 * 8 / 9))
    (metric,) = tables["metrics"]
    assert (metric["judge"], metric["metric"], metric["value"]) == ("j", "published", 90)


def test_nothing_is_asked_again_for_a_reference_that_is_added(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run("longbench-qa", QA[1:2])
    (bench.folder / "longbench-qa").rename(bench.folder / "before")
    several = QA[1] | {"answers": ["Bob", "Ann"]}
    monkeypatch.setitem(RATINGS, ("Ann", "Bob and Ann"), ["{3}"])
    before = len(bench.server.bodies)
    tables = bench.run("longbench-qa", [several])
    assert [row["score"] for row in tables["judgements"]] == [3]
    assert len(bench.server.bodies) == before + 1
