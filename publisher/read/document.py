"""What every format of pages becomes: cells with their lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from publisher.errors import SourceError
from publisher.model import Dialect, Problem
from publisher.safeyaml import Keys, keys

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK_KEYS = ("jupyter", "jupytext", "kernelspec")


@dataclass(frozen=True)
class Document:
    """A file as cells. `lines[i]` is the line of the file where cell i's source begins."""

    kind: Literal["notebook", "prose"]
    dialect: Dialect
    front: Keys
    notebook: NotebookNode
    lines: tuple[int, ...]


def cell_options(notebook: NotebookNode, lines: tuple[int, ...], path: str) -> tuple[Problem, ...]:
    """Put the `#|` options at the head of code cells into `metadata.options`.

    Source: Quarto's documentation, "Execution Options". `eval: false` is the tag
    `skip-execution`.
    """
    problems = []
    for index, (cell, line) in enumerate(zip(notebook.cells, lines, strict=True), start=1):
        if cell.cell_type != "code":
            continue
        head = re.match(r"(?:\s*(?:#|//)\|.*(?:\n|\Z))+", cell.source)
        if head is None:
            continue
        yaml_source = re.sub(r"^\s*(?:#|//)\| ?", "", head[0], flags=re.MULTILINE)
        try:
            options = keys(yaml_source, path, first_line=line or 1).values
        except SourceError as error:
            problems.append(
                Problem(
                    f"the cell's options are not valid YAML: {error.message.partition(': ')[2]}",
                    path,
                    error.line if line else None,
                    index,
                    "they are left out",
                )
            )
            continue
        cell.metadata["options"] = json.loads(json.dumps(options, default=str))
        if options.get("eval") is False:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "skip-execution"]
    return tuple(problems)


def brief(error: Exception) -> str:
    """The first line of what an error says."""
    return str(error).splitlines()[0] if str(error) else repr(error)
