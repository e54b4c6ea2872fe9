"""Where builds run, what is kept of them, and how one sees that they did their work."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from corpora import Corpus
from measure import BenchmarkError, Cost, Weight, measure, weigh
from tools import Tool, own_venv


@dataclass
class Results:
    """All that was measured, by scenario and tool; `failing` are pages that were left out."""

    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    weights: dict[str, dict[str, Weight]] = field(default_factory=dict)
    failing: dict[str, list[str]] = field(default_factory=dict)

    def add(self, scenario: str, tool: str, cost: Cost) -> None:
        """Keep the cost of one run."""
        self.costs.setdefault(scenario, {}).setdefault(tool, []).append(cost)
        print(
            f"{scenario:<26} {tool:<18} {cost.wall:7.3f} s {cost.cpu:7.3f} CPU s"
            f" {cost.memory:5.0f} MB",
            file=sys.stderr,
            flush=True,
        )

    def add_all(self, scenario: str, tool: str, costs: Sequence[Cost]) -> None:
        """Keep the costs of many short ones."""
        self.costs.setdefault(scenario, {}).setdefault(tool, []).extend(costs)
        walls, last = [cost.wall for cost in costs], costs[-1]
        print(
            f"{scenario:<26} {tool:<18} {median(walls):7.3f} s {min(walls):7.3f} to"
            f" {max(walls):.3f} ({len(walls)})  {last.cpu:.3f} CPU s {last.memory:.0f} MB",
            file=sys.stderr,
            flush=True,
        )


@dataclass(frozen=True)
class Bench:
    """Where and how builds run: each scenario `repeat` times."""

    folder: Path
    env: Mapping[str, str]
    results: Results
    repeat: int

    def rounds(self, tools: Sequence[Tool], times: int = 1) -> Iterator[Tool]:
        """The tools in turn, each second round backwards."""
        for number in range(self.repeat * times):
            yield from tools if number % 2 == 0 else reversed(tools)

    def empty(self, tool: Tool) -> Path:
        """An empty folder for a project of a tool, in place of the last one."""
        folder = self.folder / "projects" / tool.name.replace(" ", "")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def project(self, tool: Tool, corpus: Corpus) -> Path:
        """A new project of a tool with these pages."""
        folder = self.empty(tool)
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

    def ask(self, program: str, *arguments: str, **env: str) -> tuple[Any, Cost]:
        """Run a program of this folder; the JSON that it writes to its first argument, and cost."""
        answer = self.folder / "answer.json"
        command = [sys.executable, str(Path(__file__).with_name(program)), str(answer), *arguments]
        cost = measure(command, {**self.env, **env}, self.folder / "log")
        return json.loads(answer.read_text(encoding="utf-8")), cost


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


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which holds it."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise BenchmarkError(f"{path} does not hold {old!r}")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _check(tool: Tool, project: Path, expected: Mapping[str, str]) -> None:
    missing = [part for part in tool.parts if not (project / tool.site / part).is_file()]
    if missing:
        raise BenchmarkError(f"{tool.name}: the site has no {', '.join(missing)}")
    for page, text in expected.items():
        file = tool.output(project, page)
        if not file.is_file() or text not in file.read_text(encoding="utf-8"):
            raise BenchmarkError(f"{tool.name}: {file} does not show {text!r}")
