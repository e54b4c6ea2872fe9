"""Notebooks in the shape that nbformat's schema promises, so that later stages can rely on it.

Metadata of a wrong type is left out; what is no cell or no output at all raises. Source:
nbformat's documentation, "The Notebook file format", version 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

_WIDGETS = "application/vnd.jupyter.widget-state+json"


def shape(notebook: NotebookNode) -> None:
    """Complete a notebook of format 4 in place.

    `TypeError`, `ValueError`, `KeyError` or `AttributeError` where it is too far from one.
    """
    if not isinstance(notebook.cells, list):
        raise TypeError("its cells are no list")
    notebook.metadata = _table(notebook, "metadata")
    for name in ("kernelspec", "language_info"):
        if name in notebook.metadata:
            notebook.metadata[name] = texts(notebook.metadata[name])
    _table(_table(notebook.metadata, "widgets"), _WIDGETS)
    for cell in notebook.cells:
        _cell(cell)


def texts(value: Any) -> Any:
    """A table without its values that are no texts; an empty one for anything else."""
    if not isinstance(value, dict):
        return _new()
    for key in [key for key, item in value.items() if not isinstance(item, str)]:
        del value[key]
    return value


def _cell(cell: Any) -> None:
    cell.cell_type = str(cell.cell_type)
    cell.source = _text(cell.get("source", ""))
    metadata = _table(cell, "metadata")
    for name in ("jupyter", "options"):
        if name in metadata:
            _table(metadata, name)
    if "tags" in metadata:
        tags = [metadata.tags] if isinstance(metadata.tags, str) else metadata.tags
        metadata.tags = [str(tag) for tag in tags] if isinstance(tags, list) else []
    if "attachments" in cell:
        attachments = _table(cell, "attachments")
        for name in attachments:
            _bundle(_table(attachments, name))
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        cell.execution_count = count if isinstance(count, int) else None
        cell.outputs = cell.get("outputs") or []
        for output in cell.outputs:
            _output(output)


def _output(output: Any) -> None:
    kind = output.output_type
    if kind == "stream":
        output.name = str(output.get("name", "stdout"))
        output.text = _text(output.get("text", ""))
    elif kind == "error":
        lines = output.get("traceback") or []
        output.traceback = [str(line) for line in lines] if isinstance(lines, list) else []
        for name in ("ename", "evalue"):
            output[name] = str(output.get(name, ""))
    elif kind in ("display_data", "execute_result"):
        _table(output, "metadata").pop("publisher", None)
        _bundle(_table(output, "data"))
    else:
        raise ValueError(f"an output of the type {kind!r}")


def _bundle(data: Any) -> None:
    """Join texts that are lists of lines, by MIME type; leave out what should be one and is not."""
    for mime, value in list(data.items()):
        if mime.endswith("json"):
            continue
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            data[mime] = "".join(value)
        elif not isinstance(value, str):
            del data[mime]


def _table(holder: Any, name: str) -> Any:
    if not isinstance(holder.get(name), dict):
        holder[name] = _new()
    return holder[name]


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _new() -> NotebookNode:
    from nbformat import NotebookNode

    return NotebookNode()
