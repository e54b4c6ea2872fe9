"""Definitions of links, footnotes and abbreviations. The only one that knows how they look."""

from __future__ import annotations

import re

from publisher.markdown.kramdown import lines
from publisher.markdown.kramdown.document import Document, Footnote, LinkDefinition
from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.state import State
from publisher.markdown.kramdown.tree import Node

KINDS = ("link", "abbreviation", "footnote")  # attribute lists may follow these

FOOTNOTE = re.compile(r" {0,3}\[\^([A-Za-z0-9_][A-Za-z0-9_-]*)\]:")
LINK = re.compile(r" {0,3}\[([^\n\]]+)\]:[ \t]*")
ABBREVIATION = re.compile(r" {0,3}\*\[([^\n]+?)\]:([^\n]*)\n")

_CODE_LINE = re.compile(r"(?:\t| {4})[ \t]*[^ \t\r\n\f\v]")
_INDENT = re.compile(r"^(?:\t| {4})", re.MULTILINE)
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_SPACED_QUOTE = re.compile(r"[ \t]+[\"']")
_TITLE = re.compile(r"[ \t]+([\"'])([^\n]+)\1[ \t]*\n")
_NEXT_TITLE = re.compile(r"[ \t]*\n[ \t]*([\"'])([^\n]+)\1[ \t]*\n")
_REST = re.compile(r"[ \t]*\n")


def label(text: str) -> str:
    """What a link's label is compared by."""
    return _SPACES.sub(" ", text).lower()


def indented_end(source: Source, start: int) -> int:
    """Where a run of indented lines ends, with the blank lines in it and lazy lines after them."""
    text, saved = source.text, source.pos
    source.pos = end = start
    while True:
        source.take(lines.BLANK)
        if not source.check(_CODE_LINE):
            break
        while source.check(_CODE_LINE):
            source.next_line()
        while not (source.done or source.check(lines.BLANK) or lines.ends_code(source)):
            source.next_line()
        end = source.pos
    source.pos = saved
    return min(end, len(text))


def footnote(state: State) -> bool:
    """Read the definition of a footnote: its line and the indented ones after it."""
    source = state.source
    match = source.take(FOOTNOTE)
    if match is None or not state.may_nest():
        source.pos = match.start() if match else source.pos
        return False
    start, line = match.end(), source.line_at(match.start())
    source.next_line()
    source.pos = indented_end(source, source.pos)
    content = Node("footnote content", line=line)
    state.nested(content, _INDENT.sub("", source.text[start : source.pos]), line)
    node = state.new("boundary", "footnote")
    state.add(node)
    state.document.footnotes[match[1]] = Footnote(content, node)
    return True


def link(state: State) -> bool:
    """Read the definition of a link: `[label]: url "title"`."""
    source, document = state.source, state.document
    match = source.check(LINK)
    found = _target(source, match.end()) if match else None
    if match is None or found is None:
        return False
    url, title, end = found
    node = state.new("boundary", "link")
    source.pos = end
    state.add(node)
    _define(document, match[1], LinkDefinition(url, title, node))
    return True


def _define(document: Document, name: str, definition: LinkDefinition) -> None:
    document.links[label(name)] = definition
    document.longest_label = max(document.longest_label, len(name))


def _target(source: Source, start: int) -> tuple[str, str | None, int] | None:
    """The address, the title and the end of a definition."""
    text = source.text
    end = text.find("\n", start)
    if text.startswith("<", start):
        for close in (text.find(">", start, end), text.rfind(">", start, end)):
            title = _title(source, close + 1) if close >= 0 else None
            if title:
                return text[start + 1 : close], *title
    quote = _SPACED_QUOTE.search(text, start, end)
    stop = quote.start() if quote else start + len(text[start:end].rstrip(" \t"))
    title = _title(source, stop)
    if title is None or not text[start:stop].strip(SPACE):
        return None
    return text[start:stop], *title


def _title(source: Source, position: int) -> tuple[str | None, int] | None:
    """The title that follows an address, and the end; None if something else does."""
    text = source.text
    if match := _NEXT_TITLE.match(text, position) or _TITLE.match(text, position):
        return match[2], match.end()
    rest = _REST.match(text, position)
    return (None, rest.end()) if rest else None


def abbreviation(state: State) -> bool:
    """Read the definition of an abbreviation: `*[HTML]: what it means`."""
    match = state.source.check(ABBREVIATION)
    if match is None:
        return False
    node = state.new("boundary", "abbreviation")
    state.source.pos = match.end()
    state.add(node)
    state.document.abbreviations[match[1]] = (match[2].strip(SPACE), node)
    return True
