"""From the config to orders: which entries have the roles of a method, what decides rows, how it is reached."""

from __future__ import annotations

from collections.abc import Mapping

from longhand.config.reached import Asked
from longhand.jobs.method import GENERATE, method_class
from longhand.wire.identity import canonical


def roles(step: str, asked: Asked, models: Mapping[str, Asked]) -> dict[str, Asked]:
    """Role -> the entry that has it.

    Args:
        step: the rule that generates or judges.
        asked: the model or judge that the job is for.
        models: those of the config.
    """
    named = method_class(step, asked.settings["method"]).ROLES
    return {role: asked if key is None else models[asked.settings[key]] for role, key in named.items()}


def asks_of(step: str, asked: Asked, models: Mapping[str, Asked]) -> str:
    """JSON of what decides the rows of a job, beside its tables: a change of it makes them stale. See `roles`."""
    method, settings = asked.settings["method"], asked.settings
    kept = [*(["samples"] if step == GENERATE else []), *method_class(step, method).SETTINGS]
    identities = {role: entry.identity.to_json() for role, entry in roles(step, asked, models).items()}
    return canonical({"method": method, "settings": {key: settings[key] for key in kept}, "identities": identities})


def reached_by(step: str, asked: Asked, models: Mapping[str, Asked]) -> str:
    """JSON of how a job reaches what it asks. A change of it makes nothing stale. See `roles`."""
    entries = roles(step, asked, models)
    return canonical({role: [entry.kind, entry.serving.to_json()] for role, entry in entries.items()})
