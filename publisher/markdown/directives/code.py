"""Directives that show code."""

from __future__ import annotations

from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive

_CODE = ("code", "code-block", "sourcecode", "code-cell", "literalinclude", "prompt")
_LANGUAGES = "bash c cpp html javascript js julia ojs python r rust sh sql stan".split()


def _code(directive: Directive) -> list[Token]:
    token = directive.token
    token.type, token.info, token.content = "fence", directive.argument, directive.body
    return [token]


def _language(directive: Directive) -> list[Token]:
    token = directive.token
    token.type, token.info = "fence", directive.name.lower()
    return [token]


HANDLERS = {**dict.fromkeys(_LANGUAGES, _language), **dict.fromkeys(_CODE, _code)}
