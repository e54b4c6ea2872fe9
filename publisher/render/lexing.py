"""Pygments' lexers at twice their speed: one expression for each state, not one for each rule.

Pygments tries the rules of a state one by one, in Python: some 35 for each token of Python code.
Here all of them are the alternatives of one expression, which tries them in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace, _TokenType

_FLAGS = re.compile(r"\(\?([aimsu]+)\)")
_NUMBERED = re.compile(r"\\[1-9]|\(\?\(")  # names groups by their numbers, which change


def quick(lexer: Lexer) -> Lexer:
    """The same lexer, faster if it is one of rules that has no way of its own to apply them."""
    kind = type(lexer)
    rules = getattr(kind, "_tokens", None)
    if not rules or kind.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return lexer
    states = {name: _State(found, kind.flags) for name, found in rules.items()}
    members = {"_tokens": rules, "states": states, "__doc__": kind.__doc__}
    return type(kind.__name__, (_Quick, kind), members)(**lexer.options)


class _State:
    """The rules of a state: an expression, what to do with what it finds, and the next state."""

    def __init__(self, rules: Sequence[tuple[Any, Any, Any]], flags: int) -> None:
        self.rules, self.flags = rules, flags

    @cached_property
    def match(self) -> Any:
        """Matches the first rule that fits; None if they do not go into one expression.

        Each rule ends in an empty group: that is the last one of a match, and says which it was.
        """
        parts = []
        for matches, _, _ in self.rules:
            pattern = matches.__self__
            if pattern.flags & re.VERBOSE or _NUMBERED.search(pattern.pattern):
                return None
            own = _FLAGS.match(pattern.pattern)
            text = f"?{own[1]}:{pattern.pattern[own.end() :]}" if own else f"?:{pattern.pattern}"
            parts.append(f"({text})()")
        try:
            return re.compile("|".join(parts), self.flags).match
        except re.error:
            return None

    @cached_property
    def by_group(self) -> dict[int | None, tuple[Any, Any, Any]]:
        """The rules by the numbers of the groups that they end in."""
        found, last = {}, 0
        for rule in self.rules:
            last += rule[0].__self__.groups + 1
            found[last] = rule
        return found

    def find(self, text: str, at: int) -> tuple[Any, Any, Any] | None:
        """What stands there by the first rule that fits: its match, and the rest of the rule."""
        if self.match is None:
            tried = ((rule[0](text, at), rule[1], rule[2]) for rule in self.rules)
            return next((found for found in tried if found[0]), None)
        match = self.match(text, at)
        if match is None:
            return None
        matches, action, change = self.by_group[match.lastindex]
        # what is not a mere kind of token asks for groups by the numbers that they have in the rule
        return match if type(action) is _TokenType else matches(text, at), action, change


class _Quick(RegexLexer):  # type: ignore[misc]
    """Applies rules as `RegexLexer` does."""

    states: ClassVar[dict[str, _State]] = {}

    def get_tokens_unprocessed(
        self, text: str, stack: Sequence[str] = ("root",)
    ) -> Iterator[tuple[int, Any, str]]:
        """The tokens of a text, each with its place. Source: Pygments' own method."""
        at, names = 0, list(stack)
        state = self.states[names[-1]]
        while True:
            found = state.find(text, at)
            if found is None:
                if at >= len(text):
                    return
                if text[at] == "\n":
                    names = ["root"]
                    state = self.states["root"]
                yield at, Whitespace if text[at] == "\n" else Error, text[at]
                at += 1
                continue
            match, action, change = found
            if type(action) is _TokenType:
                yield at, action, match[0]
            elif action is not None:
                yield from action(self, match)
            at = match.end()
            if change is not None:
                _change(names, change)
                state = self.states[names[-1]]


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
