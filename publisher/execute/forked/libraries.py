"""What pages import, as far as their code shows: candidates for preloading."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

SHARED = 2
"""As many pages import what is worth preloading."""

_PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")
_MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([A-Za-z_][\w.]*)", re.MULTILINE)
_UNUSUAL = re.compile(
    r"""environ|putenv|%env|%set_env|\bpip\b|\bconda\b|sys\.path"""
    r"""|site\.|LD_PRELOAD|run_path|run_module"""
)


def shared(notebooks: Iterable[NotebookNode]) -> list[str]:
    """The modules that several notebooks import, those of the most first.

    `from a import b` may import the module `a.b`: both are named.
    """
    counts = Counter(name for notebook in notebooks for name in imports(notebook))
    return [
        name
        for name, count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
        if count >= SHARED
    ]


def imports(notebook: NotebookNode) -> set[str]:
    """The modules that a notebook's code may import."""
    return {
        name
        for cell in notebook.cells
        if cell.cell_type == "code"
        for name in _imports(cell.source)
    }


def usual(notebook: NotebookNode) -> bool:
    """Whether preloaded libraries can do for a notebook.

    Not if it changes what an import reads (variables of the environment, `sys.path`) or installs
    something.
    """
    return not any(
        cell.cell_type == "code" and _UNUSUAL.search(cell.source) for cell in notebook.cells
    )


def _imports(source: str) -> Iterator[str]:
    if source.startswith("%%") and not source.startswith(_PYTHON_MAGICS):
        return
    plain = _MAGIC.sub(r"\1pass", source)
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError):
        yield from _IMPORT.findall(plain)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
