"""The report's page, from tables in a temporary folder: what it says, what it escapes, what it never loads."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, foreign, section
from report_run import Run, make_run

from build_report import main
from longhand.program.errors import LonghandError
from longhand.report import wording
from longhand.report.described import described
from longhand.report.marks import marks_of
from longhand.report.wording import PUBLISHED
from longhand.text.opening import opening

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror='alert(2)'>{{ 7 * 7 }}\x00\x1b[2J\u202ekcab\u2066 </svg>"


@pytest.fixture
def judged(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a", "writer-b"], ["judge-a", "judge-b"])


def test_content(judged: Run) -> None:
    html = build(judged)
    page = Page(html)
    for heading in ("Leaderboard", "By required length", "Required and written words", "Quality by dimension"):
        assert f"<h3>{heading}</h3>" in html
    assert "2 models, 48 responses to 24 prompts of longbench-write; judged by judge-a and judge-b." in page.text
    assert "sampling › temperature" in page.text and "0.5" in page.words
    assert judged.settings["datasets"]["longbench-write"]["sha256"] in page.words
    assert "公文写作" in page.words
    assert "demo" not in page.text.lower()


def test_numbers_are_those_of_the_leaderboard(judged: Run) -> None:
    page = Page(build(judged))
    rows = pq.read_table(judged.leaderboard).to_pylist()
    for row in rows:
        for metric in ("score_l", "score_q") if row["slice_kind"] != "all" else ("score", "score_l", "score_q"):
            assert wording.fixed(row[metric]) in page.words
    assert {"failed", "unparsed", "no_response"} <= set(page.words)


def test_judges_are_never_one_column(judged: Run) -> None:
    html = build(judged)
    captions = [re.sub(r"<[^>]*>|\s+", " ", c).strip() for c in re.findall(r"<caption>(.*?)</caption>", html, re.S)]
    for judge in ("judge-a", "judge-b"):
        assert captions.count(f"Judge {judge}") == 4  # leaderboard, win rates, ranges, dimensions
        assert f"S̄ of the model in the row minus the model in the column, judge {judge}" in captions
        assert f"By category, judge {judge}" in captions
        assert f"Verdicts, judge {judge}" in captions


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge-a"], hostile=HOSTILE)
    html = build(run)
    page = Page(html)
    assert foreign(html) == []
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8  # title, settings, categories, errors, samples …
    assert not re.search("[\x00\x1b\u200e\u200f\u202a-\u202e\u2066-\u2069]", html)
    assert "{{ 7 * 7 }}" in page.text


def test_nothing_is_loaded(judged: Run) -> None:
    html = build(judged)
    page = Page(html)
    sources = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in page.scripts)
    policy = f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data:; "
    policy += "base-uri 'none'; form-action 'none'"
    assert len(page.scripts) == 1 and foreign(html) == []
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in page.elements
    for _, attrs in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "action", "data", "poster"):
            assert (attrs.get(name) or "#").startswith(("#", "data:")), attrs
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.S) + re.findall(r'style="[^"]*"', html))
    assert "@import" not in style and "url(" not in style
    # The addresses of the page are the settings', as text.
    assert set(re.findall(r"https?://[^\s<\"]*", html)) == {
        "https://raw.example.org/longbench-write/3fcfdff/longbench-write.jsonl",
        "https://api.example.org/v1",
    }


def test_no_secrets(judged: Run) -> None:
    assert "hunter2" not in build(judged)


def test_ids_are_unique_and_found(judged: Run) -> None:
    html = build(judged)
    ids = [attrs["id"] for _, attrs in Page(html).elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)|aria-labelledby="(\S+) (\S+)"', html)
    assert {name for names in wanted for name in names if name} <= set(ids)


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    """But for when they were written, and the page was made."""
    dates = r"Tables written (at|from) [-\d: ]+( to [-\d: ]+)? UTC, this page at [-\d: ]+ UTC\."
    pages = [build(make_run(tmp_path / name, ["a", "b"], ["j"], prompts=8)) for name in ("one", "two")]
    without = [re.sub(dates, "", page) for page in pages]
    assert without[0] == without[1] and len(without[0]) < len(pages[0])


@pytest.mark.parametrize("prompts", [1, 24])
def test_without_judges(tmp_path: Path, prompts: int) -> None:
    html = build(make_run(tmp_path, ["writer"], [], prompts=prompts))
    page = Page(html)
    assert "Not judged" in page.words and "lengths only, nothing was judged" in page.text
    heads = re.findall(r"<thead>.*?</thead>", html, re.S)
    assert "S<sub>L</sub>" in heads[0]  # and no column of what nobody judged
    assert not any(word in head for head in heads for word in ("S̄", "S<sub>Q</sub>", "judge"))
    assert "Quality by dimension" not in page.text and "Verdicts, judge" not in page.text
    assert not {"nan", "none", "inf", "null", "nan%", "$nan"} & {word.lower() for word in page.words}


def test_null_scores_are_dashes(judged: Run) -> None:
    path = judged.leaderboard
    table = pq.read_table(path)
    rows = table.to_pylist()
    for i, row in enumerate(rows):
        if row["model"] == "writer-b":
            odd = math.nan if i % 2 else None
            row.update(dict.fromkeys(("score", "score_low", "score_q", "score_q_low", "cost", "Clarity"), odd))
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    html = build(judged)
    page = Page(html)
    assert page.words.count("—") > 20
    assert not re.search(r"\b(nan|None)\b", re.sub(r"<style>.*?</style>", "", html, flags=re.S))
    names = re.findall(r'<th class="name" scope="row"><span class="model">.*?</svg>(\S+?)<', html)
    assert names[:2] == ["writer-a", "writer-b"]  # a model without S̄ comes last


@pytest.mark.parametrize("missing", ["exclude", "neutral", "drop"])
def test_published_ways_of_counting_are_named_at_every_table(tmp_path: Path, missing: str) -> None:
    html = build(make_run(tmp_path, ["writer-a", "writer-b"], ["judge-a", "judge-b"], missing=missing))
    label = f"unread verdicts {PUBLISHED.get(missing)}"
    tables = re.findall(r"<caption>(.*?)</caption>", html, flags=re.S)
    judged_tables = [c for c in tables if "judge " in c.lower() and not c.startswith("Verdicts")]  # those are counts
    assert len(judged_tables) > 3
    assert [c for c in judged_tables if (label in c) != (missing != "exclude")] == []


def test_demo_is_in_plain_sight(tmp_path: Path) -> None:
    models, judges = ["demo-a", "demo-b"], ["demo-judge"]
    page = Page(build(make_run(tmp_path, models, judges, demo=(*models, *judges), prompts=6)))
    assert page.text.count("the texts are n-gram noise") == 2  # banner and footer
    assert "not how a model writes" in page.text and page.words.count("demo") > 10


def test_demo_names_only_what_is_demo(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["real", "made-up"], ["judge"], demo=("made-up",), prompts=6)
    page = Page(build(run))
    assert "the texts of made-up are n-gram noise; numbers" in page.text


def test_many_models_and_data_sets(tmp_path: Path) -> None:
    models = [f"model-{i}-{'x' * 60}" for i in range(6)]
    run = make_run(tmp_path, models, ["judge"], datasets=("one", "two"), prompts=12)
    html = build(run)
    swatches = {(m.colour, m.shape) for m in marks_of(map(str, range(84)), ()).values()}
    assert len(swatches) == 84
    assert len(html) < 1_000_000


def test_samples_are_few_and_short(judged: Run) -> None:
    html = build(judged)
    quotes = re.findall(r'<p class="quote" .*?>(.*?)</p>', html, re.S)
    assert section(html, "Samples").count("<details>") == 3
    assert set(re.findall(r'<p class="quote prompt" dir="auto" lang="(..)"', html)) == {"en", "zh"}
    assert 1 <= len(quotes) <= 6 and max(map(len, quotes)) < 700


@pytest.mark.parametrize("text", ["[]", "{", '{"models": 3}', '{"judges": {"j": 3}}'])
def test_broken_settings_are_told(tmp_path: Path, text: str) -> None:
    arguments = make_run(tmp_path, ["writer"], [], prompts=1).arguments()
    arguments["settings"].write_text(text)
    with pytest.raises(LonghandError, match=r"settings\.json"):
        main(**arguments)


def test_described() -> None:
    entry = {
        "sampling": {"temperature": 0.5, "stop": None},
        "model": "m",
        "base_url": "https://u:p@host/v1?key=1",
        "engine": {"api-key": "s", "flags": [1, "a", {"b": True}]},
        "api_key_env": "KEY",
    }
    assert described(entry) == [
        ("model", "m"),
        ("sampling › temperature", "0.5"),
        ("sampling › stop", "—"),
        ("base_url", "https://host/v1?(hidden)"),
        ("engine › api-key", "(hidden)"),
        ("engine › flags", "1, a, b true"),
        ("api_key_env", "KEY"),
    ]


def test_numbers() -> None:
    assert [wording.fixed(x) for x in (82.34, -0.0, None, math.nan, math.inf)] == ["82.3", "0.0", "—", "—", "—"]
    assert [wording.money(x) for x in (0, 0.0012, 12.5, None)] == ["$0.00", "$0.0012", "$12.50", "—"]
    assert wording.integer(12345.6) == "12,346"
    labels = ["4k+", "[500,2000)", "[0,500)", "2,000–4,000"]
    assert sorted(labels, key=wording.in_order) == ["[0,500)", "[500,2000)", "2,000–4,000", "4k+"]


def test_opening() -> None:
    assert opening("a b c d", 3) == "a b c …"
    assert opening("a b c", 3) == "a b c"
    assert opening("灯塔" * 10, 3) == "灯塔灯塔灯塔 …"
    assert opening("x" * 5000) == "x" * 900 + " …"
    assert wording.clipped("a\n b " + "x" * 200, 10) == "a b xxxxx…"
    assert wording.seen("a\x00b\r\nc\u0085d\x1b[2J \u202eevil\u2066") == "ab\nc d evil"


def test_settings_may_be_nearly_empty(judged: Run) -> None:
    judged.settings = json.loads("{}")
    assert "Long-form generation" in build(judged)
