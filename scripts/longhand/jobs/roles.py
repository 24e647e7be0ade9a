"""From the config to orders: which entries have the roles of a method, what decides rows, how it is reached."""

from __future__ import annotations

from collections.abc import Mapping

from longhand.config.reached import ConfigEntry
from longhand.jobs.method import GENERATE, method_class
from longhand.wire.identity import canonical


def roles(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> dict[str, ConfigEntry]:
    """Role -> the entry that has it.

    Args:
        step: the rule that generates or judges.
        entry: the model or judge that the job is for.
        models: those of the config.
    """
    named = method_class(step, entry.settings["method"]).ROLES
    return {role: entry if key is None else models[entry.settings[key]] for role, key in named.items()}


def asks_of(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> str:
    """JSON of what decides the rows of a job, beside its tables: a change of it makes them stale. See `roles`."""
    method, settings = entry.settings["method"], entry.settings
    kept = [*(["samples"] if step == GENERATE else []), *method_class(step, method).SETTINGS]
    identities = {role: each.identity.to_json() for role, each in roles(step, entry, models).items()}
    return canonical({"method": method, "settings": {key: settings[key] for key in kept}, "identities": identities})


def reached_by(step: str, entry: ConfigEntry, models: Mapping[str, ConfigEntry]) -> str:
    """JSON of how a job reaches what it asks. A change of it makes nothing stale. See `roles`."""
    entries = roles(step, entry, models)
    return canonical({role: [each.kind, each.serving.to_json()] for role, each in entries.items()})
