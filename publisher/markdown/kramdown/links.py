"""Links and images, `[text](address "title")` and `[text][label]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.markdown.kramdown import definitions
from publisher.markdown.kramdown.document import MAX_LABEL
from publisher.markdown.kramdown.source import SPACE
from publisher.markdown.kramdown.tree import Attributes, Node, merged

if TYPE_CHECKING:
    from publisher.markdown.kramdown.frames import Frame
    from publisher.markdown.kramdown.spans import Spans

_ESCAPED = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=-])")
_LABEL = re.compile(r"[ \t\r\n\f\v]*\[([^\]]*)\]")
_SPACED_QUOTE = re.compile(r"[ \t\r\n\f\v](?=[\"'])")
_TITLE = re.compile(r"[ \t\r\n\f\v]*([\"'])")
_TITLE_END = {mark: re.compile(rf"{mark}[ \t\r\n\f\v]*\)") for mark in "\"'"}


class _Target:
    """Where a link goes, and where in the text it ends."""

    __slots__ = ("end", "given", "title", "url")

    def __init__(
        self, url: str, title: str | None, end: int, given: Attributes | None = None
    ) -> None:
        self.url, self.title, self.end, self.given = url, title, end, given


def link(spans: Spans, frame: Frame) -> bool:
    """Read a link or an image, or its opening bracket as text."""
    source, text, start = spans.source, spans.source.text, spans.source.pos
    mark = "![" if text[start] == "!" else "["
    inside = start + len(mark)
    if not text.startswith(mark, start) or inside >= len(text) or text[inside] == "^":
        return False
    kind = "img" if mark == "![" else "a"
    around = "img" in frame.kinds or "a" in frame.kinds
    key = ("[", inside, frame.kinds)
    if (kind == "a" and around) or key in spans.endless or not spans.may_try():
        spans.text(frame, len(mark))
        return True
    if kind == "img" and spans.document.too_deep(spans.depth, source.line_at(start)):
        spans.text(frame, len(mark))
        return True
    steps = spans.steps
    inner = frame.inner(Node(kind))
    source.pos = inside
    spans.depth += 1
    close = _close(spans, frame, inner)
    spans.depth -= 1
    target = _target(spans, inside, close) if close >= 0 else None
    if target is None:
        spans.give_up(frame, start, len(mark), steps)
        return True
    node = inner.node
    _fill(spans, node, target, text[inside:close])
    frame.node.children.append(node)
    source.pos = target.end
    return True


def _fill(spans: Spans, node: Node, target: _Target, label: str) -> None:
    node.given = target.given
    spans.document.apply(target.given, node.attrs)
    if node.kind == "img":
        node.attrs["src"], node.attrs["alt"] = target.url, _ESCAPED.sub(r"\1", label)
        node.children = []
    else:
        node.attrs["href"] = target.url
        node.children = merged(node.children)
    if target.title:
        node.attrs["title"] = target.title


def _close(spans: Spans, frame: Frame, inner: Frame) -> int:
    """Read up to the bracket that closes a link; -1 if none does.

    A bracket that opens counts until it is closed, unless an image was made of it. Those that
    stay open are remembered: they are no links either.
    """
    text, node = spans.source.text, inner.node
    opened: list[int] = []
    looked = 0

    def drop_images() -> None:
        nonlocal looked
        new, looked = node.children[looked:], len(node.children)
        images = sum(isinstance(child, Node) and child.kind == "img" for child in new)
        del opened[max(len(opened) - images, 0) :]

    def ends(at: int) -> bool:
        drop_images()
        if text[at] == "]":
            if not opened:
                return True
            opened.pop()
        elif text[at] == "[" or text.startswith("![", at):
            opened.append(at + (2 if text[at] == "!" else 1))
        return False

    if spans.run(inner, "[]!", ends):
        return spans.source.pos
    drop_images()
    spans.endless.update(("[", at, frame.kinds) for at in opened)
    return -1


def _target(spans: Spans, inside: int, close: int) -> _Target | None:
    """Where the link leads whose text ends at a bracket."""
    source, text = spans.source, spans.source.text
    after = close + 1
    bracket = source.find("]", after)
    match = _LABEL.match(text, after) if bracket >= 0 else None
    if match or not text.startswith("(", after):
        return _defined(spans, match, inside, close)
    if text.startswith("(<", after):
        end = source.find(">", after + 2)
        newline = source.find("\n", after + 2)
        if end >= 0 and (newline < 0 or end < newline):
            url = text[after + 2 : end]
            if text.startswith(")", end + 1):
                return _Target(url, None, end + 2)
            return _titled(spans, url, end + 1)
    return _inline(spans, after)


def _defined(spans: Spans, match: re.Match[str] | None, inside: int, close: int) -> _Target | None:
    text, document = spans.source.text, spans.document
    end = match.end() if match else close + 1
    explicit = match[1] if match else ""
    longest = document.longest_label + MAX_LABEL
    if len(explicit or text[inside : min(close, inside + longest + 1)]) > longest:
        return None
    label = explicit or _ESCAPED.sub(r"\1", text[inside:close])
    definition = document.links.get(definitions.label(label))
    if definition is None:
        return None
    given = definition.node.given
    return _Target(definition.url, definition.title, end, given)


def _inline(spans: Spans, start: int) -> _Target | None:
    """An address in parentheses: up to the one that closes it, or to a space before a quote."""
    text, source = spans.source.text, spans.source
    quote = source.find(_SPACED_QUOTE, start)
    close = spans.parentheses().get(start, -1)
    if close >= 0 and (quote < 0 or close < quote):
        return _Target(text[start + 1 : close].strip(SPACE), None, close + 1)
    if quote < 0:
        return None
    return _titled(spans, text[start + 1 : quote].strip(SPACE), quote + 1)


def _titled(spans: Spans, url: str, position: int) -> _Target | None:
    """A title in quotes and the closing parenthesis."""
    text = spans.source.text
    match = _TITLE.match(text, position)
    if match is None:
        return None
    end = spans.source.find(_TITLE_END[match[1]], match.end() + 1)
    if end < 0:
        return None
    closing = _TITLE_END[match[1]].match(text, end)
    assert closing is not None
    return _Target(url, text[match.end() : end], closing.end())
