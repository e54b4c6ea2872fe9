"""Measures `publish` beside `jupyter nbconvert`, and other tools if asked: see README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import corpora
import execution
import lab
import previews
import report
import scenarios
from accounting import Waited, accounting
from bench import Bench, Results, clean_environment
from corpora import Corpus
from folders import measure_folder
from measure import BenchmarkError, adopt_orphans
from targets import Counts, targets
from tools import (
    PEERS,
    Tool,
    mkdocs_dirty,
    nbconvert,
    own_venv,
    publish,
    publish_in_folder,
    publish_pages,
    publish_site,
)

Made = TypeVar("Made")
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Pages:
    """The corpora, each made when it is first asked for."""

    bench: Bench
    given: argparse.Namespace

    @cached_property
    def notebooks(self) -> Corpus:
        """Small notebooks to be executed."""
        return self._made("notebooks", corpora.notebooks, self.given.pages)

    @cached_property
    def idle(self) -> tuple[Corpus, Corpus]:
        """Few and many notebooks of which the code does nothing."""
        few, many = (self._made(f"idle-{n}", corpora.idle, n) for n in self.given.idle)
        return few, many

    @cached_property
    def few(self) -> Corpus:
        """Some executed notebooks."""
        return self._executed(self.given.converted[0])

    @cached_property
    def many(self) -> Corpus:
        """Many executed notebooks."""
        return self._executed(self.given.converted[1])

    @cached_property
    def posts(self) -> Corpus:
        """Many executed notebooks with dates and tags."""
        return self._executed(self.given.converted[1], dated=True)

    @cached_property
    def grown(self) -> tuple[Corpus, Corpus]:
        """Fewer and more of them."""
        few, many = (self._executed(count, dated=True) for count in self.given.grown)
        return few, many

    @cached_property
    def plain(self) -> Corpus:
        """A page of text with a table."""
        return self._made("plain", corpora.text_and_table)

    @cached_property
    def warm(self) -> Corpus:
        """Some notebooks to warm the tools up with."""
        return self._made("warm", corpora.notebooks, 3)

    @cached_property
    def _templates(self) -> list[dict[str, Any]]:
        count = min(corpora.TEMPLATES, self.given.converted[0])
        return self._made("templates", corpora.run_templates, count)

    def _executed(self, count: int, *, dated: bool = False) -> Corpus:
        folder = self.bench.folder / f"{'posts' if dated else 'executed'}-{count}"
        return corpora.executed(folder, count, self._templates, dated=dated)

    def _made(self, name: str, make: Callable[..., Made], *count: int) -> Made:
        return make(self.bench.folder / name, *count, Path(sys.executable), self.bench.env)


def _scenarios(
    bench: Bench, pages: Pages, tools: Sequence[Tool], given: argparse.Namespace
) -> Mapping[str, Callable[[], None]]:
    """All scenarios by name, in the order in which they are measured."""
    built = [tool for tool in tools if tool.command]
    previewed = [tool for tool in tools if tool.serving]
    running = [tool for tool in previewed if tool.executes]
    converting = [publish_pages(own_venv()), publish_in_folder(own_venv()), *built]
    whole = publish_site(own_venv())

    def folders() -> None:
        for folder in given.folder:
            measure_folder(bench, folder)

    return {
        "starts": lambda: scenarios.starts(bench, built),
        "bytes": lambda: scenarios.plain_page(bench, built, pages.plain),
        "kernels": lambda: execution.kernels(bench, given.kernels),
        "overhead": lambda: execution.overhead(bench, tools[:2], *pages.idle),
        "few": lambda: scenarios.conversion(bench, converting, pages.few, "few"),
        "many": lambda: scenarios.conversion(bench, converting, pages.many, "many"),
        "site": lambda: scenarios.site(bench, [whole, nbconvert(own_venv())], pages.posts),
        "growth": lambda: scenarios.growth(bench, whole, *pages.grown),
        "cold": lambda: scenarios.cold(bench, built, pages.notebooks),
        "folders": folders,
        "preview": lambda: previews.converted(bench, previewed, pages.few, given.saves),
        "running": lambda: previews.executing(bench, running, pages.notebooks, given.saves),
        "large": lambda: previews.endurance(
            bench, tools[0], pages.many, given.saves, given.many_saves
        ),
        "lab": lambda: lab.lab(bench, tools[0], pages.notebooks, given.saves),
    }


SCENARIOS = (
    "starts", "bytes", "kernels", "overhead", "few", "many", "site", "growth", "cold", "folders",
    "preview", "running", "large", "lab",
)  # fmt: skip

PREVIEWS = {"preview", "running", "large", "lab"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--pages", type=int, default=100, help="notebooks to execute [100]")
    two: dict[str, Any] = {"type": int, "nargs": 2, "metavar": ("FEW", "MANY")}
    add("--converted", default=[100, 1000], help="executed notebooks to convert [100 1000]", **two)
    add("--grown", default=[1000, 5000], help="pages of whole sites [1000 5000]", **two)
    add("--idle", default=[20, 60], help="notebooks of which the code does nothing [20 60]", **two)
    add("--kernels", type=int, default=20, help="starts of kernels in a row [20]")
    add("--saves", type=int, default=20, help="saves in each preview [20]")
    add("--many-saves", type=int, default=1000, help="saves in a long-lived preview [1000]")
    add("--repeat", type=int, default=3, help="rounds [3]")
    add("--quick", action="store_true", help="few pages, one round: a smoke test")
    add("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS, metavar="SCENARIO",
        help=f"some of them: {', '.join(SCENARIOS)}")  # fmt: skip
    add("--folder", action="append", default=[], metavar="NAME=PATH",
        help="build a folder of text notebooks as well")  # fmt: skip
    add("--peer", action="append", default=[], metavar="NAME=VENV",
        help=f"measure another tool too: {', '.join(PEERS)}")  # fmt: skip
    given = parser.parse_args()
    if given.quick:
        given.pages, given.converted, given.idle, given.grown = 4, [8, 24], [4, 12], [24, 48]
        given.kernels, given.repeat = 5, 1
        given.saves, given.many_saves = 3, 10
    if min(given.pages, *given.converted) <= scenarios.EDITED:
        parser.error(f"--pages and --converted must be at least {scenarios.EDITED + 1}")
    return given


def _tools(peers: Sequence[str]) -> list[Tool]:
    """The tools, ours first."""
    tools = [publish(own_venv()), nbconvert(own_venv())]
    for peer in peers:
        name, _, folder = peer.partition("=")
        if name not in PEERS or not folder:
            raise BenchmarkError(f"--peer {peer}: want NAME=VENV, NAME one of {', '.join(PEERS)}")
        tools.append(PEERS[name](Path(folder).absolute()))
        if name == "mkdocs":
            tools.append(mkdocs_dirty(tools[-1].venv))
    return tools


def _measure(given: argparse.Namespace, folder: Path, tools: Sequence[Tool]) -> Results:
    bench = Bench(folder, clean_environment(folder / "home"), Results(), given.repeat)
    pages = Pages(bench, given)
    print("warming up …", file=sys.stderr, flush=True)
    warmed = tools if {*given.only} - PREVIEWS else tools[:2]
    scenarios.warm_up(bench, [tool for tool in warmed if tool.command], pages.warm)
    for name, measure in _scenarios(bench, pages, tools, given).items():
        if name in given.only:
            measure()
    return bench.results


def _machine() -> dict[str, object]:
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "")
    return {
        "system": platform.platform(),
        "cpu": model,
        "cores": os.cpu_count(),
        "cpu counted by": type(accounting()).__name__.lower(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }


def _packages(venv: Path) -> dict[str, str]:
    """The names and versions of what is installed in an environment."""
    code = (
        "import json, importlib.metadata as m; "
        "print(json.dumps({d.name: d.version for d in m.distributions()}))"
    )
    command = [str(venv / "bin" / "python"), "-c", code]
    found: dict[str, str] = json.loads(subprocess.check_output(command, text=True))
    return dict(sorted(found.items()))


def main() -> None:
    """Measure, print the tables, keep the figures as JSON."""
    given = _arguments()
    tools, started = _tools(given.peer), time.strftime("%Y-%m-%dT%H%M%S")
    if not adopt_orphans() or isinstance(accounting(), Waited):
        print("no control group: CPU of processes that nobody waits for is missed", file=sys.stderr)
    machine = _machine()
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as folder:
        results = _measure(given, Path(folder), tools)
    names = list(results.failing)
    counts = Counts(given.pages, *given.converted, given.idle, given.grown)
    lines = targets(results.costs, counts, names)
    tables = [
        report.reached(lines),
        report.table(results.costs, results.weights, given.pages, given.converted, given.grown),
        report.notes(results.costs, results.failing, given.repeat),
    ]
    text = "\n".join(tables)
    kept = {
        "machine": machine,
        "arguments": vars(given),
        "packages": {tool.name: _packages(tool.venv) for tool in tools},
        **asdict(results),
        "targets": [{**asdict(t), "wanted": t.wanted, "met": t.met} for t in lines],
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{started}{'-quick' if given.quick else ''}.json"
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    print(f"kept in {file}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"error: {error}")
