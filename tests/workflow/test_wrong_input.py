"""What goes wrong is told in one line that names the place, ends the run, and is no traceback."""

from __future__ import annotations

import hashlib
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import CHECKOUT, Run, mistake

from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts

OTHER = hashlib.sha256(b"another file").hexdigest()
API = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1", "tries": 1}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"evalute": {}}, "unknown key 'evalute', did you mean 'evaluate'?"),
        ({"models": {"m": {"backend": "demo", "temprature": 1}}}, "unknown key 'temprature'"),
        ({"models": {"m": {"backend": "demo", "sampling": {"temperature": "hot"}}}}, "'hot' is not a number"),
        ({"models": {"a/b": {"backend": "demo"}}}, "'a/b'"),
        ({"models": {"m": {**API, "base_url": "htp//x"}}}, "'htp//x' does not have the right form"),
        ({"models": {"m": {**API, "base_url": "http://me:pass@x/v1"}}}, "the value (not shown) does not have"),
        (
            {"models": {"m": {**API, "base_url": "http://x/v1?key=k"}}},
            "the value (not shown) does not have the right form",
        ),
        ({"models": {"m": {"backend": "openai", "model": "m"}}}, "'base_url' is missing, backend openai needs it"),
        ({"models": {"m": {"backend": "vllm", "model": "m", "engine": {"port": 1}}}}, "engine flag 'port'"),
        ({"judges": {"demo-judge": {"sampling": {"temperture": 1}}}}, "'temperture', did you mean 'temperature'?"),
        ({"models": {"m": API | {"base_url": "http://h/v1/chat/completions"}}}, "goes up to and with /v1, no further"),
        ({"evaluate": {"datasets": ["longbench-wirte"]}}, "did you mean 'longbench-write'?"),
        ({"evaluate": {"models": ["demo-lnog"]}}, "unknown model 'demo-lnog', did you mean 'demo-long'?"),
        ({"evaluate": {"judges": ["nobody"]}}, "unknown judge 'nobody'"),
        ({"datasets": {"d": {"url": "http://x/y.jsonl"}}}, "'sha256' is missing"),
        ({"datasets": {"d": {"path": "x.jsonl"}}, "evaluate": {"datasets": ["d"]}}, "there is no file 'x.jsonl'"),
        ({"evaluate": {"models": []}}, "names nothing, so there is nothing to do (config evaluate.models)"),
        ({"datasets": {"train": {"path": "x.jsonl"}}}, "'train' cannot be a dataset's name"),
        ({"datasets": {"d": {"path": "x.jsonl", "rubric": "nothing"}}}, "unknown rubric 'nothing'"),
        ({"rubrics": {"longbench-write": {"template": "Judge this: {text}"}}}, "has no placeholder {response}"),
        ({"models": {"m": {**API, "api_key_env": "sk-a-real-key"}}}, "the value (not shown) does not have"),
        ({"shards": 0}, "0 must be at least 1 (config shards)"),
        ({"scores": {"missing": "ignore"}}, "'ignore' is not allowed"),
    ],
)
def test_config(tmp_path: Path, config: dict, message: str) -> None:
    assert message in mistake(config, tmp_path)


def test_a_mistake_in_the_config_ends_a_run_before_its_first_job(tmp_path: Path) -> None:
    run = Run(tmp_path, {"models": {"m": {"backend": "demo", "temprature": 1}}})
    message = "error: unknown key 'temprature', "
    assert run.error("-n").startswith(message)
    assert run.error().startswith(message)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.jsonl", "", "the file has no prompts"),
        ("p.jsonl", '{"text": "Write.", "words": 100}\n', "there is no column 'prompt', only: text, words"),
        ("p.jsonl", '{"prompt": "Write.", "words": 1}\n{"prompt": "Write.", "words": 1}\n', "stands in line 1 already"),
        ("p.jsonl", '{"prompt": "Write.", "words": -100}\n', "required is -100, not a positive whole number"),
        ("p.jsonl", '{"prompt": "Write.", "words": "many"}\n', "required is 'many'"),
        ("p.jsonl", '{"prompt": "  ", "words": 100}\n', "the prompt is empty"),
        ("p.jsonl", '{"prompt": "Write.", "words": 100}\n{"prompt": \n', "p.jsonl line 2"),
        ("p.csv", "prompt,words\nWrite.,12.5\n", "required is '12.5'"),
        ("p.csv", "prompt,words\nWrite, please.,100\n", "p.csv line 2"),
        ("p.csv", 'prompt,words\n"Write.,100\n', "not a CSV file: unexpected end of data"),
        ("p.jsonl", '{"prompt": "Write.", "words": 1}\n{"prompt": "Sing."}\n', "null where it has no value"),
        (
            "p.jsonl",
            '{"prompt": "Write.", "words": 1, "required_min": 9, "required_max": 8}',
            "required_min 9 is more than required_max 8",
        ),
        ("p.jsonl", '{"prompt": "W.", "words": 900, "required_max": 500}', "required 900 is not within"),
        ("p.jsonl", '{"prompt": "W.", "words": 1, "constraint": "range"}', "range, but there is no required_min"),
        (
            "p.jsonl",
            '{"prompt": "W.", "words": null, "required_min": 9, "constraint": "about"}',
            "there is no required",
        ),
        (
            "p.jsonl",
            '{"prompt": "W.", "words": 9, "required_max": 9, "constraint": "above"}',
            "there is a required_max",
        ),
        ("p.jsonl", '{"prompt": "W.", "words": 1, "language": "English"}', "or `fields: {language: null}`"),
        ("p.parquet", "no parquet", "not a Parquet file"),
        ("p.txt", "Write.", "'.txt' files cannot be read"),
    ],
)
def test_prompts(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LonghandError) as raised:
        list(prepare_prompts("d", {"prompt": "prompt", "required": "words"}, tmp_path / name, name.split(".")[-1]))
    assert message in str(raised.value)


