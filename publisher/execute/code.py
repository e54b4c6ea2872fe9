"""What of a page a run depends on: its code cells, the options that it heeds, its kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.config import Config
from publisher.execute.inputs import Declared
from publisher.execute.kernels import wanted
from publisher.model import Page
from publisher.store import digest

if TYPE_CHECKING:
    from nbformat import NotebookNode

_OF_SITE = ("site_states", "site_size")  # bounds that are kept when pages are drawn


@dataclass(frozen=True)
class Code:
    """The code of a page: a hash for each code cell, options by name, kernel name and language.

    `declared` and `max_age` (days) say when a stored result may be used, `freeze` where it is
    kept; they change nothing of the result itself.
    """

    cells: tuple[str, ...]
    options: dict[str, float]
    kernel: tuple[str, str]
    declared: Declared = field(default_factory=Declared)
    max_age: float | None = None
    freeze: bool = False

    def differences(self, last: Code) -> Iterator[str]:
        """What is different from how it was, each as a short sentence."""
        if len(self.cells) != len(last.cells):
            yield f"it has {len(self.cells)} code cells instead of {len(last.cells)}"
        else:
            pairs = enumerate(zip(self.cells, last.cells, strict=True), start=1)
            yield from (f"code cell {number} changed" for number, (a, b) in pairs if a != b)
        for name in self.options:
            if self.options[name] != last.options.get(name):
                yield f"`{name}` changed"
        if self.kernel != last.kernel:
            before, now = (name or language for name, language in (last.kernel, self.kernel))
            yield f"the kernel {before} → {now}"


def code_of(page: Page, config: Config) -> Code | None:
    """The code of a page; None if it is not to run.

    An `.ipynb` that holds outputs is published as stored.
    """
    execution, meta = config.settings.execute, page.meta
    if page.kind == "prose" or meta.execute is False:
        return None
    if meta.execute is None and not execution.enabled:
        return None
    cells = [cell for cell in page.notebook.cells if cell.cell_type == "code"]
    running = [cell for cell in cells if _runs(cell)]
    if not running or (page.path.suffix == ".ipynb" and any(cell.outputs for cell in running)):
        return None
    return Code(
        tuple(map(cell_digest, cells)),
        {
            "timeout": meta.timeout or execution.timeout,
            "max_output": float(execution.max_output),
            **(bounds(config) if any(map(_may_interact, running)) else {}),
        },
        wanted(page, config),
        Declared(execution.inputs + meta.inputs, execution.ignored_inputs + meta.ignored_inputs),
        meta.max_age if meta.max_age is not None else execution.max_age,
        meta.freeze if meta.freeze is not None else execution.freeze,
    )


def bounds(config: Config) -> dict[str, float]:
    """How far the controls of widgets are worked out in a run."""
    given = config.settings.interact
    names = [name for name in given.__struct_fields__ if name not in _OF_SITE]
    return {f"interact.{name}": float(getattr(given, name)) for name in names}


def _may_interact(cell: NotebookNode) -> bool:
    return "interact" in cell.source or "widgets" in cell.source


def cell_digest(cell: NotebookNode) -> str:
    """A hash of all that a run heeds of a code cell: not of space at its end, which files drop."""
    source, own = run_source(cell).rstrip(), _interact_options(cell)
    heeded = digest(source, _run_tags(cell), cell.metadata.get("timeout"))
    return digest(heeded, own) if own else heeded


def _interact_options(cell: NotebookNode) -> list[str]:
    """The options of a cell that say how far its widgets are worked out."""
    lines = (line.strip() for line in cell.source.split("\n"))
    given = [line for line in lines if re.match(r"(#|//)\|\s*interact\b", line)]
    metadata = {k: v for k, v in cell.metadata.items() if str(k).startswith("interact")}
    return [*given, *(f"{key}={metadata[key]}" for key in sorted(metadata))]


def run_source(cell: NotebookNode) -> str:
    """A cell's code without the text of its `#|` options; their lines stay, for tracebacks."""
    return "\n".join(
        "#|" if line.lstrip().startswith(("#|", "//|")) else line
        for line in cell.source.split("\n")
    )


def _runs(cell: NotebookNode) -> bool:
    return bool(cell.source.strip()) and "skip-execution" not in cell.metadata.get("tags", [])


def _run_tags(cell: NotebookNode) -> list[str]:
    """The tags that a run heeds."""
    return sorted({"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", [])))
