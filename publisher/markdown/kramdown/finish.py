"""From blocks to the whole tree: spans, attribute lists, abbreviations and ids of headings.

Definitions may stand below what uses them, so all this comes after the blocks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.spans import Spans
from publisher.markdown.kramdown.tree import Node, merged

_TEXT_KINDS = ("codespan", "math")


def finish(document: Document, root: Node) -> None:
    """Complete a document's tree and those of its footnotes."""
    _fill(document, root, 0)
    notes = list(document.footnotes.values())
    for note in notes:
        _fill(document, note.content, 0)
    replace = _abbreviations(document)
    for tree in (root, *(note.content for note in notes)):
        if replace:
            _replace(tree, replace)
    if document.options.gfm:
        _github(document, root)


def spans(document: Document, node: Node, depth: int = 0) -> None:
    """Read the text of a block, so many levels deep."""
    text = "".join(child for child in node.children if isinstance(child, str))
    node.children = Spans(document, text, node.line, depth).read()


def plain(node: Node) -> str:
    """The text of a node without its marks."""
    return "".join(_plain(child) for child in node.children)


def _plain(child: Node | str) -> str:
    if isinstance(child, str):
        return child
    if child.kind in _TEXT_KINDS:
        return child.value
    return child.plain if child.kind == "character" else plain(child)


def _texts(node: Node) -> str:
    return "".join(child if isinstance(child, str) else _texts(child) for child in node.children)


def _fill(document: Document, node: Node, depth: int) -> None:
    """Read the spans of all blocks in a node; apply attribute lists."""
    blocks: list[Node | str] = []
    for child in node.nodes():
        if child.kind in ("raw", "code", "blank"):
            pass
        elif any(isinstance(inner, str) for inner in child.children):
            spans(document, child, depth // 2)
        else:
            _fill(document, child, depth + 1)
        document.apply(child.given, child.attrs)
        if child.kind == "dt" or (child.kind == "heading" and _stripped(document)):
            child.plain = plain(child) if document.options.gfm else _texts(child)
        if child.kind not in ("boundary", "blank"):
            blocks.append(child)
    node.children = blocks


def _stripped(document: Document) -> bool:
    return document.options.gfm or document.options.auto_id_stripping


def _abbreviations(document: Document) -> Callable[[str], list[Node | str]] | None:
    """What cuts a text at its abbreviations; None if the page defines none."""
    if not document.abbreviations:
        return None
    names = sorted(document.abbreviations, key=len, reverse=True)
    pattern = re.compile(
        rf"(?:^|(?<![A-Za-z0-9_]))(?:{'|'.join(map(re.escape, names))})(?![A-Za-z0-9_])",
        re.MULTILINE,
    )

    def cut(text: str) -> list[Node | str]:
        pieces: list[Node | str] = []
        position = 0
        for match in pattern.finditer(text):
            title, node = document.abbreviations[match[0]]
            attrs = node.attrs | ({"title": title} if title else {})
            abbreviation = Node("abbr", attrs=attrs, children=[match[0]])
            pieces += [text[position : match.start()], abbreviation]
            position = match.end()
        return [*pieces, text[position:]]

    return cut


def _replace(node: Node, cut: Callable[[str], list[Node | str]]) -> None:
    children: list[Node | str] = []
    for child in node.children:
        if not isinstance(child, str):
            _replace(child, cut)
            children.append(child)
        elif node.kind == "html" and node.model == "raw":
            children.append(child)
        else:
            children += cut(child)
    node.children = merged(children)


def _github(document: Document, root: Node) -> None:
    """GitHub's ids of headings, and its line breaks. Neither reaches into HTML."""
    counts: dict[str, int] = {}
    options = document.options
    mark = "\n" if options.hard_wrap else "\\\n"

    def walk(node: Node) -> None:
        children: list[Node | str] = []
        for index, child in enumerate(node.children):
            if isinstance(child, str):
                last = index == len(node.children) - 1 and node.kind in _BLOCKS
                children += _broken(child, mark, last=last) if mark in child else [child]
                continue
            children.append(child)
            if child.kind == "html":
                continue
            if child.kind == "heading" and options.auto_ids and "id" not in child.attrs:
                child.attrs["id"] = _github_id(child.plain, counts, options.auto_id_prefix)
            else:
                walk(child)
        node.children = children

    walk(root)


_BLOCKS = frozenset("p heading blockquote ul ol li dl dt dd table td".split())


def _broken(text: str, mark: str, *, last: bool) -> list[Node | str]:
    """Text with its line breaks; one at the end of a block is none."""
    parts = text.split(mark)
    result: list[Node | str] = [parts[0]]
    for index, part in enumerate(parts[1:], 1):
        if not (last and index == len(parts) - 1 and not part):
            result.append(Node("br"))
        result.append("\n" + part)
    return merged(result)


def _github_id(text: str, counts: dict[str, int], prefix: str) -> str:
    name = "".join(char for char in text.lower() if char in "- \t" or _is_word(char))
    name = name.replace(" ", "-").replace("\t", "-")
    count = counts[name] = counts.get(name, -1) + 1
    return prefix + (f"{name}-{count}" if count else name)


def _is_word(char: str) -> bool:
    return char.isalpha() or unicodedata.category(char) in ("Mn", "Mc", "Me", "Nd", "Nl", "Pc")
