"""Blocks that hold more Markdown: MyST's directives and Jupyter's alert boxes.

Each family has a module with its `HANDLERS` by name. A directive that we do not know shows its
content as prose, with a warning.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from publisher.markdown.directives import boxes, code, equations, figures, silent
from publisher.markdown.directives.directive import MAX_DEPTH, Directive, Handler, Place

HANDLERS: dict[str, Handler] = {
    **boxes.HANDLERS,
    **code.HANDLERS,
    **equations.HANDLERS,
    **figures.HANDLERS,
    **silent.HANDLERS,
}
_DIRECTIVE = re.compile(r"^\{([A-Za-z][\w:.+-]*)\}\s*(.*)$")


def expand(md: MarkdownIt, tokens: list[Token], env: dict[str, Any], dialect: str) -> list[Token]:
    """Replace directives and alert boxes among the block tokens of a cell."""
    return _expand(Place(md, env, dialect, _expand), tokens)


def _expand(place: Place, tokens: list[Token]) -> list[Token]:
    result: list[Token] = []
    for token in tokens:
        match = _DIRECTIVE.match(token.info.strip()) if "fence" in token.type else None
        if match and place.depth < MAX_DEPTH:
            directive = Directive.of(match[1], match[2].strip(), token, place)
            result += HANDLERS.get(directive.name.lower(), _unknown)(directive)
        elif token.type == "html_block" and place.depth < MAX_DEPTH:
            result += boxes.alert(place, token)
        else:
            if token.type == "colon_fence" and not match:
                token.type = "fence"
            result.append(token)
    return result


def _unknown(directive: Directive) -> list[Token]:
    message = f"the directive {{{directive.name}}} is not known: its content is shown as prose"
    directive.warn(message)
    return directive.all_content()
