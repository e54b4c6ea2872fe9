"""One build's way through the stages, with what is known of each page so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, Protocol

from publisher import execute, read
from publisher.build.worker import Made, load_page, lost, lost_page, make
from publisher.build.workers import Workers
from publisher.compose import compose
from publisher.config import Config, matches, walk
from publisher.model import File, Metadata, Page, PageReport, Problem, Rendered
from publisher.outline import Outline
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
    dialect: Literal["notebook", "myst"]
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
    pages that are shown by their last good copy.
    """

    def __init__(
        self, config: Config, workers: Workers, progress: Progress, *, may_run: bool, drafts: bool
    ) -> None:
        self.config, self.workers, self.progress = config, workers, progress
        self.may_run, self.drafts = may_run, drafts
        self.store = Store(config.store)
        self.pages: dict[str, Page] = {}
        self.rendered: dict[str, Rendered] = {}
        self.reports: dict[str, PageReport] = {}
        self.kept: set[str] = set()
        self.fatal: set[str] = set()
        self.problems: tuple[Problem, ...] = ()

    def files(self) -> tuple[File, ...]:
        """All files of the site, of the pages that there is something to show of."""
        sources, self.problems = read.sources(self.config)
        seconds = self._read(sources)
        outline = Outline.of(self.pages.values(), self.config.title)
        self._make(outline, seconds, execute.project(self.config, sources))
        outline = outline.without(self.pages.keys() - self.rendered.keys())
        unpublished = frozenset(sources) - self.rendered.keys()
        composed = compose(
            outline, self.pages, self.rendered, frozenset(self.kept), unpublished, self.config
        )
        for source, report in self.reports.items():
            more = composed.problems.get(source, ())
            self.reports[source] = replace(report, warnings=report.warnings + more)
        self.problems += composed.problems.get("", ())
        pairs = {str(PurePosixPath(source).with_suffix(".ipynb")) for source in sources}
        taken = {file.path for file in composed.files} | pairs | set(sources)
        return (*composed.files, *self._included(taken))

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
            elif self.drafts or not result.meta.draft:
                self.pages[source] = result
            else:
                drafts[source] = result.problems
        self.problems += tuple(p for source in sorted(drafts) for p in drafts[source])
        self.progress.start(len(self.pages) + len(failed))
        for source, error in sorted(failed.items()):
            last = self._fail(source, None)
            if last is not None:
                self.pages[source] = last
            self._report(source, None, {"read": seconds[source]}, error)
        self.pages = dict(sorted(self.pages.items()))
        return seconds

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
        warnings = (page.problems if page else ()) + (made.problems if made else ())
        status = "kept" if source in self.kept else made.status if made and not error else "failed"
        self.reports[source] = PageReport(source, None, status, seconds, warnings, error)
        self.progress.page(self.reports[source])

    def _included(self, taken: set[str]) -> Iterable[File]:
        """Files that the configuration says to copy; never the source of a page, or its pair."""
        config = self.config
        for path in walk(config.source, without=(config.output,)):
            name = path.relative_to(config.source).as_posix()
            wanted = matches(name, config.settings.include) and name not in taken
            if wanted and config.publishable(path):
                yield File(name, source=path)
