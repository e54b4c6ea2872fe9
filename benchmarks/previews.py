"""From a save to the page as it is painted: our preview and those of other tools."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import corpora
from bench import Bench, edit
from browser import Screen, chromium
from corpora import Corpus
from measure import Cost
from serving import Server, free_port
from tools import OURS, Tool

PAUSE = (0.4, 0.8)  # seconds from a painted page to the next save
LONG = 120.0  # seconds after which there are no more saves, if there were a FEW
FEW = 3
IDLE = 10.0  # seconds for which a preview is watched at rest


@dataclass(frozen=True)
class Edit:
    """What an author changes: the first text in a page that fits `pattern` becomes `new`.

    `page` is its number; `{}` stands for a number that the page shows afterwards, and its source
    not before.
    """

    page: int
    pattern: str
    new: str

    @property
    def name(self) -> str:
        """The name of the page."""
        return corpora.page_name(self.page)


PROSE = Edit(2, r"saved \d+\.", "saved {}.")
CODE = Edit(  # of a page with neither pandas nor a plot
    1, r"import math(; print\(.*?\))?", "import math; print(f'saved {{{}0 // 10}}.')"
)


@dataclass(frozen=True)
class Preview:
    """A running preview of a project, and a window that shows it."""

    bench: Bench
    tool: Tool
    project: Path
    server: Server
    screen: Screen
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def show(self, page: str, mark: str = "") -> Cost:
        """Go to a page; the time from the start of the command until a text was painted."""
        address = f"http://127.0.0.1:{self.server.port}/{self.tool.address(page)}"
        painted = self.screen.open(address, mark)
        return _seconds(painted.at - self.server.started if painted else 0.0)

    def saves(self, of: Edit, times: int, *, hasty: bool = False) -> list[Cost]:
        """Save a page again and again, in place; the seconds until each was painted.

        A `hasty` author never pauses and never gives up.
        """
        path, pauses, began = self.tool.source(self.project, of.name), random.Random(0), time.time()
        costs: list[Cost] = []
        while len(costs) < times:
            if len(costs) >= FEW and time.time() - began > LONG and not hasty:
                break
            number = next(self.numbers)
            text = path.read_text(encoding="utf-8")
            new = re.sub(of.pattern, of.new.format(number), text, count=1)
            time.sleep(0 if hasty else pauses.uniform(*PAUSE))
            saved = time.time()
            path.write_text(new, encoding="utf-8")
            costs.append(_seconds(self.screen.wait(f"saved {number}.").at - saved))
        return costs

    def keep(self, scenario: str, *costs: Cost) -> None:
        """Keep what was measured."""
        self.bench.results.add_all(scenario, self.tool.name, costs)


def converted(bench: Bench, tools: Sequence[Tool], corpus: Corpus, saves: int) -> None:
    """Edit the prose of a page on a site where nothing is executed, for all have their outputs."""
    with chromium() as browser:
        for tool in bench.rounds(tools):
            project = _project(bench, tool, corpus)
            with served(bench, tool, project, Screen(browser)) as preview:
                preview.keep("preview, start", preview.show(PROSE.name, "saved 0."))
                preview.server.settle()
                preview.keep("preview, prose save", *preview.saves(PROSE, saves))


def executing(bench: Bench, tools: Sequence[Tool], corpus: Corpus, saves: int) -> None:
    """Edit prose and code of notebooks that the preview runs; then start ours once more."""
    output = corpus.expected[PROSE.name]
    with chromium() as browser:
        for tool in bench.rounds(tools):
            project = _project(bench, tool, corpus)
            with served(bench, tool, project, Screen(browser)) as preview:
                preview.keep("running, start", preview.show(PROSE.name, "saved 0."))
                preview.keep("running, outputs", preview.show(PROSE.name, output))
                preview.server.settle()
                preview.keep("running, prose save", *preview.saves(PROSE, saves))
                preview.show(CODE.name)
                preview.keep("running, code save", *preview.saves(CODE, saves))
            if tool.name == OURS:
                with served(bench, tool, project, Screen(browser)) as preview:
                    preview.keep("running, outputs again", preview.show(PROSE.name, output))


def endurance(bench: Bench, tool: Tool, corpus: Corpus, saves: int, most: int) -> None:
    """Start our preview of a large site thrice, leave it alone, save a page very often.

    The last start is after a build of the same pages.
    """
    with chromium() as browser:
        project = _project(bench, tool, corpus)
        for scenario in ("large, start", "large, start again"):
            with served(bench, tool, project, Screen(browser)) as preview:
                preview.keep(scenario, preview.show(PROSE.name, "saved 0."))
                preview.server.settle()
        build = tool.build(project, execute=False)
        subprocess.run(build, env=bench.env, check=True, capture_output=True)
        with served(bench, tool, project, Screen(browser)) as preview:
            preview.keep("large, start built", preview.show(PROSE.name, "saved 0."))
            preview.server.settle()
            preview.keep("large, idle", _at_rest(preview.server))
            preview.keep("large, prose save", *preview.saves(PROSE, saves))
            preview.saves(PROSE, most, hasty=True)
            preview.server.settle()
            preview.keep("large, idle later", _at_rest(preview.server))
            preview.keep("large, prose save later", *preview.saves(PROSE, saves))


@contextmanager
def served(bench: Bench, tool: Tool, project: Path, screen: Screen) -> Iterator[Preview]:
    """The preview of a project, once it answers."""
    port = free_port()
    command = tool.serve(project, port)
    with Server(command, port, project, bench.env, bench.folder / "log") as server:
        server.wait()
        yield Preview(bench, tool, project, server, screen)
    screen.page.close()


def _project(bench: Bench, tool: Tool, corpus: Corpus) -> Path:
    """A new project in which the page that is edited has a text that one can wait for."""
    project = bench.project(tool, corpus)
    edit(tool.source(project, PROSE.name), corpora.PROSE_ANCHOR, "saved 0.")
    return project


def _at_rest(server: Server) -> Cost:
    """The CPU time of a second at rest, and the memory."""
    return Cost(1.0, server.load(IDLE), server.memory(), 0)


def _seconds(wall: float) -> Cost:
    return Cost(wall, 0.0, 0.0, 0)
