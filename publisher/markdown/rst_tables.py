"""Tables that are drawn with lines, as reStructuredText and Pandoc have them.

Cells that reach over several columns or rows are not told apart: such a table is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.rules_block import StateBlock

MAX_LINES = 2_000
_RULE = re.compile(r"\+(?>(?:[-=:]++\+)+)\s*+\Z")
_SIMPLE = re.compile(r"=++(?>(?:[ \t]++=++)+)\s*+\Z")
_SPANS = re.compile(r"-++(?>(?:[ \t]++-++)*)\s*+\Z")
RULE = re.compile(f"{_RULE.pattern}|{_SIMPLE.pattern}")


@dataclass(frozen=True)
class Table:
    """Rows of cells, each with its text, of which the first `heads` are headers.

    `lines` is how many lines it takes.
    """

    rows: list[list[str]]
    heads: int
    lines: int


def read(lines: list[str]) -> Table | None:
    """Read the table that lines begin with; None if they do not."""
    return _grid(lines) if lines[0].startswith("+") else _simple(lines)


def _grid(lines: list[str]) -> Table | None:
    """Read `+---+---+` and what follows."""
    end = next((i for i, line in enumerate(lines) if line[:1] not in ("+", "|")), len(lines))
    lines = [line.rstrip() for line in lines[:end]]
    while lines and not _RULE.match(lines[-1]):
        lines.pop()
    if len(lines) < 3:
        return None
    bounds = [i for i, letter in enumerate(lines[0]) if letter == "+"]
    rows, heads = [], 0
    parts: list[list[str]] = [[] for _ in bounds[1:]]
    for line in lines[1:]:
        if _RULE.match(line) and [i for i, letter in enumerate(line) if letter == "+"] == bounds:
            rows.append(["\n".join(part).strip() for part in parts])
            parts = [[] for _ in bounds[1:]]
            heads = len(rows) if "=" in line and not heads else heads
        elif len(line) <= bounds[-1] or any(line[at] != "|" for at in bounds):
            return None
        else:
            for part, (left, right) in zip(parts, pairwise(bounds), strict=True):
                part.append(line[left + 1 : right].strip())
    return Table(rows, heads, len(lines))


def _simple(lines: list[str]) -> Table | None:
    """Read `===  ===` and what follows."""
    if not _SIMPLE.match(lines[0]):
        return None
    marks = [i for i, line in enumerate(lines) if _SIMPLE.match(line)]
    if len(marks) < 2:
        return None
    last = marks[2] if len(marks) > 2 and "" not in lines[marks[0] : marks[2]] else marks[1]
    if last == marks[1] and marks[1] < 2:
        return None
    columns = [match.start() for match in re.finditer(r"=+", lines[0])]
    bounds = list(pairwise([*columns, None]))
    rows: list[list[str]] = []
    heads = 0
    for number in range(1, last):
        line = lines[number]
        if number in marks:
            heads = len(rows)
        elif not line or _SPANS.match(line):
            continue
        else:
            cells = [line[left:right].strip() for left, right in bounds]
            if cells[0] or not rows:
                rows.append(cells)
            else:  # goes on with the row above
                pairs = zip(rows[-1], cells, strict=True)
                rows[-1] = [f"{above}\n{cell}".strip() for above, cell in pairs]
    return Table(rows, heads, last + 1) if rows else None


def push(state: StateBlock, table: Table, start: int) -> None:
    """Add a table to the blocks that are read."""
    state.push("table_open", "table", 1).map = [start, start + table.lines]
    parts = [("thead", "th", table.rows[: table.heads]), ("tbody", "td", table.rows[table.heads :])]
    for part, tag, rows in parts:
        if not rows:
            continue
        state.push(f"{part}_open", part, 1)
        for row in rows:
            state.push("tr_open", "tr", 1)
            for text in row:
                state.push(f"{tag}_open", tag, 1)
                inline = state.push("inline", "", 0)
                inline.content, inline.children = " ".join(text.split()), []
                inline.map = [start, start + table.lines]
                state.push(f"{tag}_close", tag, -1)
            state.push("tr_close", "tr", -1)
        state.push(f"{part}_close", part, -1)
    state.push("table_close", "table", -1)
