"""Stage 2: `Page` → `Executed`. The only one that knows nbclient and kernels."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.execute import freeze
from publisher.execute.code import Code, code_of
from publisher.execute.drafts import Draft, Drafts
from publisher.execute.environment import Environment, packages
from publisher.execute.forked import Parent
from publisher.execute.inputs import ABSENT, GONE, Inputs
from publisher.execute.processes import adopt, end_lost
from publisher.execute.results import Found, Results, Stored, Trace
from publisher.execute.trace import own
from publisher.model import Executed, Page, Problem, States, Status

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "ABSENT",
    "GONE",
    "Code",
    "Draft",
    "Drafts",
    "Environment",
    "FailedRunError",
    "Found",
    "Inputs",
    "Parent",
    "Results",
    "Setting",
    "Stored",
    "Trace",
    "adopt",
    "code_of",
    "end_lost",
    "execute",
    "freeze",
    "own",
    "packages",
    "patched",
    "restore",
    "unexecuted",
]


class FailedRunError(ExecutionError):
    """A run that failed; `inputs` are what it had read: while that is so, it would fail again.

    `written` are the files of the project that it wrote until then.
    """

    def __init__(self, error: ExecutionError, inputs: Inputs, written: tuple[Path, ...]) -> None:
        super().__init__(
            error.message,
            path=error.path,
            line=error.line,
            cell=error.cell,
            hint=error.hint,
            detail=error.detail,
        )
        self.inputs, self.written = inputs, written


@dataclass(frozen=True)
class Setting:
    """What the runs of one build share.

    `address` is where kernels are forked (None: each is started plainly), `traces` the folder in
    which runs write down what they read (None: nothing is recorded, so nothing is kept), `walked`
    the file that counts the seconds that the states of widgets took (None: each run is alone).
    """

    address: str | None = None
    traces: Path | None = None
    walked: Path | None = None


def execute(
    page: Page,
    config: Config,
    setting: Setting | None = None,
    results: Results | None = None,
    tell: Callable[[int], None] | None = None,
) -> tuple[Executed, Trace | None]:
    """Run a notebook in a fresh kernel, in its own folder, and keep the result.

    `tell` is told the number (from 1) of each code cell that begins to run.

    The second value is None if the result cannot be kept: nothing was recorded, or the run wrote
    files that may be another page's, so that it has to run again alone.

    `ExecutionError` with the line of the source if a cell fails, takes too long or asks for
    input, or if the kernel cannot start or dies: a `FailedRunError` if it is known what was read.
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
    try:
        with watch or nullcontext():
            widgets, notices, states = run(
                notebook,
                page,
                config,
                address=setting.address,
                trace=watch.path if watch else None,
                tell=tell,
                walked=setting.walked,
            )
    except ExecutionError as error:
        if watch is None or results is None or code is None or watch.observed.unsure:
            raise
        inputs = results.recorder.record(watch.observed, results.kernel(code), code.declared)
        raise FailedRunError(error, inputs, tuple(watch.observed.written)) from error
    seconds = round(time.perf_counter() - started, 3)
    executed = Executed(page, notebook, "ran", widgets, problems=notices, states=states)
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
    written = tuple(stored.written)
    return Executed(page, notebook, status, stored.widgets, written, problems, stored.states)


def patched(
    page: Page, code: Code, stored: Sequence[tuple[tuple[str, ...], Stored]], status: Status
) -> Executed:
    """A page in which each code cell shows what one with its hash has put out, if any.

    `stored` are results with the hashes of the cells that they are of (see `Code.cells`); of two
    that have a cell, the first is taken.
    """
    from nbformat import from_dict

    notebook = copy.deepcopy(page.notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    widgets: dict[str, Any] | None = None
    states: tuple[States, ...] = ()
    for names, results in stored:
        found: dict[str, list[int]] = {}
        for number, name in enumerate(names):
            found.setdefault(name, []).append(number)
        for cell, name in zip(cells, code.cells, strict=True):
            if found.get(name) and not cell.outputs and cell.execution_count is None:
                number = found[name].pop(0)
                cell.outputs = [from_dict(output) for output in results.outputs[number]]
                cell.execution_count = results.counts[number]
        widgets = _merged(widgets, results.widgets)
        states += results.states
    return Executed(page, notebook, status, widgets, states=states)


def _merged(first: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any] | None:
    """The states of the widgets of two runs; their ids are different."""
    if first is None or more is None:
        return first or more
    return {**more, **first, "state": {**more.get("state", {}), **first.get("state", {})}}


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
