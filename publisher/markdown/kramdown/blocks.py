"""Blocks: which kind begins at a line, and the simple kinds themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.markdown.kramdown import attributes, definitions, fences, html, lines, lists, tables
from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.state import State
from publisher.markdown.kramdown.tree import Attributes, Node

_HEADING_ID = re.compile(r"[\t ]\{#([^\W\d][\w.:-]*)\}\Z")
_HASHES = re.compile(r"(?<!\\)#+\Z")
_SPACED_HASHES = re.compile(r"[\t ]#+\Z")
_MATH = re.compile(r" {0,3}(\\)?\$\$")
_MATH_REST = re.compile(r"[ \t\r\f\v]*\n")
_LAZY_CODE = re.compile(r"\n( {0,3}[^ \t\r\n\f\v])")
_QUOTE_MARK = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_INDENT = re.compile(r"^(?:\t| {4})", re.MULTILINE)


def parse(document: Document, text: str, line: int = 1) -> Node:
    """The tree of a document's blocks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�")
    text = text.removesuffix("\n") + "\n"
    root = Node("root", line=line)
    blocks(State(document, Source(text, line), root, blocks))
    return root


def blocks(state: State) -> bool:
    """Read blocks up to the end of the source (False), or of the HTML element (True)."""
    source, stop = state.source, state.document.stop
    while not source.done:
        start = source.pos
        for begins, read in _KINDS:
            if source.check(begins):
                if read is html.block and html.ends_element(state):
                    return True
                if read(state):
                    break
        if source.pos == start:  # nothing reads such a line: no text may stop the reader
            source.pos += 1
        last = state.node.last if stop and state.depth == 0 else None
        if last is not None and stop is not None and stop(last):
            return False
    return False


def _blank(state: State) -> bool:
    start = state.source.pos
    state.source.take(lines.BLANK)
    text = state.source.text[start : state.source.pos]
    last = state.node.last
    if last is not None and last.kind == "blank":
        last.value += text
    else:
        state.add(state.new("blank", text))
    return True


def _code(state: State) -> bool:
    source = state.source
    node = state.new("code")
    start = source.pos
    source.pos = definitions.indented_end(source, source.pos)
    data = _LAZY_CODE.sub(r" \1", source.text[start : source.pos])
    node.value = _INDENT.sub("", data)
    state.add(node)
    return source.pos > start


def _quote(state: State) -> bool:
    if not state.may_nest():
        return _paragraph(state)
    source = state.source
    node = state.new("blockquote")
    start = source.pos
    source.next_line()
    while not lines.ends_lazy(source):
        source.next_line()
    state.add(node)
    text = _QUOTE_MARK.sub("", source.text[start : source.pos])
    state.nested(node, text, node.line)
    return True


def _heading(state: State) -> bool:
    options = state.document.options
    match = state.source.check(lines.GFM_HEADING if options.gfm else lines.HEADING)
    quirk = options.gfm and "paragraph_end" in options.gfm_quirks
    if match is None or not (quirk or state.after_boundary()):
        return False
    text, identifier = _heading_text(match[2])
    hashes = (_SPACED_HASHES if quirk else _HASHES).search(text)
    if hashes:
        text = text[: hashes.start()].rstrip(SPACE)
    return _add_heading(state, match, len(match[1]), text, identifier)


def _underlined(state: State) -> bool:
    match = state.source.check(lines.UNDERLINED)
    if match is None or not state.after_boundary():
        return False
    text, identifier = _heading_text(match[1])
    return _add_heading(state, match, 2 if match[2] == "-" else 1, text, identifier)


def _heading_text(text: str) -> tuple[str, str | None]:
    text = text.rstrip(SPACE)
    match = _HEADING_ID.search(text)
    return (text[: match.start()].rstrip(SPACE), match[1]) if match else (text, None)


