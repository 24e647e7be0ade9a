"""Checks the config against its JSON Schema, fills defaults in, and words mistakes for people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from longhand.config.settings_files import check_plain
from longhand.program.errors import LonghandError

SCHEMA: dict[str, Any] = yaml.load(
    (Path(__file__).resolve().parents[3] / "config/schema/config.schema.yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # where PyYAML was built with it: ten times as fast
)


RawSettings = Mapping[str, Any]
"""The config, or an entry of it, as YAML has it; with defaults."""

TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
"""What JSON Schema's types are called in messages."""


def _whole(_: Any, value: Any) -> bool:
    """2.0 is no whole number: it cannot count."""
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """`$` is the end of the text, as in JSON Schema's own language; Python's also stands before a last line end."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"pattern": _pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _whole),
)

BASE_FIRST = "name one; a file that is laid over another comes after it: --configfile base.yaml mine.yaml"
"""What to do about a model without a backend: often the base was left out."""


def checked(
    settings: Any, definition: str | None = None, where: str = "config", schema: dict[str, Any] = SCHEMA
) -> dict[str, Any]:
    """A copy of `settings` with defaults filled in.

    Args:
        settings: what YAML or JSON gave.
        definition: a name under `$defs`, or None for the whole config.
        where: what the settings are, for the message ("rubric longen").
        schema: that of the config, or another without `$defs`.

    Raises:
        LonghandError: names the first wrong key, its value and what is allowed.
    """
    check_plain(settings, where)
    chosen = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]} if definition else schema
    validator = _Validator(chosen)
    error = jsonschema.exceptions.best_match(validator.iter_errors(settings))
    if error is not None:
        key = ".".join(str(part) for part in error.absolute_path)
        problem = _in_words(error)
        fix = BASE_FIRST if problem == "'backend' is missing" else None
        raise LonghandError(problem, f"{where} {key}".strip(), fix)
    filled: dict[str, Any] = _filled(settings, schema["$defs"][definition] if definition else schema)
    return filled


def checked_section(section: str, entries: Any) -> dict[str, Any]:
    """A section of the config, checked by itself, with defaults. See `checked`."""
    properties = {section: SCHEMA["properties"][section]}
    schema = {"type": "object", "properties": properties, "$defs": SCHEMA["$defs"]}
    filled: dict[str, Any] = checked({section: entries}, schema=schema)[section]
    return filled


def suggestion(wrong: str, allowed: Iterable[str]) -> str:
    """`did you mean …? known: …` for a mistyped name."""
    names = sorted(allowed)
    close = difflib.get_close_matches(wrong, names, n=1)
    known = ", ".join(names) if names else "none"
    return (f"did you mean '{close[0]}'? " if close else "") + f"known: {known}"


def _in_words(error: jsonschema.ValidationError) -> str:
    value, allowed = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            unknown = sorted(set(value) - set(error.schema.get("properties", {})), key=str)[0]
            return f"unknown key '{unknown}', {suggestion(str(unknown), error.schema.get('properties', {}))}"
        case "required":
            missing = next(key for key in allowed if key not in value)
            return f"'{missing}' is missing"
        case "enum":
            return f"{_shown(value)} is not allowed, {suggestion(str(value), map(str, allowed))}"
        case "type":
            names = [allowed] if isinstance(allowed, str) else allowed
            keys = ", ".join(sorted(error.schema.get("properties", {}))) if "object" in names else ""
            wrong = f"{_shown(value)} is not {' or '.join(TYPES[name] for name in names)}"
            return f"{wrong}; its keys: {keys}" if keys else wrong
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            bound = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}.get(
                error.validator, "below"
            )
            return f"{_shown(value)} must be {bound} {allowed}"
        case "minItems" | "minLength" | "minProperties" if not value and allowed == 1:
            return f"{_shown(value)} is empty"
        case "uniqueItems":
            return f"{_shown(next(each for each in value if value.count(each) > 1))} stands there twice"
        case "not" if "const" in allowed:
            return f"the name {_shown(value)} is taken"
        case "pattern":
            hint = error.schema.get("description", f"allowed: {allowed}")
            # May hold a password, a key (?key=…), or the key itself instead of its variable's name.
            holds_more = "://" in str(value) and {"?", "#"} & set(str(value))
            secret = "@" in str(value) or holds_more or "api_key_env" in error.absolute_path
            shown = "the value (not shown)" if secret else _shown(value)
            return f"{shown} does not have the right form. {hint}"
        case _:
            return f"{_shown(value)}: {error.message}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _filled(value: Any, schema: dict[str, Any]) -> Any:
    """`value` with the defaults of `schema` for what is absent, all the way down."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    filled = {}
    for key, child in known.items():
        if key in value or "default" in child:
            filled[key] = _filled(value.get(key, child.get("default")), child)
    for key in value:  # in the order written: that of a rubric's dimensions
        if key not in known:
            filled[key] = _filled(value[key], others) if isinstance(others, dict) else value[key]
    return filled
