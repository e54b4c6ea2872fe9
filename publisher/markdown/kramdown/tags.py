"""HTML in a line of text: how far an element reaches, and whether Markdown is read in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.markdown.kramdown import elements
from publisher.markdown.kramdown.frames import Frame, Mode
from publisher.markdown.kramdown.html import comment_end
from publisher.markdown.kramdown.tree import Node, merged

if TYPE_CHECKING:
    from publisher.markdown.kramdown.spans import Spans

_LINES = re.compile(r"\n+")


def tag(spans: Spans, frame: Frame) -> bool:
    """Read a comment, an element, or a tag that is nothing here as text."""
    source, text, at = spans.source, spans.source.text, spans.source.pos
    if end := comment_end(source, at):
        frame.node.children.append(Node("raw", text[at:end]))
        source.pos = end
        return True
    match = source.check(elements.TAG) or source.check(elements.CLOSING_TAG)
    problem = _problem(spans, match) if match else None
    if match is None or problem is not None:
        if problem:
            spans.document.warn(problem, source.line_at(at))
        spans.text(frame, len(match[0]) if match else 1)
    else:
        _element(spans, frame, match)
    return True


def _problem(spans: Spans, match: re.Match[str]) -> str | None:
    """Why a tag is text; empty if that has been said."""
    if match[0].startswith("</"):
        return f"{match[0]} ends no element: it is shown as text"
    if elements.name_of(match[1]) in elements.NEVER_IN_LINE:
        return f"<{match[1]}> cannot stand in a line of text: it is shown as text"
    line = spans.source.line_at(match.start())
    return "" if spans.document.too_deep(spans.depth, line) else None


def _element(spans: Spans, frame: Frame, match: re.Match[str]) -> None:
    source = spans.source
    name = elements.name_of(match[1])
    attrs = elements.attributes_of(match[2], name)
    attrs = {key: _LINES.sub(" ", value) for key, value in attrs.items()}
    said = attrs.pop("markdown", "")
    parsed = _is_parsed(spans, frame, name, said)
    node = Node("html", name, attrs=attrs, model="span" if parsed else "raw")
    frame.node.children.append(node)
    source.pos = match.end()
    if match[3] is not None or name in elements.EMPTY:
        return
    flags = re.IGNORECASE if name in elements.KNOWN else re.NOFLAG
    end = re.compile(rf"</{re.escape(name)}[ \t\r\n\f\v]*>", flags)
    inner = frame.inner(node, Mode.ALL if parsed else Mode.HTML)
    spans.depth += 1
    found = spans.run(inner, "<", lambda at: end.match(source.text, at) is not None)
    spans.depth -= 1
    if found:
        source.take(end)
    else:
        line = source.line_at(match.start())
        spans.document.warn(f"the element <{name}> has no end tag: it reaches to the end", line)
        node.children.append(source.text[source.pos :])
        source.pos = len(source.text)
    node.children = merged(node.children)


def _is_parsed(spans: Spans, frame: Frame, name: str, said: str) -> bool:
    """Whether Markdown is read in an element: by its nature, unless it says otherwise."""
    natural = elements.model_of(name) != "raw"
    usual = natural and frame.node.model != "raw" and spans.document.options.parse_span_html
    return {"span": True, "1": natural, "0": False}.get(said, usual)
