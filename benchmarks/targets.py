"""What is to be reached, and whether it is: each line a ratio, or a difference, of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from medians import Costs, cpu, memory, slow, wall
from tools import NBCONVERT, ONE_JOB, OURS, SITE


@dataclass(frozen=True)
class Target:
    """One line: our figure beside another one, and what was made of them.

    `result` is in `unit`s, × where it is the other figure over ours. It should be `most` at most
    or `least` at least; with neither it is there to be looked at.
    """

    work: str
    ours: str
    beside: str
    result: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def wanted(self) -> str:
        """The target as text."""
        if self.least is not None:
            return f"≥ {self.least:g} {self.unit}"
        return "" if self.most is None else f"≤ {self.most:g} {self.unit}"

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None if nothing is wanted."""
        if self.least is not None:
            return self.result >= self.least
        return None if self.most is None else self.result <= self.most


@dataclass(frozen=True)
class Counts:
    """How many pages were built: executed ones, those converted, few and many of others."""

    pages: int
    few: int
    many: int
    idle: Sequence[int]
    grown: Sequence[int]


def targets(costs: Costs, counts: Counts, folders: Sequence[str]) -> list[Target]:
    """A line for each target of which the scenarios were measured."""
    pages, many, idle = counts.pages, counts.many, counts.idle
    lines = [
        *_ratio(f"{pages} notebooks, cold", wall(costs, "cold"), least=10),
        *_ratio("– CPU", cpu(costs, "cold"), least=5),
        *_overhead(costs, idle),
        *_kernels(costs),
        *_ratio(f"{many:,} executed pages converted, one core", wall(costs, "many"), 8, ONE_JOB),
        *_ratio("– CPU", cpu(costs, "many"), 8, ONE_JOB),
        *_ratio(f"{many:,} of them as a whole site, and pages alone", wall(costs, "site"), 4, SITE),
        *_ratio("– CPU", cpu(costs, "site"), None, SITE),
        *_alone("– nothing changed", wall(costs, "site, unchanged"), ours=SITE),
        *_alone("– prose edit", wall(costs, "site, prose edit"), ours=SITE),
        *_growth(costs, counts.grown),
    ]
    for folder in folders:
        lines += _ratio(f"{folder}, cold", wall(costs, f"{folder}, cold"), least=2)
        lines += _ratio("– CPU", cpu(costs, f"{folder}, cold"))
        lines += _alone(f"{folder}, nothing changed", wall(costs, f"{folder}, unchanged"))
    lines += _unchanged(costs, many, "many")
    lines += _unchanged(costs, pages, "cold")
    title = f"prose edit in one of {many:,} pages"
    lines += _alone(title, wall(costs, "many, prose edit"), most=1)
    return [*lines, *_code_edit(costs, pages), *_previews(costs, counts)]


def _ratio(
    work: str,
    figures: Mapping[str, float],
    least: float | None = None,
    ours: str = OURS,
    other: str = NBCONVERT,
) -> Iterator[Target]:
    """The other one's seconds over ours."""
    if ours in figures and other in figures:
        mine, theirs = figures[ours], figures[other]
        beside = f"{other} {_seconds(theirs)}"
        yield Target(work, _seconds(mine), beside, theirs / mine, "×", least=least)


def _alone(
    work: str, figures: Mapping[str, float], most: float | None = None, ours: str = OURS
) -> Iterator[Target]:
    if ours in figures:
        yield Target(work, _seconds(figures[ours]), "", figures[ours], "s", most=most)


def _growth(costs: Costs, grown: Sequence[int]) -> Iterator[Target]:
    """Cost of a page of a large site over that of a page of a small one."""
    for what, unit, of in (("time", "ms", wall), ("CPU", "ms", cpu), ("memory", "KB", memory)):
        few, many = of(costs, "growth, few"), of(costs, "growth, many")
        if SITE in few and SITE in many:
            first, last = 1000 * few[SITE] / grown[0], 1000 * many[SITE] / grown[1]
            work = f"{what} per page of a site of {grown[1]:,}, beside {grown[0]:,}"
            beside = f"{first:.1f} {unit}"
            yield Target(work, f"{last:.1f} {unit}", beside, last / first, "×", most=1.2)


