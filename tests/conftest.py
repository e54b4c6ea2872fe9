"""What tests of several stages share."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from publisher import config
from publisher.config import Config

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Site: TypeAlias = Callable[[Mapping[str, str | bytes]], Config]


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
