"""Boxes that stand out from the text: admonitions and Jupyter's alerts."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, Place, html, identifier

ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning".split()
)
_DIV = re.compile(r"\s*+(<div\b[^>]*+>)", re.IGNORECASE)
_ALERT = re.compile(r"\balert\b", re.IGNORECASE)


def _admonition(directive: Directive) -> list[Token]:
    name, argument = directive.name.lower(), directive.argument
    plain = name == "admonition"
    kind = (directive.classes or ["note"]) if plain else [name]
    if argument and plain:
        first = directive.place.parse(argument, directive.start)
        for token in first:
            token.attrs = {"class": "admonition-title"} if token.type == "paragraph_open" else {}
        inner = directive.content()
    else:  # `{note} text` continues in its body
        shown = "See also" if name == "seealso" else name.capitalize()
        first = [html(f'<p class="admonition-title">{escapeHtml(shown)}</p>\n')]
        inner = directive.all_content()
    classes = escapeHtml(" ".join(["admonition", *kind]))
    opening = f'<aside{identifier(directive.label)} class="{classes}">\n'
    return [html(opening), *first, *inner, html("</aside>\n")]


def alert(place: Place, token: Token) -> list[Token]:
    """Parse the Markdown inside `<div class="alert …">`, which HTML blocks leave alone."""
    match = _DIV.match(token.content)
    if not match or not _ALERT.search(match[1]):
        return [token]
    inner = token.content[match.end() :]
    start = (token.map[0] if token.map else 0) + token.content.count("\n", 0, match.end())
    start += len(inner) - len(inner.lstrip("\n"))
    body, closing, rest = inner.rpartition("</div>")
    if not closing:
        body, rest = inner, ""
    elif "<div" in body:  # nested boxes are the author's own HTML
        return [token]
    body = "\n".join(
        line.strip() if line.lstrip()[:1] == "<" else line for line in body.strip("\n").splitlines()
    )
    if len(body) - len(body.lstrip()) >= 4:
        body = body.lstrip()
    return [
        html(match[1] + "\n"),
        *place.parse(body, start),
        html(closing + rest if closing else ""),
    ]


HANDLERS = dict.fromkeys(ADMONITIONS, _admonition)