def _overhead(costs: Costs, idle: Sequence[int]) -> Iterator[Target]:
    """CPU of a page more of which the code does nothing, from few pages to many."""
    few, many = cpu(costs, "idle, few"), cpu(costs, "idle, many")
    if OURS in few and NBCONVERT in few:
        each = {name: 1000 * (many[name] - few[name]) / (idle[1] - idle[0]) for name in few}
        beside = f"{NBCONVERT} {each[NBCONVERT]:,.0f} ms"
        work = f"CPU of an idle page more, from {idle[0]} to {idle[1]}"
        yield Target(work, f"{each[OURS]:.0f} ms", beside, each[OURS], "ms", most=60)


def _kernels(costs: Costs) -> Iterator[Target]:
    direct, usual = "kernel, direct client", "kernel, usual client"
    by_jupyter = "– by Jupyter's `wait_for_ready`"
    yield from _ratio("kernel ready", wall(costs, direct), 4, "forked", "plain")
    yield from _ratio("– CPU", cpu(costs, direct), None, "forked", "plain")
    yield from _ratio(by_jupyter, wall(costs, usual), None, "forked", "plain")


def _unchanged(costs: Costs, count: int, first: str) -> Iterator[Target]:
    """A build with nothing changed, also beside the quickest of the others at the same.

    For a tool that keeps nothing, that is its `first` build again.
    """
    again = wall(costs, "many, unchanged" if first == "many" else "unchanged")
    wanted = first == "many"
    yield from _alone(f"nothing changed in {count:,} pages", again, most=0.5 if wanted else None)
    known = {NBCONVERT: wall(costs, first).get(NBCONVERT), **again}
    others = {n: seconds for n, seconds in known.items() if n != OURS and seconds is not None}
    if others and OURS in again:
        best = min(others, key=others.__getitem__)
        yield from _ratio(
            "– beside the quickest other tool",
            {OURS: again[OURS], best: others[best]},
            least=10 if wanted else None,
            other=best,
        )


def _code_edit(costs: Costs, pages: int) -> Iterator[Target]:
    """A code edit beyond what that notebook's cells need in a plain kernel that is ready."""
    ours, own = wall(costs, "code edit").get(OURS), wall(costs, "cells alone").get("plain")
    if ours is not None and own is not None:
        work = f"code edit in one of {pages} notebooks, beyond its own time"
        yield Target(work, _seconds(ours), f"its cells {_seconds(own)}", ours - own, "s", most=0.5)


def _previews(costs: Costs, counts: Counts) -> Iterator[Target]:
    """From a save to the painted page, ours and then beside each of the others."""
    pages, many = counts.pages, counts.many
    each = (
        ("preview, prose save", f"prose saved to painted, {counts.few} pages", 0.2),
        ("running, prose save", f"prose saved to painted, {pages} notebooks that run", 0.2),
        ("running, code save", f"code saved to output painted, {pages} notebooks", None),
        ("large, prose save", f"prose saved to painted, {many:,} pages", None),
        ("lab, save", "Ctrl-S in JupyterLab to output painted", 0.5),
    )
    for scenario, work, most in each:
        seconds, nine = wall(costs, scenario), slow(costs, scenario)
        if OURS not in seconds:
            continue
        late = f"p90 {_seconds(nine[OURS])}" if nine else ""
        yield Target(work, _seconds(seconds[OURS]), late, seconds[OURS], "s", most=most)
        for other in [name for name in seconds if name != OURS]:
            yield from _ratio("– beside another live preview", seconds, other=other)


def _seconds(value: float) -> str:
    return (
        f"{value:,.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{value:.3f} s"
    )
