"""The directive `math`."""

from __future__ import annotations

from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, html, identifier


def _math(directive: Directive) -> list[Token]:
    token = directive.token
    token.type, token.content = "math_block", directive.body or directive.argument
    if not directive.label:
        return [token]
    return [html(f"<span{identifier(directive.label)}></span>"), token]


HANDLERS = {"math": _math}
