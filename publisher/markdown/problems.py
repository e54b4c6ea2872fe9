"""The warnings of a page, so that many of a kind do not hide the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from publisher.model import Problem


def merged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """One warning of those that say the same: the first, with the number of the others.

    >>> [p.message for p in merged([Problem("a", line=1), Problem("b"), Problem("a", line=9)])]
    ['a (and 1 more like it)', 'b']
    """
    first: dict[tuple[str, str | None], Problem] = {}
    more: dict[tuple[str, str | None], int] = {}
    for problem in problems:
        kind = (problem.message, problem.path)
        if kind in first:
            more[kind] = more.get(kind, 0) + 1
        first.setdefault(kind, problem)
    return tuple(
        replace(problem, message=f"{problem.message} (and {more[kind]} more like it)")
        if kind in more
        else problem
        for kind, problem in first.items()
    )
