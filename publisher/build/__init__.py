"""The order of the stages, and nothing else.

`build` makes the files of a site in memory; only `publish` writes them. Tests, previews and checks
of reproducibility use `build`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from filelock import FileLock

from publisher import execute, read, theme
from publisher.build.worker import Made, load_page, lost, lost_page, make
from publisher.build.workers import Workers
from publisher.compose import compose
from publisher.config import Config, matches, walk
from publisher.model import File, Page, PageReport, Rendered, Report
from publisher.outline import Outline
from publisher.store import Store, digest
from publisher.write import check, write

__all__ = ["Built", "Options", "Progress", "build", "publish"]


@dataclass(frozen=True)
class Options:
    """How to build. `jobs` is the number of pages at once, 0 for one per core."""

    jobs: int = 0
    execute: bool = True
    drafts: bool = False
    strict: bool = False


class Progress(Protocol):
    """Is told how a build goes on."""

    def start(self, pages: int) -> None:
        """So many pages are to be made."""

    def page(self, report: PageReport) -> None:
        """One of them is done."""


@dataclass(frozen=True)
class Built:
    """A site in memory. `files` are complete only if nothing failed, or failures are kept."""

    files: tuple[File, ...]
    report: Report
    complete: bool


class _Silent:
    def start(self, pages: int) -> None: ...

    def page(self, report: PageReport) -> None: ...


def publish(
    config: Config, options: Options = Options(), progress: Progress | None = None
) -> Report:
    """Build the site and write it to `config.output`, all or nothing."""
    started = time.perf_counter()
    check(config.output)
    built = build(config, options, progress)
    report = built.report
    if built.complete:
        store = Store(config.store).prepare()
        with FileLock(store / "lock"):
            written = write(built.files, config.output)
        report = replace(report, published=True, files=written.files, changed=written.changed)
    return replace(report, seconds=time.perf_counter() - started)


def build(config: Config, options: Options = Options(), progress: Progress | None = None) -> Built:
    """Make all files of the site. Failures of pages are in the report; others are raised."""
    theme.folders(*config.theme)
    sources, problems = read.sources(config)
    progress = progress or _Silent()
    with Workers(options.jobs or os.cpu_count() or 1) as workers:
        pages, reports = _read(sources, config, options, workers)
        progress.start(len(pages) + len(reports))
        for unreadable in reports.values():
            progress.page(unreadable)
        outline = Outline.of(pages.values(), config.title)
        rendered, kept = _make(pages, outline, config, options, workers, reports, progress)
    outline = outline.without(pages.keys() - rendered.keys())
    composed = compose(outline, pages, rendered, kept, frozenset(sources) - rendered.keys(), config)
    reports = {
        source: replace(report, warnings=report.warnings + composed.problems.get(source, ()))
        for source, report in reports.items()
    }
    problems += composed.problems.get("", ())
    files = (*composed.files, *_included(config, {f.path for f in composed.files}))
    report = Report(
        pages=tuple(reports[source] for source in sorted(reports)),
        warnings=problems,
        output=str(config.output),
        files=len(files),
        changed=0,
        published=False,
        seconds=0.0,
    )
    failed = [r for r in report.pages if r.error and not _keeps(r.source, pages, config)]
    return Built(files, report, not failed and not (options.strict and report.all_warnings))


def _read(
    sources: Iterable[str], config: Config, options: Options, workers: Workers
) -> tuple[dict[str, Page], dict[str, PageReport]]:
    """All pages that are to be published, and the reports of those that cannot be read."""
    pages: dict[str, Page] = {}
    reports: dict[str, PageReport] = {}
    for source, result, seconds in workers.map(
        load_page, [(s, config) for s in sources], lost_page
    ):
        if isinstance(result, Page):
            if options.drafts or not result.meta.draft:
                pages[source] = result
        else:
            reports[source] = PageReport(source, None, "failed", {"read": seconds}, (), result)
    return dict(sorted(pages.items())), reports


def _make(
    pages: Mapping[str, Page],
    outline: Outline,
    config: Config,
    options: Options,
    workers: Workers,
    reports: dict[str, PageReport],
    progress: Progress,
) -> tuple[dict[str, Rendered], frozenset[str]]:
    """Execute and render all pages; the results, and which are last good copies."""
    store = Store(config.store)
    files = execute.project(config)
    rendered: dict[str, Rendered] = {}
    kept: set[str] = set()
    tasks = [(page, config, files, options.execute) for page in pages.values()]
    for made in workers.map(make, tasks, lost):
        page = pages[made.source]
        keep = _keeps(made.source, pages, config)
        last = digest("last", str(config.source), made.source)
        result = made.rendered
        if result is None and keep:
            result = store.get("last", last, Rendered)
            if result is not None:
                kept.add(made.source)
        elif result is not None and keep:
            store.put("last", last, result)
        if result is not None:
            rendered[made.source] = result
        reports[made.source] = _report(made, page, outline, made.source in kept)
        progress.page(reports[made.source])
    return rendered, frozenset(kept)


def _report(made: Made, page: Page, outline: Outline, kept: bool) -> PageReport:
    return PageReport(
        source=made.source,
        url=outline.by_source[made.source].url,
        status="kept" if kept else "failed" if made.error else made.status,
        seconds=made.seconds,
        warnings=page.problems + made.problems,
        error=made.error,
    )


def _keeps(source: str, pages: Mapping[str, Page], config: Config) -> bool:
    """Whether the rest is published if this page fails."""
    page = pages.get(source)
    own = page.meta.on_error if page else None
    return (own or config.settings.on_error) == "keep"


def _included(config: Config, taken: set[str]) -> Iterable[File]:
    """Files that the configuration says to copy."""
    for path in walk(config.source, without=(config.output,)):
        name = path.relative_to(config.source).as_posix()
        wanted = matches(name, config.settings.include) and name not in taken
        if wanted and path.is_file() and path.resolve().is_relative_to(config.source):
            yield File(name, source=path)
