"""The preview behind jupyter-server-proxy: a page works there, and its scripts get nowhere else.

A real Jupyter server under `/user/x-1/`, the real proxy, a real browser that is logged in.
"""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Page

BASE = "/user/x-1/"
TOKEN = "only-for-this-test"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
HOSTILE = """
const api = "/user/x-1/api/";
const tries = {
  fetch: () => fetch(api + "contents", { credentials: "include" }).then((r) => r.text()),
  create: () => fetch(api + "kernels", { method: "POST", credentials: "include" })
    .then((r) => { if (!r.ok) throw new Error(r.status); return "kernel"; }),
  blind: () => fetch(api + "kernels", { method: "POST", mode: "no-cors", credentials: "include" })
    .then(() => { throw new Error("sent"); }),
  xhr: () => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.withCredentials = true;
    request.open("GET", api + "contents");
    request.onload = () => (request.status < 400 ? resolve(request.responseText) : reject());
    request.onerror = () => reject(new Error("no"));
    request.send();
  }),
  socket: () => new Promise((resolve, reject) => {
    const host = new URL(document.baseURI).host;
    const made = new WebSocket(`ws://${host}/user/x-1/api/events/subscribe`);
    made.onopen = resolve;
    made.onerror = () => reject(new Error("no"));
  }),
  frame: () => new Promise((resolve, reject) => {
    const made = document.createElement("iframe");
    made.src = api + "contents";
    made.onload = () => {
      try { resolve(made.contentDocument.body.innerHTML || reject()); } catch (error) { reject(); }
    };
    document.body.append(made);
  }),
  script: () => new Promise((resolve, reject) => {
    const made = document.createElement("script");
    made.src = "/user/x-1/files/secret.js";
    made.onload = () => (window.secret ? resolve(window.secret) : reject());
    made.onerror = () => reject(new Error("no"));
    document.body.append(made);
  }),
  parent: async () => parent.document.body.innerHTML,
  top: async () => {
    if (top !== window) top.location.href = "/user/x-1/api/contents";
    throw new Error("tried");
  },
  cookie: async () => document.cookie || Promise.reject(new Error("none")),
  storage: async () => localStorage.length,
  popup: () => new Promise((resolve, reject) => {
    const made = open("/user/x-1/api/contents");
    setTimeout(() => {
      try { resolve(made.document.body.textContent); } catch (error) { reject(error); }
    }, 500);
  }),
  shell: async () => {
    for (const go of ["/user/x-1/api/contents", "//example.org/", "javascript:alert(1)",
      "../../../user/x-1/api/contents", "/user/x-1/site/../api/contents", "https://example.org/"]) {
      parent.postMessage({ go, place: null }, "*");
      parent.postMessage({ go, replace: true }, "*");
      parent.postMessage({ go, download: "x" }, "*");
    }
    parent.postMessage(null, "*");
    parent.postMessage({ hello: null, title: { toString: 1 } }, "*");
    parent.postMessage({ hello: {}, title: "<img src=x onerror=alert(1)>" }, "*");
    throw new Error("asked");
  },
};
Promise.all(Object.entries(tries).map(async ([name, attempt]) => {
  try { return [name, "GOT " + (await attempt())]; } catch (error) { return [name, "refused"]; }
})).then((found) => { window.found = Object.fromEntries(found); });
"""
PAGES = {
    "publisher.toml": 'title = "Site"\n',
    "notebooks/index.md": "---\ntitle: Home\n---\n\n![dot](dot.png)\n\n[To two](two/page.md)\n",
    "notebooks/two/page.md": "---\ntitle: Two\n---\n\n# Two\n\nText of two. [Home](../index.md), "
    "[out](https://example.org/), [data](../data.csv), [part](#the-part)\n\n"
    + "\n\n".join(f"Paragraph {number}." for number in range(80))
    + "\n\n## The part\n\nIts text.\n",
    "notebooks/hostile.md": f"---\ntitle: Hostile\n---\n\n<script>{HOSTILE}</script>\n\nHostile.\n",
    "notebooks/moved.md": "---\ntitle: Moved\nredirect_from: /old/place/\n---\n\nIt moved.\n",
    "notebooks/data.csv": "a,b\n1,2\n",
    "secret.js": "window.secret = 'SECRET';",
}


