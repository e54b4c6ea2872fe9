"""What tests of several stages share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest

from publisher import config
from publisher.config import Config

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Site: TypeAlias = Callable[[Mapping[str, str | bytes]], Config]
Watch: TypeAlias = "Callable[[Page, str], list[str]]"
ROOT = Path(__file__).parent.parent
PARTS = ("notebooks", "templates", "publisher.toml")


class BuildOwn(Protocol):
    """Builds our site from a copy of its sources in a new folder, and says where the site is."""

    def __call__(self, folder: Path, *, jobs: int, seed: str) -> Path: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make goldens` renews the expectations of tests/cases."""
    parser.addoption(
        "--renew-goldens", action="store_true", help="write the expected output of tests/cases"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chrome or Chromium, as `tests/browser.sh` finds it.

    Playwright keeps an event loop running as long as it is open, which other modules do without.
    """
    from playwright.sync_api import sync_playwright

    script = Path(__file__).parent / "browser.sh"
    found = subprocess.run(["sh", script], capture_output=True, text=True, check=True)
    flags = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    flags += ["--disable-sync", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.stdout.splitlines()[-1], args=flags
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Makes a project of these files (by their paths) in a new folder."""

    def make(files: Mapping[str, str | bytes]) -> Config:
        root = tmp_path_factory.mktemp("site")
        (root / "notebooks").mkdir()
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return config.load(root)

    return make


@pytest.fixture(scope="session")
def build_own() -> BuildOwn:
    """Builds our own site, as its authors do."""

    def built(folder: Path, *, jobs: int, seed: str) -> Path:
        folder.mkdir()
        for part in PARTS:
            source = ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / part)
        settings = folder / "publisher.toml"
        settings.write_text(f'url = "https://example.org/publisher"\n{settings.read_text()}')
        command = [sys.executable, "-m", "publisher", "build", "--quiet", "--strict"]
        subprocess.run(
            [*command, "--jobs", str(jobs)],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        return folder / "site"

    return built


@pytest.fixture(scope="session")
def own(build_own: BuildOwn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of our own site, built."""
    return build_own(tmp_path_factory.mktemp("own") / "one", jobs=2, seed="1")


class _Quiet(SimpleHTTPRequestHandler):
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is not there is answered as static hosts do it."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def addresses(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the same files are served: at a root, under a prefix, and not at all."""
    above = tmp_path_factory.mktemp("www")
    shutil.copytree(own, above / "user" / "x" / "project")
    root, prefixed = servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        for folder in (own, above)
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "root": f"http://127.0.0.1:{root.server_address[1]}/",
        "prefix": f"http://127.0.0.1:{prefixed.server_address[1]}/user/x/project/",
        "file": f"{own.as_uri()}/index.html",
    }
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Notes what goes wrong on a page while it is used."""
    return _watch


def _watch(page: Page, base: str) -> list[str]:
    """What goes wrong on a page while it is used: errors, failed and third-party requests."""
    wrong: list[str] = []
    home = base.removesuffix("index.html")
    page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((home, "data:"))
            else wrong.append(f"third party: {request.url}")
        ),
    )
    page.on(
        "response",
        lambda response: (
            wrong.append(f"{response.status}: {response.url}") if response.status >= 400 else None
        ),
    )
    return wrong
