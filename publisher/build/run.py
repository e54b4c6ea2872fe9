"""One build's way through the stages, with what is known of each page so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, Protocol

from publisher import execute, liquid, read
from publisher.build.worker import Made, highlight, load_page, lost, lost_page, make, problem
from publisher.build.workers import Workers
from publisher.compose import compose
from publisher.config import Config
from publisher.errors import PublishError
from publisher.model import Dialect, File, Metadata, Page, PageReport, Problem, Rendered
from publisher.outline import Outline, file_of
from publisher.store import Store, digest

if TYPE_CHECKING:
    from nbformat import NotebookNode


class Progress(Protocol):
    """Is told how a build goes on."""

    def start(self, pages: int) -> None:
        """So many pages are to be made."""

    def page(self, report: PageReport) -> None:
        """One of them is done."""


@dataclass(frozen=True)
class Last:
    """The last good copy of a page, as it is stored: what the outline and a layout want of it."""

    kind: Literal["notebook", "prose"]
    dialect: Dialect
    meta: Metadata
    title: str
    titled_by_heading: bool
    rendered: Rendered

    def page(self, source: str, config: Config, notebook: NotebookNode) -> Page:
        """The page that it was, without its cells."""
        path = config.source / source
        return Page(
            source, path, "", self.kind, self.dialect, self.meta, self.title,
            self.titled_by_heading, notebook, (),
        )  # fmt: skip


class Run:
    """Reads, executes, renders and composes the pages of a site.

    Failures of pages are collected in `reports`; other failures are raised. `kept` names the
    pages that are shown by their last good copy, `unwritten` holds those that only other pages
    show, `withheld` the sources of drafts, which are not copied either.
    """

    def __init__(
        self, config: Config, workers: Workers, progress: Progress, *, may_run: bool, drafts: bool
    ) -> None:
        self.config, self.workers, self.progress = config, workers, progress
        self.may_run, self.drafts = may_run, drafts
        self.store = Store(config.store)
        self.pages: dict[str, Page] = {}
        self.unwritten: dict[str, Page] = {}
        self.rendered: dict[str, Rendered] = {}
        self.reports: dict[str, PageReport] = {}
        self.withheld: set[str] = set()
        self.kept: set[str] = set()
        self.fatal: set[str] = set()
        self.problems: tuple[Problem, ...] = ()

    def files(self) -> tuple[File, ...]:
        """All files of the site, of the pages that there is something to show of."""
        sources = read.sources(self.config)
        self.problems = sources.problems
        seconds = self._read(sources.pages)
        self._settle()
        outline = Outline.of(self.pages.values(), self.config.title)
        self._fill(sources.files, seconds)
        self._make(outline, seconds, execute.project(self.config, sources.pages))
        outline = outline.without(self.pages.keys() - self.rendered.keys())
        unpublished = frozenset(sources.pages) - self.rendered.keys()
        composed = compose(
            outline, self.pages, self.rendered, frozenset(self.kept), unpublished, self.config
        )
        for source, report in self.reports.items():
            more = composed.problems.get(source, ())
            self.reports[source] = replace(
                report, warnings=tuple(dict.fromkeys(report.warnings + more))
            )
        self.problems += composed.problems.get("", ())
        taken = {file.path for file in composed.files}
        copied = {
            target: File(target, source=self.config.source / source)
            for source, target in sources.files
            if target not in taken and source not in self.withheld
        }
        return (*composed.files, *copied.values())

    def _read(self, sources: Iterable[str]) -> dict[str, float]:
        """Read all pages that are to be published; the seconds that each took."""
        tasks = [(source, self.config) for source in sources]
        seconds: dict[str, float] = {}
        failed: dict[str, Problem] = {}
        drafts: dict[str, tuple[Problem, ...]] = {}
        for source, result, taken in self.workers.map(load_page, tasks, lost_page):
            seconds[source] = taken
            if isinstance(result, Problem):
                failed[source] = result
            elif result.meta.draft and not self.drafts:
                drafts[source] = result.problems
            elif self.config.jekyll and not self.config.jekyll.written(source):
                self.unwritten[source] = result
            else:
                self.pages[source] = result
        self.problems += tuple(p for source in sorted(drafts) for p in drafts[source])
        pairs = {str(PurePosixPath(source).with_suffix(".ipynb")) for source in drafts}
        self.withheld = drafts.keys() | (pairs - set(sources))
        self.progress.start(len(self.pages) + len(failed))
        for source, error in sorted(failed.items()):
            last = self._fail(source, None)
            if last is not None:
                self.pages[source] = last
            self._report(source, None, {"read": seconds[source]}, error)
        self.pages = dict(sorted(self.pages.items()))
        return seconds

    def _settle(self) -> None:
        """Where pages of a Jekyll site have one address, let the last one have it, as there."""
        if self.config.jekyll is None:
            return
        taken: dict[str, Page] = {}
        for page in sorted(self.pages.values(), key=_rank):
            file = file_of(page)
            other = taken.get(file)
            if other is not None:
                self.unwritten[other.source] = self.pages.pop(other.source)
                self.reports.pop(other.source, None)
                message = f"{page.source} has the same address, so this page is left out"
                self.problems += (Problem(message, self.config.shown(other.path)),)
            taken[file] = page

    def _fill(self, files: tuple[tuple[str, str], ...], seconds: dict[str, float]) -> None:
        """Fill in the Liquid of pages that are written in it."""
        pages = [page for page in self.pages.values() if page.source not in self.reports]
        wanted = [page for page in pages if liquid.wanted(page)]
        if not wanted:
            return
        site = {page.source: page for page in pages} | self.unwritten
        filling = liquid.Liquid(self.config.as_jekyll, site, files, highlight, self.config.shown)
        for page in wanted:
            try:
                self.pages[page.source] = filling.apply(page)
            except PublishError as error:
                if self.config.jekyll is None and "dialect" not in page.front:
                    self.pages[page.source] = _unfilled(page, error)
                    continue
                self._fail(page.source, page)
                times = {"read": seconds[page.source]}
                self._report(page.source, None, times, problem(error))

    def _make(self, outline: Outline, seconds: dict[str, float], files: str) -> None:
        """Execute and render all pages. `files` is the digest of what they may read."""
        tasks = [
            (page, self.config, files, self.may_run)
            for page in self.pages.values()
            if page.source not in self.reports
        ]
        for made in self.workers.map(make, tasks, lost):
            page = self.pages[made.source]
            if made.rendered is None:
                self._fail(made.source, page)
            else:
                self.rendered[made.source] = made.rendered
                self._remember(page, made.rendered)
            times = {"read": seconds[made.source], **made.seconds}
            self._report(made.source, made, times, made.error)
        for source, entry in outline.by_source.items():
            self.reports[source] = replace(self.reports[source], url=entry.url)

    def _fail(self, source: str, page: Page | None) -> Page | None:
        """Note a failure; where failures are kept, show the last good copy, if there is one."""
        last = self.store.get("last", self._last(source), Last)
        meta = page.meta if page else last.meta if last else Metadata()
        if (meta.on_error or self.config.settings.on_error) != "keep":
            self.fatal.add(source)
            return None
        if last is None:
            return None
        from nbformat.v4 import new_notebook

        self.rendered[source] = last.rendered
        self.kept.add(source)
        return last.page(source, self.config, new_notebook())

    def _remember(self, page: Page, rendered: Rendered) -> None:
        if (page.meta.on_error or self.config.settings.on_error) == "keep":
            last = Last(
                page.kind, page.dialect, page.meta, page.title, page.titled_by_heading, rendered
            )
            self.store.put("last", self._last(page.source), last)

    def _last(self, source: str) -> str:
        return digest("last", self.config.source.as_posix(), source)

    def _report(
        self, source: str, made: Made | None, seconds: dict[str, float], error: Problem | None
    ) -> None:
        page = self.pages.get(source)
        found = (page.problems if page else ()) + (made.problems if made else ())
        warnings = tuple(dict.fromkeys(found))
        status = "kept" if source in self.kept else made.status if made and not error else "failed"
        self.reports[source] = PageReport(source, None, status, seconds, warnings, error)
        self.progress.page(self.reports[source])


def _unfilled(page: Page, error: PublishError) -> Page:
    """A page that was only taken for one of Jekyll's: its Liquid stays as text."""
    hint = "say `dialect: myst` in its front matter if it only shows Liquid"
    warning = replace(problem(error), message=f"{error.message}: left as text", hint=hint)
    return replace(page, dialect="myst", problems=(*page.problems, warning))


def _rank(page: Page) -> tuple[bool, str, str]:
    """Posts by date, then pages."""
    return page.meta.date is None, str(page.meta.date or ""), page.source
