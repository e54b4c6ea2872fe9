"""A page as a notebook with its outputs, for readers who want to run it themselves."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from nbformat import NotebookNode

from publisher.model import Executed

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_WIDGETS = "application/vnd.jupyter.widget-state+json"
_OURS = ("lines_to_next_cell", "execution", "publisher", "view")  # keys that mean nothing elsewhere


def as_notebook(executed: Executed) -> bytes:
    """The bytes of an `.ipynb` (nbformat 4.5) with all cells of a page; equal for equal pages.

    The title stands on top if no heading of the page shows it. Ids of cells are those of an
    `.ipynb`; in other formats, where Jupytext draws them at random, cells are numbered.
    """
    page, source = executed.page, executed.notebook
    stored = page.path.suffix == ".ipynb"
    cells = [_cell(cell) for cell in source.cells]
    if not page.titled_by_heading:
        cells.insert(0, {"cell_type": "markdown", "metadata": {}, "source": f"# {page.title}"})
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        own = str(cell.pop("id", ""))
        kept = stored and _ID.fullmatch(own) and own not in taken
        cell["id"] = own if kept else _free(f"cell-{number}", taken)
        taken.add(cell["id"])
    notebook = {
        "cells": cells,
        "metadata": _metadata(executed),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode("utf-8", "replace")  # halves of characters fit in no file


def _cell(cell: NotebookNode) -> dict[str, Any]:
    """A cell as the format has it, texts as lists of lines, without what is passing."""
    kind = cell.cell_type if cell.cell_type in ("markdown", "raw", "code") else "raw"
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": cell.get("id", ""),
        "metadata": {k: copy.deepcopy(v) for k, v in cell.metadata.items() if k not in _OURS},
        "source": _lines(cell.source),
    }
    if kind == "code":
        made["execution_count"] = cell.get("execution_count")
        made["outputs"] = [_output(output) for output in cell.get("outputs", [])]
    elif cell.get("attachments"):
        made["attachments"] = cell.attachments
    return made


def _output(output: NotebookNode) -> dict[str, Any]:
    made = {key: value for key, value in output.items() if key != "transient"}
    if "text" in made:
        made["text"] = _lines(made["text"])
    if "data" in made:
        made["data"] = {
            mime: _lines(data) if isinstance(data, str) and _is_text(mime) else data
            for mime, data in made["data"].items()
        }
    return made


def _is_text(mime: str) -> bool:
    return mime.startswith("text/") or mime in ("image/svg+xml", "application/javascript")


def _lines(text: str) -> list[str]:
    return str(text).splitlines(keepends=True)


def _metadata(executed: Executed) -> dict[str, Any]:
    """What other programs want to know: kernel, language, and the state of widgets."""
    given = executed.page.notebook.metadata
    kernel, language = given.get("kernelspec", {}), given.get("language_info", {})
    made: dict[str, Any] = {}
    if kernel.get("name"):
        made["kernelspec"] = {
            "name": kernel["name"],
            "display_name": kernel.get("display_name") or kernel["name"],
        }
        if kernel.get("language"):
            made["kernelspec"]["language"] = kernel["language"]
    if language.get("name"):
        made["language_info"] = copy.deepcopy(dict(language))
    if executed.widgets:
        made["widgets"] = {_WIDGETS: executed.widgets}
    return made


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "-x"
    return name
