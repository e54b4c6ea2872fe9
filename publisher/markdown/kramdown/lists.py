"""Lists: which lines belong to an item, and which items are paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.markdown.kramdown import attributes, lines
from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.state import State
from publisher.markdown.kramdown.tree import Attributes, Node

_SPACES_TAB = re.compile(r"( *)(\t+)")
_TABS = re.compile(r"\t+")
_BOX = re.compile(r"[ \t\r\n\f\v]*\[( |x|X)\][ \t\r\n\f\v]+")
MAX_WIDTH = 100  # columns that a lazy line of a nested list is moved by


@dataclass(slots=True)
class _Item:
    """An item while its lines are gathered. A list in it begins a part of its own."""

    node: Node
    parts: list[list[str]]
    width: int = 0
    line: int = 0
    after_blank: bool = False


@dataclass(slots=True)
class _Reader:
    """What is known of a list while its lines are read."""

    mark: re.Pattern[str]
    items: list[_Item] = field(default_factory=list)
    spaces: int = 3  # before a mark, at most
    nested: bool = False
    blank: bool = False
    ended: bool = False  # by a block boundary


def items(state: State) -> bool:
    """Read an ordered or unordered list."""
    if not state.may_nest():
        return False
    source = state.source
    unordered = source.check(lines.UNORDERED) is not None
    node = state.new("ul" if unordered else "ol")
    reader = _Reader(lines.UNORDERED if unordered else lines.ORDERED)
    while not source.done:
        if reader.blank and source.check(lines.RULE):
            break
        if source.take(lines.BOUNDARY):
            reader.ended = True
            break
        if not (_begin(state, reader, "li") or _continue(source, reader)):
            if not source.check(lines.BLANK):
                break
            _add_blank(source, reader)
            reader.nested = True
    state.add(node)
    trailing: Node | None = None
    tight = False
    for item in reader.items:
        node.children.append(item.node)
        _parse(state, item)
        last = item is reader.items[-1]
        alone = len(reader.items) == 1
        trailing = _finish(item.node, last and not reader.ended, may=tight or alone or not last)
        tight = tight or not _is_loose(item.node)
    if trailing and not reader.ended:
        state.add(trailing)
    if state.document.options.gfm:
        _tasks(node)
    return True


def _begin(state: State, reader: _Reader, kind: str) -> bool:
    """Read the first line of an item."""
    source = state.source
    match = source.check(reader.mark)
    if match is None or len(match[0]) - len(match[0].lstrip(" ")) > reader.spaces:
        return False
    line = source.line_at(source.pos)
    source.pos = match.end()
    node = Node(kind, line=line)
    content, width = _first_line(source.next_line(), len(match[0]))
    content = _take_attributes(content, node)
    reader.items.append(_Item(node, [[content]], width, line))
    reader.spaces = min(width - 1, 3)
    reader.nested = lines.LIST.match(content) is not None
    reader.blank = False
    return True


def _first_line(content: str, column: int) -> tuple[str, int]:
    """The text of an item's first line, and the column at which it begins."""
    source = Source(content.lstrip(SPACE))
    found = attributes.braces(source, 0)
    end = found.end if found and attributes.is_item_list(found.inner) else 0
    if not source.text[end:].strip(SPACE):
        return source.text, 4
    while match := _SPACES_TAB.match(content):
        spaces, tabs = len(match[1]), len(match[2])
        filled = 4 - (spaces + column) % 4 + (tabs - 1) * 4
        content = " " * (spaces + filled) + content[match.end() :]
    column += len(content) - len(content.lstrip(" "))
    return content.lstrip(SPACE), column


def _take_attributes(content: str, node: Node) -> str:
    """Take the attribute list off the beginning of an item or a term."""
    stripped = content.lstrip(SPACE)
    found = attributes.braces(Source(stripped), 0)
    if found is None or not attributes.is_item_list(found.inner):
        return content
    node.given = node.given or Attributes()
    attributes.add(found.inner, node.given)
    return stripped[found.end :].lstrip(SPACE)


def _continue(source: Source, reader: _Reader) -> bool:
    """Read a further line of an item that is not blank."""
    item = reader.items[-1]
    if source.check(lines.BLANK):
        return False
    lazy = not reader.blank and not lines.ends_item(source, item.width)
    if not (lazy or _reaches(source, item.width)):
        return False
    text = source.next_line()
    if match := _TABS.match(text):
        text = " " * (4 * len(match[0])) + text[match.end() :]
    indented = text.startswith(" " * item.width)
    if indented:
        text = text[item.width :]
    if item.node.kind == "li" and lines.LIST.match(text):
        if indented and not reader.nested:
            item.parts.append([])
            reader.nested = True
        elif reader.nested and not indented:
            text = " " * min(item.width + 4, MAX_WIDTH) + text
    item.parts[-1].append(text)
    reader.blank = False
    return True


