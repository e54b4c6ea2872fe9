"""Directives that say nothing to readers of a page."""

from __future__ import annotations

from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive


def _nothing(directive: Directive) -> list[Token]:
    return []


HANDLERS = dict.fromkeys(
    (
        "index tags meta role default-role currentmodule module py:module "
        "tabularcolumns codeauthor sectionauthor moduleauthor thebe-button thebe-init orphan "
        "default-domain testsetup testcleanup badges nb-exec-table sectnum sect-num "
        "raw:latex raw:tex raw:typst "
        "list-of-figures list-of-tables listoffigures listoftables"
    ).split(),
    _nothing,
)
