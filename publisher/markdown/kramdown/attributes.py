r"""Attribute lists and extensions: `{: .class #id key="value" name}`, `{::name …/}`.

The only one that knows what stands between `{:` and `}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.options import is_option
from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.tree import Attributes, Node

_WORD = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_BRACE = re.compile(r"(?<!\\)\}")
_BLANK_REST = re.compile(r"[ \t\r\f\v]*\n")
_ITEM = re.compile(
    rf"""(?:\A|(?<=[{SPACE}]))(?:"""
    rf"""({_WORD})=(?:"((?:\\\}}|\\"|[^}}"])*?)"|'((?:\\\}}|\\'|[^}}'])*?)')"""
    rf"""|({_WORD})|((?:\#[A-Za-z][A-Za-z0-9_:-]*|\.[^{SPACE}.\#]+)+))(?=[{SPACE}]|\Z)"""
)
_ID_OR_CLASS = re.compile(rf"\#([A-Za-z][A-Za-z0-9_:-]*)|\.([^{SPACE}.\#]+)")
_NAMED = re.compile(rf"({_WORD}):")
_EXTENSION = re.compile(rf":([A-Za-z0-9_]+)(?:[{SPACE}](.*))?", re.DOTALL)
_STOP = re.compile(rf"\{{:/(?:{_WORD})?\}}")


@dataclass(frozen=True, slots=True)
class Braces:
    """`{:inner}`, and where what follows it begins."""

    inner: str
    end: int


def braces(source: Source, position: int) -> Braces | None:
    """What stands in braces at a position, if they open with a colon and are closed."""
    if not source.text.startswith("{:", position):
        return None
    end = source.find(_BRACE, position + 2)
    return None if end < 0 else Braces(source.text[position + 2 : end], end + 1)


def line_braces(source: Source, position: int) -> Braces | None:
    """Such braces with nothing but space around them in their lines; then the next line's start."""
    text = source.text
    start = position
    while start < position + 3 and text.startswith(" ", start):
        start += 1
    if not text.startswith("{:", start):
        return None
    close = source.find(_BRACE, start + 2)
    rest = _BLANK_REST.match(text, close + 1) if close >= 0 else None
    return None if rest is None else Braces(text[start + 2 : close], rest.end())


def is_list(inner: str) -> bool:
    """Whether what stands in the braces is an attribute list, not an extension."""
    return bool(inner) and inner[0] not in ":/"


def named(inner: str) -> tuple[str, str] | None:
    """The name and the attributes of a definition, `{:name: attributes}`."""
    match = _NAMED.match(inner)
    return (match[1], inner[match.end() :]) if match and match.end() < len(inner) else None


def is_item_list(inner: str) -> bool:
    """Whether it is an attribute list and no definition of one."""
    return is_list(inner) and not _NAMED.match(inner)


def add(text: str, attributes: Attributes) -> None:
    """Read attributes and add them."""
    for match in _ITEM.finditer(text):
        key, double, single, ref, words = match.groups()
        if ref:
            attributes.refs.append(ref)
        elif words:
            for identifier, name in _ID_OR_CLASS.findall(words):
                attributes.set("class", name) if name else attributes.values.update(id=identifier)
        else:
            value, quote = (double, '"') if double is not None else (single, "'")
            attributes.values[key] = value.replace("\\}", "}").replace(f"\\{quote}", quote)


def read(text: str) -> Attributes:
    """The attributes that a text gives."""
    attributes = Attributes()
    add(text, attributes)
    return attributes


def extension(
    document: Document, source: Source, found: Braces, *, block: bool
) -> tuple[Node | None, int] | None:
    """The node that an extension stands for, if any, and its end; None if it is not one."""
    line = source.line_at(source.pos)
    match = _EXTENSION.fullmatch(found.inner.removesuffix("/"))
    if match is None:
        document.warn(f"{{:{found.inner}}} ends nothing: it is shown as text", line)
        return None
    name, attributes = match[1], read(match[2] or "")
    body, end = None, found.end
    if not found.inner.endswith("/"):
        stop = _stop(source, name, found.end, block=block)
        if stop is None:
            document.warn(f"the extension {{::{name}}} is not closed: it is shown as text", line)
            return None
        body, end = source.text[found.end : stop[0]], stop[1]
    if name not in ("comment", "nomarkdown", "options"):
        document.warn(f"the extension {{::{name}}} is not known: it is shown as text", line)
        return None
    if name == "options":
        _set_options(document, attributes, line)
        return None, end
    if body is None:
        return None, end
    if name == "comment":
        return Node("comment", body.removesuffix("\n") if block else body, block=block), end
    kinds = attributes.values.get("type", "").split()
    shown = not kinds or "html" in kinds
    body = body.removesuffix("\n") if block else body
    return Node("raw", body + "\n" * block if shown else "", block=block), end


def _stop(source: Source, name: str, start: int, *, block: bool) -> tuple[int, int] | None:
    """Where an extension's body ends and what follows it begins."""
    prefix, suffix = (r"^ {0,3}", r"[ \t\r\f\v]*\n") if block else ("", "")
    pattern = re.compile(rf"{prefix}\{{:/(?:{name})?\}}{suffix}", re.MULTILINE)
    at = source.find(pattern, start)
    match = pattern.match(source.text, at) if at >= 0 else None
    return (match.start(), match.end()) if match else None


def _set_options(document: Document, attributes: Attributes, line: int) -> None:
    for name, value in attributes.values.items():
        if not is_option(name):
            document.warn(f"kramdown has no option {name}", line)
        document.options.set(name, value)
