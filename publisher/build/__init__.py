"""The order of the stages, and nothing else.

`build` makes the files of a site in memory; only `publish` writes them. Tests, previews and checks
of reproducibility use `build`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from publisher import read, theme
from publisher.build.run import Progress, Run
from publisher.build.workers import Workers
from publisher.compose.about import is_profile
from publisher.config import Config
from publisher.errors import ConfigError, OutputError
from publisher.model import File, PageReport, Report
from publisher.store import Store
from publisher.write import check, write

__all__ = ["Built", "Options", "Progress", "build", "publish"]


@dataclass(frozen=True)
class Options:
    """How to build. `jobs` is the number of pages at once, 0 for one per core."""

    jobs: int = 0
    execute: bool = True
    drafts: bool = False
    strict: bool = False


@dataclass(frozen=True)
class Built:
    """A site in memory.

    `complete` says whether it may be published: no page failed (or failures are kept), and, in
    a strict build, there were no warnings.
    """

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
    if not read.sources(config).pages and not is_profile(config.settings.author):
        raise ConfigError(
            f"there are no pages in {config.source}",
            hint="make a first one with `publish new`, or a site with `publish init FOLDER`",
        )
    built = build(config, options, progress)
    report = built.report
    if built.complete:
        with FileLock(_store(config) / "lock"):
            written = write(built.files, config.output)
        report = replace(report, published=True, files=written.files, changed=written.changed)
    return replace(report, seconds=time.perf_counter() - started)


def _store(config: Config) -> Path:
    try:
        return Store(config.store).prepare()
    except OSError as error:
        raise OutputError(
            f"the folder {config.shown(config.store)} cannot be made: {error.strerror}",
            hint="results and the lock of the build are kept there",
        ) from error


def build(config: Config, options: Options = Options(), progress: Progress | None = None) -> Built:
    """Make all files of the site. Failures of pages are in the report; others are raised."""
    theme.folders(*config.theme)
    with Workers(options.jobs or os.cpu_count() or 1) as workers:
        run = Run(
            config, workers, progress or _Silent(), may_run=options.execute, drafts=options.drafts
        )
        files = run.files()
    report = Report(
        pages=tuple(run.reports[source] for source in sorted(run.reports)),
        warnings=run.problems,
        output=str(config.output),
        files=len(files),
        changed=0,
        published=False,
        seconds=0.0,
    )
    strict = options.strict and bool(report.all_warnings)
    return Built(files, report, complete=not run.fatal and not strict)
