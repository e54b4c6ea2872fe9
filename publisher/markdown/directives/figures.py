"""Directives that show pictures."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, html, identifier

_LENGTH = re.compile(r"\d+(?:%|r?em|vw|ch)?")


def _figure(directive: Directive) -> list[Token]:
    options = directive.options
    alt = escapeHtml(options.get("alt", ""))
    size = "".join(
        f' {key}="{value}"' if value.isdigit() else f' style="{key}: {value}"'
        for key in ("width", "height")
        if (value := options.get(key, "").removesuffix("px")) and _LENGTH.fullmatch(value)
    )
    image = f'<img src="{escapeHtml(directive.argument)}" alt="{alt}"{size} loading="lazy">'
    opening = f"<figure{identifier(directive.label)}>"
    if not directive.body.strip():
        return [html(f"{opening}{image}</figure>\n")]
    caption = directive.content()
    return [html(f"{opening}{image}<figcaption>\n"), *caption, html("</figcaption></figure>\n")]


HANDLERS = {"figure": _figure, "image": _figure}
