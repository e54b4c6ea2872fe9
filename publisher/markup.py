"""HTML as browsers read it, tag by tag: in linear time, whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

# A name with or without a value: a quote means nothing in a name.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+)"""
NAME = r"[^\s/>][^\s/>=]*+"
ATTRIBUTES = rf"(?>(?:[\s/]*+{NAME}(?:\s*+=\s*+{VALUE}?)?)*)[\s/]*+(?:>|\Z)"
MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))"
    rf"|(?P<opening><(?P<raw>script|style|textarea|title)(?=[\s/>]){ATTRIBUTES})"
    r".*?(?:</(?P=raw)\s*>|\Z)"
    rf"|<[a-zA-Z][^\s/>]*+{ATTRIBUTES}",
    re.DOTALL | re.IGNORECASE,
)
"""Comments, elements that hold no markup (with `opening`, their tag), and other opening tags."""
TELLING = re.compile(
    r"(?>(?:[^<]++|<span class=\"[^\"]*+\">[^<]*+</span>|<(?!!--|[a-z])"  # code has many of these
    r"|<(?!(?:script|style|textarea|title)\b)[a-z][a-z0-9]*+(?:[ ]class=\"[^\"]*+\")?>)*)"
    rf"(?:(?P<markup>{MARKUP.pattern})|\Z)",
    MARKUP.flags,
)
"""`MARKUP` as `markup`, behind text and tags with a class at most, passed over in one step."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_SCHEMES = frozenset("http https mailto ftp tel sms".split())
_IGNORED = re.compile(r"[\x00-\x20]+")  # what browsers pass over in a scheme
ATTRIBUTE = re.compile(rf"(?P<name>{NAME})(?:\s*+=\s*+(?P<value>{VALUE})?)?")


def telling_tags(html: str) -> Iterator[str]:
    """The opening tags in HTML that have another attribute than a class alone."""
    for match in TELLING.finditer(html):
        tag = match["opening"] or match["markup"]
        if tag and not tag.startswith("<!--"):
            yield tag


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


def safe_address(address: str) -> str:
    r"""An address that may stand in a link: none that runs a script.

    >>> safe_address(" a b.html"), safe_address("java\tscript:x")
    ('a b.html', '')
    """
    scheme = _SCHEME.match(_IGNORED.sub("", address))
    return address.strip() if scheme is None or scheme[0].lower() in _SCHEMES else ""
