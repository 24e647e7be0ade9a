"""Which variables a process is started without."""

from __future__ import annotations

from longhand.run.environment import HUB_TOKENS, without_secrets

PRESENT = ("PATH", "HF_HOME", "HF_TOKEN", "https_proxy", "CUDA_VISIBLE_DEVICES", "TOKENIZERS_PARALLELISM")
KEYS = ("ANTHROPIC_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY_2")


def test_what_looks_like_a_secret_is_taken_away() -> None:
    words = without_secrets([*PRESENT, *KEYS], set(), HUB_TOKENS)
    assert words == ["env", *(word for name in sorted(KEYS) for word in ("-u", name))]


def test_what_the_config_calls_a_key_is_one() -> None:
    assert without_secrets(["PATH", "MINE", "THEIRS"], {"MINE", "THEIRS"}, ["MINE"]) == ["env", "-u", "THEIRS"]
    assert without_secrets(PRESENT, {"NOT_SET"}, HUB_TOKENS) == []
