"""HTML as browsers read it, tag by tag: in linear time, whatever it holds."""

from __future__ import annotations

import re
from html import unescape

# A name with or without a value: a quote means nothing in a name.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+)"""
NAME = r"[^\s/>][^\s/>=]*+"
ATTRIBUTES = rf"(?:[\s/]*+{NAME}(?:\s*+=\s*+{VALUE}?+)?+)*+[\s/]*+(?:>|\Z)"
MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))"
    rf"|(?P<opening><(?P<raw>script|style|textarea|title)(?=[\s/>]){ATTRIBUTES})"
    r".*?(?:</(?P=raw)\s*>|\Z)"
    rf"|<[a-zA-Z][^\s/>]*+{ATTRIBUTES}",
    re.DOTALL | re.IGNORECASE,
)
"""Comments, elements that hold no markup (with `opening`, their tag), and other opening tags."""
ATTRIBUTE = re.compile(rf"(?P<name>{NAME})(?:\s*+=\s*+(?P<value>{VALUE})?)?")


def tag_name(tag: str) -> str:
    """The name of a tag, in small letters."""
    return re.split(r"[\s/>]", tag[1:40], maxsplit=1)[0].lower()


def attributes_of(tag: str) -> dict[str, str]:
    """The attributes of a tag; of two with one name, the first."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(tag):
        found.setdefault(match["name"].lower(), attribute_value(match))
    return found


def attribute_value(attribute: re.Match[str]) -> str:
    """The value of an `ATTRIBUTE`."""
    given = attribute["value"] or ""
    return unescape(given[1:-1] if given[:1] in ('"', "'") else given).strip()
