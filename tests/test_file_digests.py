"""What lies in files that settings name decides answers as the settings do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longhand.config import file_digests
from longhand.config.file_digests import named_files
from longhand.config.load import load_config
from longhand.config.trainings import files_of
from longhand.program.errors import LonghandError
from longhand.training.settings import deciding, operational, trl_config
from longhand.wire.identity import Identity

FILES = (
    "template.jinja",
    "serve.yaml",
    "hf.json",
    "plugin.py",
    "model/config.json",
    "model/w.safetensors",
    "tok/t.json",
)
FILES += (
    "adapter/a.safetensors",
    "draft/w.bin",
    "named.jinja",
    "ds.json",
    "model/README.md",
    "model/old/w.bin",
    "c.pem",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"# of {name}")
    Path("serve.yaml").write_text("chat-template: named.jinja\n")
    return tmp_path


def identity(engine: dict[str, Any], model: str = "org/name", **more: Any) -> Identity:
    settings = {"backend": "vllm", "model": model, "engine": engine, **more}
    return load_config({"models": {"m": settings}}).models["m"].identity


def test_without_files_an_identity_is_what_it_was() -> None:
    """Users' journals hold ids made of this text: another one would ask everything again."""
    engine = {"dtype": "bfloat16", "max-model-len": 65536, "trust-remote-code": True, "lora-modules": ["gen=/no/such"]}
    model = identity(engine, revision="abc", sampling={"temperature": 0.7})
    assert model.to_json() == (
        '{"backend":"vllm","engine":{"dtype":"bfloat16","lora-modules":["gen=/no/such"],"max-model-len":65536},'
        '"model":"org/name","revision":"abc","sampling":{"max_tokens":32768,"temperature":0.7,"top_p":1.0},"seed":42}'
    )


@pytest.mark.parametrize(
    ("engine", "file", "counts"),
    [
        ({"chat-template": "template.jinja"}, "template.jinja", True),
        ({"chat_template": "template.jinja"}, "template.jinja", True),
        ({"config": "serve.yaml"}, "serve.yaml", True),
        ({"config": "serve.yaml"}, "named.jinja", True),
        ({"hf-config-path": "hf.json"}, "hf.json", True),
        ({"reasoning-parser-plugin": "plugin.py"}, "plugin.py", True),
        ({"tokenizer": "tok"}, "tok/t.json", True),
        ({"lora-modules": ["gen=adapter"]}, "adapter/a.safetensors", True),
        ({"lora-modules": [{"name": "gen", "path": "adapter"}]}, "adapter/a.safetensors", True),
        ({"speculative-config": '{"model": "draft"}'}, "draft/w.bin", True),
        ({}, "model/config.json", True),
        ({}, "model/w.safetensors", True),
        ({}, "model/README.md", False),
        ({}, "model/old/w.bin", False),
        ({"ssl-certfile": "c.pem"}, "c.pem", False),
        ({"download-dir": "tok"}, "tok/t.json", False),
        ({"chat-template": "{{ messages }}" * 900}, "template.jinja", False),
    ],
)
def test_contents_count(folder: Path, engine: dict[str, Any], file: str, counts: bool) -> None:
    before = identity(engine, model="model").to_json()
    os.utime(file, ns=(1, 1))
    assert identity(engine, model="model").to_json() == before, "when it was written does not matter"
    content = Path(file).read_text()
    Path(file).write_text(content.replace("#", "=") if "#" in content else content + "# more")
    assert (identity(engine, model="model").to_json() != before) == counts
    Path(file).write_text(content)
    assert identity(engine, model="model").to_json() == before


def test_an_api_has_no_files_here(folder: Path) -> None:
    api = {"backend": "openai", "model": "model", "base_url": "http://x/v1"}
    assert not load_config({"models": {"m": api}}).models["m"].identity.files


@pytest.mark.parametrize("change", [lambda f: (f.seek(0), f.write(b"x")), lambda f: f.truncate((20 << 30) + 1)])
def test_of_weights_a_few_samples_are_read(folder: Path, change: Callable[[Any], Any]) -> None:
    """20 GB without a byte on the disk: to read them all would take minutes."""
    with Path("model/w.safetensors").open("wb") as file:
        file.truncate(20 << 30)
    before = named_files("model")
    with Path("model/w.safetensors").open("rb+") as file:
        change(file)
    assert named_files("model") != before


def test_weights_of_another_training_differ_in_the_samples(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_digests, "_WHOLE", 1 << 19)
    weights = Path("model/w.safetensors")
    weights.write_bytes(bytes(1 << 20))
    before = named_files("model")
    for place in range(16):  # nothing but one of the evenly spread places differs
        content = bytearray(1 << 20)
        content[((1 << 20) - 1) * place // 15] = 1
        weights.write_bytes(bytes(content))
        os.utime(weights, ns=(place, place))
        assert named_files("model") != before, place


def test_what_cannot_be_read_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied", "model/config.json")

    monkeypatch.setattr(file_digests, "_content_digest", refuse)
    with pytest.raises(LonghandError, match=r"Permission denied \(model/config.json\)"):
        named_files("model")


def test_a_training_counts_its_base_its_accelerate_file_and_what_that_names(folder: Path) -> None:
    Path("mine.yaml").write_text("deepspeed_config: {deepspeed_config_file: ds.json}")
    Path("wandb").mkdir()
    entry = {"method": "sft", "data": "s", "model": "model", "max_length": 9}
    entry |= {"accelerate": "mine.yaml", "extra": {"chat_template_path": "template.jinja", "report_to": "wandb"}}
    sft = {"sft": {"s": {"dataset": "longhand-mini", "model": "m"}}, "models": {"m": {"backend": "demo"}}}
    raw = load_config(sft | {"train": {"t": entry}}).raw
    assert set(files_of("t", raw)) == {"model", "mine.yaml", "ds.json", "template.jinja"}
    settings = deciding(raw["train"]["t"], 42) | {"files": files_of("t", raw)}
    assert "files" not in trl_config(settings, operational(raw["train"]["t"], "a"), "model", None, "d", "o")
    hub = load_config(sft | {"train": {"t": entry | {"model": "hub/m", "accelerate": "one-gpu", "extra": {}}}}).raw
    assert files_of("t", hub) == {}
