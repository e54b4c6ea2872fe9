"""Tables: which lines are one, and where their cells are cut."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.markdown.kramdown import lines
from publisher.markdown.kramdown.frames import Mode
from publisher.markdown.kramdown.source import SPACE
from publisher.markdown.kramdown.spans import Spans
from publisher.markdown.kramdown.state import State
from publisher.markdown.kramdown.tree import Node

_PIPE = r"(?:\||[^\n]*?[^\\\n]\|)"
MAYBE = re.compile(rf" {{0,3}}(?=[^ \t\r\n\f\v]){_PIPE}")
_LINE = re.compile(_PIPE)
_SEPARATOR = re.compile(r"([+|: \t-]*)\n")
_FOOT = re.compile(r"[+|: \t=]*\n")
_COLUMN = re.compile(r"[ \t]?(:?)-+(:?)[ \t]?")
_CUT = re.compile(r"(?<!\\)\|")
_LEADING = re.compile(r"[ \t\r\f\v]*\|")
_TICKS = re.compile("`+")
_ALIGNMENTS = {"": "", ":-": "left", "-:": "right", ":-:": "center"}


@dataclass(slots=True)
class _Reader:
    """What has been read of a table: its parts, and the rows of the part that is not full yet."""

    node: Node
    leading: bool
    rows: list[Node] = field(default_factory=list)
    foot: bool = False

    def close(self, kind: str, *, always: bool = False) -> None:
        """Make a part of the rows so far. A body that follows the footer's line is part of it."""
        if not self.foot or kind != "tbody" or always:
            self.node.children.append(Node(kind, children=list(self.rows)))
            self.rows = []


def table(state: State) -> bool:
    """Read a table, if these lines are one."""
    if not state.after_boundary():
        return False
    source, start = state.source, state.source.pos
    line = source.line_at(start)
    leading = _LEADING.match(source.text, start) is not None
    reader = _Reader(state.new("table"), leading)
    match = source.check(_SEPARATOR)
    if match and "-" in match[1]:
        source.pos = match.end()
    while not source.done and source.check(_LINE):
        _read_line(state, reader)
    end = source.pos
    fits = lines.before_boundary(source) and _has_pipes(state, source.text[start : end - 1], line)
    if fits and reader.rows:
        reader.close("tfoot" if reader.foot else "tbody")
    source.pos = start
    if not fits or not any(part.kind == "tbody" for part in reader.node.nodes()):
        return False
    _fill(reader.node)
    source.pos = end
    state.add(reader.node)
    return True


def _read_line(state: State, reader: _Reader) -> None:
    source = state.source
    separator, foot = source.check(_SEPARATOR), source.check(_FOOT)
    if separator and "-" in separator[1]:
        source.pos = separator.end()
        if not reader.rows:
            return
        if reader.node.align or reader.foot:
            reader.close("tbody")
            return
        reader.close("thead")
        columns = _COLUMN.findall(separator[1])
        reader.node.align = [_ALIGNMENTS[f"{a}-{b}" if a or b else ""] for a, b in columns]
    elif foot and "=" in foot[0]:
        source.pos = foot.end()
        if reader.rows:
            reader.close("tbody", always=True)
        reader.foot = True
    else:
        line = source.line_at(source.pos)
        reader.rows.append(_row(state, source.next_line().rstrip("\n").rstrip(" \t"), line, reader))


def _row(state: State, text: str, line: int, reader: _Reader) -> Node:
    cells: list[list[str]] = []
    for piece, is_html in _pieces(text):
        if is_html:
            cells = cells or [[]]
            cells[-1].append(piece)
            continue
        for child in Spans(state.document, piece, line).read(Mode.CODE):
            cells = cells or [[]]
            if isinstance(child, Node):
                cells[-1].append(_code(child.value))
                continue
            first, *rest = (part.replace("\\|", "|") for part in _CUT.split(child))
            cells[-1].append(first)
            cells += [[part] for part in rest]
    texts = ["".join(cell).strip(SPACE) for cell in cells]
    if reader.leading and texts and not texts[0]:
        del texts[0]
    if texts and not texts[-1]:
        texts.pop()
    row = Node("tr", line=line)
    for cell in texts:
        row.children.append(Node("td", children=[cell], line=line))
    return row


def _pieces(text: str) -> list[tuple[str, bool]]:
    """A row cut at its `<code>` elements, which may hold pipes."""
    pieces, position = [], 0
    while (start := text.find("<code", position)) >= 0:
        inside = text.find(">", start)
        end = text.find("</code>", inside + 1) if inside >= 0 else -1
        if end < 0:
            break
        end += len("</code>")
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    return [*pieces, (text[position:], False)]


def _code(value: str) -> str:
    """A code span as it is written."""
    ticks = max(_TICKS.findall(value), default="") + "`"
    space = " " if len(ticks) > 1 else ""
    return f"{ticks}{space}{value}{space}{ticks}"


def _has_pipes(state: State, text: str, line: int) -> bool:
    """Whether each line has a pipe that is not in code or HTML."""
    found = False
    for child in Spans(state.document, text, line).read(Mode.CODE_AND_HTML):
        value = child if isinstance(child, str) else child.value
        parts = value.split("\n")
        while parts and not parts[-1]:
            parts.pop()
        if isinstance(child, Node) and child.kind == "codespan":
            if len(parts) > 2 or (len(parts) == 2 and not found):
                return found
            found = found and len(parts) != 2
            continue
        several = len(parts) > 1
        if several and not found and not _LINE.match(parts[0]):
            return found
        found = (found and not several) or bool(parts and _LINE.match(parts[-1]))
    return found


def _fill(node: Node) -> None:
    """Give all rows as many cells."""
    rows = [row for part in node.nodes() for row in part.nodes()]
    columns = max((len(row.children) for row in rows), default=0)
    for row in rows:
        row.children += [Node("td", line=row.line) for _ in range(columns - len(row.children))]
    node.align = (node.align + [""] * columns)[:columns]
