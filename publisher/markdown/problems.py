"""The warnings of a page, so that many of a kind do not hide the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Set
from dataclasses import replace
from functools import lru_cache

from publisher.model import Problem

MIN_NAME, MAX_NAME = 3, 40  # characters of a name whose nearest is looked for


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


@lru_cache(maxsize=256)
def meant(name: str, known: Set[str]) -> str | None:
    """The name that is most like one that is not known, if any is.

    >>> meant("nots", frozenset(("note", "tip")))
    'note'
    """
    if not MIN_NAME <= len(name) <= MAX_NAME:
        return None
    return next(iter(difflib.get_close_matches(name.lower(), sorted(known), 1, 0.65)), None)
