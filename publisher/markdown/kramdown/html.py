"""HTML between blocks: how far an element reaches, and what in it is Markdown."""

from __future__ import annotations

import re

from publisher.markdown.kramdown import elements
from publisher.markdown.kramdown.source import Source
from publisher.markdown.kramdown.state import State
from publisher.markdown.kramdown.tree import Model, Node
from publisher.markdown.kramdown.writing import attributes, escaped

_REST = re.compile(r"[ \t]*\n")
_RAW = re.compile(rf"<(?:{elements.NAME}|/|!--|\?)")
_MARKDOWN: dict[str, Model] = {"0": "raw", "span": "span", "block": "block"}


def ends_element(state: State) -> bool:
    """Read the end tag of the element whose blocks are being read, if it stands here."""
    match = state.source.check(elements.INDENTED_CLOSING_TAG)
    if match is None or state.node.kind != "html":
        return False
    name = match[1].lower()
    if name in elements.IN_LINE or name != state.node.value:
        return False
    state.source.pos = match.end()
    return True


def block(state: State) -> bool:
    """Read a comment or an element that is a block."""
    source = state.source
    if end := comment_end(source, source.pos):
        state.add(Node("raw", source.text[source.pos : end] + "\n", block=True))
        source.pos = end
        source.take(_REST)
        return True
    match = source.check(elements.INDENTED_TAG)
    if match is None or match[1].lower() in elements.IN_LINE:
        return False
    _element(state, match, inside=False)
    return True


def comment_end(source: Source, start: int) -> int:
    """Where the comment ends that begins at a position; 0 if none does."""
    if not source.text.startswith("<!--", start):
        return 0
    end = source.find("-->", start + 4)
    return end + 3 if end >= 0 else 0


def _element(state: State, match: re.Match[str], *, inside: bool) -> None:
    """Read an element from its start tag on; `inside` one that is left as it is."""
    source = state.source
    name = elements.name_of(match[1])
    node = state.new("html", name)
    node.attrs, node.block, node.bare = elements.attributes_of(match[2], name), True, inside
    node.closed = match[3] is not None or name in elements.EMPTY
    state.add(node)
    source.pos = match.end()
    node.model = _model(state, node, inside=inside)
    if name in ("script", "style"):
        node.children.append(Node("raw", _verbatim(state, node)))
        return
    if node.model == "block":
        source.take(_REST)
    if node.closed:
        return
    if node.model == "raw":
        _raw(state, node)
    elif node.model == "span":
        _spans(state, node)
    elif not state.inside(node):
        _not_closed(state, node.value, node.line)
    if not inside:
        source.take(_REST)


def _model(state: State, node: Node, *, inside: bool) -> Model:
    """What an element holds: its nature, unless the page or the element itself says otherwise."""
    natural = elements.model_of(node.value)
    said = node.attrs.pop("markdown", "")
    model: Model = natural if state.document.options.parse_block_html and not inside else "raw"
    model = natural if said == "1" else _MARKDOWN.get(said, model)
    return "raw" if model == "block" and not state.may_nest() else model


def _not_closed(state: State, name: str, line: int) -> None:
    state.document.warn(f"the element <{name}> has no end tag: it reaches to the end", line)


def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}[ \t\r\n\f\v]*>", re.IGNORECASE)


def _verbatim(state: State, node: Node) -> str:
    """The content of a script or a style sheet; its end tag is read."""
    source, tag = state.source, _end_tag(node.value)
    start = source.pos
    end = source.find(tag, start)
    if end < 0:
        _not_closed(state, node.value, node.line)
        source.pos = len(source.text)
        return source.text[start:]
    source.pos = end
    source.take(tag)
    return source.text[start:end]


def _spans(state: State, node: Node) -> None:
    text = _verbatim(state, node)
    if text:
        node.children.append(text)


def _raw(state: State, node: Node) -> None:
    """Read the content of an element that is left as it is, and its end tag.

    Elements in it may say that they hold Markdown; the others become text of tags, so that no
    depth of nesting is too much.
    """
    source = state.source
    within = State(state.document, source, node, state.parse, state.depth + 1)
    open_ = [(node.value, node.line)]
    while open_:
        start = source.pos
        at = source.find(_RAW, start)
        _write(node, escaped(source.text[start : at if at >= 0 else None]))
        if at < 0:
            break
        source.pos = at
        _raw_markup(within, open_)
    else:
        return
    source.pos = len(source.text)
    for name, line in reversed(open_):
        _not_closed(state, name, line)
    _write(node, "".join(f"</{name}>" for name, _ in reversed(open_[1:])))


def _write(node: Node, html: str) -> None:
    if html:
        node.children.append(Node("raw", html))


def _raw_markup(state: State, open_: list[tuple[str, int]]) -> None:
    """Read a comment, an instruction or a tag inside an element that is left as it is."""
    source, node = state.source, state.node
    text, start = source.text, source.pos
    end = comment_end(source, start)
    if not end and text.startswith("<?", start):
        end = source.find("?>", start + 2) + 2
        end = end if end > 1 else 0
    if end:
        source.pos = end
        _write(node, text[start:end])
    elif match := source.check(elements.TAG):
        _raw_tag(state, match, open_)
    elif match := source.take(elements.CLOSING_TAG):
        name = open_[-1][0]
        if (match[1].lower() if name in elements.KNOWN else match[1]) != name:
            _write(node, escaped(match[0]))
            return
        open_.pop()
        if open_:
            _write(node, f"</{name}>")
    else:
        source.pos += 1
        _write(node, escaped(text[start]))


def _raw_tag(state: State, match: re.Match[str], open_: list[tuple[str, int]]) -> None:
    name = elements.name_of(match[1])
    attrs = elements.attributes_of(match[2], name)
    markdown = attrs.pop("markdown", None) is not None and state.may_nest()
    if markdown or name in ("script", "style"):
        _element(state, match, inside=True)
        return
    state.source.pos = match.end()
    if match[3] is not None or name in elements.EMPTY:
        _write(state.node, f"<{name}{attributes(attrs)} />")
    else:
        _write(state.node, f"<{name}{attributes(attrs)}>")
        open_.append((name, state.source.line_at(match.start())))
