"""The reader's page: one file, whose policy lets its program, its style and its side files run, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest

from longhand.browse import page
from longhand.browse.page import PROGRAM, reader_page

APP = Path(page.__file__).parent / "app"


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_names_the_program_and_the_style() -> None:
    html = reader_page()
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.S)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    directives = dict(part.split(" ", 1) for part in unescape(policy).split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": f"'self' {digest(script)}",
        "style-src": digest(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"\b(style|on\w+)=", re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.S))


def test_the_page_is_the_same_each_time_and_has_all_files_of_the_program() -> None:
    assert reader_page() == reader_page()
    assert {path.stem for path in APP.iterdir()} == set(PROGRAM)
    assert len(PROGRAM) == len(set(PROGRAM))


@pytest.mark.parametrize("name", PROGRAM)
def test_the_program_never_reads_a_text_as_code(name: str) -> None:
    """A saved page is read out of the document (`outerHTML`); nothing is ever read into it."""
    source = (APP / f"{name}.js").read_text(encoding="utf-8")
    ways = r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function|parseFromString|setHTML"
    assert not re.search(ways, source)
    assert not re.search(
        r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|https?://(?!www\.w3\.org/2000/svg)", source
    )
    assert "</" not in source and "<!--" not in source.replace("<!doctype html>", "")
