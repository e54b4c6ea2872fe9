"""What was measured as Markdown tables: medians, and how nbconvert compares with us."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from measure import Weight
from medians import Costs, cpu, memory, slow, wall
from targets import Target
from tools import NBCONVERT, ONE_JOB, OURS, SITE, VARIANTS

LAB_STEPS = {
    "lab, until asked": "key to request",
    "lab, until written": "request to file written",
    "lab, until reloaded": "file written to page asked for",
    "lab, until painted": "page asked for to painted",
    "lab, until answered": "request to answer, meanwhile",
}
Weights = Mapping[str, Mapping[str, Weight]]


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure for each tool, in `unit`s (none: a ratio already)."""

    title: str
    unit: str
    figures: Mapping[str, float]
    digits: int = 2


def reached(targets: Sequence[Target]) -> str:
    """The table of what is to be reached."""
    head = ["to reach", "ours", "beside", "result", "target", "met"]
    lines = [head, ["---", "---:", "---:", "---:", "---:", "---"]]
    for target in targets:
        met = {True: "yes", False: "**no**", None: ""}[target.met]
        result = f"{target.result:.{0 if target.unit == 'ms' else 2}f} {target.unit}"
        lines.append([target.work, target.ours, target.beside, result, target.wanted, met])
    return _markdown(lines)


def table(
    costs: Costs, weights: Weights, pages: int, converted: Sequence[int], grown: Sequence[int]
) -> str:
    """All of the builds. The last column is nbconvert's figure over ours: 2.0 × is half the cost.

    What was not measured has no line.
    """
    rows = [*_cold_rows(costs, pages), *_conversion_rows(costs, converted)]
    rows += _site_rows(costs, converted[1], grown)
    rows.append(Row("`--version`", "s", wall(costs, "--version")))
    rows += _preview_rows(costs, pages, converted)
    rows = [row for row in (*rows, *_weight_rows(weights)) if row.figures]
    names = list(dict.fromkeys(n for row in rows for n in row.figures))
    names.sort(key=lambda n: (OURS, *VARIANTS).index(n) if n.startswith(OURS) else 9)
    head = ["", "unit", *(f"`{name}`" for name in names), "nbconvert ÷ ours"]
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2)]
    return _markdown([*lines, *(_line(row, names) for row in rows)]) if rows else ""


def notes(costs: Costs, failing: Mapping[str, Sequence[str]], repeat: int) -> str:
    """What is to be known of the tables."""
    lines = [
        f"Medians of {repeat} round{'s' * (repeat > 1)}, the tools in alternation; "
        "smaller is better, but for what is marked ×: the other figure over ours.",
        "nbconvert has no cache: unchanged, it does its cold build again; after an edit it is "
        "called for that file alone.",
    ]
    lines += [f"Left out of {n}: {', '.join(p)} (fail here)." for n, p in failing.items() if p]
    left = {
        name
        for by_tool in costs.values()
        for name, runs in by_tool.items()
        if any(run.left for run in runs)
    }
    if left:
        lines.append(f"Left processes running: {', '.join(sorted(left))}.")
    return "\n".join([*lines, ""])


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join([*("| " + " | ".join(line) + " |" for line in lines), ""])


def _line(row: Row, names: Sequence[str]) -> list[str]:
    shown = [f"{row.figures[n]:,.{row.digits}f}" if n in row.figures else "" for n in names]
    ours = row.figures.get(OURS) or row.figures.get(SITE) or row.figures.get(ONE_JOB)
    theirs = row.figures.get(NBCONVERT)
    ratio = f"{theirs / ours:.1f} ×" if row.unit and ours and theirs and ours > 0 else ""
    return [row.title, row.unit, *shown, ratio]


def _cold_rows(costs: Costs, pages: int) -> Iterator[Row]:
    cold = wall(costs, "cold")
    yield Row(f"cold, {pages} notebooks executed", "s", cold, 1)
    yield Row("– CPU", "s", cpu(costs, "cold"), 1)
    yield Row("– peak memory", "MB", memory(costs, "cold"), 0)
    yield Row("nothing changed", "s", {**_only(cold, NBCONVERT), **wall(costs, "unchanged")})
    yield Row("one prose edit", "s", wall(costs, "prose edit"))
    yield Row("one code edit", "s", wall(costs, "code edit"))


