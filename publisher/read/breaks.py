"""`+++` in fences of colons: there it parts a card from its footer, and is no end of a cell.

Jupytext does not know these fences, so the line is hidden from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HIDDEN = "\ue000+++"
_OPENS = re.compile(r"\s*+:{3,}+[ \t]*+[^\s:]")
_CLOSES = re.compile(r"\s*+:{3,}+\s*+\Z")


def hidden(body: str) -> str:
    """A text with those breaks hidden."""
    if "\n+++" not in body or ":::" not in body:
        return body
    lines = body.split("\n")
    fences: list[list[int]] = []  # the breaks in each fence that is open
    for number, line in enumerate(lines):
        if _OPENS.match(line):
            fences.append([])
        elif _CLOSES.match(line) and fences:
            for inner in fences.pop():
                lines[inner] = _HIDDEN + lines[inner].lstrip()[3:]
        elif fences and line.strip() == "+++":
            fences[-1].append(number)
    return "\n".join(lines)


def show(notebook: NotebookNode) -> None:
    """Put the breaks back into the cells of a notebook."""
    for cell in notebook.cells:
        cell.source = cell.source.replace(_HIDDEN, "+++")
