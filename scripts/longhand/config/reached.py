"""How a model or a judge of the config is reached and asked."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from longhand.config.batch import check_batch
from longhand.config.file_digests import named_files
from longhand.config.serving import Serving
from longhand.config.settings_files import file_text, yaml_value
from longhand.config.trainings import base_of, check_trained, weights_of
from longhand.program.errors import LonghandError
from longhand.text.chunks import loaded, tokenizer_file
from longhand.wire.identity import OPERATIONAL_FLAGS, Identity
from longhand.wire.price import with_batch

SAMPLING = {"temperature": 0.5, "top_p": 1.0, "max_tokens": 32768}
JUDGE_SAMPLING = {"temperature": 0.5, "top_p": 1.0, "max_tokens": 1024}

# Any setting may be sent; what is nearly one of these is taken for a mistake.
KNOWN_SAMPLING = frozenset(
    """
    temperature top_p top_k min_p max_tokens max_completion_tokens min_tokens repetition_penalty presence_penalty
    frequency_penalty length_penalty stop stop_token_ids seed logit_bias reasoning_effort ignore_eos
    """.split()
)
# Flags that name files and folders of which no answer depends.
_UNREAD_FLAGS = {
    "allowed-local-media-path",
    "log-config-file",
    "root-path",
    "ssl-ca-certs",
    "ssl-certfile",
    "ssl-keyfile",
}
OWN_FIELDS = {"model", "messages", "prompt", "input", "n", "stream"}
"""Fields of a request that no sampling sets."""
OWN_FLAGS = {"host", "port", "model", "revision", "served-model-name", "api-key", "generation-config"}


@dataclass(frozen=True)
class ConfigEntry:
    """A model, judge or embedder of the config."""

    kind: str
    name: str
    settings: dict[str, Any]
    identity: Identity
    serving: Serving

    @property
    def backend(self) -> str:
        return str(self.settings["backend"])

    @property
    def on_gpu(self) -> bool:
        return self.backend == "vllm"


def check_address(url: str, where: str) -> None:
    """Raises LonghandError for an address that no request can be sent to."""
    if url.rstrip("/").endswith(("/completions", "/embeddings")):
        raise LonghandError(f"base_url '{url}' goes up to and with /v1, no further", where)
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        complete = False
    if not complete:
        raise LonghandError(f"base_url '{url}' is no address", where, "http://host:port/v1")


def _check_window(identity: Identity, where: str) -> None:
    """Raises LonghandError when answers may be longer than what the server can hold: it would refuse each request."""
    longest, window = identity.longest, identity.window
    if longest is not None and window is not None and longest > window:
        fix = f"sampling: {{max_tokens: …}}, so that prompt and answer fit into {window} tokens"
        raise LonghandError(f"max_tokens {longest} is over the engine's max-model-len {window}", where, fix)


def _check_method(settings: Mapping[str, Any], where: str) -> None:
    """Raises LonghandError for bounds that nothing is between, shares that draw nothing, and an API that is to go on
    with the beginning of an answer where nothing says that it can."""
    for section, key in (
        ("agentwrite", "section_words"),
        ("self_instruct", "words"),
        ("query", "words"),
        ("restate", "words"),
    ):
        least, most = settings[section][key]
        if least >= most:
            raise LonghandError(f"{key} {[least, most]} must rise", f"{where}.{section}.{key}")
    if not any(settings["restate"]["shares"].values()):
        raise LonghandError("all shares are 0, so no length could be drawn", f"{where}.restate.shares", "raise one")
    by_api = settings["backend"] == "openai" and settings["api"] == "chat"
    if settings["method"] == "extend" and by_api and not settings["extend"]["prefix"]:
        what = "method extend has the server go on with an answer that is begun, and not every API does"
        fix = "if it takes `prefix: true` in the last message: extend: {prefix: true}"
        raise LonghandError(what, f"{where}.extend.prefix", fix)


def _files(model: str, engine: Mapping[str, Any]) -> dict[str, str]:
    """Digests of what a model served here is made of: its folder, and the files of its flags."""
    values = [value for flag, value in engine.items() if str(flag).replace("_", "-") not in _UNREAD_FLAGS]
    if isinstance(config := engine.get("config"), str) and os.path.isfile(config):  # has flags, which may name files
        values.append(yaml_value(file_text(Path(config)), config))
    return named_files(model, values)


def _with_tokenizer(settings: dict[str, Any], where: str) -> dict[str, Any]:
    """The settings with the digest of the tokenizer that they name, since it decides where contexts are cut.

    Raises:
        LonghandError: there is none, or none that can be read.
    """
    if (name := settings["tokenizer"]) is None:
        return settings
    path = str(tokenizer_file(name))
    try:
        loaded(path)
    except LonghandError as e:
        raise LonghandError(e.what, f"{where}.tokenizer", f"{e.fix}; a path is relative to the run folder") from e
    return settings | {"tokenizer_sha256": named_files(path)[path]}


def _check_references(settings: Mapping[str, Any], where: str) -> None:
    """Raises LonghandError where a model cannot answer with references."""
    if settings["backend"] != "recorded":
        raise LonghandError(f"`answers` is for backend recorded, not {settings['backend']}", where, "remove it")
    if "path" in settings:
        raise LonghandError("has both `answers` and `path`", where, "remove one")
    if settings["samples"] > 1:
        raise LonghandError(f"a prompt has one reference, samples is {settings['samples']}", where)


def _input(settings: Mapping[str, Any], identity: Identity, where: str) -> dict[str, Any]:
    """What `max_input_tokens` stands for, as `input` among the settings: the tokens, the tokenizer and its digest.

    Raises:
        LonghandError: there is no tokenizer, or prompts that are cut would not fit either.
    """
    most, named = settings.get("max_input_tokens"), settings.get("tokenizer")
    if most is None:
        if named is not None:
            raise LonghandError("`tokenizer` is for max_input_tokens", where, "name that, or remove it")
        return {}
    if settings["method"] != "direct" or settings["backend"] == "recorded":
        raise LonghandError("max_input_tokens is for models of method direct that are asked", where, "remove it")
    from longhand.text.chunks import tokenizer_file  # heavy, and few models have a limit

    file = tokenizer_file(named or (settings["model"] if settings["backend"] == "vllm" else "tokenizer.json"))
    if not file.is_file() or named is None and settings["backend"] != "vllm":
        what = f"there is no tokenizer '{named}'" if named else "max_input_tokens counts tokens, and names no tokenizer"
        raise LonghandError(what, where, "tokenizer: the path of a tokenizer.json, or of a folder with one")
    if identity.window is not None and most + (identity.longest or 0) > identity.window:
        what = f"max_input_tokens {most} and max_tokens {identity.longest} are over max-model-len {identity.window}"
        raise LonghandError(what, where, "lower one of them: the chat template adds some tokens, too")
    (digest,) = named_files(str(file)).values()
    return {"input": {"most": most, "tokenizer": str(file), "sha256": digest}}


def reached(kind: str, name: str, settings: dict[str, Any], raw: Mapping[str, Any]) -> ConfigEntry:
    """A checked entry of the config.

    Args:
        kind: models, judges or embedders.
        name, settings: of the entry, with defaults.
        raw: the config with defaults.

    Raises:
        LonghandError: settings are missing, or do not fit each other.
    """
    where, backend = f"config {kind}.{name}", settings["backend"]
    weights: dict[str, Any] = {}
    if "train" in settings:
        check_trained(name, settings, raw)
        settings = settings | base_of(settings["train"], raw)
        weights = weights_of(settings["train"], raw)
    if kind == "models":
        settings = settings | {"restate": {"seed": raw["seed"]} | settings["restate"]}
    if kind == "judges":
        long_reward = _with_tokenizer(settings["long_reward"], f"{where}.long_reward")
        if long_reward["sample_statements"] is not None:
            long_reward = long_reward | {"seed": raw["seed"]}
        settings = settings | {"long_reward": long_reward}
    recorded = [] if kind != "models" or {"answers", "files"} & settings.keys() else ["path"]
    needed = {"vllm": ["model"], "openai": ["model", "base_url"], "recorded": recorded}.get(backend, [])
    if missing := [key for key in needed if key not in settings]:
        raise LonghandError(f"'{missing[0]}' is missing, backend {backend} needs it", where)
    if "answers" in settings:
        _check_references(settings, where)
    if "base_url" in settings:
        check_address(settings["base_url"], where)
    for key in settings["sampling"].keys() - KNOWN_SAMPLING:
        if close := difflib.get_close_matches(key, KNOWN_SAMPLING, n=1, cutoff=0.85):
            raise LonghandError(f"unknown setting '{key}', did you mean '{close[0]}'?", f"{where}.sampling")
    if clash := sorted(OWN_FIELDS & settings["sampling"].keys()):
        raise LonghandError(f"'{clash[0]}' of a request is set by Longhand", f"{where}.sampling", "remove it")
    flags = settings["engine"]
    if clash := [flag for flag in flags if str(flag).replace("_", "-") in OWN_FLAGS]:  # vLLM takes both
        raise LonghandError(f"engine flag '{min(clash)}' is set by Longhand", where, "remove it")
    if kind == "judges" and settings["response_format"] != "text" and settings["api"] != "chat":
        raise LonghandError("response_format needs api: chat", where)
    defaults: dict[str, Any] = {"models": SAMPLING, "judges": JUDGE_SAMPLING, "embedders": {}}[kind]
    sampling = {k: v for k, v in (defaults | settings["sampling"]).items() if v is not None}
    if backend == "recorded":  # nothing is sent
        sampling = {}
    model = settings.get("model", name)
    send_seed = settings.get("send_seed", backend in ("vllm", "demo") and kind != "embedders")
    identity = Identity(
        backend=backend,
        model=model,
        revision=settings.get("revision"),
        engine=(engine := {k: v for k, v in flags.items() if k not in OPERATIONAL_FLAGS}),
        api=settings["api"],
        system=settings.get("system"),
        sampling=sampling,
        seed=raw["seed"] if send_seed else None,
        response_format=settings.get("response_format", "text"),
        files=_files(model, engine) if backend == "vllm" else {},
    )
    if backend == "vllm":
        _check_window(identity, where)
    if kind == "models":
        _check_method(settings, where)
        settings = settings | _input(settings, identity, where)
    if "budget" in settings and ("price" not in settings or identity.longest is None):
        raise LonghandError("budget needs a price, and max_tokens in sampling", where)
    shared = {f.name: settings[f.name] for f in dataclasses.fields(Serving) if f.name in settings}
    if kind == "judges":
        check_batch(settings, where)
        shared["price"] = with_batch(settings.get("price"), settings.get("batch_price"))
    serving = Serving(
        **shared | {"name": name, "model": model} | weights,
        command=raw["commands"]["vllm"],
        min_coverage=raw["scores"]["min_coverage"],
    )
    return ConfigEntry(kind, name, settings, identity, serving)
