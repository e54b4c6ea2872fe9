"""Paragraphs that begin with a date in bold become a timeline.

The only one that knows what a dated paragraph looks like. It works on the HTML of a page, whatever
dialect it was written in, and changes no text: it only puts `<ol class="timeline">`, `<li>` and
`<time datetime="…">` around what is there. Time is linear in the length of the page.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_DATE = 200  # characters in bold that may be a date

_RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++)"""
_ATTRIBUTES = rf"(?>(?:\s++[^\s\"'<>/=]++(?:\s*+=\s*+{_VALUE})?)*)"
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?-->)"
    rf"|<(?P<raw>{'|'.join(_RAW)})(?=[\s>]){_ATTRIBUTES}\s*+>.*?</(?P=raw)\s*+>"
    rf"|<(?P<open>[a-zA-Z][^\s/>\"'=<]*+){_ATTRIBUTES}\s*+(?P<empty>/?)>"
    r"|</(?P<close>[a-zA-Z][^\s/>\"'=<]*+)\s*+>"
    r"|(?P<odd><[a-zA-Z/!?])",
    re.DOTALL | re.IGNORECASE,
)
_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # the HTML standard's
)
_ENDS_P = frozenset(
    "address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section table ul".split()
)
_BOLD = re.compile(r"\s*+<(strong|b)\b[^<>]*+>([^<]*+)</\1\s*+>", re.IGNORECASE)
_BOLD_LED = re.compile(r"\s*+<(?:strong|b)\b", re.IGNORECASE)


class _Node(NamedTuple):
    """An element, a comment or a text at the top of a page, and where its content lies."""

    name: str
    start: int
    inner: int
    inner_end: int
    end: int


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    bold: int  # where the marked-up date goes, and how much of the page it stands for
    bold_end: int
    date: str


def timeline(html: str) -> str:
    """The HTML of a page with its dated paragraphs as lists.

    A paragraph is dated if it begins with a date in bold. The quotes and paragraphs that follow it
    belong to it, up to the next dated one; anything else ends the list, and so does a paragraph
    that begins with other words in bold. HTML that is not balanced is returned as it is.
    """
    nodes = _top(html)
    if nodes is None:
        return html
    parts: list[str] = []
    done = 0
    for group in _groups(html, nodes):
        parts.append(f'{html[done : group[0].start]}<ol class="timeline">')
        ends = [item.start for item in group[1:]] + [group[-1].end]
        for item, end in zip(group, ends, strict=True):
            parts.append(f"<li>{html[item.start : item.bold]}{item.date}")
            parts.append(f"{html[item.bold_end : end]}</li>")
        parts.append("</ol>")
        done = group[-1].end
    return "".join(parts) + html[done:]


def _groups(html: str, nodes: list[_Node]) -> Iterator[list[_Item]]:
    """The timelines of a page, each as its items."""
    group: list[_Item] = []
    for node in nodes:
        inner = html[node.inner : node.inner_end]
        bold = _BOLD.match(inner) if node.name == "p" else None
        date = marked(bold[2]) if bold else None
        if bold and date is not None:
            at = node.inner + bold.start(2)
            group.append(_Item(node.start, node.end, at, at + len(bold[2]), date))
        elif group and _continues(node, inner):
            last = group[-1]
            group[-1] = _Item(last.start, node.end, last.bold, last.bold_end, last.date)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _continues(node: _Node, inner: str) -> bool:
    """Whether an element belongs to the dated paragraph before it."""
    return node.name in ("blockquote", "br", "!") or (
        node.name == "p" and not _BOLD_LED.match(inner)
    )


def _top(html: str) -> list[_Node] | None:
    """What stands at the top of a page; None if a browser might see other elements than we do."""
    nodes: list[_Node] = []
    stack: list[tuple[str, int, int]] = []  # name, start, and where the content begins
    done = paragraphs = foreign = 0
    for token in _TOKEN.finditer(html):
        start, end = token.span()
        name = (token["open"] or token["close"] or "").lower()
        if token["odd"] or name in _RAW or (token["open"] and paragraphs and name in _ENDS_P):
            return None
        if not stack and html[done:start].strip():
            nodes.append(_Node("text", done, done, start, start))
        if token["open"] and name not in _VOID and not (foreign and token["empty"]):
            stack.append((name, start, end))
            paragraphs += name == "p"
            foreign += name in ("svg", "math")
            continue
        if token["close"]:
            if not stack or stack[-1][0] != name:
                return None
            _, first, inner = stack.pop()
            paragraphs -= name == "p"
            foreign -= name in ("svg", "math")
            node = _Node(name, first, inner, start, end)
        else:
            node = _Node(name or ("raw" if token["raw"] else "!"), start, end, end, end)
        if not stack:
            nodes.append(node)
            done = end
    return None if stack else nodes