def _add_heading(
    state: State, match: re.Match[str], level: int, text: str, identifier: str | None
) -> bool:
    if not text:
        return False
    node = state.new("heading")
    node.level, node.plain, node.children = level, text, [text]
    if identifier:
        node.attrs["id"] = identifier
    state.source.pos = match.end()
    state.add(node)
    return True


def _rule(state: State) -> bool:
    node = state.new("hr")
    state.source.take(lines.RULE)
    state.add(node)
    return True


def _math(state: State) -> bool:
    source = state.source
    match = source.check(_MATH)
    close = source.find("$$", match.end()) if match else -1
    if match is None or close < 0 or not state.after_boundary():
        return False
    rest = _MATH_REST.match(source.text, close + 2)
    if match[1]:
        if rest:  # an escaped block: only its backslash is read, and the rest is a paragraph
            source.pos = match.start(1) + 1
        return False
    saved, source.pos = source.pos, rest.end() if rest else close + 2
    if not lines.before_boundary(source):
        source.pos = saved
        return False
    end, source.pos = source.pos, saved
    node = state.new("math", source.text[match.end() : close].strip(SPACE))
    node.block = True
    source.pos = end
    state.add(node)
    return True


def _boundary(state: State) -> bool:
    node = state.new("boundary")
    state.source.take(lines.BOUNDARY)
    state.add(node)
    return True


def _extension(state: State) -> bool:
    source, document = state.source, state.document
    found = attributes.line_braces(source, source.pos)
    if found is None:
        return False
    if definition := attributes.named(found.inner):
        attributes.add(definition[1], document.lists.setdefault(definition[0], Attributes()))
        node = state.new("boundary", "list")
        source.pos = found.end
        state.add(node)
        return True
    if not attributes.is_list(found.inner):
        return _block_extension(state, found)
    source.pos = found.end
    last = state.node.last
    if (
        last is None
        or last.kind == "blank"
        or (last.kind == "boundary" and last.value not in definitions.KINDS)
    ):
        state.waiting = state.waiting or Attributes()
        attributes.add(found.inner, state.waiting)
        return True
    last.given = last.given or Attributes()
    attributes.add(found.inner, last.given)
    if lines.list_line(source) is None:
        state.add(state.new("boundary", "attributes"))
    return True


def _block_extension(state: State, found: attributes.Braces) -> bool:
    result = attributes.extension(state.document, state.source, found, block=True)
    if result is None:
        return False
    node, end = result
    if node is None:
        state.add(state.new("boundary", "extension"))
    else:
        state.add(node)
    state.source.pos = end
    return True


def _paragraph(state: State) -> bool:
    source, document = state.source, state.document
    start = source.pos
    line = source.line_at(start)
    source.next_line()
    while not lines.ends_paragraph(document, source):
        source.next_line()
    text = source.text[start : source.pos].rstrip(SPACE)
    last = state.node.last
    if last is not None and last.kind == "p":
        joiner = "  \n" if source.text[max(start - 3, 0) : start] == "  \n" else "\n"
        last.children += [joiner, text]
        return True
    node = state.new("p")
    node.line = line
    node.children.append(text.lstrip(SPACE))
    state.add(node)
    return True


_KINDS: list[tuple[re.Pattern[str], Callable[[State], bool]]] = [
    (lines.BLANK, _blank),
    (lines.CODE, _code),
    (re.compile(r" {0,3}[~`]{3}"), fences.fence),
    (lines.QUOTE, _quote),
    (re.compile("#"), _heading),
    (lines.RULE, _rule),
    (lines.LIST, lists.items),
    (lines.DEFINITION, lists.definitions),
    (lines.HTML, html.block),
    (lines.UNDERLINED, _underlined),
    (_MATH, _math),
    (tables.MAYBE, tables.table),
    (definitions.FOOTNOTE, definitions.footnote),
    (definitions.LINK, definitions.link),
    (definitions.ABBREVIATION, definitions.abbreviation),
    (re.compile(r" {0,3}\{:"), _extension),
    (lines.BOUNDARY, _boundary),
    (re.compile(""), _paragraph),
]
