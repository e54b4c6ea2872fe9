"""The format `.ipynb`. The only one that knows nbformat's reader."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from publisher.errors import SourceError
from publisher.model import Problem
from publisher.read.document import NOTEBOOK_KEYS, Document, brief, cell_options
from publisher.read.frontmatter import split
from publisher.read.shape import shape
from publisher.safeyaml import Keys, keys

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_JUPYTER_KEYS = frozenset(
    "kernelspec language_info jupytext widgets orig_nbformat toc colab vscode accelerator "
    "celltoolbar nbformat signature papermill anaconda-cloud interpreter varInspector "
    "hide_input".split()
)


def read_ipynb(text: str, path: str) -> Document:
    """Read a notebook's text. `SourceError` if it is none."""
    import nbformat

    try:
        data = _no_halves(json.loads(text)) if _HALF.search(text) else json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise SourceError(f"not valid JSON: {error}", path=path, line=line) from error
    try:
        major = data["nbformat"]
        notebook = nbformat.from_dict(data)
        if major != 4:  # its reader joins the lines of texts, which the conversion expects
            notebook = nbformat.convert(nbformat.reader.reads(json.dumps(data)), 4)
        elif data.get("nbformat_minor", 0) > 5:
            nbformat.validate(notebook)
        shape(notebook)
    except Exception as error:  # nbformat raises KeyError, AttributeError, ValidationError…
        raise SourceError(
            f"not a notebook: {brief(error)}",
            path=path,
            hint="open it in JupyterLab and save it again",
        ) from error
    front, problems = _ipynb_front(notebook, path)
    if front:
        notebook.cells = notebook.cells[1:]
    known = {k: v for k, v in notebook.metadata.items() if k not in _JUPYTER_KEYS}
    values = {**known, **(front.values if front else {})}
    lines = tuple(0 for _ in notebook.cells)
    problems = (*problems, *cell_options(notebook, lines, path))
    return Document("notebook", "notebook", Keys(values, {}, problems), notebook, lines)


def _no_halves(data: Any) -> Any:
    r"""JSON without the halves of characters (`\ud800`) that no file can hold."""
    text = json.dumps(data, ensure_ascii=False)
    if text.isascii():
        return data
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return data if sound == text else json.loads(sound)


def _ipynb_front(notebook: NotebookNode, path: str) -> tuple[Keys | None, tuple[Problem, ...]]:
    """Front matter in a first raw cell, as Jupytext and Quarto keep it."""
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        return None, ()
    source = notebook.cells[0].source.strip()
    yaml_source, rest, _ = split(source)
    if not yaml_source or rest.strip():
        return None, ()
    try:
        front = keys(yaml_source, path)
    except SourceError as error:
        error.line = None  # that of the YAML, not of the file
        raise
    values = {k: v for k, v in front.values.items() if k not in NOTEBOOK_KEYS}
    return Keys(values), tuple(replace(p, line=None) for p in front.problems)
