"""The kramdown dialect: Markdown as Jekyll's sites are written in it, with GitHub's additions.

The grammar is that of kramdown 2.4 and kramdown-parser-gfm 1.1. A text is read in two steps, as
definitions may stand below what uses them:

    blocks (lists, tables, html, definitions, attributes) → finish (spans, links) → output
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from publisher.markdown.kramdown.blocks import parse
from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.finish import finish, plain, spans
from publisher.markdown.kramdown.options import read
from publisher.markdown.kramdown.output import Writer
from publisher.markdown.kramdown.tree import Node
from publisher.markdown.titles import html_title
from publisher.math import Formulas, Macros
from publisher.model import Heading, Problem

PATIENCE = 50_000  # steps that may be wasted on marks without an end, besides one for two letters


def render(
    sources: Sequence[str],
    highlight: Callable[[str, str], str],
    options: Mapping[str, Any] | None = None,
    macros: Macros | None = None,
) -> tuple[list[str], list[Heading], list[Problem]]:
    """The HTML of each source, its footnotes at its end; the headings and warnings of all.

    Formulas know the `macros`.
    """
    html: list[str] = []
    headings: list[Heading] = []
    problems: list[Problem] = []
    for cell, source in enumerate(sources):
        document = _document(source, highlight, options)
        root = parse(document, source)
        finish(document, root)
        writer = Writer(document, Formulas(macros))
        html.append(writer.page(root))
        headings += writer.headings
        warnings = sorted(document.warnings, key=lambda warning: warning[1])
        problems += [Problem(text, line=line, cell=cell) for text, line in warnings]
    return html, headings, problems


def first_heading(source: str) -> tuple[int, str] | None:
    """Level and plain text of the first heading; what stands below it is not read.

    It is only where the heading may be a link that is defined below.
    """
    document = _document(source, lambda code, language: "", None)
    found: list[tuple[int, str] | Node] = []

    def stop(node: Node) -> bool:
        if found:
            return False
        if node.kind == "heading":
            found.append(node)
            return "[" not in node.plain
        title = html_title(Writer(document).inner(node)) if _may_hold_title(node) else None
        if title:
            found.append((1, title))
        return bool(title)

    document.stop = stop
    parse(document, source)
    first = found[0] if found else None
    if not isinstance(first, Node):
        return first
    spans(document, first)
    return first.level, " ".join(plain(first).split())


def _may_hold_title(node: Node) -> bool:
    return node.kind == "html" and (
        node.value == "h1" or any("<h1" in child.value.lower() for child in node.nodes())
    )


def _document(
    source: str, highlight: Callable[[str, str], str], options: Mapping[str, Any] | None
) -> Document:
    return Document(read(options), highlight, patience=PATIENCE + len(source) // 2)


__all__ = ["first_heading", "render"]
