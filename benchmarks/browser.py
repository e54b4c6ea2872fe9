"""A real browser that says when a text was painted."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from measure import BenchmarkError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

FINDS_BROWSER = Path(__file__).parent.parent / "tests" / "browser.sh"
PATIENCE = 300.0  # seconds for a text to be painted
DEAF = 20.0  # seconds after which a page that is not as it should be is fetched again
ABSENT = 1.0  # the same for a page that is not there yet
POLL = 10  # ms
FLAGS = (
    "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nobody waits for third parties
)  # fmt: skip
MARK = r"saved \d+\.|checksum \d+"  # a source shows neither of them
_WATCH = """(() => {
    const seen = new Set(), about = performance.timeOrigin;
    function shows(mark) {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const text = texts.currentNode;
            if (text.data.includes(mark) && text.parentElement.checkVisibility()) return true;
        }
        return false;
    }
    function tell(mark) {
        const after = new MessageChannel(); // its message comes when the frame is painted
        after.port1.onmessage = () => {
            const { responseStart, responseEnd } = performance.getEntriesByType("navigation")[0];
            const painted = { mark, at: Date.now(), origin: about, responseStart, responseEnd };
            console.debug("painted " + JSON.stringify(painted));
        };
        after.port2.postMessage(0);
    }
    function look() {
        const text = document.body ? document.body.textContent : "";
        for (const [mark] of text.matchAll(/MARK/g)) {
            if (seen.has(mark) || !shows(mark)) continue;
            seen.add(mark);
            tell(mark);
        }
        requestAnimationFrame(look);
    }
    look();
})()""".replace("MARK", MARK)


@dataclass(frozen=True)
class Painted:
    """When a text was painted, in seconds since the epoch, and what led to it.

    `asked` is when the browser asked for the document that shows it, `begun` and `there` when that
    began to arrive and was there.
    """

    at: float
    asked: float
    begun: float
    there: float


class Screen:
    """A window that notes when texts like `MARK` are painted."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.add_init_script(_WATCH)
        self.page.on("console", self._heard)
        self._seen: dict[str, Painted] = {}

    def open(self, address: str, mark: str = "") -> Painted | None:
        """Go to a page as soon as it can be had; when it was painted with a text, if one is given.

        A preview may show a page before that is there whole, and forget to say when it is.
        """
        from playwright.sync_api import Error

        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(Error, BenchmarkError):
                answer = self.page.goto(address, wait_until="commit")
                there = answer is not None and answer.ok
                if mark or there:
                    return self.wait(mark, DEAF if there else ABSENT) if mark else None
            self.page.wait_for_timeout(5 * POLL)
        raise BenchmarkError(f"{address} cannot be opened, or does not show {mark!r}")

    def wait(self, mark: str, patience: float = PATIENCE) -> Painted:
        """When a text was painted for the last time. `BenchmarkError` if it does not come."""
        end = time.monotonic() + patience
        while mark not in self._seen:
            if time.monotonic() > end:
                raise BenchmarkError(f"{self.page.url} does not show {mark!r}")
            self.page.wait_for_timeout(POLL)
        return self._seen[mark]

    def _heard(self, message: ConsoleMessage) -> None:
        kind, _, text = message.text.partition(" ")
        if kind == "painted":
            found = json.loads(text)
            origin = found["origin"]
            times = (found["at"], *(origin + each for each in (0, found["responseStart"])))
            at, asked, begun = (each / 1000 for each in times)
            there = (origin + found["responseEnd"]) / 1000
            self._seen[found["mark"]] = Painted(at, asked, begun, there)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chrome or Chromium, as the tests find it. No command may be measured meanwhile."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise BenchmarkError("previews are looked at with Playwright: pip install it") from error
    found = subprocess.run(["sh", FINDS_BROWSER], capture_output=True, text=True, check=True)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, "--no-sandbox"] if root else [*FLAGS]
    with sync_playwright() as playwright:
        path = found.stdout.splitlines()[-1]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
