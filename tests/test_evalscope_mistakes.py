"""What is wrong with a task of EvalScope's is told in one line, and never with its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from evalscope_task import converted, with_
from marked_key import KEY

from longhand.evalscope.task import read_task
from longhand.program.errors import LonghandError
from run_evalscope_task import words_of


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (with_("modle", "m"), "unknown key 'modle', did you mean 'model'? known: eval_config, "),
        (with_("infer_config.num_proc", 4), "unknown key 'num_proc', known: generation_kwargs, is_chat, "),
        (with_("infer_config.proc_num", 0), "0 must be at least 1"),
        (with_("eval_config.proc_num", True), "True is not a whole number"),
        (with_("stage", ["infer", "eval"]), "'eval' is not allowed, did you mean 'eval_q'? known: eval_l"),
        (with_("stage", []), "[] is empty"),
        (with_("model", None), "None is not a text"),
        (with_("model", remove=True), "'model' is missing"),
        (with_("output_dir", remove=True), "'output_dir' is missing"),
        (with_("infer_config", None), "'infer_config' is missing, stage infer needs it"),
        (with_("eval_config", remove=True), "'eval_config' is missing, stage eval_q needs it"),
        (with_("infer_config.openai_api_base", "http://h/v1"), "'http://h/v1' must end with /chat/completions"),
        (with_("infer_config.is_chat", False), "must end with /completions where is_chat is false"),
        (with_("infer_config.openai_api_base", "localhost:8000"), "'localhost:8000' does not have the right form"),
        (with_("infer_config.openai_api_base", f"http://u:{KEY}@h/v1/chat/completions"), "the value (not shown)"),
        (with_("infer_config.generation_kwargs", {"temperature": "hot"}), "'hot' is not a number"),
        (with_("eval_config.openai_api_key", [KEY]), "openai_api_key (not shown) is no key"),
        (with_("eval_config.openai_api_key", KEY + "\n" + KEY), "openai_api_key (not shown) is no key"),
        (with_("eval_config", [{"openai_api_key": KEY}]), "is not a mapping"),
        (with_("openai_api_key", KEY), "unknown key 'openai_api_key', known: eval_config"),
        (with_("input_data_path", "no.jsonl"), "no.jsonl' (")
    ],
)  # fmt: skip
def test_a_wrong_task(tmp_path: Path, task: dict[str, Any], message: str) -> None:
    with pytest.raises(LonghandError) as raised:
        converted(tmp_path, task)
    assert message in str(raised.value) and "task.json" in str(raised.value)
    assert KEY not in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.toml", "", "'.toml' files cannot be read as a task (t.toml); fix: use .yaml, .json or .py"),
        ("t.yaml", f"eval_config:\n  openai_api_key: {KEY}: x", "mapping values are not allowed here (t.yaml line 2)"),
        ("t.yaml", "- infer\n", "the task is no mapping of keys to values"),
        ("t.json", f'{{"openai_api_key": "{KEY}" "x"}}', "not JSON: Expecting ',' delimiter"),
        ("t.py", "task_cfg = dict(\n", "not Python: '(' was never closed (t.py line 1)"),
        ("t.py", "x = 1\n", "0 dicts stand in the file; the task must be the only one"),
        ("t.py", "a = {}\nb = dict(c=1)\n", "2 dicts stand in the file"),
        ("t.py", "a = dict(model='m',\n  k=os.getenv('K'))\n", "the file is read, not run (t.py line 2)"),
        ("t.py", "a = dict(**b, model='m')\n", "0 dicts stand in the file"),
        ("t.py", "a = {'stage': {'infer'}}\n", "a value that is not plain"),
        ("t.json", '{"model_id_or_path": "m"}', "'model_id_or_path' is of an older form of EvalScope's tasks"),
        ("t.yaml", b"\xff", "not UTF-8 text at byte 0"),
        ("t.json", None, "cannot read the file: No such file"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_task(tmp_path: Path, name: str, content: str | bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LonghandError) as raised:
        read_task(tmp_path / name)
    assert message in str(raised.value).replace(f"{tmp_path}/", "") and KEY not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [("--configfile x", "--configfile is set"), ("-d=x", "-d is set"), ("'", "No closing quotation")],
)
def test_options_that_are_not_for_the_user(options: str, message: str) -> None:
    with pytest.raises(LonghandError, match=message):
        words_of(options)
    assert words_of("-n --profile 'my slurm'") == ["-n", "--profile", "my slurm"]
