"""How the failure of a cell is told: what went wrong, on which line of the source, what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.errors import ExecutionError
from publisher.model import Page

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CHAINED = re.compile(r"exception was the direct cause of.*:$|another exception occurred:$", re.M)
_COMPILED = re.compile(r"File <(?:tokenize|timed exec|timed eval|magic-timeit)>:(\d+)")
_FRAME = re.compile(r"Cell In ?\[(\d+)\], line (\d+)")
_CELL_NAME = re.compile(r"\b\d+\.py, (?=line \d)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


MAX_MESSAGE = 1_000
MAX_DETAIL = 20_000


class Failures:
    """Makes the errors of one notebook that runs."""

    def __init__(self, notebook: NotebookNode, page: Page, shown: str, command: str) -> None:
        self.notebook, self.page, self.shown = notebook, page, shown
        self.command = command

    def of_cell(self, index: int, name: str, value: str, run: int) -> ExecutionError:
        """A cell that raised `name: value`; it was the `run`th that the kernel ran, from 1."""
        errors = [o for o in self.notebook.cells[index].outputs if o.output_type == "error"]
        plain = _ANSI.sub("", "\n".join(errors[-1].traceback)) if errors else ""
        offset = _line(plain, self.notebook.cells[index].source, run) - 1
        if name == "StdinNotImplementedError":
            return self.at(
                index,
                "the cell asks for input, and nobody is there to answer",
                offset=offset,
                hint="replace `input()` by a value, or tag the cell `skip-execution`",
            )
        if name == "SystemExit":
            return self.at(
                index,
                f"the cell ends the program: SystemExit({value})",
                hint="remove `sys.exit()`, or tag the cell `raises-exception`",
            )
        return self.at(
            index,
            f"{name}: {_CELL_NAME.sub('', value)}" if value else name,
            offset=offset,
            detail=plain,
            hint=f"install it where the page runs, for {self.command}"
            if name == "ModuleNotFoundError"
            else "tag the cell `raises-exception` if this is meant to happen",
        )

    def at(
        self, index: int, message: str, *, hint: str, offset: int = 0, detail: str | None = None
    ) -> ExecutionError:
        """An error at a cell (its index), `offset` lines below the first of its source."""
        source = self.notebook.cells[index].source
        offset = min(max(offset, 0), max(len(source.splitlines()) - 1, 0))
        line = self.page.lines[index]
        number = sum(cell.cell_type == "code" for cell in self.notebook.cells[: index + 1])
        return ExecutionError(
            _cut(message, MAX_MESSAGE),
            path=self.shown,
            line=line + offset if line else None,
            cell=number,
            hint=hint,
            detail=_cut(detail or source, MAX_DETAIL),
        )


def _line(traceback: str, source: str, number: int) -> int:
    """The line of the cell (from 1) that a traceback of the `number`th run blames.

    `%%time` and its like compile the rest of their cell, without the first line.
    """
    last = _CHAINED.split(traceback)[-1]
    inner = _COMPILED.search(last)
    if inner:
        return int(inner[1]) + source.startswith("%%")
    own = [int(line) for cell, line in _FRAME.findall(last) if int(cell) == number]
    if own:
        return own[0]
    arrow = re.search(r"^-+> (\d+)", last, re.MULTILINE)
    return int(arrow[1]) if arrow else 1


def _cut(text: str, longest: int) -> str:
    """A text that a terminal can show, its middle left out if it is too long."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} … {text[-half:]}"
