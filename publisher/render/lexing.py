"""Pygments' lexers at more than twice their speed: no rule is tried that cannot fit.

Pygments tries the rules of a state one by one: some 35 for each token of Python code. Most of them
begin with letters or signs of their own: which, is read off their regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, ClassVar

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace, _TokenType

Rule = tuple[Callable[[str, int], Any], Any, Any]

_ASCII = frozenset(map(chr, range(128)))
_CLASSES: dict[Any, Callable[[str], bool]] = {
    ops.CATEGORY_DIGIT: str.isdigit,
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    ops.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    ops.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    ops.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


def quick(lexer: Lexer) -> Lexer:
    """The same lexer, faster if it is one of rules that has no way of its own to apply them."""
    kind = type(lexer)
    rules = getattr(kind, "_tokens", None)
    if not rules or kind.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return lexer
    states = {name: _State(found) for name, found in rules.items()}
    members = {"_tokens": rules, "states": states, "__doc__": kind.__doc__}
    return type(kind.__name__, (_Quick, kind), members)(**lexer.options)


class _State(dict[str, tuple[Rule, ...]]):
    """The rules of a state by the character that is next; `rules` are those of any other."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__()
        self.rules = tuple(rules)
        self.firsts: list[frozenset[str]] | None = None

    def __missing__(self, character: str) -> tuple[Rule, ...]:
        if character not in _ASCII:
            return self.rules
        if self.firsts is None:
            self.firsts = [_first(rule[0].__self__) for rule in self.rules]  # type: ignore[attr-defined]
        pairs = zip(self.rules, self.firsts, strict=True)
        self[character] = tuple(rule for rule, first in pairs if character in first)
        return self[character]


class _Quick(RegexLexer):  # type: ignore[misc]
    """Applies rules as `RegexLexer` does."""

    states: ClassVar[dict[str, _State]] = {}

    def get_tokens_unprocessed(
        self, text: str, stack: Sequence[str] = ("root",)
    ) -> Iterator[tuple[int, Any, str]]:
        """The tokens of a text, each with its place. Source: Pygments' own method."""
        at, end, names = 0, len(text), list(stack)
        state = self.states[names[-1]]
        while True:
            for fits, action, change in state[text[at]] if at < end else state.rules:
                match = fits(text, at)
                if not match:
                    continue
                if type(action) is _TokenType:
                    yield at, action, match[0]
                elif action is not None:
                    yield from action(self, match)
                at = match.end()
                if change is not None:
                    _change(names, change)
                    state = self.states[names[-1]]
                break
            else:
                if at >= end:
                    return
                if text[at] == "\n":
                    names = ["root"]
                    state = self.states["root"]
                yield at, Whitespace if text[at] == "\n" else Error, text[at]
                at += 1


def _change(names: list[str], change: Any) -> None:
    """Go to the state that a rule leads to: so many off the stack, or others onto it."""
    if isinstance(change, int):
        del names[max(1, len(names) + change) :]
        return
    for name in change if isinstance(change, tuple) else (change,):
        if name == "#pop":
            del names[max(1, len(names) - 1) :]
        else:
            names.append(names[-1] if name == "#push" else name)


def _first(pattern: re.Pattern[str]) -> frozenset[str]:
    """The ASCII characters that a match may begin with; all if it may be empty."""
    if pattern.flags & re.IGNORECASE:
        return _ASCII
    first, empty = _of_sequence(parser.parse(pattern.pattern, pattern.flags))
    return _ASCII if empty else first


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> tuple[frozenset[str], bool]:
    """What a sequence may begin with, and whether it may be empty."""
    found: frozenset[str] = frozenset()
    for op, value in items:
        first, empty = _of_item(op, value)
        found |= first
        if not empty:
            return found, False
    return found, True


def _of_item(op: Any, value: Any) -> tuple[frozenset[str], bool]:
    if op is ops.LITERAL:
        return frozenset(chr(value)), False
    if op is ops.IN:
        return frozenset(c for c in _ASCII if _is_in(c, value)), False
    if op is ops.BRANCH:
        branches = [_of_sequence(branch) for branch in value[1]]
        return frozenset().union(*(b[0] for b in branches)), any(b[1] for b in branches)
    if op is ops.SUBPATTERN and not value[1] & re.IGNORECASE:
        return _of_sequence(value[3])
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        first, empty = _of_sequence(value[2])
        return first, empty or value[0] == 0
    if op in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):  # takes no character
        return frozenset(), True
    return _ASCII, op is not ops.ANY


def _is_in(character: str, members: Iterable[tuple[Any, Any]]) -> bool:
    """Whether a character is in a set, as `[a-z_]`."""
    negated = found = False
    for op, value in members:
        negated |= op is ops.NEGATE
        found |= (
            (op is ops.LITERAL and chr(value) == character)
            or (op is ops.RANGE and value[0] <= ord(character) <= value[1])
            or (op is ops.CATEGORY and _CLASSES[value](character))
        )
    return found != negated