def _conversion_rows(costs: Costs, converted: Sequence[int]) -> Iterator[Row]:
    few, many = converted
    for count, name in ((few, "few"), (many, "many")):
        seconds = wall(costs, name)
        yield Row(f"conversion of {count:,} executed pages", "s", seconds)
        yield Row("– CPU", "s", cpu(costs, name))
        yield Row("– one core", "s", _only(seconds, ONE_JOB, NBCONVERT))
        yield Row("– peak memory", "MB", memory(costs, name), 0)
    first, last = wall(costs, "few"), wall(costs, "many")
    unchanged = {**_only(last, NBCONVERT), **wall(costs, "many, unchanged")}
    yield Row(f"nothing changed in {many:,}", "s", unchanged)
    yield Row(f"one prose edit in {many:,}", "s", wall(costs, "many, prose edit"))
    both = [name for name in first if name in last]
    each = {n: 1000 * (last[n] - first[n]) / (many - few) for n in both}
    yield Row(f"a page more, from {few:,} to {many:,}", "ms", each, 1)
    growth = {n: (last[n] / many) / (first[n] / few) for n in both}
    yield Row(f"time per page, {many:,} over {few:,} (linear: 1)", "", growth)


def _site_rows(costs: Costs, pages: int, grown: Sequence[int]) -> Iterator[Row]:
    yield Row(f"whole site of {pages:,} executed pages", "s", wall(costs, "site"))
    yield Row("– CPU", "s", cpu(costs, "site"))
    yield Row("– peak memory", "MB", memory(costs, "site"), 0)
    yield Row("– nothing changed", "s", wall(costs, "site, unchanged"))
    yield Row("– one prose edit", "s", wall(costs, "site, prose edit"))
    for count, name in zip(grown, ("growth, few", "growth, many"), strict=True):
        yield Row(f"whole site of {count:,} pages", "s", wall(costs, name))
        yield Row("– CPU", "s", cpu(costs, name))
        yield Row("– peak memory", "MB", memory(costs, name), 0)


def _preview_rows(costs: Costs, pages: int, converted: Sequence[int]) -> Iterator[Row]:
    few, many = converted
    yield Row(f"preview of {few} executed pages, until painted", "s", wall(costs, "preview, start"))
    yield from _save_rows(costs, "preview, prose save", "– prose saved to painted")
    title = f"preview of {pages} notebooks that run, until painted"
    yield Row(title, "s", wall(costs, "running, start"))
    yield Row("– until painted with outputs", "s", wall(costs, "running, outputs"))
    yield Row("– started again", "s", wall(costs, "running, outputs again"))
    yield from _save_rows(costs, "running, prose save", "– prose saved to painted")
    yield from _save_rows(costs, "running, code save", "– code saved to output painted")
    yield Row(
        f"preview of {many:,} executed pages, until painted", "s", wall(costs, "large, start")
    )
    yield Row("– started again", "s", wall(costs, "large, start again"))
    yield Row("– started after a build", "s", wall(costs, "large, start built"))
    yield from _save_rows(costs, "large, prose save", "– prose saved to painted")
    yield from _save_rows(costs, "large, prose save later", "– the same after many saves")
    for name, when in (("large, idle", ""), ("large, idle later", ", after many saves")):
        idle = {tool: 100 * seconds for tool, seconds in cpu(costs, name).items()}
        yield Row(f"– CPU at rest{when}", "%", idle)
        yield Row(f"– memory{when}", "MB", memory(costs, name), 0)
    yield from _save_rows(costs, "lab, save", "Ctrl-S in JupyterLab to output painted")
    for name, title in LAB_STEPS.items():
        yield Row(f"– {title}", "s", wall(costs, name), 3)


def _save_rows(costs: Costs, scenario: str, title: str) -> Iterator[Row]:
    yield Row(title, "s", wall(costs, scenario), 3)
    yield Row(f"{title}, p90", "s", slow(costs, scenario), 3)


def _weight_rows(weights: Weights) -> Iterator[Row]:
    def kilobytes(title: str, which: str, of: Callable[[Weight], float]) -> Row:
        return Row(title, "KB", {n: of(w) / 1e3 for n, w in weights.get(which, {}).items()}, 1)

    yield kilobytes("HTML of a page, mean", "cold", lambda w: w.html / w.pages)
    yield kilobytes("– gzip", "cold", lambda w: w.gzipped / w.pages)
    yield kilobytes("whole site, per page", "cold", lambda w: w.everything / w.pages)
    yield kilobytes("CSS files of the site", "cold", lambda w: w.css)
    yield kilobytes("page of text and a table, HTML", "plain", lambda w: w.html)
    yield kilobytes("– gzip", "plain", lambda w: w.gzipped)
    yield kilobytes("– with its CSS files", "plain", lambda w: w.html + w.css)


def _only(figures: Mapping[str, float], *names: str) -> dict[str, float]:
    return {name: figures[name] for name in names if name in figures}
