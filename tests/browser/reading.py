"""The reader as tests use it: what a person types, presses and sees."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from browser.chromium import Chromium

WAIT = """(async () => {
  for (let i = 0; i < 1000 && !(%s); i++) await new Promise((done) => setTimeout(done, 20));
  return Boolean(%s);
})()"""
STICKING_OUT = """
[...document.body.querySelectorAll('*')].filter(e => {
  if (e.closest('.scroll, svg, .hidden, template') || e.closest('details:not([open])') || !e.offsetParent) return false;
  const box = e.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.tagName + '.' + e.className)
"""
"""Elements that stick out of the window although no box around them scrolls."""
SHOWN = "document.getElementById('main').getAttribute('aria-busy') === 'false'"


class Reader:
    """The reader of a folder in a browser.

    Attributes:
        browse: the folder; its index.html is shown.
    """

    def __init__(self, chromium: Chromium, browse: Path):
        self.chromium, self.browse = chromium, browse

    def open(self, address: str = "#/", width: int = 1300, scheme: str = "light") -> float:
        """Opens an address and waits until all is shown; returns seconds."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.chromium.send("Emulation.setEmulatedMedia", features=features)
        start = time.monotonic()
        self.chromium.open(self.browse / "index.html", width, fragment=address)
        self.wait(SHOWN)
        return time.monotonic() - start

    def wait(self, condition: str) -> None:
        """Waits until a JavaScript condition holds."""
        assert self.chromium.evaluate(WAIT % (condition, condition)), condition

    def press(self, key: str) -> None:
        """Presses a key and waits until what it changes is shown."""
        self.chromium.press(key)
        self.settle()

    def settle(self) -> None:
        """Waits until what was just done is shown: hashchange comes in a later task."""
        self.chromium.evaluate("new Promise((done) => setTimeout(done, 30))")
        self.wait(SHOWN)

    def choose(self, control: str, value: str) -> None:
        """Sets a field of the list, by its id."""
        change = f"field.value = {json.dumps(value)}; field.dispatchEvent(new Event('change', {{bubbles: true}}))"
        self.chromium.evaluate(f"{{ const field = document.getElementById('{control}'); {change}; }}")
        self.settle()

    def search(self, words: str) -> None:
        """Types words into the search field and presses Enter."""
        self.chromium.evaluate("document.getElementById('words').select()")
        self.chromium.send("Input.insertText", text=words)
        self.press("Enter")

    def click(self, selector: str) -> None:
        """Clicks the first element that the selector matches."""
        self.chromium.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.settle()

    def texts(self, selector: str) -> list[str]:
        """The visible texts of all elements that the selector matches."""
        every = f"[...document.querySelectorAll({json.dumps(selector)})]"
        texts: list[str] = self.chromium.evaluate(f"{every}.filter(e => e.offsetParent).map(e => e.innerText.trim())")
        return [text.replace("\xa0", " ") for text in texts]

    @property
    def main(self) -> str:
        """All that is shown of prompts and responses."""
        return str(self.chromium.evaluate("document.getElementById('main').textContent"))

    @property
    def count(self) -> str:
        return self.texts("#count")[0]

    @property
    def address(self) -> str:
        """The address from its # on."""
        return str(self.chromium.evaluate("location.hash"))

    def value(self, expression: str) -> Any:
        return self.chromium.evaluate(expression)
