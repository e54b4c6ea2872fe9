"""From Ctrl-S in a real JupyterLab to the page that the preview paints, with its outputs."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from bench import Bench
from browser import Screen, chromium
from corpora import Corpus
from measure import BenchmarkError, Cost
from previews import CODE, PAUSE, Preview, served
from serving import Server, free_port
from tools import Tool

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
START = 120_000  # ms


def lab(bench: Bench, tool: Tool, corpus: Corpus, saves: int) -> None:
    """Change a cell in JupyterLab, run it, save it; until the preview paints what it printed."""
    for _ in range(bench.repeat):
        project = bench.project(tool, corpus)
        with (
            chromium() as browser,
            served(bench, tool, project, Screen(browser)) as preview,
            _jupyterlab(bench, tool, project) as server,
        ):
            preview.show(CODE.name, corpus.expected[CODE.name])
            preview.server.settle()
            server.settle()
            name = tool.source(project, CODE.name).relative_to(project).as_posix()
            address = f"http://127.0.0.1:{server.port}/lab/tree/{name}?reset"
            cell = _opened(browser, address)
            _save_cells(preview, cell, saves)


@contextmanager
def _jupyterlab(bench: Bench, tool: Tool, project: Path) -> Iterator[Server]:
    port, home = free_port(), bench.folder / "home"
    news = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True, exist_ok=True)
    (news / "notification.jupyterlab-settings").write_text(json.dumps(QUIET), encoding="utf-8")
    program = tool.venv / "bin" / "jupyter-lab"
    if not program.exists():
        raise BenchmarkError("JupyterLab is not installed: pip install '.[jupyter]'")
    command = [
        str(program), "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--IdentityProvider.token=", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    with Server(command, port, project, bench.env, bench.folder / "lab.log") as server:
        server.wait()
        with urlopen(f"http://127.0.0.1:{port}/api"):
            yield server


def _opened(browser: Browser, address: str) -> Locator:
    """The first code cell of a notebook."""
    window = browser.new_page(viewport={"width": 1280, "height": 900})
    window.goto(address, timeout=START)
    cell = window.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").first
    cell.wait_for(timeout=START)
    window.get_by_text("| Idle").wait_for(timeout=START)  # cells run before that do not
    return cell


def _save_cells(preview: Preview, cell: Locator, saves: int) -> None:
    pauses, window = random.Random(0), cell.page
    path = preview.tool.source(preview.project, CODE.name)
    found: dict[str, list[Cost]] = {}
    for number in range(saves + 1):
        cell.locator(".cm-content").click()
        window.keyboard.press("Control+a")
        window.keyboard.insert_text(
            f"import math, statistics; print(f'saved {{{number}0 // 10}}.')"
        )
        window.keyboard.press("Control+Enter")
        cell.locator(".jp-OutputArea-output", has_text=f"saved {number}.").wait_for()
        window.wait_for_timeout(1000 * pauses.uniform(*PAUSE))
        steps = _saved(preview, window, path, f"saved {number}.")
        if number > 0:  # with the first one libraries are loaded
            for step, seconds in steps.items():
                found.setdefault(step, []).append(Cost(seconds, 0, 0, 0))
    for step, costs in found.items():
        preview.keep(step, *costs)


def _saved(preview: Preview, window: Page, path: Path, mark: str) -> dict[str, float]:
    """Press Ctrl-S; the seconds until the preview has painted a text, and what they are made of."""
    with window.expect_response(lambda answer: answer.request.method == "PUT") as answer:
        pressed = time.time()
        window.keyboard.press("Control+s")
    sent = answer.value.request.timing
    answer.value.finished()
    asked = sent["startTime"] / 1000
    painted, written = preview.screen.wait(mark), path.stat().st_mtime
    return {
        "lab, save": painted.at - pressed,
        "lab, until asked": asked - pressed,
        "lab, until written": written - asked,
        "lab, until reloaded": painted.asked - written,
        "lab, until painted": painted.at - painted.asked,
        "lab, until answered": sent["responseStart"] / 1000,
    }
