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
from longhand.jobs.method import GENERATE, method_class
from longhand.jobs.templates import Templates, templates_of
from longhand.program.errors import LonghandError
from longhand.wire.identity import canonical


def roles(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> dict[str, ConfigEntry]:
    """Role -> the entry that has it.

    Args:
        step: the rule that generates or judges.
        entry: the model or judge that the job is for.
        models: those of the config.

    Raises:
        LonghandError: the entry names one that is none of `models`, or one that is not asked.
    """
    named = method_class(step, entry.settings["method"]).ROLES
    return {role: entry if key is None else _named(entry, key, models) for role, key in named.items()}


def asks_of(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> str:
    """JSON of what decides the rows of a job, beside its tables: a change of it makes them stale. See `roles`.

    Raises:
        LonghandError: a role or a template of the method is wrong.
    """
    name, settings = entry.settings["method"], entry.settings
    method = method_class(step, name)
    kept = [*(["samples"] if step == GENERATE else []), *method.SETTINGS]
    # Which entry has a role is said by its identity, and a template by its text.
    apart = {"prompts"} | {key.split(".")[-1] for key in method.ROLES.values() if key is not None}
    deciding = {key: _without(settings[key], apart) for key in kept}
    if method.PROMPTS:
        deciding["prompts"] = _templates(step, name, _files(entry), Path.cwd(), f"config {entry.kind}.{entry.name}")
    identities = {role: each.identity.to_json() for role, each in roles(step, entry, models).items()}
    return canonical({"method": name, "settings": deciding, "identities": identities})


def reached_by(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> str:
    """JSON of how a job reaches what it asks. A change of it makes nothing stale. See `roles`."""
    entries = roles(step, entry, models)
    return canonical({role: [each.kind, each.serving.to_json()] for role, each in entries.items()})


def _named(entry: ConfigEntry, key: str, models: Mapping[str, ConfigEntry]) -> ConfigEntry:
    section, _, last = key.rpartition(".")
    name = (entry.settings.get(section, {}) if section else entry.settings).get(last)
    if name is None:
        return entry
    where = f"config {entry.kind}.{entry.name} {key}"
    if name not in models:
        raise LonghandError(f"unknown model '{name}', {suggestion(name, models)}", where)
    if models[name].backend == "recorded" or "train" in models[name].settings:
        raise LonghandError(f"'{name}' is recorded or trained here: it cannot have this role", where)
    if models[name].on_gpu and not (entry.on_gpu and server_key(models[name].serving) == server_key(entry.serving)):
        fix = "name one of the same weights, engine and gpus, or serve it yourself: backend openai"
        raise LonghandError(f"'{name}' needs a vLLM server of its own: a job has GPUs for one", where, fix)
    return models[name]


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
