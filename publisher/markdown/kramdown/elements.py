"""The elements of HTML as kramdown sees them. The only one that knows tags and entities.

Which elements are blocks, which stand in a line and what each holds are facts of kramdown's
grammar (its `Parser::Html::Constants`).
"""

from __future__ import annotations

import re
from html.entities import name2codepoint

from publisher.markdown.kramdown.tree import Model

_BLOCKS = frozenset(
    "address applet article aside blockquote body dd details div dl fieldset figure figcaption "
    "footer form header hgroup iframe li main map menu nav noscript object section summary "
    "td".split()
)
_SPANS = frozenset(
    "a abbr acronym b bdo big button cite caption del dfn dt em h1 h2 h3 h4 h5 h6 i ins label "
    "legend optgroup p q rb rbc rp rt rtc ruby select small span strong sub sup th tt".split()
)
_RAW = frozenset("script style math option textarea pre code kbd samp var".split())

IN_LINE = frozenset(
    "a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option "
    "q rb rbc rp rt rtc ruby samp select small span strong sub sup tt u var".split()
)
NEVER_IN_LINE = frozenset(
    "address article aside applet body blockquote caption col colgroup dd div dl dt fieldset "
    "figcaption footer form h1 h2 h3 h4 h5 h6 header hgroup hr html head iframe legend menu li "
    "main map nav ol optgroup p pre section summary table tbody td th thead tfoot tr ul".split()
)
EMPTY = frozenset(
    "area base br col command embed hr img input keygen link meta param source track wbr".split()
)
KNOWN = IN_LINE | NEVER_IN_LINE | EMPTY | _BLOCKS | _SPANS | _RAW

NAME = r"(?>(?:[^\W\d][\w.-]*+:(?=[^\W\d]))?)[^\W\d][\w.-]*+"
_S = r"[ \t\r\n\f\v]"
_VALUE = r"""(?:\w++|"[^"]*+"|'[^']*+')"""
TAG = re.compile(rf"<({NAME})((?>(?:{_S}++{NAME}(?:{_S}*+={_S}*+{_VALUE})?)*)){_S}*+(/)?>")
CLOSING_TAG = re.compile(rf"</({NAME}){_S}*+>")
INDENTED_TAG = re.compile(rf" {{0,3}}{TAG.pattern}")
INDENTED_CLOSING_TAG = re.compile(rf" {{0,3}}{CLOSING_TAG.pattern}")
_ATTRIBUTE = re.compile(rf"""({NAME})(?>(?:{_S}*+={_S}*+(?:(\w++)|"([^"]*+)"|'([^']*+)'))?)""")

ENTITY = re.compile(r"&(?:([A-Za-z0-9_:][-A-Za-z0-9_.:]*+)|#([0-9]++)|#x([0-9a-fA-F]++));")
CODE_POINTS = name2codepoint | {
    # kramdown's own table: some brackets are the other way round than in HTML
    "apos": 39,
    "vellip": 8942,
    "rceil": 8968,
    "lceil": 8969,
    "rang": 9001,
    "lang": 9002,
}


def name_of(tag: str) -> str:
    """An element's name as it is written: a known one in lower case."""
    lower = tag.lower()
    return lower if lower in KNOWN else tag


def model_of(name: str) -> Model:
    """What an element holds: blocks, spans, or what is left as it is."""
    return "block" if name in _BLOCKS else "span" if name in _SPANS else "raw"


def attributes_of(text: str, name: str) -> dict[str, str]:
    """The attributes that a tag was given; the last of a name counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        key = match[1].lower() if name in KNOWN else match[1]
        found[key] = next((value for value in match.group(2, 3, 4) if value is not None), "")
    return found


def character(match: re.Match[str]) -> str | None:
    """What an entity stands for; None if there is none of that name."""
    if match[1] is not None:
        code = CODE_POINTS.get(match[1])
        return None if code is None else chr(code)
    digits, base = (match[2], 10) if match[2] is not None else (match[3], 16)
    digits = digits.lstrip("0")
    code = int(digits, base) if 0 < len(digits) < 8 else 0
    if 0x80 <= code < 0xA0:
        return bytes([code]).decode("cp1252", "replace")
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "�"
