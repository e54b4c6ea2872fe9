"""Outputs of cells that prose shows in another place: mystmd's `{embed}`, `{figure} #label`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from publisher.markdown import references
from publisher.markdown.targets import key
from publisher.model import Problem, Reference
from publisher.render.links import Addresses

_OPENING = re.compile(r'<x-output data-label="([^"]*)">')
_PLACE = re.compile(rf"{_OPENING.pattern}</x-output>\n?")
_CAPTION = re.compile(r"<figcaption>.*?(?:</figcaption>|\Z)", re.DOTALL)


def wanted(prose: Iterable[str]) -> set[str]:
    """The labels of the cells whose outputs prose shows, by `markdown.targets.key`."""
    return {
        key(unescape(label))
        for html in prose
        if "<x-output" in html
        for label in _OPENING.findall(html)
    }


def without_caption(html: str) -> str:
    """An output as it is shown in another place, where it gets another caption."""
    return _CAPTION.sub("", html)


def filled(body: str, addresses: Addresses) -> str:
    """A body with outputs in their places; what is no cell of this page is linked to."""

    def place(match: re.Match[str]) -> str:
        label = unescape(match[1])
        output = addresses.outputs.get(key(label))
        if output is not None:
            return output
        message = f"{label} is no cell of this page: it is linked to, not shown here"
        line = _line(label, addresses)
        addresses.problems.append(Problem(message, addresses.shown, line))
        addresses.references.append(Reference("any", label, "", line))
        return f"<p>{references.place(len(addresses.references) - 1)}</p>\n"

    return _PLACE.sub(place, body) if "<x-output" in body else body


def _line(label: str, addresses: Addresses) -> int | None:
    """The line of the file on which a label is asked for."""
    cells = addresses.page.notebook.cells
    asking = (i for i, cell in enumerate(cells) if f"#{label}" in cell.source)
    index = next(asking, None)
    return None if index is None else addresses.line(f"#{label}", index)
