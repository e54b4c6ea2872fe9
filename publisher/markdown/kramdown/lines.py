"""How the line of each kind of block begins. The only one that knows what ends a paragraph."""

from __future__ import annotations

import re

from publisher.markdown.kramdown import attributes
from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.elements import IN_LINE, NAME
from publisher.markdown.kramdown.source import Source

_S = r"[ \t\r\n\f\v]"
_IN_LINE = "|".join(sorted(IN_LINE | {"script"}))
_STOP = rf"</(?!(?:{_IN_LINE})\b){NAME}{_S}*+>"
_START = rf"<(?!(?:{_IN_LINE})\b){NAME}"
_LIST = r" {0,3}(?:[+*-]|[0-9]++\.)[\t| ]"

BLANK = re.compile(r"(?:[ \t\r\f\v]*+\n)+")
BOUNDARY = re.compile(r"\^[ \t\r\f\v]*\n")
CODE = re.compile(r"\t| {4}")
QUOTE = re.compile(r" {0,3}> ?")
RULE = re.compile(r" {0,3}([*_-])[ \t]*\1[ \t]*\1(?:\1|[ \t])*\n")
LIST = re.compile(_LIST)
UNORDERED = re.compile(r" {0,3}[+*-](?=[\t| ])")
ORDERED = re.compile(r" {0,3}[0-9]++\.(?=[\t| ])")
DEFINITION = re.compile(r" {0,3}:(?=[\t| ])")
HEADING = re.compile(r"(#{1,6})[\t ]*([^ \t][^\n]*)\n")
GFM_HEADING = re.compile(r"(#{1,6})[\t ]+([^\n]*)\n")
UNDERLINED = re.compile(r" {0,3}([^ \t\n][^\n]*)\n([-=])[-=]*[ \t\r\f\v]*\n")
HTML = re.compile(rf" {{0,3}}<(?:{NAME}|!--|/)")
_BARE_TAGS = re.compile(rf"{_STOP}|{_START}")
_TAGS = re.compile(rf" {{0,3}}(?:{_BARE_TAGS.pattern})")
_END = re.compile(rf"[ \t\r\f\v]*+\n|\^[ \t\r\f\v]*\n|{_TAGS.pattern}|\Z")
_DEFINITION_END = re.compile(rf"{_END.pattern}|{DEFINITION.pattern}")
_GFM_END = re.compile(rf"{_DEFINITION_END.pattern}|{_LIST}|#{{1,6}}[\t ]| {{0,3}}(?:>|~~~|```)")


def before_boundary(source: Source) -> bool:
    """Whether a block that must stand alone may end here."""
    return (
        source.done
        or source.text.find("\n", source.pos) == len(source.text) - 1 == source.pos
        or source.check(BLANK) is not None
        or source.check(BOUNDARY) is not None
        or list_line(source) is not None
    )


def list_line(source: Source) -> attributes.Braces | None:
    """A line that is an attribute list."""
    found = attributes.line_braces(source, source.pos)
    return found if found and attributes.is_list(found.inner) else None


def ends_lazy(source: Source) -> bool:
    """Whether this line is no lazy continuation of a paragraph or a quote."""
    return source.check(_END) is not None or list_line(source) is not None


def ends_code(source: Source) -> bool:
    """Whether this line is no lazy continuation of indented code."""
    return (
        source.check(BOUNDARY) is not None
        or source.check(_TAGS) is not None
        or list_line(source) is not None
    )


def ends_paragraph(document: Document, source: Source) -> bool:
    """Whether a paragraph ends before this line."""
    options = document.options
    quirk = options.gfm and "paragraph_end" in options.gfm_quirks
    return source.check(_GFM_END if quirk else _DEFINITION_END) is not None or (
        list_line(source) is not None
    )


def ends_item(source: Source, spaces: int) -> bool:
    """Whether this line, if indented by up to so many spaces, is no lazy line of a list item."""
    text, start = source.text, source.pos
    while text.startswith(" ", start):
        start += 1
    if start - source.pos > min(spaces, 3):
        return False
    if text.startswith("<", start):
        return _BARE_TAGS.match(text, start) is not None
    return text.startswith("{", start) and list_line(source) is not None
