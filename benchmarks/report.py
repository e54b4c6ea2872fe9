"""What was measured as a Markdown table: medians, and how nbconvert compares with us."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from measure import Cost, Weight
from tools import IN_FOLDER, NBCONVERT, ONE_JOB, OURS

Costs = Mapping[str, Mapping[str, Sequence[Cost]]]
Weights = Mapping[str, Mapping[str, Weight]]


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure for each tool, in `unit`s (none: a ratio already)."""

    title: str
    unit: str
    figures: Mapping[str, float]
    digits: int = 2


def table(costs: Costs, weights: Weights, pages: int, converted: Sequence[int], repeat: int) -> str:
    """The whole table. The last column is nbconvert's figure over ours: 2.0 × is half the cost."""
    rows = [*_cold_rows(costs, pages), *_conversion_rows(costs, converted)]
    rows += _start_rows(costs)
    rows += _weight_rows(weights)
    names = [name for name in costs["cold"] if name != OURS]
    names = [OURS, ONE_JOB, IN_FOLDER, *names]
    head = ["", "unit", *(f"`{name}`" for name in names), "nbconvert ÷ ours"]
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2)]
    lines += [_line(row, names) for row in rows]
    left = {
        name
        for by_tool in costs.values()
        for name, runs in by_tool.items()
        if any(run.left for run in runs)
    }
    notes = [
        f"Medians of {repeat} round{'s' * (repeat > 1)}, the tools in alternation; "
        "smaller is better.",
        "nbconvert has no cache: unchanged, it does its cold build again; after an edit it is "
        "called for that file alone, with --execute.",
    ]
    if left:
        notes.append(f"Left processes running: {', '.join(sorted(left))}.")
    return "\n".join([*("| " + " | ".join(line) + " |" for line in lines), "", *notes, ""])


def _line(row: Row, names: Sequence[str]) -> list[str]:
    shown = [f"{row.figures[n]:,.{row.digits}f}" if n in row.figures else "" for n in names]
    ours = row.figures.get(OURS) or row.figures.get(ONE_JOB)
    theirs = row.figures.get(NBCONVERT)
    ratio = f"{theirs / ours:.1f} ×" if row.unit and ours and theirs and ours > 0 else ""
    return [row.title, row.unit, *shown, ratio]


def _cold_rows(costs: Costs, pages: int) -> Iterator[Row]:
    cold = costs["cold"]
    yield Row(f"cold, {pages} notebooks executed", "s", _wall(cold), 1)
    yield Row("– CPU", "s", _cpu(cold), 1)
    yield Row("– peak memory", "MB", _memory(cold), 0)
    yield Row("nothing changed", "s", {**_wall(cold, {NBCONVERT}), **_wall(costs["unchanged"])})
    yield Row("one prose edit", "s", _wall(costs["prose edit"]))
    yield Row("one code edit", "s", _wall(costs["code edit"]))


def _conversion_rows(costs: Costs, converted: Sequence[int]) -> Iterator[Row]:
    few, many = converted
    for count, name in ((few, "few"), (many, "many")):
        yield Row(f"conversion of {count:,} executed pages", "s", _wall(costs[name]))
        yield Row("– CPU", "s", _cpu(costs[name]))
        one_core = {n: f for n, f in _wall(costs[name]).items() if n in (ONE_JOB, NBCONVERT)}
        yield Row("– one core", "s", one_core)
        yield Row("– peak memory", "MB", _memory(costs[name]), 0)
    first, last = _wall(costs["few"]), _wall(costs["many"])
    both = [name for name in first if name in last]
    each = {n: 1000 * (last[n] - first[n]) / (many - few) for n in both}
    yield Row(f"a page more, from {few:,} to {many:,}", "ms", each, 1)
    growth = {n: (last[n] / many) / (first[n] / few) for n in both}
    yield Row(f"time per page, {many:,} over {few:,} (linear: 1)", "", growth)


def _start_rows(costs: Costs) -> Iterator[Row]:
    yield Row("`--version`", "s", _wall(costs["--version"]))


def _weight_rows(weights: Weights) -> Iterator[Row]:
    def kilobytes(title: str, which: str, of: Callable[[Weight], float]) -> Row:
        return Row(title, "KB", {n: of(w) / 1e3 for n, w in weights[which].items()}, 1)

    yield kilobytes("HTML of a page, mean", "cold", lambda w: w.html / w.pages)
    yield kilobytes("– gzip", "cold", lambda w: w.gzipped / w.pages)
    yield kilobytes("whole site, per page", "cold", lambda w: w.everything / w.pages)
    yield kilobytes("CSS files of the site", "cold", lambda w: w.css)
    yield kilobytes("page of text and a table, HTML", "plain", lambda w: w.html)
    yield kilobytes("– gzip", "plain", lambda w: w.gzipped)
    yield kilobytes("– with its CSS files", "plain", lambda w: w.html + w.css)


def _wall(runs: Mapping[str, Sequence[Cost]], only: set[str] | None = None) -> dict[str, float]:
    return {
        name: median(cost.wall for cost in costs)
        for name, costs in runs.items()
        if only is None or name in only
    }


def _cpu(runs: Mapping[str, Sequence[Cost]]) -> dict[str, float]:
    return {name: median(cost.cpu for cost in costs) for name, costs in runs.items()}


def _memory(runs: Mapping[str, Sequence[Cost]]) -> dict[str, float]:
    return {name: median(cost.memory for cost in costs) for name, costs in runs.items()}
