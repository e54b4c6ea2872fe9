"""The directive `math`."""

from __future__ import annotations

from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive


def _math(directive: Directive) -> list[Token]:
    token = directive.token
    token.type, token.info = "math_block", ""
    token.content = "\n\n".join(part for part in (directive.argument, directive.body) if part)
    if directive.label:
        token.type, token.info = "math_block_label", directive.label
    return [token]


HANDLERS = {"math": _math}
