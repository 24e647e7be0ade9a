"""From a task of EvalScope's LongBench-Write module to a Longhand config that asks the same."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from longhand.config.load import FILE_ENDINGS, RESERVED_NAMES
from longhand.config.registry import SHIPPED
from longhand.evalscope.task import Task
from longhand.program.errors import LonghandError
from longhand.prompts.datasets import OPTIONAL
from longhand.prompts.sources import read_source
from longhand.tables.files import Row

LONGBENCH_WRITE = "longbench-write"
_SHIPPED_FILE = "longbench_write/resources/longbench_write.jsonl"  # where it lies in EvalScope's package

FILES = {
    "infer": ["pred.jsonl"],
    "eval_l": ["eval_length.jsonl", "eval_length_scatter.png"],
    "eval_q": ["eval_quality.jsonl"],
}
"""What each stage writes."""

# What EvalScope sends where generation_kwargs are given but lack a setting, and where there are none at all.
_INFER = {"max_new_tokens": 4096, "temperature": 0.0, "repetition_penalty": 1.0}
_INFER_NONE = {"max_new_tokens": 32768, "temperature": 0.5, "repetition_penalty": 1.0}
_EVAL = {"max_new_tokens": 1024, "temperature": 0.5, "stop": None}

_NAME = 80
"""Most characters of a name that is made of a model's id or a file's name."""


@dataclass(frozen=True)
class Converted:
    """A task as Longhand runs it.

    Attributes:
        settings: the config, without keys.
        folder: where EvalScope puts the files of this model.
        made: where the run makes the same files, relative to its folder.
        files: those that the task's stages write.
        report: whether there is something to report: a stage that evaluates.
        keys: environment variables that the run needs beside its own.
        notes: what a user of EvalScope should know, a line each.
    """

    settings: Row
    folder: Path
    made: str
    files: list[str]
    report: bool
    keys: dict[str, str]
    notes: list[str]


def convert(task: Task, missing: str = "exclude", rubric: str | None = None) -> Converted:
    """The config that does what a task says.

    Args:
        task: the task.
        missing: how responses without a readable verdict count; EvalScope's own way is neutral.
        rubric: what the judge is asked; EvalScope's own wording is longbench-write-published.

    Raises:
        LonghandError: a file or a section that a stage needs is missing, or an address does not fit.
    """
    task_settings, where = task.settings, str(task.path)
    stages = task_settings["stage"]
    for stage, section in (("infer", "infer_config"), ("eval_q", "eval_config")):
        if stage in stages and task_settings[section] is None:
            raise LonghandError(f"'{section}' is missing, stage {stage} needs it", where)
    folder = task.path.resolve().parent / task_settings["output_dir"] / evalscope_folder(task_settings["model"])
    model, dataset, judges, keys = safe_name(folder.name), _dataset_name(task), dict[str, Row](), dict[str, str]()
    if "infer" in stages:
        source = _prompts(task, dataset)
        entry = _reached(task, "infer_config", task_settings["model"], keys)
    else:
        pred = folder / "pred.jsonl"
        if not pred.is_file():
            raise LonghandError(f"there is no file '{pred}'", where, "stage infer makes it")
        source = _file(pred) | {"description": "The prompts of a pred.jsonl of EvalScope's form."}
        entry = {"backend": "recorded", "path": str(pred)}
    if "eval_l" in stages and "fields" in source and source["fields"]["required"] is None:
        raise LonghandError("a line has no 'length', stage eval_l needs it", source["path"])
    if "eval_q" in stages:
        judge = task_settings["eval_config"]["openai_gpt_model"]
        judges[safe_name(evalscope_folder(judge))] = _reached(task, "eval_config", judge, keys)
        source |= {"rubric": rubric} if rubric else {}
    settings = {
        "title": f"EvalScope task: {task_settings['model']}",
        "datasets": {dataset: source} if source else {},
        "models": {model: entry},
        "judges": judges,
        "evaluate": {"datasets": [dataset], "models": [model], "judges": list(judges)},
        "scores": {"missing": missing},
        "shards": 1,  # one job asks at a time, so that proc_num is the number of requests in flight
        "exports": ["evalscope"],
    }
    return Converted(
        settings=settings,
        folder=folder,
        made=f"results/evalscope/{dataset}/{model}",
        files=[file for stage, files in FILES.items() if stage in stages for file in files],
        report=set(stages) != {"infer"},
        keys=keys,
        notes=list(_notes(task, rubric)),
    )


def evalscope_folder(model: str) -> str:
    """The folder of a model's files as EvalScope names it; one that would lead elsewhere gets a safe name instead."""
    folder = model.strip("/").replace("/", "__")
    ordinary = folder.isprintable() and folder not in ("", ".", "..") and len(folder.encode()) <= 200
    return folder if ordinary else safe_name(folder)


def safe_name(text: str, taken: Collection[str] = ()) -> str:
    """A name for the config and its folders: the text itself if it may be one, else what is left of it and a digest."""
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", text).lstrip("._+-")[:_NAME]
    if name and name == text and name not in taken and not name.lower().endswith(FILE_ENDINGS):
        return name
    return "-".join([*([name] if name else []), hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]])


