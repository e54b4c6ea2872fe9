"""Quarto's documents: what they have beyond R Markdown, which Jupytext reads.

Source: Quarto's documentation, "Using Python", "Execution Options" and "HTML Code Blocks".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CHUNK = re.compile(
    r"^```+[ \t]*\{[ \t]*(?:python|r|R|julia|bash|sh)\b[^\n}]*\}[ \t]*$", re.MULTILINE
)
_SHOWN = re.compile(r"^(```+)(?=\{[.#=])", re.MULTILINE)
_EXECUTED = ("echo", "eval", "output", "include", "warning")
_FORMATTED = ("code-fold", "code-summary")


def has_code(text: str) -> bool:
    """Whether a document has code that is to be run."""
    return _CHUNK.search(text) is not None


def with_marks(body: str) -> str:
    """A text whose fences with classes, `{.python}`, are none that Jupytext takes for code."""
    return _SHOWN.sub(r"\1 ", body)


def complete(notebook: NotebookNode, front: dict[str, Any]) -> None:
    """Give the cells the options that front matter has for all of them."""
    given = _options(front)
    for cell in notebook.cells:
        if cell.cell_type != "code" or not given:
            continue
        options = {**given, **cell.metadata.get("options", {})}
        cell.metadata["options"] = json.loads(json.dumps(options, default=str))
        if options.get("eval") is False and "skip-execution" not in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "skip-execution"]


def _options(front: dict[str, Any]) -> dict[str, Any]:
    execute, formats = front.get("execute"), front.get("format")
    html = formats.get("html") if isinstance(formats, dict) else None
    found: dict[str, Any] = {}
    for holder, names in ((front, _FORMATTED), (html, _FORMATTED), (execute, _EXECUTED)):
        if isinstance(holder, dict):
            found |= {name: holder[name] for name in names if name in holder}
    return found
