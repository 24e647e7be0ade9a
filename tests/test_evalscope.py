"""EvalScope's tasks become a config that asks the same, and its files are made of Longhand's tables."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import SHARED
from evalscope_task import TASK, converted, with_
from marked_key import KEY
from running import CHECKOUT
from test_scores import DIMENSIONS, tables

from longhand.config.load import load_config
from longhand.evalscope.convert import convert, evalscope_folder, safe_name
from longhand.evalscope.files import length_scores, quality_scores
from longhand.evalscope.scatter import draw_scatter
from longhand.evalscope.task import read_task
from longhand.program.errors import LonghandError
from longhand.results.leaderboard import leaderboard_rows
from longhand.tables.files import write_table
from longhand.tables.score_tables import LENGTHS, SCORES


def as_python(value: Any) -> str:
    """The documented form: dict(…) outside, braces inside."""
    return "task_cfg = dict(" + ", ".join(f"{name}={item!r}" for name, item in value.items()) + ")"


FORMS = {
    "task.json": json.dumps(TASK),
    "task.yaml": yaml.safe_dump(TASK),
    "braces.py": f"cfg = {TASK!r}\n",
    "script.py": f"from evalscope import run_task\n\n{as_python(TASK)}\nrun_task(task_cfg=task_cfg)\n",
    "main.py": f"if __name__ == '__main__':\n    run_task(task_cfg={TASK!r})\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_task_says_the_same(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FORMS[name], encoding="utf-8")
    assert convert(read_task(tmp_path / name)) == converted(tmp_path, TASK)


def test_a_whole_task(tmp_path: Path) -> None:
    done = converted(tmp_path, TASK)
    config = load_config(done.settings)
    model, judge = config.models["org__writer-9b"], config.judges["gpt-4o-2024-05-13"]
    assert model.identity.sampling == {"max_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0}
    assert (model.identity.model, model.identity.api, model.serving.concurrency) == ("org/writer-9b", "chat", 5)
    assert (model.serving.base_url, model.serving.api_key_env) == ("http://127.0.0.1:8000/v1", None)
    assert judge.identity.sampling == {"max_tokens": 512, "temperature": 0.25}
    assert (judge.identity.model, judge.serving.concurrency) == ("gpt-4o-2024-05-13", 3)
    assert judge.serving.base_url == "https://api.example.com/v1"
    assert done.keys == {judge.serving.api_key_env: KEY} and KEY not in json.dumps(done.settings)
    chosen = config.raw["evaluate"]
    assert chosen == {"datasets": ["longbench-write"], "models": ["org__writer-9b"], "judges": ["gpt-4o-2024-05-13"]}
    assert config.raw["shards"] == 1, "as many requests in flight as proc_num, not times the number of jobs"
    assert config.raw["scores"]["missing"] == "exclude"
    assert done.folder == tmp_path / "outputs/org__writer-9b"
    assert done.files == ["pred.jsonl", "eval_length.jsonl", "eval_length_scatter.png", "eval_quality.jsonl"]


def test_published_ways_can_be_chosen(tmp_path: Path) -> None:
    done = converted(tmp_path, TASK, missing="neutral", rubric="longbench-write-published")
    config = load_config(done.settings)
    assert config.raw["scores"]["missing"] == "neutral"
    assert config.datasets["longbench-write"]["rubric"] == "longbench-write-published"
    assert config.datasets["longbench-write"]["sha256"], "it is the shipped data set all the same"


def test_defaults_are_those_of_evalscope(tmp_path: Path) -> None:
    task = {"model": "m", "output_dir": "out", "infer_config": {}, "eval_config": {}}
    config = load_config(converted(tmp_path, task).settings)
    model, judge = config.models["m"], config.judges["gpt-4o-2024-05-13"]
    assert model.identity.sampling == {"max_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0}
    assert model.serving.base_url == "http://127.0.0.1:8000/v1" and model.serving.concurrency == 16
    assert judge.identity.sampling == {"max_tokens": 1024, "temperature": 0.5}
    assert judge.serving.base_url == "https://api.openai.com/v1"
    assert judge.serving.api_key_env == "OPENAI_API_KEY", "asked for before the first job, not after hours of writing"
    some = task | {"infer_config": {"generation_kwargs": {"top_p": 0.8}}}
    done = converted(tmp_path, some)
    sampling = load_config(done.settings).models["m"].identity.sampling
    assert sampling == {"max_tokens": 4096, "temperature": 0.0, "repetition_penalty": 1.0, "top_p": 0.8}
    assert "infer_config.generation_kwargs.top_p is sent; EvalScope does not send it" in done.notes


def test_a_base_model(tmp_path: Path) -> None:
    task = with_("infer_config.is_chat", False)
    task["infer_config"]["openai_api_base"] = "http://10.0.0.7:8000/v1/completions"
    model = load_config(converted(tmp_path, task).settings).models["org__writer-9b"]
    assert (model.identity.api, model.serving.base_url) == ("completions", "http://10.0.0.7:8000/v1")


@pytest.mark.parametrize(
    ("stage", "judged", "files", "report"),
    [
        ("infer", False, ["pred.jsonl"], False),
        (["infer", "eval_l"], False, ["pred.jsonl", "eval_length.jsonl", "eval_length_scatter.png"], True),
        (["eval_q", "infer"], True, ["pred.jsonl", "eval_quality.jsonl"], True),
    ],
)
def test_stages(tmp_path: Path, stage: Any, judged: bool, files: list[str], report: bool) -> None:
    done = converted(tmp_path, with_("stage", stage))
    assert (done.files, done.report) == (files, report)
    assert bool(done.settings["evaluate"]["judges"]) == judged


def test_without_infer_what_is_there_is_evaluated(tmp_path: Path) -> None:
    task = with_("stage", ["eval_l"])
    with pytest.raises(LonghandError, match=r"there is no file '.*/outputs/org__writer-9b/pred.jsonl' .*; fix: stage"):
        converted(tmp_path, task)
    pred = tmp_path / "outputs/org__writer-9b/pred.jsonl"
    pred.parent.mkdir(parents=True)
    pred.write_text(json.dumps({"prompt": "p", "type": "t", "length": 9, "response_length": 1, "response": "r"}))
    done = converted(tmp_path, task)
    assert load_config(done.settings).models["org__writer-9b"].settings["path"] == str(pred)
    assert done.settings["datasets"]["longbench-write"]["path"] == str(pred), "just the prompts that are in it"
    assert done.files == ["eval_length.jsonl", "eval_length_scatter.png"] and done.keys == {}


def test_prompts_of_ones_own(tmp_path: Path) -> None:
    rows = [{"prompt": "One.", "length": 100, "context": "x", "id": 7}, {"prompt": "Two.", "length": 200, "type": "t"}]
    (tmp_path / "my prompts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    task = with_("input_data_path", "my prompts.jsonl")
    ((name, dataset),) = converted(tmp_path, task).settings["datasets"].items()
    assert name.startswith("my_prompts-") and dataset["path"] == str(tmp_path / "my prompts.jsonl")
    assert dataset["fields"]["required"] == "length"
    assert dataset["fields"]["category"] is None, "not in every line"
    assert dataset["fields"]["context"] is None, "EvalScope does not put it before the prompt"
    load_config(converted(tmp_path, task).settings)
    (tmp_path / "evalscope.jsonl").write_text('{"prompt": "One."}')
    with pytest.raises(LonghandError, match="a line has no 'length', stage eval_l needs it"):
        converted(tmp_path, with_("input_data_path", "evalscope.jsonl"))
    task = with_("input_data_path", "evalscope.jsonl") | {"stage": ["infer"]}
    (name,) = load_config(converted(tmp_path, task).settings).raw["evaluate"]["datasets"]
    assert name != "evalscope", "a folder of results/"


def test_longbench_write_is_known_by_its_content_or_its_place(tmp_path: Path) -> None:
    place = "site-packages/evalscope/third_party/longbench_write/resources/longbench_write.jsonl"
    done = converted(tmp_path, with_("input_data_path", place))
    assert done.settings["datasets"] == {} and any("fetched" in note for note in done.notes)
    (tmp_path / "longbench_write.jsonl").write_text('{"prompt": "Another.", "length": 5}')
    done = converted(tmp_path, with_("input_data_path", "longbench_write.jsonl"))
    assert "longbench-write" not in done.settings["datasets"], "its name alone says nothing"
    upstream = SHARED / "upstream/longbench_write.jsonl"
    if not upstream.exists():
        pytest.skip("the published prompts are not beside the checkout")
    done = converted(tmp_path, with_("input_data_path", str(upstream)))
    assert done.settings["datasets"] == {"longbench-write": {"path": str(upstream)}}


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("org/writer-9b", "org__writer-9b"),
        ("/models/w/", "models__w"),
        ("llama3:8b", "llama3:8b"),
        ("../../etc", "..__..__etc"),
        ("写手", "写手"),
        ("..", None),
        ("/", None),
        ("a\nb", None),
        ("x" * 300, None),
    ],
)
def test_a_model_has_one_folder_that_leads_nowhere_else(model: str, folder: str | None) -> None:
    made = evalscope_folder(model)
    assert made == folder if folder else made == safe_name(model.strip("/"))
    assert "/" not in made and made not in ("", ".", "..") and made.isprintable() and len(made.encode()) <= 200
    assert load_config({"models": {safe_name(made): {"backend": "demo"}}}), "a name that the config allows"


def test_names_of_different_models_differ() -> None:
    models = ["a:b", "a_b", "a/b", "a__b", "..", "...", "写手", "作者", ":", "", "x" * 81, "x" * 82]
    names = {safe_name(model) for model in models}
    assert len(names) == len(models) and {"a_b", "a__b"} < names


@pytest.mark.parametrize(("missing", "clarity"), [("exclude", 75), ("neutral", 200 / 3), ("drop", 75)])
def test_quality_by_each_way_of_counting(missing: str, clarity: float) -> None:
    scores = tables({"a": [100.0, 0.0], "b": [50.0, 50.0], "c": [None, None]}).to_pandas()
    (line,) = quality_scores(scores, {"j": DIMENSIONS}, missing)
    accuracy = 100 / 3 if missing == "neutral" else 25
    assert line == pytest.approx({"Clarity": clarity, "Accuracy": accuracy, "total": (clarity + accuracy) / 2})
    two = tables({"a": [100.0, 0.0]}, judges=("j", "k")).to_pandas()
    assert [line["judge"] for line in quality_scores(two, dict.fromkeys("jk", DIMENSIONS), missing)] == ["j", "k"]


def test_means_of_the_exports_are_over_rows_and_those_of_the_leaderboard_over_prompts(tmp_path: Path) -> None:
    """Prompt a has two readable verdicts and two lengths, prompt b one of each."""
    rows = [("a", 0, 100.0, 90.0), ("a", 1, 80.0, 70.0), ("b", 0, 20.0, 10.0), ("b", 1, None, None)]
    known = {"judge": "j", "status": "ok", "judge_status": "ok", "language": "en", "words": 1}
    scores = pd.DataFrame(
        [
            dict.fromkeys(SCORES.names)
            | known
            | {"prompt_id": p, "sample": n, "score_q": q, "score_l": s, "Clarity": q}
            for p, n, q, s in rows
        ]
    )
    (line,) = quality_scores(scores, {"j": ["Clarity"]}, "exclude")
    assert line == pytest.approx({"Clarity": 200 / 3, "total": 200 / 3})
    words = {"words": 1, "words_longbench_write": 1, "words_longen": 1}
    lengths = [
        dict.fromkeys(LENGTHS.names) | words | {"prompt_id": p, "sample": n, "longbench_write": s}
        for p, n, _, s in rows
    ]
    write_table(tmp_path / "lengths.parquet", lengths, LENGTHS, "test")
    assert length_scores(tmp_path / "lengths.parquet")["score_l"] == pytest.approx(170 / 3)
    board = leaderboard_rows("d", [("m", scores)], {"j": ["Clarity"]}, missing="exclude", prices={}, judge_prices={})
    every = next(row for row in board if row["slice_kind"] == "all")
    assert (every["score_q"], every["Clarity"]) == (pytest.approx(55), pytest.approx(55)), "(90 + 20) / 2"
    assert every["score_l"] == pytest.approx(45), "(80 + 10) / 2"


def test_the_scatter_plot_is_the_same_for_the_same_points(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_scatter([100, 1000, 40_000], [0, 900, 30_000], tmp_path / name)
    draw_scatter([], [], tmp_path / "none.png")
    content = (tmp_path / "a.png").read_bytes()
    assert content == (tmp_path / "b.png").read_bytes() != (tmp_path / "none.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_make_target_passes_what_it_is_given() -> None:
    given = ["TASK=my task.yaml", "MISSING=neutral", "RUBRIC=r", "WITH=a.yaml b.yaml", "ARGS=-n --cores 1"]
    shown = subprocess.run(
        ["make", "-n", "--no-print-directory", "evalscope", *given],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    words = shlex.split(shown.stdout.replace("\\\n", "").splitlines()[-1])
    expected = "--missing neutral --rubric r --settings a.yaml b.yaml".split()
    assert words[1:] == [
        "scripts/run_evalscope_task.py",
        "--task",
        "my task.yaml",
        *expected,
        "--snakemake=-n --cores 1",
    ]
