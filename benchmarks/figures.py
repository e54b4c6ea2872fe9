"""Weighs pages, and times their first figure, beside nbconvert's lab template.

    python benchmarks/figures.py [FOLDER …]

Each folder holds Jupytext notebooks. Without one, four small notebooks are weighed: text and a
table, matplotlib, and two with Plotly. Both tools run them. A browser (see
tests/browser.sh) opens each page from this machine with an empty cache; a page of nbconvert that
asks other servers is given them from an installed package where there is one, and else not.
Times are medians, on this machine and as on a line with 10 Mbit/s and 40 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from playwright.sync_api import Browser, Page, Response, sync_playwright
from playwright.sync_api import Error as PlaywrightError

HERE = Path(__file__).parent
TIMES = 5  # loads of a page
LINE = {"offline": False, "latency": 40, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
FIGURE = ".js-plotly-plot .main-svg, .output img, .jp-OutputArea-output img, main table"
SCRIPT = f"""
const look = () => {{
  if (document.querySelector({json.dumps(FIGURE)})) window.firstFigure ??= performance.now();
  else requestAnimationFrame(look);
}};
requestAnimationFrame(look);
"""
TABLE = "import pandas as pd\npd.DataFrame({'x': range(20), 'y': range(20)})"
PLOT = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2, 4, 8])"
BOTH = "plotly_mimetype+notebook"  # what Plotly gives in a notebook that a person runs
PLOTLY = f"import plotly.express as px, plotly.io as pio\npio.renderers.default = {BOTH!r}\n"
PLOTLY += "px.line(x=[1, 2, 3], y=[1, 4, {}])"
SMALL = {
    "text-and-table": ["# Text\n\n" + "Some words of a page. " * 200, TABLE],
    "matplotlib": ["# Plots", PLOT, PLOT.replace("8", "9"), PLOT.replace("8", "7")],
    "plotly": ["# Plotly", *(PLOTLY.format(n) for n in range(10))],
    "plotly-second": ["# Plotly again", PLOTLY.format(11)],
}


@dataclass
class Weight:
    """Bytes that a page asks for, and those of scripts not seen before."""

    all: int = 0
    new: int = 0


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="*", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        (top / "ours" / "notebooks").mkdir(parents=True)
        (top / "ours" / "publisher.toml").write_text('title = "Figures"\non_error = "keep"\n')
        _sources(top / "ours" / "notebooks", given.folder)
        subprocess.run([sys.executable, "-m", "publisher", "build", "-q"], cwd=top / "ours")
        (top / "lab").mkdir()
        names = sorted(path.stem for path in (top / "ours" / "notebooks").iterdir())
        for source in (top / "ours" / "notebooks").iterdir():
            if source.is_file() and (top / "ours" / "site" / source.stem / "index.html").exists():
                jupytext.write(jupytext.read(source), top / "lab" / f"{source.stem}.ipynb")
        convert = [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "lab"]
        convert += ["--execute", "--allow-errors"]
        for notebook in sorted((top / "lab").glob("*.ipynb")):
            subprocess.run([*convert, str(notebook)], capture_output=True, check=False)
        _table(top, [name for name in names if (top / "lab" / f"{name}.html").exists()])


def _sources(target: Path, folders: list[Path]) -> None:
    """The notebooks that are weighed."""
    for folder in folders:
        shutil.copytree(folder, target, dirs_exist_ok=True)
    if folders:
        return
    import nbformat

    for name, cells in SMALL.items():
        made = [nbformat.v4.new_markdown_cell(cells[0])]
        made += [nbformat.v4.new_code_cell(cell) for cell in cells[1:]]
        nbformat.write(nbformat.v4.new_notebook(cells=made), target / f"{name}.ipynb")


def _table(top: Path, names: list[str]) -> None:
    script = HERE.parent / "tests" / "browser.sh"
    found = subprocess.run(["sh", script], capture_output=True, text=True, check=True)
    handler = functools.partial(_Quiet, directory=str(top))
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    head = "| page | KB ours | KB lab | × | new scripts after another page, KB "
    head += "| ms ours | ms lab | ms ours, by line | ms lab, by line |"
    print(f"{head}\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.stdout.splitlines()[-1], args=["--no-sandbox", "--disable-gpu"]
        )
        seen: set[str] = set()
        for name in names:
            pages = f"{base}ours/site/{name}/", f"{base}lab/{name}.html"
            ours = _weigh(browser, pages[0], base, seen)
            lab = _weigh(browser, pages[1], base, set())
            times = [_first(browser, page, base, line) for line in (False, True) for page in pages]
            print(
                f"| {name} | {ours.all / 1000:.0f} | {lab.all / 1000:.0f} "
                f"| {lab.all / ours.all:.1f} | {ours.new / 1000:.0f} "
                f"| {' | '.join(map(_shown, times))} |",
                flush=True,
            )
        browser.close()


def _shown(first: float | None) -> str:
    return "–" if first is None else f"{first:.0f}"


def _weigh(browser: Browser, address: str, base: str, seen: set[str]) -> Weight:
    """What a page costs to one who opens it first; `seen` are addresses that a cache has."""
    page = _page(browser, base)
    weight = Weight()

    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="load")
    _settle(page)
    for answer in answers:
        if answer.status == 200 and not answer.url.startswith(("data:", "blob:")):
            size = int(answer.headers.get("content-length", 0))
            weight.all += size
            if answer.request.resource_type == "script":
                weight.new += 0 if answer.url in seen else size
                seen.add(answer.url)
    page.context.close()
    return weight


def _page(browser: Browser, base: str) -> Page:
    """A page of a browser with an empty cache; what it asks of others is answered from here."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route(
        lambda url: not url.startswith((base, "data:", "blob:")), functools.partial(_elsewhere)
    )
    page = context.new_page()
    page.add_init_script(SCRIPT)
    return page


def _first(browser: Browser, address: str, base: str, line: bool) -> float | None:
    """Milliseconds until the first figure is drawn, if there is one; with `line` far away."""
    times = []
    for _ in range(TIMES):
        page = _page(browser, base)
        if line:
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", LINE)
        page.goto(address, wait_until="commit", timeout=120_000)
        with contextlib.suppress(PlaywrightError):
            page.wait_for_function("window.firstFigure", timeout=60_000)
        found = page.evaluate("window.firstFigure ?? null")
        page.context.close()
        if found is None:
            return None
        times.append(found)
    return statistics.median(times)


def _elsewhere(route: Any) -> None:
    """A script of another server, from an installed package where that has it."""
    import plotly

    if "plotly" in route.request.url:
        route.fulfill(path=Path(plotly.__file__).parent / "package_data" / "plotly.min.js")
        return
    route.abort()


def _settle(page: Page) -> None:
    """Scroll to the end, and wait until nothing is asked for any more."""
    for element in page.query_selector_all(".live"):
        element.scroll_into_view_if_needed()
    with contextlib.suppress(PlaywrightError):  # a page of nbconvert may have no figure, or no rest
        page.wait_for_function("window.firstFigure", timeout=10_000)
        page.wait_for_load_state("networkidle", timeout=10_000)


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a page that is closed before all of it is there


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


if __name__ == "__main__":
    main()
