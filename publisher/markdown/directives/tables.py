"""Directives that show tables.

Sources: docutils' "table", "list-table" and "csv-table".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import targets
from publisher.markdown.directives.directive import Directive, html

MAX_CELLS = 50_000
_DELIMITERS = {"tab": "\t", "space": " "}
_CLASS = re.compile(r"[A-Za-z_-][\w-]*")


@dataclass
class _Cell:
    tokens: list[Token] = field(default_factory=list)


def _table(directive: Directive) -> list[Token]:
    """A table in Markdown, with a caption."""
    return _captioned(directive, directive.content())


def _list_table(directive: Directive) -> list[Token]:
    """A list of lists."""
    rows = _rows(directive.content())
    if rows is None:
        directive.warn("{list-table} wants a list whose items are lists: it is shown as it is")
        return _captioned(directive, directive.content())
    return _captioned(directive, _drawn(rows, _count(directive, "header-rows"), directive))


def _csv_table(directive: Directive) -> list[Token]:
    """Lines of values that are set apart by commas, here or in a file."""
    options = directive.options
    text: str | None = directive.body
    if options.get("file"):
        load = directive.place.env.get("load")
        text = load(options["file"]) if load is not None else None
        if text is None:
            directive.warn(f"the file {options['file']} cannot be read: its table is left out")
            return _captioned(directive, [])
    delimiter = _DELIMITERS.get(options.get("delim", ","), options.get("delim", ","))
    heads = _values(options.get("header", ""), delimiter[:1] or ",")
    values = heads + _values(text or "", delimiter[:1] or ",")
    if sum(map(len, values)) > MAX_CELLS:
        directive.warn(f"a table of more than {MAX_CELLS:,} cells is left out")
        return _captioned(directive, [])
    rows = [[_Cell(directive.inline(value)) for value in row] for row in values if row]
    return _captioned(
        directive, _drawn(rows, len(heads) + _count(directive, "header-rows"), directive)
    )


def _values(text: str, delimiter: str) -> list[list[str]]:
    try:
        lines = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
        return [[value.strip() for value in row] for row in lines]
    except (csv.Error, TypeError, ValueError):
        return [[line] for line in text.splitlines()]


def _count(directive: Directive, name: str) -> int:
    value = directive.options.get(name, "")
    return min(int(value), 100) if value.isdecimal() and len(value) < 4 else 0


def _rows(tokens: Sequence[Token]) -> list[list[_Cell]] | None:
    """The cells of a list of lists; None if it is none."""
    rows: list[list[_Cell]] = []
    depth = 0
    for token in tokens:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            own = depth > 2
        elif kind in ("bullet_list_close", "ordered_list_close"):
            own = depth > 2
            depth -= 1
        elif kind == "list_item_open" and depth <= 2:
            own = False
            if depth == 1:
                rows.append([])
            else:
                rows[-1].append(_Cell())
        else:
            own = kind != "list_item_close" or depth > 2
        if own and (depth < 2 or not rows[-1]):
            return None
        if own:
            rows[-1][-1].tokens.append(token)
    return rows if any(rows) else None


def _drawn(rows: list[list[_Cell]], heads: int, directive: Directive) -> list[Token]:
    """Rows as a table; those that are shorter than others are filled up."""
    stubs = _count(directive, "stub-columns")
    width = max(map(len, rows), default=0)
    result = [html(_TABLE + _columns(directive.options.get("widths", ""), width))]
    for number, row in enumerate(rows):
        head = number < heads
        if number == 0:
            result.append(html("<thead>\n" if head else "<tbody>\n"))
        elif number == heads:
            result.append(html("</thead>\n<tbody>\n"))
        result.append(html("<tr>\n"))
        for column in range(width):
            tag = "th" if head or column < stubs else "td"
            scope = ' scope="col"' if head else ' scope="row"' if tag == "th" else ""
            inner = _tight(row[column].tokens) if column < len(row) else []
            result += [html(f"<{tag}{scope}>"), *inner, html(f"</{tag}>\n")]
        result.append(html("</tr>\n"))
    closing = "</thead>\n" if len(rows) <= heads else "</tbody>\n"
    return [*result, html(f"{closing if rows else ''}</table></div>\n")]


def _columns(widths: str, count: int) -> str:
    """The columns of a table with the widths that its author gives, as shares of the whole."""
    words = widths.replace(",", " ").split()
    given = [int(word) for word in words if re.fullmatch(r"\d{1,4}", word)]
    if len(given) != count or not sum(given):
        return ""
    shares = (round(100 * part / sum(given)) for part in given)
    inner = "".join(f'<col style="width: {share}%">' for share in shares)
    return f"<colgroup>{inner}</colgroup>\n"


def _tight(tokens: list[Token]) -> list[Token]:
    """The blocks of a cell; a lone paragraph is no block of its own."""
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        return tokens[1:2]
    return tokens


def _captioned(directive: Directive, table: list[Token]) -> list[Token]:
    """A table in a figure, where it has a caption or a label."""
    caption = directive.inline(directive.argument) if directive.argument else []
    identifier = directive.target("table", caption[0] if caption else None)
    if not caption and not identifier:
        return table
    numbered = directive.numbered
    number = targets.caption_number("table", identifier) if numbered else ""
    own = f' id="{escapeHtml(identifier)}"' if identifier else ""
    names = " ".join(["table-figure", *filter(_CLASS.fullmatch, directive.classes)])
    return [
        html(f'<figure class="{names}"{own}><figcaption>{number}'),
        *caption,
        html("</figcaption>\n"),
        *table,
        html("</figure>\n"),
    ]


_TABLE = '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'
HANDLERS = {"table": _table, "list-table": _list_table, "csv-table": _csv_table}
