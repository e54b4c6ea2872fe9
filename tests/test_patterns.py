"""Our regular expressions mean the same in every Python that we support."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import publisher

SOURCES = sorted(Path(publisher.__file__).parent.rglob("*.py"))
GROUP = "(?:x)"  # for what is put into a pattern, and not known
PIECE = re.compile(
    r"\\.|\[\^?+\]?+(?:\\.|[^\]\\])*\]|\(\)"  # no group ends in these
    r"|(?P<unsafe>\)(?:[*+?]|\{\d*,?\d*\})\+)|.",
    re.DOTALL,
)


def unsafe(pattern: str) -> list[str]:
    """The possessive quantifiers of a pattern that stand on a group, as `)*+`.

    Such a group may match what it does not hold before CPython 3.11.5 (gh-106052), or crash if it
    holds groups that capture, before 3.12.8 (gh-101955). `(?>(?:…)*)` is the same and has no bug.
    """
    return [piece["unsafe"] for piece in PIECE.finditer(pattern) if piece["unsafe"]]


def patterns(source: str) -> Iterator[tuple[int, str]]:
    """All strings of a module and their lines, with the constants that are put into them."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = text(node.value, known)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant):
            yield node.lineno, text(node, known)


def text(node: ast.expr, known: dict[str, str]) -> str:
    """The string that an expression is, as far as can be told."""
    match node:
        case ast.JoinedStr(values=values):
            return "".join(text(value, known) for value in values)
        case ast.Constant(value=str(value)):
            return value
        case ast.FormattedValue(value=ast.Name(id=name)):
            return known.get(name, GROUP)
        case ast.Call(args=[first, *_]):  # re.compile
            return text(first, known)
        case _:
            return GROUP


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCES[0].parent)))
def test_no_possessive_quantifier_stands_on_a_group(path: Path) -> None:
    found = [
        f"{path}:{line}: {quantifier} on a group: write (?>(?:…)*)"
        for line, pattern in patterns(path.read_text(encoding="utf-8"))
        for quantifier in unsafe(pattern)
    ]
    assert not found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (r'r"(?:ab?c)*+"', [")*+"]),
        (r'r"(?:\\)++x(?:y){0,2}+"', [")++", "){0,2}+"]),
        ('VALUE = "(?:a|b)"\nX = f"{VALUE}?+"', [")?+"]),
        ('f"{imported}*+"', [")*+"]),
        (r'r"\w++[)]*+\)*+a{2}+"', []),
        ('SPACE = "[ )]"\nX = f"{SPACE}*+"', []),
        ('SAFE = "!$&()*+,;=" + "[]"', []),
        ('r"(?>(?:ab?c)*)"', []),
    ],
)
def test_the_guard_knows_such_patterns(source: str, found: list[str]) -> None:
    assert [one for _, pattern in patterns(source) for one in unsafe(pattern)] == found
