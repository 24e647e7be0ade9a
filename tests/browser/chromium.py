"""A real headless Chromium, spoken to over a pipe in its own debugging protocol: no driver, no port, no package."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()

SECONDS = 60
"""How long an answer may take: the first start on a busy machine is slow."""

TALLEST = 16_000
"""Pixels of a picture: the browser refuses higher ones."""


def find_chromium() -> str | None:
    """The program, if there is one; `CHROMIUM` may name it."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


class Chromium:
    """One browser with one page. Use as a context manager.

    Attributes:
        requests: addresses of everything that the page asked for since it was opened.
        alarms: dialogs, uncaught errors and violations of the content policy since then.
    """

    def __init__(self, program: str):
        self._program, self._last = program, 0
        self._buffer = b""
        self._session: str | None = None
        self._seen: set[str] = set()
        self.requests: list[str] = []
        self.alarms: list[str] = []

    def __enter__(self) -> Chromium:
        self._profile = tempfile.mkdtemp(prefix="longhand-chromium-")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def take_pipe() -> None:
            """The browser reads commands from descriptor 3 and answers on descriptor 4."""
            ours, theirs = os.dup(to_browser), os.dup(from_browser)
            os.dup2(ours, 3)
            os.dup2(theirs, 4)

        self._process = subprocess.Popen(
            [self._program, *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=take_pipe,
            close_fds=False,
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._write)  # the browser ends with its pipe
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._read)
        shutil.rmtree(self._profile, ignore_errors=True)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command and returns its result. Raises RuntimeError with the browser's words when it fails."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], SECONDS)[0]:
                raise RuntimeError(f"{self._program} did not answer in {SECONDS} seconds")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise RuntimeError(f"{self._program} ended without an answer")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        event: dict[str, Any] = json.loads(line)
        name, params = event.get("method", ""), event.get("params", {})
        self._seen.add(name)
        if name == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif name == "Page.javascriptDialogOpening":
            self.alarms.append(f"dialog: {params['message']}")
            # Not through `send`, which may be waiting for an answer that the dialog holds up.
            close = {"id": -1, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}}
            os.write(self._write, json.dumps({**close, "sessionId": self._session}).encode() + b"\0")
        elif name == "Log.entryAdded":
            self.alarms.append(params["entry"]["text"])
        elif name == "Runtime.exceptionThrown":
            self.alarms.append(params["exceptionDetails"]["text"])
        elif name == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.alarms.append(f"console: {[each.get('value') for each in params['args']]}")
        return event

    def open(self, page: Path, width: int, height: int = 900, fragment: str = "") -> None:
        """Shows a file in a window of this size and waits until it is loaded.

        Args:
            fragment: of the address, from its # on.
        """
        self.requests.clear()
        self.alarms.clear()
        self._seen.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        if fragment:  # an address that differs in it alone is not loaded anew
            self.send("Page.navigate", url="about:blank")
            self._wait_for_load()
            self.requests.clear()
        self.send("Page.navigate", url=page.resolve().as_uri() + fragment)
        self._wait_for_load()

    def _wait_for_load(self) -> None:
        self._seen.discard("Page.loadEventFired")
        while "Page.loadEventFired" not in self._seen:
            self._next()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page (the page's own policy does not apply to it)."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Presses and releases a key: a character, or a name such as `ArrowRight` or `Enter`."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        codes = {"windowsVirtualKeyCode": {"Enter": 13, "Tab": 9, "Escape": 27}.get(key, 0)}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **codes)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, **codes)

    def screenshot(self, out: Path, height: int = TALLEST) -> None:
        """A picture of the page from its top, all of it or so high."""
        width, whole = self.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": min(whole, height), "scale": 1}
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        out.write_bytes(base64.b64decode(shot["data"]))

    def print(self, out: Path) -> None:
        """The page as it is printed, as PDF."""
        out.write_bytes(base64.b64decode(self.send("Page.printToPDF", printBackground=False)["data"]))
