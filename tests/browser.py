"""A headless Chromium, spoken to over two pipes: it loads a page, evaluates, and tells what its console said."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from shutil import which
from time import monotonic
from typing import Any

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "--window-size=1200,800"),
)
_LAUNCHER = """
import os, sys
reading, writing = (os.dup(int(each)) for each in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.set_inheritable(3, True)  # dup2 of a number onto itself changes nothing
os.set_inheritable(4, True)
os.execv(sys.argv[3], sys.argv[3:])
"""
_SECONDS = 60.0


class Page:
    """One page; `said` collects what its console and its security log said."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.said: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Load a page."""
        self._call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, None where it throws."""
        return self._call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """The value of an expression, once it is true."""
        end = monotonic() + _SECONDS
        while monotonic() < end:
            value = self.evaluate(expression)
            if value:
                return value
            select([], [], [], 0.1)
        raise AssertionError(f"never true: {expression}; the console said {self.said}")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == self._number:
                assert "error" not in received, received
                return received["result"]  # type: ignore[no-any-return]
            self._note(received)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select([self._reading], [], [], _SECONDS)[0], "the browser says nothing"
            chunk = os.read(self._reading, 1 << 20)
            assert chunk, "the browser is gone"
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)  # type: ignore[no-any-return]

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Log.entryAdded":
                self.said.append(f"{parameters['entry']['source']}: {parameters['entry']['text']}")
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning"):
                self.said.append(json.dumps(parameters["args"]))


@contextmanager
def page() -> Iterator[Page]:
    """A page in a browser of its own, with a new profile."""
    assert CHROMIUM
    to_browser, writing = os.pipe()
    reading, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _LAUNCHER,
                str(to_browser),
                str(from_browser),
                CHROMIUM,
                *_FLAGS,
                f"--user-data-dir={profile}",
            ],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Page(reading, writing)
        finally:
            browser.kill()
            browser.wait()
            os.close(reading)
            os.close(writing)
