"""Quotes, dashes and their like: which character is meant."""

from __future__ import annotations

import re

from publisher.markdown.kramdown.elements import CODE_POINTS
from publisher.markdown.kramdown.options import QUOTES, Options
from publisher.markdown.kramdown.tree import Node

_PUNCTUATION = r"[!\"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"
_W = r"[A-Za-z0-9_]"
_S = r"[ \t\r\n\f\v]"

# The first rule that fits says what the quotes are; each but the first two looks at what stands
# before a quote too. The rules are those of kramdown's documentation and of SmartyPants.
_RULES: list[tuple[re.Pattern[str], tuple[str, ...]]] = [
    (re.compile(r"()(['\"])(?=[_*]{1,2}[^ \t\r\n\f\v])"), ("left",)),
    (re.compile(rf"()(['\"])(?={_PUNCTUATION}(?!\.\.)\B)"), ("right",)),
    (re.compile(rf"({_S}?)(\")(')(?={_W})"), ("left", "left")),
    (re.compile(rf"({_S}?)(')(\")(?={_W})"), ("left", "left")),
    (re.compile(rf"({_S}?)(')(?=[0-9][0-9]s)"), ("right",)),
    (re.compile(rf"({_S})(['\"])(?={_W})"), ("left",)),
    (re.compile(r"([^ \\\t\r\n\[{(-])(['\"])"), ("right",)),
    (re.compile(rf"()(['\"])(?={_S}|s\b|\Z)"), ("right",)),
    (re.compile(r"(.?)(['\"])", re.DOTALL), ("left",)),
]
_NAMES = {("left", "'"): 0, ("right", "'"): 1, ("left", '"'): 2, ("right", '"'): 3}

SYMBOLS = re.compile(r"---|--|\.\.\.|\\<<|\\>>|<< | >>|<<|>>")
_SYMBOLS = {
    "---": ("mdash", "—"),
    "--": ("ndash", "–"),
    "...": ("hellip", "…"),
    "<< ": ("laquo_space", "«\N{NO-BREAK SPACE}"),
    " >>": ("raquo_space", "\N{NO-BREAK SPACE}»"),
    "<<": ("laquo", "«"),
    ">>": ("raquo", "»"),
    "\\<<": ("", "<<"),
    "\\>>": ("", ">>"),
}


def quotes(text: str, position: int, options: Options) -> tuple[str, list[Node], int]:
    """The character before the quotes at a position, the quotes, and their end."""
    for pattern, sides in _RULES:
        if match := pattern.match(text, position):
            marks = match.groups()[1:]
            indices = [_NAMES[side, mark] for side, mark in zip(sides, marks, strict=True)]
            return match[1], [_quote(index, options) for index in indices], match.end()
    raise AssertionError("the last rule fits any quote")  # pragma: no cover


def _quote(index: int, options: Options) -> Node:
    name = options.smart_quotes[index]
    code = int(name) if name.isdecimal() and len(name) < 7 else CODE_POINTS.get(name)
    usual = chr(CODE_POINTS[QUOTES[index]])
    shown = usual if code is None or not 0 < code < 0xD800 else chr(code)
    return Node("character", shown, plain=usual)


def symbol(mark: str, options: Options) -> Node:
    """What a mark such as `--` stands for."""
    name, usual = _SYMBOLS[mark]
    return Node("character", options.typographic_symbols.get(name, usual), plain=usual)
