"""A length rule is added by one entry: its column, its scores and its place in the report follow."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from report_page import cells, section
from running import CHECKOUT

from longhand.report.wording import RULE_WORDS
from longhand.text.length import COUNTERS, LENGTH_RULES

# In a process of its own: other modules read the rules when they are imported. The rule gives a score per word, and
# knows ranges; the counter gives twice the words of LonGen.
NEW_RULE = """
import json, sys
from pathlib import Path

from longhand.text import length

twice = length.WordCounter("Twice", "words_twice", lambda counts: 2 * length.words_longen(counts))
length.COUNTERS += (twice,)
rule = length.LengthRule("one-each", "OneEach", twice, lambda _, words: float(min(words, 100)))
length.LENGTH_RULES[rule.name] = rule

from longhand.tables.files import read_rows
from longhand.tables.score_tables import LEADERBOARD, LENGTHS, SCORES
from report_page import build
from report_run import make_run

run = make_run(Path(sys.argv[1]), ["a", "b"], ["judge"], prompts=8, rule="longen", score_by="one-each")
tables = {
    "lengths": list(read_rows(run.tables("lengths")[0], LENGTHS)),
    "scores": list(read_rows(run.tables("scores")[0], SCORES)),
    "leaderboard": list(read_rows(run.leaderboard, LEADERBOARD)),
}
print(json.dumps({"tables": tables, "page": build(run)}))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict:
    command = [sys.executable, "-c", NEW_RULE, tmp_path_factory.mktemp("run")]
    path = f"{CHECKOUT / 'scripts'}:{CHECKOUT / 'tests'}"
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": path}, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_its_scores_are_in_the_tables(made: dict) -> None:
    lengths, scores, leaderboard = (made["tables"][name] for name in ("lengths", "scores", "leaderboard"))
    answered = [row for row in lengths if row["score_l"] is not None]
    assert answered
    for row in answered:
        assert row["words"] == row["words_twice"] == 2 * row["words_longen"]
        assert row["one_each"] == row["score_l"] == min(row["words_twice"], 100)
    by_text = {(row["prompt_id"], row["sample"]): row["one_each"] for row in lengths}
    assert {(row["prompt_id"], row["sample"]): row["one_each"] for row in scores} == by_text
    means = {row["model"]: (row["one_each"], row["score_l"]) for row in leaderboard if row["slice_kind"] == "all"}
    mean = sum(row["one_each"] for row in answered) / len(answered)  # one sample per prompt
    assert means["a"] == pytest.approx((mean, mean))


def test_the_report_sets_it_beside_the_others(made: dict) -> None:
    assert "S_L is the length score by the rule one-each." in made["page"].replace("<sub>L</sub>", "_L")
    assert "counted as Twice counts them" in made["page"]
    rules = section(made["page"], "Length rules side by side")
    assert "OneEach is the one of this dataset" in rules and "OneEach by Twice&#39;s;" in rules
    places, words = 4, 3  # mean by each rule, one model having no rank; mean words by each counter
    for row in cells(rules):
        assert len(row) == 2 + places + words
        assert int(row[-1].replace(",", "")) == pytest.approx(2 * int(row[-2].replace(",", "")), abs=1)


def test_the_config_the_pages_and_the_report_know_all_rules() -> None:
    schema = yaml.safe_load((CHECKOUT / "config/schema/config.schema.yaml").read_text(encoding="utf-8"))
    assert schema["$defs"]["dataset"]["properties"]["length"]["enum"] == list(LENGTH_RULES)
    page = (CHECKOUT / "config/README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in LENGTH_RULES)
    caption = (CHECKOUT / "resources/captions/leaderboard.rst").read_text(encoding="utf-8")
    assert all(f"**{rule.column}**" in caption for rule in LENGTH_RULES.values())
    assert RULE_WORDS.keys() == LENGTH_RULES.keys()
    assert {rule.counter for rule in LENGTH_RULES.values()} == set(COUNTERS)