def _reaches(source: Source, width: int) -> bool:
    """Whether a line is indented up to a column; a tab counts as four spaces."""
    text, position = source.text, source.pos
    for _ in range(width // 4):
        if text.startswith("\t", position):
            position += 1
        elif text.startswith("    ", position):
            position += 4
        else:
            return False
    return text.startswith((" " * (width % 4), "\t", "    "), position)


def _add_blank(source: Source, reader: _Reader) -> None:
    match = source.take(lines.BLANK)
    assert match is not None
    reader.items[-1].parts[-1].append(match[0])
    reader.blank = True


def _parse(state: State, item: _Item) -> None:
    line = item.line
    for part in item.parts:
        text = "".join(part)
        state.nested(item.node, text, line)
        line += text.count("\n")


def _finish(item: Node, last: bool, *, may: bool) -> Node | None:
    """Decide whether an item's first paragraph is one, and take its last blank line.

    The last item `may` be tight only where another one is.
    """
    blocks = item.children
    if not blocks:
        return None
    first = item.children[0]
    if _is(first, "p") and _given(first) and len(blocks) > 1 and _is(blocks[1], "boundary"):
        del blocks[1]
    apart = len(blocks) > 1 and _is(blocks[1], "blank")
    tight = may and (not apart or (last and len(blocks) == 2))
    if isinstance(first, Node) and first.kind == "p" and tight:
        if len(blocks) > 1 and not apart:
            first.children.append("\n")
        first.bare = True
    return _take_blank(item)


def _take_blank(item: Node) -> Node | None:
    last = item.last
    if last is not None and last.kind == "blank":
        item.children.pop()
        return last
    return None


def _given(node: Node | str) -> bool:
    return isinstance(node, Node) and node.given is not None


def _is(node: Node | str | None, kind: str) -> bool:
    return isinstance(node, Node) and node.kind == kind


def _is_loose(item: Node) -> bool:
    first = item.children[0] if item.children else None
    return isinstance(first, Node) and first.kind == "p" and not first.bare


def _tasks(node: Node) -> None:
    """Make boxes of `[ ]` and `[x]` at the beginning of items."""
    found = False
    for item in node.nodes():
        first = item.children[0] if item.children else None
        if not isinstance(first, Node) or first.kind != "p":
            continue
        text = first.children[0]
        assert isinstance(text, str)
        if match := _BOX.match(text):
            found = True
            checked = ' checked="checked"' if match[1] != " " else ""
            box = f'class="task-list-item-checkbox" disabled="disabled"{checked} />'
            first.children[0] = f'<input type="checkbox" {box}{text[match.end() :]}'
        if found:
            item.attrs["class"] = "task-list-item"
    if found:
        node.attrs["class"] = "task-list"


def definitions(state: State) -> bool:
    """Read a definition list: the paragraph before it holds the terms."""
    terms = _terms(state) if state.may_nest() else None
    if terms is None:
        return False
    source = state.source
    paragraph, separated = terms
    node = state.new("dl")
    node.given, node.line = paragraph.given, paragraph.line
    for text in "".join(child for child in paragraph.children if isinstance(child, str)).split(
        "\n"
    ):
        term = Node("dt", line=paragraph.line)
        term.plain = _take_attributes(text, term)
        term.children = [term.plain]
        node.children.append(term)
    reader = _Reader(lines.DEFINITION)
    while not source.done:
        if _begin(state, reader, "dd"):
            reader.items[-1].after_blank = separated
            separated = False
        elif source.check(lines.BOUNDARY):
            break
        elif _continue(source, reader):
            separated = False
        elif source.check(lines.BLANK):
            _add_blank(source, reader)
            separated = True
        else:
            break
    node.children += [item.node for item in reader.items]
    _add_definitions(state, node, [_definition(state, item) for item in reader.items])
    return True


def _terms(state: State) -> tuple[Node, bool] | None:
    """Take the paragraph of terms off the tree; whether a blank line follows it."""
    children = state.node.children
    separated = (
        len(children) > 1
        and _is(children[-1], "blank")
        and state.node.last is not None
        and state.node.last.value == "\n"
    )
    index = -2 if separated else -1
    paragraph = children[index] if children else None
    if not isinstance(paragraph, Node) or paragraph.kind != "p":
        return None
    del children[index:]
    return paragraph, separated


def _definition(state: State, item: _Item) -> Node | None:
    """Read the blocks of a definition."""
    _parse(state, item)
    node = item.node
    blank = _take_blank(node)
    first = node.children[0] if node.children else None
    if isinstance(first, Node) and first.kind == "p" and not item.after_blank:
        if len(node.children) > 1:
            first.children.append("\n")
        first.bare = True
    return blank


def _add_definitions(state: State, node: Node, blanks: list[Node | None]) -> None:
    """Add a definition list, or continue the one before it."""
    children = state.node.children
    if len(children) > 1 and _is(children[-1], "blank") and _is(children[-2], "dl"):
        children.pop()
    before = state.node.last
    if before is not None and before.kind == "dl":
        before.children += node.children
    else:
        state.add(node)
    if blanks and (last := blanks[-1]):
        state.add(last)