_GAP = r"(?:\s|&nbsp;|&\#160;)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}(?!\d)"
_DATE = "|".join(
    (
        rf"(?P<y1>{_YEAR})-(?P<m1>0[1-9]|1[0-2])(?:-(?P<d1>\d\d))?(?![\d-]*\d)",
        rf"(?P<m2>0?[1-9]|1[0-2])/(?P<y2>{_YEAR})",
        rf"(?P<d3>{_DAY}){_GAP}+(?P<m3>{_MONTH}),?{_GAP}+(?P<y3>{_YEAR})",
        rf"(?P<m4>{_MONTH}){_GAP}+(?P<d4>{_DAY}),?{_GAP}+(?P<y4>{_YEAR})",
        rf"(?P<m5>{_MONTH}),?{_GAP}+(?:of{_GAP}+)?(?P<y5>{_YEAR})",
        rf"(?:spring|summer|autumn|fall|winter|[qh][1-4]),?{_GAP}+(?:of{_GAP}+)?(?P<y6>{_YEAR})",
        rf"(?P<y7>{_YEAR})(?:{_GAP}+[qh][1-4]\b)?",
    )
)
_PART = re.compile(
    rf"(?P<date>{_DATE})|(?P<month>{_MONTH})|(?P<short>\d\d(?!\d))|(?P<gap>{_GAP}+)"
    r"|(?P<now>(?:the )?present|(?:now|today|current(?:ly)?|ongoing|to date)\b)"
    r"|(?P<qualifier>(?:early|mid|late|circa|since|from|around)\b-?|ca?\.)"
    r"|(?P<to>-{1,3}|[–—‒−→]|&[nm]dash;|&\#821[12];|(?:to|until|till|through)\b)"
    r"|(?P<and>&amp;|[|&,;+/]|and\b)|(?P<end>[:.])",
    re.IGNORECASE,
)
# The initials of the parts: dates (or months, or now) that are joined; a dash may end them.
_DATES = re.compile(r"t?q*[dmn](?:ts|[ta]q*[dmn])*t?e?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def marked(text: str) -> str | None:
    """A text that is dates and nothing else, with each date as `<time>`; None for any other text.

    Dates are joined by dashes or words that stand for them, or listed. A month alone is of the
    year that comes next (`May – July 2021`), two digits are of the century before (`2019–21`).
    """
    parts = _parts(text)
    kinds = "".join(kind[0] for kind, _, _ in parts if kind != "gap").replace("g", "")
    if "d" not in kinds or not _DATES.fullmatch(kinds):
        return None
    year, values = "", []
    for kind, _, value in reversed(parts):
        year = value[:4] if kind == "date" else year
        if kind == "month" and not year:
            return None
        values.append(f"{year}-{value}" if kind == "month" else value)
    marks = []
    for (kind, part, _), value in zip(parts, reversed(values), strict=True):
        date = year[:2] + part if kind == "short" else value
        year = date[:4] or year
        marks.append(f'<time datetime="{date}">{part}</time>' if date else part)
    return "".join(marks)


def _parts(text: str) -> list[tuple[str, str, str]]:
    """A text in parts: the kind of each, its text, and its date if it is one. Empty if strange."""
    parts, at = [], 0
    while at < len(text) <= MAX_DATE:
        found = _PART.match(text, at)
        value = _value(found) if found else None
        if found is None or value is None:
            return []
        parts.append((found.lastgroup or "", found[0], value))
        at = found.end()
    return parts


def _value(part: re.Match[str]) -> str | None:
    """`2021-07-05`, `2021-07`, `2021` or `07` of a part; empty of others; None if not of a year."""
    given = {
        key[0]: value for key, value in part.groupdict().items() if value and key[1:].isdigit()
    }
    month = part["month"] or given.get("m", "")
    if month and not month.isdigit():
        month = f"{_MONTHS.index(month[:3].lower()) + 1:02}"
    day = re.sub(r"\D", "", given.get("d", ""))
    found = "-".join(number.zfill(2) for number in (given.get("y", ""), month, day) if number)
    if day:
        try:
            datetime.date.fromisoformat(found)
        except ValueError:
            return None
    return found
