"""Checks what the config says of the succession of judges."""

from __future__ import annotations

from longhand.config.judged import judges_for
from longhand.config.schema import RawSettings, suggestion
from longhand.config.succession import SECTION, successions
from longhand.program.errors import LonghandError


def check_successions(raw: RawSettings) -> None:
    """Checks all entries of `succession`.

    Args:
        raw: the config with defaults.

    Raises:
        LonghandError: an unknown name, a judge that takes its own place or does not judge the responses, or a new
            judge with two old ones.
    """
    bridged: dict[tuple[str, str], str] = {}
    for each in successions(raw):
        where = f"config {SECTION}.{each.name}"
        for key, kind, names in (
            ("from", "judge", [each.old]),
            ("to", "judge", each.new),
            ("models", "model", each.models),
        ):
            for name in names:
                if name not in raw[f"{kind}s"]:
                    raise LonghandError(
                        f"unknown {kind} '{name}', {suggestion(name, raw[f'{kind}s'])}", f"{where}.{key}"
                    )
        if each.old in each.new:
            raise LonghandError(f"'{each.old}' would take its own place", f"{where}.to", "name other judges")
        for judge in each.new:
            if (other := bridged.setdefault((each.dataset, judge), each.name)) != each.name:
                what = f"judge {judge} continues another judge's scores on {each.dataset} already ({SECTION}.{other})"
                raise LonghandError(what, f"{where}.to", "one old judge for each new one")
        for model in each.models:
            fitting = judges_for(each.drawn, model, raw)
            for judge in (each.old, *each.new):
                if judge not in fitting:
                    what = f"judge {judge} does not judge responses of {model} to {each.dataset}"
                    fix = "see the dataset's `rubric`, and the judge's `datasets`"
                    if raw["judges"][judge]["backend"] == "recorded":
                        fix = "a recorded judge has its verdicts in the files of recorded models, see models.….fields"
                    raise LonghandError(what, where, fix)
