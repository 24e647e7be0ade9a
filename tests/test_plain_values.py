"""Settings files hold plain values: what YAML knows beside them is told in one line, before any job runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from marked_key import KEY
from running import mistake

from longhand.config.load import load_config
from longhand.config.reached import ConfigEntry
from longhand.config.settings_files import read_config, yaml_value
from longhand.evalscope.task import read_task
from longhand.program.errors import LonghandError
from plan_run import main as plan
from run_evalscope_task import main as run_task

API = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
VLLM = {"backend": "vllm", "model": "org/name"}
ALIASES = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
BOMB = f"a0: &a0 [lol, lol]\n{ALIASES}"
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))
SELF = "a: &a\n  b: *a\n"
DEEP = f"a: {'[' * 3000}{']' * 3000}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "it holds more than anyone writes"),
        (MERGES, "too many keys are merged"),
        (SELF, "nested over 50 levels deep, or holds itself"),
        (DEEP, "nested over 50 levels deep, or holds itself"),
        (f"a: {'[' * 60}{']' * 60}", "nested over 50 levels deep, or holds itself"),
        ("a: {b: 2024-05-13}", "it is a date, which JSON does not have (f.yaml a.b); fix: put it into quotes"),
        ("a: 2024-05-13 10:00:00", "it is a time"),
        ("a: 2024-99-99", "a value is not what it looks like"),
        ("a: !!int x", "a value is not what it looks like"),
        (f"a: {'9' * 5000}", "a value is not what it looks like"),
        ("a: {b: !!set {x, y}}", "it is a set"),
        ("a: !!binary aGk=", "it is binary"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: .nan", "it is no finite number (f.yaml a)"),
        ("a: [1, -.inf]", "it is no finite number (f.yaml a.1)"),
        ("a: 9223372036854775808", "the number is too large (f.yaml a); fix: less than 2^63"),
        ("on: 1", "a key is True, not a text"),
        ("{1: a, b: c}", "a key is 1, not a text"),
        ('a: "\\0"', "NUL, or half a surrogate"),
        ('a: "\\ud800"', "NUL, or half a surrogate"),
        ("a: [", "not YAML: expected the node content, but found '<stream end>' (f.yaml line 1)"),
        (f"k: {KEY}: x", "not YAML: mapping values are not allowed here (f.yaml line 1)"),
    ],
)
def test_what_is_not_plain_is_named(text: str, message: str) -> None:
    with pytest.raises(LonghandError) as raised:
        yaml_value(text, "f.yaml")
    assert message in str(raised.value) and KEY not in str(raised.value)


def test_what_is_plain_stays_as_it_is() -> None:
    value = {"a": [1, 2.5, True, None, "é漢"], "logit_bias": {123: -100}, "big": 2**63 - 1, "same": ["x"]}
    assert (
        yaml_value("a: [1, 2.5, true, null, é漢]\nlogit_bias: {123: -100}\nbig: 9223372036854775807\nsame: [x]", "f")
        == value
    )
    assert yaml_value("base: &b {x: 1}\nmore: {<<: *b, y: 2}", "f")["more"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.yaml", "a: {b: .nan}", "no finite number"),
        ("t.json", '{"a": {"b": NaN}}', "no finite number"),
        ("t.json", '{"a": {"b": 1e999}}', "no finite number"),
        ("t.py", "a = {'b': 1e999}", "no finite number"),
        ("t.yaml", BOMB, "more than anyone writes"),
        ("t.yaml", SELF, "or holds itself"),
        ("t.json", '{"a":' * 60 + "1" + "}" * 60, "or holds itself"),
        ("t.json", '{"a":' * 5000, "or holds itself"),
        ("t.py", f"a = {{'b': {'[' * 60 + ']' * 60}}}", "or holds itself"),
        ("t.py", "[" * 5000, "not Python: too many nested parentheses"),
        ("t.py", "-" * 5000 + "1", "not Python"),
        ("t.py", "x = y" + ".a" * 900, "nested too deep"),
    ],
)
def test_a_task_of_evalscopes(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LonghandError) as raised:
        read_task(tmp_path / name)
    assert message in str(raised.value)


@pytest.mark.parametrize("text", [BOMB, SELF, "path: 2024-05-13", "ranges: [.nan]"])
def test_a_registry_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/rain.yaml").write_text(text)
    assert "datasets/rain.yaml" in mistake({}, tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the file: No such file or directory (mine.yaml)"),
        (b"models: {a: [\n", "not YAML: expected the node content, but found '<stream end>' (mine.yaml line 2)"),
        (b"models:\n\ta: 1", "not YAML: found character '\\t' that cannot start any token (mine.yaml line 2)"),
        (b"title: \xe9", "not UTF-8 text at byte 7 (mine.yaml)"),
        (b"- models", "a config is a mapping of settings to values (mine.yaml)"),
        (b"", "a config is a mapping of settings to values (mine.yaml)"),
        (SELF.encode(), "or holds itself (mine.yaml a.b.b"),
    ],
)
def test_a_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("mine.yaml").write_bytes(content)
    for program in (
        lambda: plan(configfile=[Path("mine.yaml")]),
        lambda: run_task(task=Path("t"), settings=[Path("mine.yaml")]),
    ):
        with pytest.raises(LonghandError) as raised:
            program()
        assert message in str(raised.value)


def test_a_config_file_may_be_json(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{\n\t"shards": 3,\n\t"title": "a\\tb"}')
    assert read_config(tmp_path / "c.json") == {"shards": 3, "title": "a\tb"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"shards": 2.0}, "2.0 is not a whole number (config shards)"),
        ({"seed": float("nan")}, "it is no finite number (config seed)"),
        ({"models": {"m": API | {"sampling": {"temperature": float("inf")}}}}, "no finite number (config models.m.sam"),
        ({"models": {"m": API | {"sampling": {"stream": True}}}}, "'stream' of a request is set by Longhand"),
        ({"models": {"m": API | {"price": {"input": float("nan"), "output": 1}}}}, "no finite number (config models.m"),
        ({"models": {"m": VLLM | {"engine": {"x": {"y": {1, 2}}}}}}, "it is a set, which JSON does not have (config"),
        ({"models": {"m": VLLM | {"engine": {"x": b"y"}}}}, "it is binary, which JSON does not have (config models.m"),
        ({"models": {"m": VLLM | {"engine": {"Port": 1, "served_model_name": "x"}}}}, "'served_model_name' is set by"),
        ({"models": {"m\n": {"backend": "demo"}}}, "'m\\n' does not have the right form. A name is at most 150"),
        ({"datasets": {"d": {"url": "https://x/y.jsonl\n", "sha256": "0" * 64}}}, "does not have the right form"),
        ({"datasets": {5: {"path": "x"}}}, "a key is 5, not a text"),
        ({"datasets": {"leaderboard.parquet": {"path": "x.csv"}}}, "'leaderboard.parquet' cannot be a dataset's name"),
        ({"datasets": {"Report.HTML": {"path": "x.csv"}}}, "'Report.HTML' cannot be a dataset's name"),
        ({"models": {"prompts.parquet": {"backend": "demo"}}}, "'prompts.parquet' cannot be a model's name"),
        ({"judges": {"x.Traces": {"backend": "demo"}}}, "'x.Traces' cannot be a judge's name"),
        ({"datasets": {"d": {"path": "my/{x}.jsonl"}}}, "braces cannot be in it. (config datasets.d.path)"),
        ({"models": {"m": {"backend": "recorded", "path": "{x}.jsonl"}}}, "braces cannot be in its path"),
        ({"datasets": {"d": {"url": "x.org/y.jsonl", "sha256": "0" * 64}}}, "Public address, http:// or https://"),
        ({"models": {"m": {"samples": 2}}}, "(config models.m); fix: name one; a file that is laid over another comes"),
        ({"models": {"m": API | {"base_url": "localhost:8000/v1"}}}, "from http:// or https:// up to and with /v1"),
        ({"models": {"m": API | {"base_url": "http://h:99999/v1"}}}, "'http://h:99999/v1' is no address"),
        ({"models": {"m": API | {"base_url": "http://[::1/v1"}}}, "is no address"),
        ({"models": {"m": API | {"base_url": "http://:80/v1"}}}, "is no address"),
        ({"commands": {"vllm": "run 'it"}}, "No closing quotation: run 'it (config commands.vllm)"),
        ({"commands": {"vllm": " "}}, "the command has no words (config commands.vllm)"),
    ],
)  # fmt: skip
def test_a_config(tmp_path: Path, config: dict, message: str) -> None:
    line = mistake(config, tmp_path)
    assert message in line and "\n" not in line


@pytest.mark.parametrize("rate", ["1e999", "0e1"])
def test_a_learning_rate_that_is_no_number_or_none(tmp_path: Path, rate: str) -> None:
    train = {"method": "sft", "data": "s", "model": "m", "max_length": 9, "learning_rate": rate}
    sft = {"dataset": "longhand-mini", "model": "demo-long"}
    assert f"learning_rate {rate} must be" in mistake({"sft": {"s": sft}, "train": {"t": train}}, tmp_path)


def test_numbers_as_keys_of_a_logit_bias_stay() -> None:
    model: ConfigEntry = load_config({"models": {"m": API | {"sampling": {"logit_bias": {5: -1}}}}}).models["m"]
    assert json.loads(model.identity.to_json())["sampling"]["logit_bias"] == {"5": -1}
