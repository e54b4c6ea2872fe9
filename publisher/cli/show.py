"""How builds, warnings and errors look in a terminal. All of it goes to stderr."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from publisher.config import Config
from publisher.errors import PublishError
from publisher.model import PageReport, Problem, Report

MAX_DETAIL = 40
MAX_WARNINGS = 25
console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class Silent:
    """No progress is shown; only noted, as by the others, is how many pages `ran`."""

    def __init__(self) -> None:
        self.ran = 0

    def start(self, pages: int) -> None:
        """So many pages are to be made."""

    def page(self, report: PageReport) -> None:
        """One of them is done."""
        self.ran += report.status == "ran"


class Bar(Silent):
    """Progress on a terminal: a bar with the page that was last done."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress(
            TextColumn("publish"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self.task = self.progress.add_task("reading", total=None)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def start(self, pages: int) -> None:
        """So many pages are to be made."""
        self.progress.update(self.task, total=pages, description="")

    def page(self, report: PageReport) -> None:
        """One of them is done."""
        super().page(report)
        self.progress.update(self.task, advance=1, description=escape(_line(report)))


class Lines(Silent):
    """Progress elsewhere: a line for each page that took work."""

    def __init__(self, verbose: bool) -> None:
        super().__init__()
        self.verbose = verbose

    def page(self, report: PageReport) -> None:
        """One page is done."""
        super().page(report)
        if self.verbose or report.note or report.status in ("ran", "failed", "kept"):
            console.print(escape(_line(report)))


def _line(report: PageReport) -> str:
    seconds = sum(report.seconds.values())
    note = f"  ({report.note})" if report.note else ""
    return f"{report.status:>7}  {report.source}  {seconds:.1f} s{note}"


def show_report(
    report: Report, config: Config, *, quiet: bool, verbose: bool, strict: bool
) -> None:
    """Warnings, then errors, then one line that sums up."""
    warnings = report.all_warnings
    if not quiet or strict:
        shown = warnings if verbose else warnings[:MAX_WARNINGS]
        for warning in shown:
            show_problem(warning, "warning", "yellow")
        if len(shown) < len(warnings):
            more = len(warnings) - len(shown)
            console.print(f"[yellow]warning[/]: … and {more} more (-v shows all, --json too)")
    for error in dict.fromkeys(report.errors):  # one broken template fails every page alike
        show_problem(error, "error", "red")
    if verbose:
        for page in (page for page in report.pages if page.seconds):
            stages = ", ".join(f"{stage} {s:.2f} s" for stage, s in page.seconds.items())
            console.print(escape(f"{page.source}: {stages}"), style="dim")
        if not config.settings.url:
            console.print(_NO_URL, style="dim")
    if not quiet or report.errors:
        console.print(escape(_summary(report, config, len(warnings), strict)))


_NO_URL = (
    "`url` is not set: feed, sitemap, canonical links and pictures in link previews are left out"
)


def _summary(report: Report, config: Config, warnings: int, strict: bool) -> str:
    counts: dict[str, int] = {}
    for page in report.pages:
        counts[page.status] = counts.get(page.status, 0) + 1
    pages = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no pages"
    noted = f"; {warnings} warning{'s' * (warnings != 1)}" if warnings else ""
    if report.published:
        where = config.shown(config.output)
        head = f"published {where}: {report.files} files, {report.changed} changed"
    elif report.errors:
        failed = len(report.errors)
        head = f"{failed} page{'s' * (failed != 1)} failed: the site is as it was"
    else:
        head = "warnings are errors here (--strict): the site is as it was"
    return f"{head} ({pages}{noted}) in {report.seconds:.1f} s"


def show_error(error: PublishError) -> None:
    """An error that ended the command."""
    show_problem(
        Problem(error.message, error.path, error.line, error.cell, error.hint, error.detail),
        "error",
        "red",
    )


def show_problem(problem: Problem, kind: str, colour: str) -> None:
    """A warning or an error: its place, its message, and what to do."""
    place = problem.path or ""
    if problem.line:
        place += f":{problem.line}"
    if problem.cell:
        place += f" (code cell {problem.cell})"
    head = f"{escape(place)}: " if place else ""
    console.print(f"[{colour}]{kind}[/]: {head}{escape(problem.message)}")
    if problem.detail:
        lines = problem.detail.splitlines()
        if len(lines) > MAX_DETAIL:
            lines = [*lines[: MAX_DETAIL // 2], "…", *lines[-MAX_DETAIL // 2 :]]
        for line in lines:
            console.print(f"    {escape(line[:300])}", style="dim")
    if problem.hint:
        console.print(f"  hint: {escape(problem.hint)}")


def as_table(report: Report) -> dict[str, Any]:
    """The report for machines."""
    return {
        "pages": report.pages,
        "warnings": report.warnings,
        "error": None,
        "published": report.published,
        "output": report.output,
        "files": report.files,
        "changed": report.changed,
        "searched": report.searched,
        "seconds": round(report.seconds, 3),
    }
