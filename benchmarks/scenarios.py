"""What is built: pages from nothing, again as they are, and after an edit."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import corpora
import execution
from bench import Bench, edit
from corpora import Corpus
from measure import measure
from tools import OURS, VARIANTS, Tool

EDITED = 2  # the number of the page that is edited: one with pandas, without a plot
STARTS = 5  # how often a command is started in each round


def warm_up(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """Let each tool make its caches of fonts and byte code, unmeasured."""
    for tool in tools:
        bench.build(tool, bench.project(tool, corpus), corpus.expected)


def starts(bench: Bench, tools: Sequence[Tool]) -> None:
    """The time until a command has printed its version."""
    for tool in bench.rounds(tools, STARTS):
        cost = measure(tool.print_version(), bench.env, bench.folder / "log")
        bench.results.add("--version", tool.name, cost)


def plain_page(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """The bytes of a page of text with a table."""
    for tool in tools:
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected)
        bench.weigh(tool, project, corpus, "plain")


def cold(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """Execute all pages from nothing, then again unchanged, then with an edit of prose and of code.

    After our code edit the cells of that notebook are run alone, for its own time.
    """
    name = corpora.page_name(EDITED)
    for tool in bench.rounds(tools):
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected, "cold", memory=True)
        bench.weigh(tool, project, corpus, "cold")
        _again(bench, tool, project, corpus, "", execute=True)
        edit(tool.source(project, name), corpora.CODE_ANCHOR, corpora.CODE_EDITED)
        expected = {name: corpora.printed(EDITED, factor=5)}
        bench.build(tool, project, expected, "code edit", only=_changed(tool, name))
        if tool.name == OURS:
            execution.own_time(bench, corpus.ipynb[name])


def conversion(bench: Bench, tools: Sequence[Tool], corpus: Corpus, scenario: str) -> None:
    """Build pages that are executed already, from nothing."""
    for tool in bench.rounds(tools):
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected, scenario, execute=False, memory=True)
        if scenario == "many" and tool.name not in VARIANTS:
            _again(bench, tool, project, corpus, "many, ", execute=False)
        shutil.rmtree(project)


def site(bench: Bench, tools: Sequence[Tool], corpus: Corpus) -> None:
    """Build a site of pages that are executed already; nbconvert makes the pages alone."""
    for tool in bench.rounds(tools):
        project = bench.project(tool, corpus)
        bench.build(tool, project, corpus.expected, "site", execute=False, memory=True)
        if tool.caches:
            _again(bench, tool, project, corpus, "site, ", execute=False)
        shutil.rmtree(project)


def growth(bench: Bench, tool: Tool, few: Corpus, many: Corpus) -> None:
    """Build the same kind of site with more and more pages."""
    for number in range(bench.repeat):
        for corpus in (few, many) if number % 2 == 0 else (many, few):
            name = "growth, few" if corpus is few else "growth, many"
            project = bench.project(tool, corpus)
            bench.build(tool, project, corpus.expected, name, execute=False, memory=True)
            shutil.rmtree(project)


def _again(
    bench: Bench, tool: Tool, project: Path, corpus: Corpus, prefix: str, *, execute: bool
) -> None:
    """Build once more unchanged, then with one sentence changed.

    A tool without a cache is not measured unchanged: that is its first build again. Its edit is
    a call for the one file that changed.
    """
    name = corpora.page_name(EDITED)
    if tool.caches:
        bench.build(tool, project, corpus.expected, f"{prefix}unchanged", execute=execute)
    edit(tool.source(project, name), corpora.PROSE_ANCHOR, corpora.PROSE_EDITED)
    expected = {name: corpora.PROSE_EDITED}
    scenario, only = f"{prefix}prose edit", _changed(tool, name)
    bench.build(tool, project, expected, scenario, execute=execute, only=only)


def _changed(tool: Tool, name: str) -> str:
    """The files that a tool is given after an edit of one."""
    return "*" if tool.caches else name
