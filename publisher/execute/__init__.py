"""Stage 2: `Page` → `Executed`. The only one that knows nbclient and kernels."""

from __future__ import annotations

import copy
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.config import Config
from publisher.execute import freeze
from publisher.execute.code import Code, code_of
from publisher.execute.environment import Environment
from publisher.execute.forked import Parent
from publisher.execute.inputs import ABSENT, GONE, Inputs
from publisher.execute.processes import adopt, end_lost
from publisher.execute.results import Found, Results, Stored, Trace
from publisher.execute.trace import own
from publisher.model import Executed, Page, Problem, Status

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "ABSENT",
    "GONE",
    "Code",
    "Environment",
    "Found",
    "Inputs",
    "Parent",
    "Results",
    "Setting",
    "Trace",
    "adopt",
    "code_of",
    "end_lost",
    "execute",
    "freeze",
    "own",
    "restore",
    "unexecuted",
]


@dataclass(frozen=True)
class Setting:
    """What the runs of one build share.

    `address` is where kernels are forked (None: each is started plainly), `traces` the folder in
    which runs write down what they read (None: nothing is recorded, so nothing is kept).
    """

    address: str | None = None
    traces: Path | None = None


def execute(
    page: Page, config: Config, setting: Setting | None = None, results: Results | None = None
) -> tuple[Executed, Trace | None]:
    """Run a notebook in a fresh kernel, in its own folder, and keep the result.

    The second value is None if the result cannot be kept: nothing was recorded, or the run wrote
    files that may be another page's, so that it has to run again alone.

    `ExecutionError` with the line of the source if a cell fails, takes too long or asks for
    input, or if the kernel cannot start or dies.
    """
    from publisher.execute.client import run
    from publisher.execute.trace import Watch

    setting = setting or Setting()
    notebook: NotebookNode = copy.deepcopy(page.notebook)
    code = code_of(page, config)
    watch = None
    if setting.traces is not None and results is not None and code is not None:
        watch = Watch(config, page, setting.traces)
    began, started = time.time(), time.perf_counter()
    with watch or nullcontext():
        widgets, notices = run(
            notebook, page, config, address=setting.address, trace=watch.path if watch else None
        )
    seconds = round(time.perf_counter() - started, 3)
    executed = Executed(page, notebook, "ran", widgets, problems=notices)
    if watch is None or results is None or code is None or watch.observed.unsure:
        return executed, None
    observed = watch.observed
    inputs = results.recorder.record(observed, results.kernel(code), code.declared)
    written = results.keep_files(observed.written, code, observed.existed)
    stored = Stored.of(executed, written)
    trace = results.keep(page.source, code, stored, Trace(inputs, written, "", began, seconds))
    if code.freeze:
        freeze.write(page, code, stored, trace, results)
    return replace(executed, written=tuple(written)), trace


def restore(page: Page, stored: Stored, status: Status = "reused") -> Executed | None:
    """A page with its stored results; None if they do not fit it."""
    from nbformat import from_dict

    notebook = copy.deepcopy(page.notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(code) != len(stored.outputs):
        return None
    for cell, outputs, count in zip(code, stored.outputs, stored.counts, strict=True):
        cell.outputs = [from_dict(output) for output in outputs]
        cell.execution_count = count
    starts = [
        line
        for cell, line in zip(notebook.cells, page.lines, strict=True)
        if cell.cell_type == "code"
    ]
    problems = tuple(  # prose may have moved the cells since
        replace(p, line=starts[p.cell - 1] or None) if p.cell else p for p in stored.problems
    )
    return Executed(page, notebook, status, stored.widgets, tuple(stored.written), problems)


def unexecuted(page: Page, config: Config, *, forbidden: bool) -> Executed:
    """The page as it is stored. With `forbidden`, code that should have run gets a warning."""
    code = any(cell.cell_type == "code" for cell in page.notebook.cells)
    status: Status = "not run" if code else "prose"
    has_outputs = any(cell.get("outputs") for cell in page.notebook.cells)
    if page.path.suffix == ".ipynb" and has_outputs:
        status = "stored"
    problems: tuple[Problem, ...] = ()
    if forbidden:
        problems = (
            Problem(
                "not run: there are no fresh stored results, so only the source is shown",
                config.shown(page.path),
                hint="build without --no-execute",
            ),
        )
    state = page.notebook.metadata.get("widgets", {})
    widgets = state.get("application/vnd.jupyter.widget-state+json")
    return Executed(page, page.notebook, status, widgets, problems=problems)
