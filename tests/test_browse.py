"""The reader's side files hold what the tables hold; both are read here without the code that wrote them."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browse_files import Rows, kept, keyed, listed, numbers_of_words, reference_words, units, unpacked
from browse_run import DATASETS, JUDGES, MODELS, OF_JUDGE, make_judged_run, write_browse
from report_run import Run, make_run

import build_leaderboard
import write_texts
from longhand.browse.samples import read_model
from longhand.program.errors import LonghandError
from longhand.tables.files import write_table
from longhand.tables.schemas import RESPONSES

HOSTILE = "</script><script>hacked()</script> \u2028 \u202e \0 \U0001f600 \U00020000 "
NULLABLE = ("loop", "description", "length_rule")
PAIRS = [(dataset, model) for dataset in DATASETS for model in MODELS]
EVERY = pytest.mark.parametrize(("dataset", "model"), PAIRS)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_judged_run(tmp_path_factory.mktemp("browse"), HOSTILE)


@pytest.fixture(scope="module")
def browse(run: Run) -> Path:
    return write_browse(run)


def table(run: Run, *place: str) -> Rows:
    return pq.read_table(run.folder.joinpath("results", *place[:-1], f"{place[-1]}.parquet")).to_pylist()


@EVERY
def test_texts_are_the_responses(run: Run, browse: Path, dataset: str, model: str) -> None:
    rows = table(run, dataset, model, "responses")
    calls = keyed(table(run, dataset, model, "traces")) if model == "sections" else {}
    shown = (
        "status error finish_reason prompt_tokens completion_tokens cut_tokens seconds attempts reported_model server"
    )
    for number, row in enumerate(rows):
        of_row = calls.get((row["prompt_id"], row["sample"]), [])
        file = unpacked(browse, f"texts/{dataset}/{model}/{number}")
        expected = {"id": row["prompt_id"], "sample": row["sample"]} | kept(row, *shown.split())
        expected |= {"text": row["response"]} if row["response"] is not None else {}
        expected |= {"cut": row["status"] == "truncated", "calls": len(of_row), "loop": file["loop"]}
        assert file == expected
        if of_row:
            names = "role step number status error required words text finish_reason prompt_tokens completion_tokens"
            expected_calls = [kept(call, *names.split(), "seconds", "attempts") for call in of_row]
            assert listed(browse, f"texts/{dataset}/{model}/{number}.calls") == expected_calls
    assert {row["status"] for row in rows} > {"ok"} and (not calls or any(calls.values()))


def test_a_loop_is_marked_where_its_first_word_stands(run: Run, browse: Path) -> None:
    token = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]|[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
    marked = 0
    for dataset, model in PAIRS:
        for number, row in enumerate(table(run, dataset, model, "lengths")):
            file = unpacked(browse, f"texts/{dataset}/{model}/{number}")
            if row["loop_onset"] is None:
                assert file["loop"] is None
                continue
            marked += 1
            before, after = units(file["text"], 0, file["loop"]), units(file["text"], file["loop"])
            assert len(token.findall(before)) == row["loop_onset"]
            assert before + after == file["text"] and token.match(after), "it begins with a word"
            assert "\U0001f600" in before, "characters of two units stand before it"
    assert marked > 1


@pytest.mark.parametrize("dataset", DATASETS)
def test_samples_are_the_scores(run: Run, browse: Path, dataset: str) -> None:
    (about,) = [each for each in unpacked(browse, "run")["datasets"] if each["name"] == dataset]
    assert about["samples"] == 1
    file = unpacked(browse, f"samples/{dataset}/0")
    prompts = table(run, dataset, "prompts")
    ranges = {row["prompt_id"]: row["range"] for row in table(run, dataset, "weak", "scores")}
    assert set(file["prompts"]) == set(
        "id language category constraint range required required_min required_max begins".split()
    )
    assert file["first"] == 0 and file["prompts"]["range"] == [ranges[row["prompt_id"]] for row in prompts]
    assert file["prompts"]["id"] == [row["prompt_id"] for row in prompts]
    assert file["prompts"]["begins"] == [row["prompt"][:200] for row in prompts]
    for name in ("language", "category", "constraint", "required", "required_min", "required_max"):
        assert file["prompts"][name] == [row[name] for row in prompts]
    samples = file["samples"]
    assert samples["prompt"] == sorted(samples["prompt"]) and len(samples["prompt"]) == 8 * 4
    places = list(zip(samples["model"], samples["number"], strict=True))
    scores = {
        (place, judge): [row for row in table(run, dataset, model, "scores") if row["judge"] == judge]
        for place, model in enumerate(about["models"])
        for judge in JUDGES
    }
    assert set(samples) == set(
        "prompt model number sample status words score_l loop_onset closed other_language".split()
    )
    for i, (model, number) in enumerate(places):
        row = scores[model, JUDGES[0]][number]
        assert file["prompts"]["id"][samples["prompt"][i]] == row["prompt_id"]
        for name in ("sample", "status", "words", "loop_onset", "closed", "other_language"):
            assert samples[name][i] == row[name]
        assert samples["score_l"][i] == pytest.approx(row["score_l"], abs=5e-5)
        for judge in JUDGES:
            row = scores[model, judge][number]
            judged = {name: column[i] for name, column in file["judges"][judge].items()}
            expected = {"score_q": row["score_q"], "score": row["score"]}
            assert judged.pop("status") == row["judge_status"]
            assert judged == {name: value and pytest.approx(value, abs=5e-5) for name, value in expected.items()}
    for metric in file["metrics"]:
        values = [
            {
                (row["prompt_id"], row["sample"]): row["value"]
                for row in table(run, dataset, model, "metrics")
                if (row["metric"], row["judge"]) == (metric["metric"], metric["judge"])
            }
            for model in about["models"]
        ]
        keys = [(file["prompts"]["id"][p], s) for p, s in zip(samples["prompt"], samples["sample"], strict=True)]
        expected_values = [values[model].get(key) for key, (model, _) in zip(keys, places, strict=True)]
        assert metric["value"] == [value and pytest.approx(value, abs=5e-5) for value in expected_values]
    assert [(each["metric"], each["judge"]) for each in file["metrics"]] == [("f1", None), ("published", "judge")]


@EVERY
def test_verdicts_are_the_judgements(run: Run, browse: Path, dataset: str, model: str) -> None:
    tables = {judge: keyed(table(run, dataset, model, "judgements", judge)) for judge in JUDGES}
    calls = keyed(table(run, dataset, model, "judgements", "long.traces"))
    contexts = {row["prompt_id"]: row["context"] for row in table(run, dataset, "prompts")}
    statements = 0
    for number, response in enumerate(table(run, dataset, model, "responses")):
        key = response["prompt_id"], response["sample"]
        shown = listed(browse, f"verdicts/{dataset}/{model}/{number}")
        verdicts = [row for row in shown if row["kind"] == "verdict"]
        flat = [
            {"judge": row["judge"], "repeat": row["repeat"], "reply": row.get("reply")} | score
            for row in verdicts
            for score in row["scores"]
        ]
        rows = [row for judge in JUDGES for row in tables[judge][key]]
        expected = [
            {name: row[name] for name in ("judge", "repeat", "reply")}
            | kept(row, "dimension", "score", "score_100", "status", "error")
            for row in rows
        ]
        assert flat == expected
        assert len(verdicts) == len(list(groupby(rows, key=lambda row: (row["judge"], row["repeat"], row["reply"]))))
        context, of_judge = contexts[key[0]], [row for row in shown if row["kind"] != "verdict"]
        assert all(row["judge"] == "long" for row in of_judge) and len(of_judge) == len(calls.get(key, []))
        for row, call in zip(of_judge, calls.get(key, []), strict=True):
            if call["part"] is None:
                assert row["kind"] == "call" and (row["step"], row["text"]) == (call["step"], call["text"])
                continue
            statements += 1
            assert {name: row.get(name) for name in ("part", "grade", "status", "number", "repeat")} == {
                name: call[name] for name in ("part", "grade", "status", "number", "repeat")
            }
            passages = [context[each["start"] : each["end"]] for each in call["passages"]]
            assert [units(context, *each) for each in row["passages"]] == passages and passages
    assert statements


@pytest.mark.parametrize("dataset", DATASETS)
def test_prompts_are_the_prompts(run: Run, browse: Path, dataset: str) -> None:
    facts: dict[str, Rows] = {}
    for row in table(run, dataset, "long.facts"):
        facts.setdefault(row["prompt_id"], []).append(row)
    responses = [table(run, dataset, model, "responses") for model in MODELS]
    for number, prompt in enumerate(table(run, dataset, "prompts")):
        file = unpacked(browse, f"prompts/{dataset}/{number}")
        begun = [
            (place, row["sample"], row["response"][:240])
            for place, rows in enumerate(responses)
            for row in rows
            if row["prompt_id"] == prompt["prompt_id"] and row["response"]
        ]
        excerpts = file.pop("excerpts")
        assert list(zip(excerpts["model"], excerpts["sample"], excerpts["begins"], strict=True)) == begun
        chunks = file.pop("facts")["long"]
        for chunk, row in zip(chunks, facts[prompt["prompt_id"]], strict=True):
            assert (chunk["chunk"], chunk["status"], chunk.get("facts")) == (row["chunk"], row["status"], row["facts"])
            part = prompt["context"][row["start"] : row["end"]]
            assert units(prompt["context"], chunk["start"], chunk["end"]) == part
        assert file == {"id": prompt["prompt_id"]} | kept(prompt, *(set(prompt) - {"prompt_id"}))


def test_words_lead_to_their_texts(run: Run, browse: Path) -> None:
    described = unpacked(browse, "run")
    words = described["words"]["pattern"], described["words"]["longest"]
    for dataset in described["datasets"]:
        name, places = dataset["name"], dict(zip(dataset["models"], dataset["words"], strict=True))
        indexed = {f"words/{name}/{model}": (model, files) for model, files in places.items()}
        for index, (model, files) in {**indexed, f"prompt-words/{name}": ("", dataset["prompt_words"])}.items():
            rows = table(run, name, model, "responses") if model else table(run, name, "prompts")
            expected: dict[str, list[int]] = {}
            for number, row in enumerate(rows):
                for word in reference_words(row["response" if model else "prompt"] or "", *words):
                    expected.setdefault(word, []).append(number)
            assert numbers_of_words(browse, index, files) == expected


def test_the_run_is_described(run: Run, browse: Path) -> None:
    described = unpacked(browse, "run")
    assert described["title"] == run.settings["title"] and [each["name"] for each in described["datasets"]] == [
        *DATASETS
    ]
    for dataset in described["datasets"]:
        assert dataset["models"] == MODELS and dataset["n_prompts"] == 8
        assert {each["name"]: each["dimensions"] for each in dataset["judges"]} == OF_JUDGE
        words = [len(list((browse / "words" / dataset["name"] / model).iterdir())) for model in MODELS]
        assert dataset["words"] == words
        assert dataset["prompt_words"] == len(list((browse / "prompt-words" / dataset["name"]).iterdir()))


def test_files_are_calls_with_numbers_for_names_and_stay_the_same(run: Run, browse: Path) -> None:
    before = {path: path.read_bytes() for path in browse.rglob("*") if path.is_file()}
    ids = {row["prompt_id"] for dataset in DATASETS for row in table(run, dataset, "prompts")}
    for path in before:
        place = str(path.relative_to(browse))
        if place == "index.html":
            continue
        assert re.fullmatch(r"run\.js|[a-z-]+/[a-z-]+(/[a-z-]+)?/\d+(\.calls)?(\.\d+)?\.js", place)
        assert not any(each in place for each in ids)
        unpacked(browse, place.removesuffix(".js"))  # nothing but one call, with base64 in it
    stale = [browse / "texts/longen/weak/99.js", browse / "verdicts/longen/gone/0.js", browse / "samples/old/0.js"]
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    write_browse(run)
    assert {path: path.read_bytes() for path in browse.rglob("*") if path.is_file()} == before


def test_json_has_no_place_for_what_tables_do_not_have(browse: Path) -> None:
    """A value that is missing is left out of a row: no null, but where the format names it."""

    def nulls(value: Any) -> set[str]:
        if isinstance(value, dict):
            missing = {name for name, each in value.items() if each is None}
            return missing.union(*(nulls(each) for each in value.values()))
        return set().union(*map(nulls, value)) if isinstance(value, list) else set()

    files = [path.relative_to(browse).as_posix().removesuffix(".js") for path in browse.rglob("*.js")]
    names_of_nulls = set().union(*(nulls(unpacked(browse, name)) for name in files if not name.startswith("samples/")))
    assert names_of_nulls <= set(NULLABLE), json.dumps(sorted(names_of_nulls))


def test_responses_without_texts_have_files_and_no_words(run: Run, tmp_path: Path) -> None:
    home = run.folder / "results/longen/strong"
    silent = [
        row | {"status": "failed", "response": None, "error": "HTTP 503"}
        for row in table(run, *home.parts[-2:], "responses")
    ]
    write_table(tmp_path / "responses.parquet", silent, RESPONSES, "x")
    folders = {name: tmp_path / "browse" / name / "longen/strong" for name in ("texts", "words")}
    write_texts.main(responses=tmp_path / "responses.parquet", lengths=home / "lengths.parquet", traces=[], **folders)
    assert len(list(folders["texts"].iterdir())) == len(silent)
    file = unpacked(tmp_path / "browse", "texts/longen/strong/0")
    assert (file["status"], file["error"], file["loop"], "text" in file) == ("failed", "HTTP 503", None, False)
    assert unpacked(tmp_path / "browse", "words/longen/strong/0") == {}


def test_scores_of_other_responses_are_an_error(run: Run, tmp_path: Path) -> None:
    home = run.folder / "results/longen/strong"
    scores = pq.read_table(home / "scores.parquet")
    pq.write_table(pa.concat_tables([scores.slice(1), scores.slice(0, 1)]), tmp_path / "scores.parquet")
    with pytest.raises(LonghandError, match="responses and scores do not hold the same rows"):
        read_model(home / "responses.parquet", tmp_path / "scores.parquet", None, JUDGES)


def test_a_run_without_a_judge_has_no_verdicts(tmp_path: Path) -> None:
    with patch.object(build_leaderboard, "main"):
        run = make_run(tmp_path, ["alone"], [], prompts=4)
    browse = write_browse(run)
    (dataset,) = unpacked(browse, "run")["datasets"]
    assert (dataset["judges"], dataset["models"], list((browse / "verdicts").iterdir())) == ([], ["alone"], [])
    file = unpacked(browse, "samples/longbench-write/0")
    assert file["judges"] == {} and len(file["samples"]["score_l"]) == 4 == len(file["prompts"]["range"])