def _given(task: Task) -> Path | None:
    """The file of prompts that a task names."""
    given = task.settings["input_data_path"]
    return None if given is None else task.path.resolve().parent / given


def _dataset_name(task: Task) -> str:
    """LongBench-Write is known by its content, or by where EvalScope has it; other files get a name from their own."""
    file, shipped = _given(task), SHIPPED / "datasets"
    if file is None:
        return LONGBENCH_WRITE
    if file.is_file():
        pinned = yaml.safe_load((shipped / f"{LONGBENCH_WRITE}.yaml").read_text(encoding="utf-8"))["sha256"]
        known = hashlib.sha256(file.read_bytes()).hexdigest() == pinned
    else:
        known = file.as_posix().endswith(_SHIPPED_FILE)
    taken = RESERVED_NAMES | {path.stem for path in shipped.glob("*.yaml")}
    return LONGBENCH_WRITE if known else safe_name(file.stem, taken)


def _prompts(task: Task, dataset: str) -> Row:
    """What the config says of a task's prompts beyond what is shipped."""
    file = _given(task)
    if file is None or (dataset == LONGBENCH_WRITE and not file.is_file()):
        return {}
    if not file.is_file():
        fix = "a path in a task is relative to the task's folder"
        raise LonghandError(f"there is no file '{file}'", f"{task.path} input_data_path", fix)
    if dataset == LONGBENCH_WRITE:
        return {"path": str(file)}
    return _file(file) | {"description": f"The prompts of {file.name}, an EvalScope task's."}


def _file(file: Path) -> Row:
    """A file with EvalScope's columns. Others are left unread, also where Longhand knows their names."""
    number, counts = 0, Counter[str]()  # of rows, and of those that have the column
    for _, row in read_source(file, file.suffix.lstrip(".")):
        number += 1
        counts.update(row.keys() & {"type", "length"})
    fields: dict[str, str | None] = dict.fromkeys(OPTIONAL)
    fields["prompt"] = "prompt"
    for ours, theirs in (("category", "type"), ("required", "length")):
        fields[ours] = theirs if counts[theirs] == number else None
    return {"path": str(file), "fields": fields}


def _reached(task: Task, section: str, model: str, keys: dict[str, str]) -> Row:
    """The entry of a model or judge; its key goes to `keys`."""
    settings, infer = task.settings[section], section == "infer_config"
    given = settings["generation_kwargs"]
    sampling: dict[str, Any] = _EVAL if not infer else _INFER_NONE if given is None else _INFER
    sampling = {"top_p": None} | sampling | (given or {})  # null is not sent: EvalScope sends no top_p
    sampling["max_tokens"] = sampling.pop("max_new_tokens")
    chat = settings.get("is_chat", True)
    base = _base(settings["openai_api_base"], chat, f"{task.path} {section}.openai_api_base")
    entry: Row = {"backend": "openai", "model": model, "base_url": base, "api": "chat" if chat else "completions"}
    entry |= {"sampling": sampling, "concurrency": settings["proc_num"]}
    if section in task.keys:
        variable = f"EVALSCOPE_{section.split('_')[0].upper()}_API_KEY"
        keys[variable] = task.keys[section]
        return entry | {"api_key_env": variable}
    # Where it is not set, the run says so before its first job. It is never sent over plain HTTP unasked.
    return entry | ({"api_key_env": "OPENAI_API_KEY"} if not infer and base.startswith("https:") else {})


def _base(address: str, chat: bool, where: str) -> str:
    ending = "/chat/completions" if chat else "/completions"
    base = address.rstrip("/").removesuffix(ending)
    if base == address.rstrip("/") or base.endswith("/chat"):
        raise LonghandError(f"'{address}' must end with {ending} where is_chat is {str(chat).lower()}", where)
    return base


def _notes(task: Task, rubric: str | None) -> Iterator[str]:
    """What differs from EvalScope."""
    settings = task.settings
    if "infer" in settings["stage"]:
        if (file := _given(task)) and _dataset_name(task) == LONGBENCH_WRITE and not file.is_file():
            yield f"input_data_path: the same file, {LONGBENCH_WRITE}, is fetched from its public address"
        if "infer_config" in task.keys:
            yield "infer_config.openai_api_key is sent; EvalScope does not send it"
        if settings["infer_config"]["verbose"]:
            yield "infer_config.verbose has no effect: progress is in the terminal, details are in logs/"
    if "eval_q" in settings["stage"] and rubric is None:
        yield "the judge is asked in Longhand's wording; EvalScope's is the rubric longbench-write-published"
    for stage, section, known in (("infer", "infer_config", _INFER), ("eval_q", "eval_config", _EVAL)):
        given = (settings[section] or {}).get("generation_kwargs") or {}
        for name in sorted(given.keys() - known.keys()) if stage in settings["stage"] else ():
            yield f"{section}.generation_kwargs.{name} is sent; EvalScope does not send it"
