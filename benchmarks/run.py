"""Measures `publish` beside `jupyter nbconvert`, and other tools if asked: see README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import corpora
from corpora import Corpus
from measure import BenchmarkError, Cost, Weight, adopt_orphans, measure, weigh
from report import table
from tools import PEERS, Tool, nbconvert, own_venv, publish, publish_in_folder

EDITED = 2  # the number of the page that is edited: one with pandas, without a plot
STARTS = 5  # how often a command is started in each round
RESULTS = Path(__file__).parent / "results"


@dataclass
class Results:
    """All that was measured, by scenario and tool."""

    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    weights: dict[str, dict[str, Weight]] = field(default_factory=dict)

    def add(self, scenario: str, tool: str, cost: Cost) -> None:
        """Keep the cost of one run."""
        self.costs.setdefault(scenario, {}).setdefault(tool, []).append(cost)
        print(
            f"{scenario:<16} {tool:<18} {cost.wall:7.2f} s {cost.cpu:7.2f} CPU s"
            f" {cost.memory:5.0f} MB",
            file=sys.stderr,
            flush=True,
        )


@dataclass(frozen=True)
class Bench:
    """Where and how builds run."""

    folder: Path
    env: Mapping[str, str]
    results: Results

    def project(self, tool: Tool, corpus: Corpus) -> Path:
        """A new project of a tool with these pages, in place of the last one."""
        folder = self.folder / "projects" / tool.name.replace(" ", "")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tool.prepare(folder, corpus)
        return folder

    def build(
        self,
        tool: Tool,
        project: Path,
        expected: Mapping[str, str],
        scenario: str = "",
        *,
        execute: bool = True,
        only: str = "*",
        memory: bool = False,
    ) -> None:
        """Build, check that the pages show what is `expected` of them, and keep the cost."""
        command = tool.build(project, execute=execute, only=only)
        cost = measure(command, self.env, self.folder / "log", memory=memory)
        _check(tool, project, expected)
        if scenario:
            self.results.add(scenario, tool.name, cost)

    def weigh(self, tool: Tool, project: Path, corpus: Corpus, scenario: str) -> None:
        """Keep the weight of the pages that were built."""
        pages = [tool.output(project, name) for name in corpus.expected]
        weight = weigh(project / tool.site, pages)
        self.results.weights.setdefault(scenario, {})[tool.name] = weight


def warm_up(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """Let each tool make its caches of fonts and byte code, unmeasured."""
    for tool in tools:
        bench.build(tool, bench.project(tool, corpus), corpus.expected)


def cold_and_edits(bench: Bench, tools: Sequence[Tool], corpus: Corpus, repeat: int) -> None:
    """Build all pages from nothing, then again unchanged, then with an edit of prose and of code.

    A tool without a cache is not measured unchanged: that is its cold build again. Its edits are
    a call for the one file that changed.
    """
    name = corpora.page_name(EDITED)
    for tool in _alternating(tools, repeat):
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected, "cold", memory=True)
        bench.weigh(tool, project, corpus, "cold")
        if tool.caches:
            bench.build(tool, project, corpus.expected, "unchanged")
        only = "*" if tool.caches else name
        source = tool.source(project, name)
        _edit(source, corpora.PROSE_ANCHOR, corpora.PROSE_EDITED)
        bench.build(tool, project, {name: corpora.PROSE_EDITED}, "prose edit", only=only)
        _edit(source, corpora.CODE_ANCHOR, corpora.CODE_EDITED)
        expected = {name: corpora.printed(EDITED, factor=5)}
        bench.build(tool, project, expected, "code edit", only=only)


def conversion(
    bench: Bench, tools: Sequence[Tool], corpus: Corpus, repeat: int, scenario: str
) -> None:
    """Build pages that are executed already, from nothing."""
    for tool in _alternating(tools, repeat):
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected, scenario, execute=False, memory=True)
        shutil.rmtree(project)


def starts(bench: Bench, tools: Sequence[Tool], repeat: int) -> None:
    """The time until a command has printed its version."""
    for tool in _alternating(tools, repeat * STARTS):
        cost = measure(tool.print_version(), bench.env, bench.folder / "log")
        bench.results.add("--version", tool.name, cost)


def plain_page(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """The bytes of a page of text with a table."""
    for tool in tools:
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected)
        bench.weigh(tool, project, corpus, "plain")


def clean_environment(home: Path) -> dict[str, str]:
    """Variables for the commands and their kernels: no settings of the user's or the machine's.

    With `PYTHONDONTWRITEBYTECODE`, for one, each start of a kernel could compile all modules.
    """
    home.mkdir(parents=True)
    path = os.pathsep.join([str(own_venv() / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    return {
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _alternating(tools: Sequence[Tool], repeat: int) -> Iterator[Tool]:
    """The tools in turn, each second round backwards."""
    for number in range(repeat):
        yield from tools if number % 2 == 0 else reversed(tools)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise BenchmarkError(f"{path} does not hold {old!r}")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _check(tool: Tool, project: Path, expected: Mapping[str, str]) -> None:
    for page, text in expected.items():
        file = tool.output(project, page)
        if not file.is_file() or text not in file.read_text(encoding="utf-8"):
            raise BenchmarkError(f"{tool.name}: {file} does not show {text!r}")


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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100, help="notebooks to execute [100]")
    parser.add_argument(
        "--converted",
        type=int,
        nargs=2,
        default=[100, 1000],
        metavar=("FEW", "MANY"),
        help="executed notebooks to convert [100 1000]",
    )
    parser.add_argument("--repeat", type=int, default=3, help="rounds [3]")
    parser.add_argument("--quick", action="store_true", help="few pages, one round: a smoke test")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=VENV",
        help=f"measure another tool too: {', '.join(PEERS)}",
    )
    given = parser.parse_args()
    if given.quick:
        given.pages, given.converted, given.repeat = 4, [8, 24], 1
    if given.pages <= EDITED:
        parser.error(f"--pages must be at least {EDITED + 1}")
    return given


def _tools(peers: Sequence[str]) -> list[Tool]:
    """The tools, ours first."""
    tools = [publish(own_venv()), nbconvert(own_venv())]
    for peer in peers:
        name, _, folder = peer.partition("=")
        if name not in PEERS or not folder:
            raise BenchmarkError(f"--peer {peer}: want NAME=VENV, NAME one of {', '.join(PEERS)}")
        tools.append(PEERS[name](Path(folder).absolute()))
    return tools


def _measure_all(given: argparse.Namespace, folder: Path, results: Results) -> None:
    bench = Bench(folder, clean_environment(folder / "home"), results)
    tools = _tools(given.peer)
    python = Path(sys.executable)
    print("making the pages …", file=sys.stderr, flush=True)
    count = min(corpora.TEMPLATES, given.converted[0])
    templates = corpora.run_templates(folder / "templates", count, python, bench.env)
    few, many = (corpora.executed(folder / f"executed-{n}", n, templates) for n in given.converted)
    sources = corpora.notebooks(folder / "notebooks", given.pages, python, bench.env)
    plain = corpora.text_and_table(folder / "plain", python, bench.env)
    warm_up(bench, tools, corpora.notebooks(folder / "warm", 3, python, bench.env))
    starts(bench, tools, given.repeat)
    plain_page(bench, tools, plain)
    converting = [publish(own_venv(), jobs=1), publish_in_folder(own_venv()), *tools]
    conversion(bench, converting, few, given.repeat, "few")
    conversion(bench, converting, many, given.repeat, "many")
    cold_and_edits(bench, tools, sources, given.repeat)


def main() -> None:
    """Measure, print the table, keep the figures as JSON."""
    given = _arguments()
    results, started = Results(), time.strftime("%Y-%m-%dT%H%M%S")
    if not adopt_orphans():
        print("CPU of orphaned processes is not counted on this system", file=sys.stderr)
    machine = _machine()
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as folder:
        _measure_all(given, Path(folder), results)
    packages = {tool.name: _packages(tool.venv) for tool in _tools(given.peer)}
    text = table(results.costs, results.weights, given.pages, given.converted, given.repeat)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{started}{'-quick' if given.quick else ''}.json"
    kept = {"machine": machine, "arguments": vars(given), "packages": packages, **asdict(results)}
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    print(f"kept in {file}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"error: {error}")
