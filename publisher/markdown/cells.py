"""Which cells of a notebook hold prose, and which reStructuredText."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_RST = ("text/restructuredtext", "text/x-rst", "rst")
_MARKDOWN = ("text/markdown", "markdown")


def raw_type(cell: NotebookNode) -> str:
    """The type of a raw cell."""
    return str(cell.metadata.get("raw_mimetype") or cell.metadata.get("format") or "").lower()


def is_prose(cell: NotebookNode) -> bool:
    """Whether a cell holds prose: Markdown, or a raw cell of nbsphinx that is reStructuredText."""
    if cell.cell_type == "markdown":
        return True
    return cell.cell_type == "raw" and raw_type(cell) in (*_RST, *_MARKDOWN)
