"""What Liquid makes of an expression that is none: it takes what it can read and drops the rest.

Source: the `lax_parse` methods of Ruby's Liquid, to which Jekyll falls back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from liquid import Environment
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, tokenize
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

MAX_LENGTH = 10_000  # characters
_FRAGMENT = r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|(?:[^\s,|'"]|"[^"]*"|'[^']*')+)"""
_VALUE = re.compile(rf"\s*({_FRAGMENT})")
_PARTS = re.compile(r"""(?:[^|"']|"[^"]*"|'[^']*')+""")
_FILTER = re.compile(r"\s*(\w+)")
_ARGUMENT = re.compile(rf"[,:]\s*((?:\w+\s*:\s*)?{_FRAGMENT})")
_JOINT = re.compile(r"(?<=\s)(and|or)(?=\s)")
_KEY = re.compile(  # a word of the language as a key: `page.limit`
    r"""("[^"]*"|'[^']*')|(?<=[\w\]])\.(empty|blank|nil|null|true|false|limit|offset|cols|reversed"""
    r"""|contains|continue|with|for|as|in|and|or|if|else|not)\b"""
)
_COMPARED = re.compile(rf"\s*({_FRAGMENT})\s*(==|=|!=|<>|<=|>=|<|>|contains\b)?\s*({_FRAGMENT})?")
_ASSIGNED = re.compile(r"\s*([\w.\-]+)\s*=\s*(.*)", re.DOTALL)
_LOOP = re.compile(rf"\s*([\w-]+)\s+in\s+(\([^()]*\)|{_FRAGMENT})\s*(reversed\b)?(.*)", re.DOTALL)
_OPTION = re.compile(rf"\b(limit|offset)\s*:\s*({_FRAGMENT})")


def readable(tokens: Iterable[Token], environment: Environment) -> Iterator[Token]:
    """A template's tokens, with expressions that cannot be parsed replaced by what can."""
    known: dict[tuple[str, str], str] = {}
    before: Token | None = None
    for token in tokens:
        if token.kind == TOKEN_EXPRESSION and len(token.value) > MAX_LENGTH:
            raise LiquidSyntaxError("the expression is too long", token=token)
        if token.kind == TOKEN_EXPRESSION and before is not None:
            token = token._replace(value=_KEY.sub(_bracketed, token.value))
            kind = "" if before.kind == TOKEN_OUTPUT else before.value
            if before.kind in (TOKEN_OUTPUT, TOKEN_TAG) and kind in _READERS:
                key = (kind, token.value)
                if key not in known:
                    known[key] = _READERS[kind](token, environment)
                token = token._replace(value=known[key])
        before = token
        yield token


def _bracketed(match: re.Match[str]) -> str:
    return match[1] or f'["{match[2]}"]'


def _output(token: Token, environment: Environment) -> str:
    return _filtered(token.value, token, environment)


def _filtered(source: str, token: Token, environment: Environment) -> str:
    """A value and its filters: the first fragment, and the names and arguments that follow."""
    try:
        FilteredExpression.parse(environment, TokenStream(tokenize(source, token)))
        return source
    except LiquidError:
        first, *rest = _PARTS.findall(source) or [""]
        value = _VALUE.match(first)
        shown = value[1] if value else "nil"
        for part in rest:
            name = _FILTER.match(part)
            if name:
                arguments = ", ".join(_ARGUMENT.findall(part[name.end() :]))
                shown += f" | {name[1]}" + (f": {arguments}" if arguments else "")
        return shown


def _assignment(token: Token, environment: Environment) -> str:
    match = _ASSIGNED.fullmatch(token.value)
    if match is None:
        return token.value
    inner = _filtered(match[2], token, environment)
    return token.value if inner == match[2] else f"{match[1]} = {inner}"


def _condition(token: Token, environment: Environment) -> str:
    try:
        BooleanExpression.parse(environment, TokenStream(tokenize(token.value, token)))
        return token.value
    except LiquidError:
        pieces = _JOINT.split(token.value)
        return " ".join(_comparison(p) if at % 2 == 0 else p for at, p in enumerate(pieces))


def _comparison(source: str) -> str:
    match = _COMPARED.match(source)
    if match is None:
        return "false"
    if match[2] and match[3]:
        return f"{match[1]} {'==' if match[2] == '=' else match[2]} {match[3]}"
    return str(match[1])


def _loop(token: Token, environment: Environment) -> str:
    """A loop; `reversed` counts only right after the list."""
    match = _LOOP.fullmatch(token.value)
    if match is None:
        return token.value
    options = " ".join(f"{name}: {value}" for name, value in _OPTION.findall(match[4]))
    return " ".join(filter(None, (match[1], "in", match[2], match[3], options)))


_READERS = {
    "": _output,
    "assign": _assignment,
    "if": _condition,
    "elsif": _condition,
    "unless": _condition,
    "for": _loop,
}