def test_a_mistake_in_the_prompts_leaves_no_table(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"prompt": "Write.", "words": -100}\n')
    dataset = {"path": "p.jsonl", "fields": {"required": "words"}}
    run = Run(tmp_path, {"datasets": {"d": dataset}, "evaluate": {"datasets": ["d"]}})
    message = "error: required is -100, not a positive whole number of words (p.jsonl line 1)"
    assert run.error("results/d/prompts.parquet") == message
    assert not (tmp_path / "results/d/prompts.parquet").exists()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A web server with one file, prompts.jsonl."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/prompts.jsonl").write_text('{"prompt": "Write."}\n')

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, directory=str(tmp_path / "site"), **kwargs)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def fetched(folder: Path, url: str, sha256: str) -> Run:
    dataset = {"url": url, "sha256": sha256}
    return Run(folder, {"datasets": {"d": dataset}, "evaluate": {"datasets": ["d"]}})


def test_a_wrong_checksum_keeps_nothing(tmp_path: Path, site: str) -> None:
    run = fetched(tmp_path, f"{site}/prompts.jsonl", OTHER)
    assert f"is not the expected {OTHER}" in run.error("results/d/prompts.parquet", LONGHAND_MIRROR="")
    assert not [path for path in tmp_path.glob("work/**/*") if path.is_file()]


def test_the_mirror_is_tried_first(tmp_path: Path, site: str) -> None:
    sha256 = hashlib.sha256((tmp_path / "site/prompts.jsonl").read_bytes()).hexdigest()
    for number, mirror in enumerate((str(tmp_path / "site"), site, str(tmp_path / "nowhere"))):
        url = f"{site}/prompts.jsonl" if "nowhere" in mirror else "http://127.0.0.1:9/pinned/prompts.jsonl"
        run = fetched(tmp_path / f"run{number}", f"{url}?download=true", sha256)
        run.finish("results/d/prompts.parquet", LONGHAND_MIRROR=mirror)
        assert [row["prompt"] for row in run.rows("results/d/prompts.parquet")] == ["Write."]


def test_an_address_that_does_not_answer(tmp_path: Path) -> None:
    run = fetched(tmp_path, "http://127.0.0.1:9/prompts.jsonl", OTHER)
    assert "cannot fetch prompts.jsonl" in run.error("results/d/prompts.parquet", LONGHAND_MIRROR="")


def test_a_missing_key_ends_the_run_before_its_first_job(tmp_path: Path) -> None:
    models = {"m": {**API, "api_key_env": "LONGHAND_TEST_KEY"}}
    run = Run(tmp_path, {"models": models, "evaluate": {"models": ["m"]}})
    message = "variable LONGHAND_TEST_KEY is not set (api_key_env of m); fix: export LONGHAND_TEST_KEY=…"
    planned = run.finish("all_responses", "-n")
    assert planned.count(f"warning: the environment {message}") == 1, "planning needs no key, but tells of it"
    script = [sys.executable, CHECKOUT / "scripts/plan_run.py", "all_responses", "--directory", tmp_path]
    made = subprocess.run([*script, *run.configfiles()], capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, f"warning: the environment {message}\n")
    assert "variable LONGHAND_TEST_KEY is not set" in run.error("all_responses")
    assert not (tmp_path / "results").exists()


def test_an_api_that_is_not_there(tmp_path: Path) -> None:
    run = Run(tmp_path, {"models": {"m": API}, "evaluate": {"models": ["m"]}})
    assert "error: gave up: no answer in 1 try" in run.error("all_responses")


def test_recorded_responses_of_another_dataset(tmp_path: Path) -> None:
    (tmp_path / "pred.jsonl").write_text(json.dumps({"prompt": "Another prompt", "response": "text"}))
    models = {"m": {"backend": "recorded", "path": "pred.jsonl"}}
    run = Run(tmp_path, {"models": models, "evaluate": {"models": ["m"]}})
    assert "not one of its prompts is a prompt of the dataset" in run.error("all_responses")


def test_recorded_responses_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "pred.jsonl").write_text(json.dumps({"prompt": "A prompt", "response": {"text": "…"}}))
    models = {"m": {"backend": "recorded", "path": "pred.jsonl"}}
    run = Run(tmp_path, {"models": models, "evaluate": {"models": ["m"]}})
    assert "'response' is dict, not text (pred.jsonl line 1)" in run.error("all_responses")
