"""Scripts of Sphinx-Gallery: a docstring with a title, then blocks of comments and of code.

Source: Sphinx-Gallery's documentation, "Structuring Python scripts for Sphinx-Gallery".
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_DOCSTRING = re.compile(
    r"""(?>(?:[ \t]*+(?:#[^\n]*+)?\n)*)"""
    r"""(?P<text>[rRuU]?(?P<quotes>\"{3}|'{3}).*?(?P=quotes))[^\n]*+""",
    re.DOTALL,
)
_LINE = r"([=\-~^\"*#+])\{}{{3,}}+[ \t]*+"
_TITLE = re.compile(
    rf"\s*+(?:{_LINE.format(1)}\n)?[ \t]*+\S[^\n]*+\n{_LINE.format(2)}$", re.MULTILINE
)
_BLOCK = re.compile(r"#{20,}[ \t]*\Z|# ?%%(?P<title>[^\n]*)\Z")
_SETTING = re.compile(r"^#[ \t]*sphinx_gallery_\w+[ \t]*=.*$", re.MULTILINE)
_MARKDOWN = re.compile(r"^# ?%%[ \t]*\[(?:markdown|md)\]", re.MULTILINE)
_BLOCKS = re.compile(r"^(?:#{20,}|# ?%%(?!\w)[^\n]*)$", re.MULTILINE)


def is_gallery(text: str) -> bool:
    """Whether a script begins with a docstring that has a title, and has blocks."""
    match = _DOCSTRING.match(text)
    return (
        match is not None
        and _TITLE.match(_said(match["text"])) is not None
        and _BLOCKS.search(text, match.end()) is not None
        and _MARKDOWN.search(text) is None
    )


def read(text: str) -> tuple[NotebookNode, tuple[int, ...]]:
    """A script as a notebook, and the line of the text (from 1) on which each cell begins."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    match = _DOCSTRING.match(text)
    assert match is not None
    cells, found = [], []
    said = _said(match["text"])
    first = text.count("\n", 0, match.start("text")) + 1
    parts = [("markdown", first, said), *_parts(text, match.end())]
    for kind, line, source in parts:
        kept = source.strip("\n")
        if kept.strip():
            prose = kind == "markdown"
            cells.append(new_markdown_cell(kept) if prose else new_code_cell(kept))
            found.append(line + len(source) - len(source.lstrip("\n")))
    notebook: NotebookNode = new_notebook(cells=cells)
    return notebook, tuple(found)


def _said(literal: str) -> str:
    """What a docstring holds."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd escapes, frequent in formulas
            return str(ast.literal_eval(literal))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return literal.lstrip("rRuU")[3:-3]


def _parts(text: str, start: int) -> list[tuple[str, int, str]]:
    """Blocks of prose and of code after the docstring: their kind, line and text."""
    first = text.count("\n", 0, start) + 1
    lines = _SETTING.sub("", text[start:]).split("\n")
    parts: list[tuple[str, int, list[str]]] = [("code", first, [])]
    prose = False
    for number, line in enumerate(lines, first):
        block = _BLOCK.match(line.rstrip())
        if block:
            title = (block["title"] or "").strip()
            parts.append(("markdown", number, [title and f"## {title}"]))
            prose = True
        elif prose and line.startswith("#"):
            parts[-1][2].append(line[1:].removeprefix(" "))
        else:
            if prose:
                parts.append(("code", number, []))
                prose = False
            parts[-1][2].append(line)
    return [(kind, number, "\n".join(source)) for kind, number, source in parts]
