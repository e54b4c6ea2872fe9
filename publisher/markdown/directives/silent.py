"""Directives that say nothing to readers of a page."""

from __future__ import annotations

from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive


def _nothing(directive: Directive) -> list[Token]:
    return []


HANDLERS = dict.fromkeys(("contents", "toctree", "tableofcontents", "index"), _nothing)
HANDLERS["bibliography"] = _nothing
