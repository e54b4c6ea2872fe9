"""Stage 2: `Page` → `Executed`. The only one that knows nbclient and kernels."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from publisher.config import Config
from publisher.execute.fingerprint import environment, project
from publisher.execute.processes import adopt, end_lost
from publisher.model import Executed, Page, Problem, Status
from publisher.store import digest

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "Stored",
    "adopt",
    "end_lost",
    "execute",
    "key",
    "project",
    "restore",
    "runs",
    "unexecuted",
]

FORMAT = 1


def runs(page: Page, config: Config) -> bool:
    """Whether the page has code that is to run.

    An `.ipynb` that holds outputs is published as stored.
    """
    if page.kind == "prose" or page.meta.execute is False:
        return False
    if page.meta.execute is None and not config.settings.execute.enabled:
        return False
    code = [cell for cell in page.notebook.cells if cell.cell_type == "code" and _code(cell)]
    if page.path.suffix == ".ipynb" and any(cell.outputs for cell in code):
        return False
    return bool(code)


def key(page: Page, config: Config, files: str) -> str:
    """What the result of a run depends on: code, options, environment and the project's files.

    `files` is their digest as `project` makes it. Prose is not part of it.
    """
    cells = [
        [_run_source(cell), _run_tags(cell), cell.metadata.get("timeout")]
        for cell in page.notebook.cells
        if cell.cell_type == "code"
    ]
    execution = config.settings.execute
    return digest(
        FORMAT,
        page.source,
        cells,
        [page.meta.timeout or execution.timeout, execution.max_output],
        environment(page, config),
        files,
    )


def execute(page: Page, config: Config) -> Executed:
    """Run a notebook in a fresh kernel, in its own folder.

    `ExecutionError` with the line of the source if a cell fails, takes too long or asks for
    input, or if the kernel cannot start or dies.
    """
    from publisher.execute.client import run

    notebook: NotebookNode = copy.deepcopy(page.notebook)
    widgets, notices = run(notebook, page, config)
    return Executed(page, notebook, "ran", widgets, problems=notices)


@dataclass(frozen=True)
class Stored:
    """The result of a run as it is kept: what code cells put out, in their order."""

    outputs: tuple[list[dict[str, Any]], ...]
    counts: tuple[int | None, ...]
    widgets: dict[str, Any] | None
    written: tuple[str, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, executed: Executed) -> Self:
        """What of a run is kept."""
        code = [cell for cell in executed.notebook.cells if cell.cell_type == "code"]
        return cls(
            tuple(cell.outputs for cell in code),
            tuple(cell.get("execution_count") for cell in code),
            executed.widgets,
            executed.written,
            executed.problems,
        )


def restore(page: Page, stored: Stored) -> Executed | None:
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
    return Executed(page, notebook, "reused", stored.widgets, stored.written, problems)


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


def _code(cell: NotebookNode) -> bool:
    return bool(cell.source.strip()) and "skip-execution" not in cell.metadata.get("tags", [])


def _run_source(cell: NotebookNode) -> str:
    """A cell's code without the text of its `#|` options; their lines stay, for tracebacks."""
    return "\n".join(
        "#|" if line.lstrip().startswith(("#|", "//|")) else line
        for line in cell.source.split("\n")
    )


def _run_tags(cell: NotebookNode) -> list[str]:
    """The tags that a run heeds."""
    return sorted({"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", [])))
