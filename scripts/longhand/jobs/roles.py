"""From the config to orders: which entries have the roles of a method, what decides rows, how it is reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from longhand.ask.servers import server_key
from longhand.config.reached import ConfigEntry
from longhand.config.schema import suggestion
from longhand.jobs.method import BM25, EMBEDDER, GENERATE, method_class
from longhand.jobs.templates import Templates, templates_of
from longhand.program.errors import LonghandError
from longhand.wire.identity import canonical

Askable = Mapping[str, Mapping[str, ConfigEntry]]
"""What roles may name: section of the config -> its entries."""


def roles(step: str, entry: ConfigEntry, askable: Askable) -> dict[str, ConfigEntry]:
    """Role -> the entry that has it. A role of the section `embedders` that nobody is named for is left out.

    Args:
        step: the rule that generates or judges.
        entry: the model or judge that the job is for.
        askable: of the config.

    Raises:
        LonghandError: the entry names one that is none of its section, or one that is not asked.
    """
    chosen = {}
    for role, key in method_class(step, entry.settings["method"]).ROLES.items():
        name = None if key is None else _setting(entry, key)
        if role != EMBEDDER or name not in (None, BM25):
            section = "embedders" if role == EMBEDDER else "models"
            chosen[role] = entry if name is None else _named(entry, str(key), name, section, askable[section])
    return chosen


def asks_of(step: str, entry: ConfigEntry, askable: Askable) -> str:
    """JSON of what decides the rows of a job, beside its tables: a change of it makes them stale. See `roles`.

    Raises:
        LonghandError: a role or a template of the method is wrong.
    """
    name, settings = entry.settings["method"], entry.settings
    method = method_class(step, name)
    kept = [*(["samples"] if step == GENERATE else []), *method.SETTINGS]
    # Which entry has a role is said by its identity, and a template by its text.
    apart = {"prompts"} | {key.split(".")[-1] for key in method.ROLES.values() if key is not None}
    deciding = {key: _without(settings[key], apart) for key in kept if key in settings}
    if method.PROMPTS:
        deciding["prompts"] = _templates(step, name, _files(entry), Path.cwd(), f"config {entry.kind}.{entry.name}")
    identities = {role: each.identity.to_json() for role, each in roles(step, entry, askable).items()}
    return canonical({"method": name, "settings": deciding, "identities": identities})


def reached_by(step: str, entry: ConfigEntry, askable: Askable) -> str:
    """JSON of how a job reaches what it asks. A change of it makes nothing stale. See `roles`."""
    entries = roles(step, entry, askable)
    return canonical({role: [each.kind, each.serving.to_json()] for role, each in entries.items()})


def _setting(entry: ConfigEntry, key: str) -> str | None:
    """What an entry sets as "key", or as "section.key"."""
    section, _, last = key.rpartition(".")
    name: str | None = (entry.settings.get(section, {}) if section else entry.settings).get(last)
    return name


def _named(entry: ConfigEntry, key: str, name: str, section: str, entries: Mapping[str, ConfigEntry]) -> ConfigEntry:
    where = f"config {entry.kind}.{entry.name} {key}"
    if name not in entries:
        raise LonghandError(f"unknown {section[:-1]} '{name}', {suggestion(name, entries)}", where)
    if entries[name].backend == "recorded" or "train" in entries[name].settings:
        raise LonghandError(f"'{name}' is recorded or trained here: it cannot have this role", where)
    if entries[name].on_gpu and not (entry.on_gpu and server_key(entries[name].serving) == server_key(entry.serving)):
        fix = "name one of the same weights, engine and gpus, or serve it yourself: backend openai"
        raise LonghandError(f"'{name}' needs a vLLM server of its own: a job has GPUs for one", where, fix)
    return entries[name]


def _files(entry: ConfigEntry) -> str:
    """JSON of the files that the method's section names."""
    section = entry.settings.get(entry.settings["method"].replace("-", "_"), {})
    return canonical(section.get("prompts", {}))


def _without(value: Any, keys: set[str]) -> Any:
    return {key: each for key, each in value.items() if key not in keys} if isinstance(value, dict) else value


@cache
def _templates(step: str, name: str, files: str, folder: Path, where: str) -> Templates:
    """Read once by a process: each of a run's many jobs has them."""
    place = f"{where} {name.replace('-', '_')}.prompts"
    return templates_of(name, method_class(step, name).PROMPTS, json.loads(files), folder, place)
