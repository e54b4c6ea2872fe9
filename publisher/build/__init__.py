"""The order of the stages, and nothing else.

`build` makes the files of a site in memory; only `publish` writes them. Tests, previews and checks
of reproducibility use `build`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock

from publisher import theme
from publisher.build.budget import GB
from publisher.build.memory import Kept, Memory
from publisher.build.options import Options, Progress
from publisher.build.plans import Decision
from publisher.build.run import Run
from publisher.build.runner import Runner
from publisher.build.worker import bug, problem
from publisher.build.workers import Workers
from publisher.config import Config
from publisher.errors import ConfigError, OutputError
from publisher.execute import Code
from publisher.model import File, Head, PageReport, Report
from publisher.store import LostError, Store
from publisher.write import Written, check, write

DEFAULT = Options()
__all__ = [
    "Built",
    "Decision",
    "Kept",
    "Options",
    "Progress",
    "Runner",
    "bug",
    "build",
    "decisions",
    "problem",
    "publish",
]


@dataclass(frozen=True)
class Built:
    """A site in memory.

    `complete` says whether it may be published: no page failed (or failures are kept), and, in
    a strict build, there were no warnings. `empty` says that there is nothing to make it of.

    Of a live build, `waiting` are the pages that would have to run, with their code, and `index`
    makes the files by which it is searched.
    """

    files: tuple[File, ...]
    report: Report
    complete: bool
    memory: Memory
    empty: bool = False
    waiting: Mapping[str, tuple[Head, Code]] = field(default_factory=dict)
    index: Callable[[], tuple[File, ...]] = tuple


def decisions(config: Config, options: Options = DEFAULT) -> dict[str, Decision]:
    """What a build would do for each page with code to run, by source, and why.

    `PublishError` if a page cannot be read, or its frozen result.
    """
    theme.folders(*config.theme)
    with Workers(options.jobs or os.cpu_count() or 1) as workers:
        return Run(config, workers, _Silent(), options).decisions()


class _Silent:
    def start(self, pages: int) -> None: ...

    def page(self, report: PageReport) -> None: ...


def publish(config: Config, options: Options = DEFAULT, progress: Progress | None = None) -> Report:
    """Build the site and write it to `config.output`, all or nothing."""
    started = time.perf_counter()
    check(config.output)
    try:
        report = _publish(config, options, progress)
    except LostError:  # what was remembered is damaged: draw all anew, and run nothing
        Store(config.store).mend()
        report = _publish(config, options, progress, forget=True)
    return replace(report, seconds=time.perf_counter() - started)


def _publish(
    config: Config, options: Options, progress: Progress | None, *, forget: bool = False
) -> Report:
    built = build(config, options, progress, forget=forget)
    report = built.report
    if built.empty:
        raise ConfigError(
            f"there are no pages in {config.source}",
            hint="make a first one with `publish new`, or a site with `publish init FOLDER`",
        )
    if built.complete:
        written = _write(built, config)
        report = replace(report, published=True, files=written.files, changed=written.changed)
    return report


def _write(built: Built, config: Config) -> Written:
    store = Store(config.store)
    with FileLock(_store(config) / "lock"):
        written = write(built.files, config.output, digests=built.memory.digests)
        built.memory.keep()
        if written.changed:
            store.trim(int(config.settings.execute.store_size * GB))
    return written


def _store(config: Config) -> Path:
    try:
        return Store(config.store).prepare()
    except OSError as error:
        raise OutputError(
            f"the folder {config.shown(config.store)} cannot be made: {error.strerror}",
            hint="results and the lock of the build are kept there",
        ) from error


def build(
    config: Config,
    options: Options = DEFAULT,
    progress: Progress | None = None,
    *,
    forget: bool = False,
    kept: Kept | None = None,
) -> Built:
    """Make all files of the site. Failures of pages are in the report; others are raised.

    With `forget`, how pages looked in the last build is not used; results of runs are. `kept` is
    what a process keeps between its live builds.
    """
    theme.folders(*config.theme)
    with Workers(options.jobs or os.cpu_count() or 1) as workers:
        run = Run(config, workers, progress or _Silent(), options, forget=forget, kept=kept)
        files = run.files()
    report = Report(
        pages=tuple(run.reports[source] for source in sorted(run.reports)),
        warnings=run.problems,
        output=str(config.output),
        files=len(files),
        changed=0,
        published=False,
        seconds=0.0,
        searched=run.searched,
    )
    strict = options.strict and bool(report.all_warnings)
    return Built(
        files,
        report,
        complete=not run.fatal and not strict,
        memory=run.memory,
        empty=run.empty,
        waiting=run.waiting,
        index=run.index,
    )