@dataclass
class Hub:
    """A Jupyter server with the preview of a project, and a browser that is logged in."""

    root: Path
    origin: str
    context: BrowserContext

    @property
    def site(self) -> str:
        return f"{self.origin}{BASE}site/"

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(self.site + path)
        return page


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    for name, text in PAGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "notebooks" / "dot.png").write_bytes(PNG)
    command = [sys.executable, "-m", "publisher", "preview", "--quiet"]
    servers = {"site": {"command": [*command, "--socket", "{unix_socket}"], "unix_socket": True}}
    config = root / "jupyter_server_config.py"
    config.write_text(f"c.ServerProxy.servers = {servers!r}\n")
    port = free_port()
    log = (root / "jupyter.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
            *(f"--config={config}", f"--ServerApp.base_url={BASE}", f"--ServerApp.port={port}"),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"),
            *("--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        ],
        cwd=root,
        env={**os.environ, "HOME": str(root / "home"), "JUPYTER_CONFIG_DIR": str(root / "config")},
        stdout=subprocess.DEVNULL,
        stderr=log,
    )
    origin = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{origin}{BASE}api")
        context = browser.new_context()
        visit = context.new_page()
        visit.goto(f"{origin}{BASE}api/status?token={TOKEN}")
        visit.goto(f"{origin}{BASE}api/contents")
        assert "notebooks" in visit.content()  # the cookie is enough from now on
        visit.close()
        yield Hub(root, origin, context)
        context.close()
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def shown(page: Page, text: str) -> Frame:
    """The frame with the page, once it shows a text."""
    page.frame_locator("iframe:not(.next)").get_by_text(text).first.wait_for()
    found = page.query_selector("iframe:not(.next)")
    frame = found.content_frame() if found else None
    assert frame
    return frame


def test_a_page_has_its_style_pictures_and_title_in_the_sandbox(hub: Hub) -> None:
    page = hub.open("")
    frame = shown(page, "To two")
    assert frame.evaluate("origin") == "null"
    assert frame.evaluate("document.querySelector('main img').naturalWidth") == 1
    assert (
        frame.evaluate("getComputedStyle(document.querySelector('.site-header')).display") == "flex"
    )
    assert page.title().startswith("Site") or page.title().startswith("Home")
    assert page.url == hub.site
    page.close()


def test_links_back_fragments_and_reloading_work(hub: Hub) -> None:
    page = hub.open("")
    shown(page, "To two").click("text=To two")
    frame = shown(page, "Text of two")
    assert page.url == f"{hub.site}two/page/"
    frame.click("main >> text=part")
    page.wait_for_url("**/two/page/#the-part")
    frame.wait_for_function("scrollY > 500")
    page.go_back()
    page.wait_for_url("**/two/page/")
    page.go_back()
    shown(page, "To two")
    assert page.url == hub.site
    page.go_forward()
    shown(page, "Text of two")
    page.reload()
    shown(page, "Text of two")
    page.goto(f"{hub.site}two/page/#the-part")
    shown(page, "Its text").wait_for_function("scrollY > 500")
    page.close()


def test_files_and_other_sites_open_beside_it(hub: Hub) -> None:
    page = hub.open("two/page/")
    frame = shown(page, "Text of two")
    page.context.route("https://example.org/**", lambda route: route.fulfill(body="elsewhere"))
    with page.expect_popup() as popup:
        frame.click("text=out")
    assert popup.value.evaluate("window.opener") is None
    popup.value.close()
    with page.expect_download() as download:
        frame.click("main >> text=data")
    assert download.value.path().read_text() == PAGES["notebooks/data.csv"]
    page.close()


def test_redirects_are_followed(hub: Hub) -> None:
    page = hub.open("old/place/")
    shown(page, "It moved.")
    page.wait_for_url("**/site/moved/**")
    page.close()


def test_what_failed_is_said_and_the_search_is_explained(hub: Hub) -> None:
    page = hub.open("moved/")
    frame = shown(page, "It moved.")
    search = frame.locator(".search-button")
    assert not search.count() or search.is_disabled()
    settings = hub.root / "publisher.toml"
    settings.write_text("title = [")
    panel = page.frame_locator("iframe:not(.next)").locator("publisher-preview .panel")
    panel.wait_for()
    assert "publisher.toml:1" in panel.inner_text()
    settings.write_text(PAGES["publisher.toml"])
    panel.wait_for(state="hidden")
    page.close()


def test_what_is_written_is_shown_and_the_place_stays(hub: Hub) -> None:
    page = hub.open("two/page/")
    frame = shown(page, "Text of two")
    frame.evaluate("scrollTo(0, 715)")
    top = "[...document.querySelectorAll('main p')].find((p) => p.getBoundingClientRect().top >= 0)"
    before = frame.evaluate(f"[{top}.textContent, {top}.getBoundingClientRect().top]")
    source = hub.root / "notebooks" / "two" / "page.md"
    source.write_text(source.read_text().replace("Text of two", "A longer\n\nNew text of two"))
    frame = shown(page, "New text of two")
    after = frame.evaluate(f"[{top}.textContent, {top}.getBoundingClientRect().top]")
    assert after[0] == before[0]
    assert after[1] == pytest.approx(before[1], abs=1)
    page.wait_for_selector("iframe.next", state="detached")
    assert len(page.query_selector_all("iframe")) == 1
    source.write_text(PAGES["notebooks/two/page.md"])
    shown(page, "Text of two")
    page.close()


def test_scripts_of_a_page_get_nothing_of_the_jupyter_server(hub: Hub) -> None:
    page = hub.open("hostile/")
    frame = shown(page, "Hostile.")
    frame.wait_for_function("window.found")
    found = frame.evaluate("window.found")
    assert found == dict.fromkeys(found, "refused")
    assert {"fetch", "create", "xhr", "socket", "frame", "popup", "parent", "top"} <= set(found)
    assert page.url == f"{hub.site}hostile/"
    assert (
        page.evaluate("fetch('/user/x-1/api/contents').then((r) => r.status)") == 200
    )  # as we may
    kernels = hub.context.new_page()
    kernels.goto(f"{hub.origin}{BASE}api/kernels")
    assert kernels.inner_text("body").strip() == "[]"
    for each in hub.context.pages:
        each.close()


def test_no_page_gets_the_token_that_the_site_is_opened_with(hub: Hub, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{hub.site}?token={TOKEN}")
    frame = shown(page, "To two")
    assert TOKEN not in frame.evaluate("location.href + document.referrer + document.URL")
    assert TOKEN not in page.url
    context.close()


def test_a_page_without_its_shell_is_sandboxed_too(hub: Hub) -> None:
    page = hub.open("hostile/?_page")
    page.wait_for_function("window.found")
    assert page.evaluate("origin") == "null"
    found = page.evaluate("window.found")
    got = {name for name, what in found.items() if what != "refused"}
    assert got <= {"parent"}  # which is itself
    for each in hub.context.pages:
        each.close()
