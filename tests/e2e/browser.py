"""A real browser for tests: Debian's Chromium, driven by its DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds: starting a browser on a machine that has much to do

OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-pipe",
)


class Browser:
    """One page in a browser of its own.

    Args:
        folder: for its profile.
        size: of its window, in px.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 900)) -> None:
        asks, self._asks = os.pipe()
        self._answers, answers = os.pipe()
        command = " ".join(["exec chromium", *OPTIONS, f"--user-data-dir={folder}", "about:blank"])
        with (folder.parent / f"{folder.name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f"{command} 3<&{asks} 4>&{answers}"],
                pass_fds=(asks, answers),
                stdout=log,
                stderr=log,
            )
        os.close(asks)
        os.close(answers)
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(*size)

    def call(self, method: str, **parameters: Any) -> Any:
        """Has the browser do something; what it answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._asks, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self._reads(end, f"{method} is answered")
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)

    def _reads(self, end: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0, end - time.monotonic()))
            assert ready, f"not in time: {what}"
            more = os.read(self._answers, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def resize(self, width: int, height: int, phone: bool = False) -> None:
        """Gives the page a window of that size."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )

    def colours(self, scheme: str) -> None:
        """What the system would prefer: light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url: str) -> None:
        """Goes to a page."""
        self.call("Page.navigate", url=url)

    def runs(self, script: str) -> Any:
        """The value of an expression in the page; a promise's, when it is there."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, script: str) -> None:
        """Waits until an expression in the page is true."""
        tried = f"(() => {{ try {{ return !!({script}) }} catch {{ return false }} }})()"
        end = time.monotonic() + PATIENCE
        while not self.runs(tried):
            assert time.monotonic() < end, f"not in time: {script}; {self.runs('document.body.innerText')}"
            time.sleep(0.05)

    def text(self, selector: str) -> str:
        """What somebody reads there."""
        return str(self.runs(f"document.querySelector({json.dumps(selector)}).innerText"))

    def types(self, text: str) -> None:
        """Types on the keyboard, wherever its focus is."""
        for key in text:
            self.press(key, text=key)

    def press(self, key: str, text: str = "") -> None:
        """Presses one key and lets it go."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": {"Enter": 13, "Escape": 27}.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def picture(self, file: Path) -> None:
        """What it looks like."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> list[str]:
        """What the page has thrown, written to the console as an error, or asked others for."""
        self.call("Page.enable")  # what has happened by now has been told by then
        found = []
        for event in self.events:
            method, told = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(json.dumps(told["exceptionDetails"]))
            elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
                found.append(told["entry"]["text"])
            elif method == "Runtime.consoleAPICalled" and told["type"] == "error":
                found.append(json.dumps(told["args"]))
        return found

    def asked(self) -> set[str]:
        """All addresses that it has asked for something."""
        requests = [event for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return {event["params"]["request"]["url"] for event in requests}

    def close(self) -> None:
        """Ends the browser, and waits for it."""
        self._session = None
        self.call("Browser.close")
        self.process.wait(PATIENCE)
        os.close(self._asks)
        os.close(self._answers)
