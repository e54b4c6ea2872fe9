"""The site of a project as it is now: made anew whenever something changes, in memory alone.

A build that runs nothing takes milliseconds and shows the newest text at once; pages that have to
run do so in the background, and the site is made anew when one has ended.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from publisher import build, config, search
from publisher.build import Built, Kept, Options, Runner, bug, problem
from publisher.config import Config
from publisher.errors import PublishError
from publisher.model import File, PageReport, Problem
from publisher.preview.edition import Edition, Running, Trouble
from publisher.preview.watching import Watcher
from publisher.store import Digests, content_digest

LAST = 1.0  # seconds for a build that goes on when the preview ends
Tell = Callable[[Edition], None]


class Live:
    """A preview of the project in a folder, a context manager.

    `edition` is the newest; who `listen`s is told of each. `options` are those of a build;
    with `execute` off nothing is run. `own` says that this process does nothing else.
    """

    def __init__(self, project: Path, options: Options, *, own: bool = False) -> None:
        self.project = project
        self.options = replace(options, live=True, execute=False)
        self.edition = Edition()
        self._kept = Kept()
        self._listeners: list[Tell] = []
        self._lock = threading.Lock()
        self._wake = threading.Condition()
        self._changed: set[Path] | None = None
        self._news, self._closed = True, False
        self._urls: dict[str, str] = {}
        self._config: Config | None = None
        self._digests = Digests()
        self._watcher = Watcher(self._saw)
        jobs = options.jobs or os.cpu_count() or 1
        self._own = own
        self._runner = Runner(jobs, self._ran, own=own) if options.execute else None
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def __enter__(self) -> Live:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._runner is not None:
            self._runner.close()
        self._thread.join(LAST)
        self._watcher.close()

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Have `tell` called with each edition from now on, from another thread; ends that."""
        with self._lock:
            self._listeners.append(tell)

        def end() -> None:
            with self._lock:
                if tell in self._listeners:
                    self._listeners.remove(tell)

        return end

    def start(self, pages: int) -> None:
        """A build has read its pages (see `build.Progress`)."""
        self._go_on()

    def page(self, report: PageReport) -> None:
        """A build has made a page."""
        self._go_on()

    def _go_on(self) -> None:
        if self._closed:
            raise _ClosedError

    def _saw(self, paths: set[Path]) -> None:
        with self._wake:
            self._changed = (self._changed or set()) | paths
            self._wake.notify()

    def _ran(self, ended: bool) -> None:
        """A run goes on, or has `ended`."""
        if ended:
            with self._wake:
                self._news = True
                self._wake.notify()
        else:
            self._show(running=self._running())

    def _loop(self) -> None:
        warm = False
        while True:
            with self._wake:
                while not (self._closed or self._changed is not None or self._news):
                    if not self._wake.wait(None if warm else 0.0):
                        break
                if self._closed:
                    return
                changed, news = self._changed, self._news
                self._changed, self._news = None, False
            try:
                if changed is None and not news:
                    warm = True
                    self._warm()
                else:
                    written = self._runner.written if self._runner is not None else set()
                    self._build(bool((changed or set()) - written))
            except _ClosedError:
                return
            except PublishError as error:
                self._fail(problem(error))
            except Exception as error:
                self._fail(bug(error, str(self.project)))

    def _build(self, changed: bool) -> None:
        """Make the site anew."""
        self._config = now = config.load(self.project)
        self._watcher.watch(self._folders(now))
        built = build.build(now, self.options, self, kept=self._kept)
        if self._runner is not None:
            self._runner.want(now, built.waiting, changed=changed)
        self._show(**self._content(built), building=False, running=self._running())

    def _folders(self, now: Config) -> Iterator[Path]:
        """What to watch: the project's folders, and files that its settings name elsewhere."""
        yield from now.folders()
        yield from {path.parent for path in (*now.bibliographies, *now.publications)}

    def _fail(self, error: Problem) -> None:
        """Show the site as it was, and what is wrong with it."""
        if self._config is None:
            self._watcher.watch([self.project.resolve()])
        self._show(troubles=(Trouble(error),), building=False, running=self._running())

    def _content(self, built: Built) -> dict[str, object]:
        files = {file.path: file for file in built.files}
        self._urls |= {page.source: page.url for page in built.report.pages if page.url is not None}
        errors = {page.source: page.error for page in built.report.pages if page.error is not None}
        if self._runner is not None:
            errors = self._runner.errors(built.waiting) | errors
        return {
            "files": Files(files, built.index),
            "digests": {path: self._digest(file) for path, file in files.items()},
            "troubles": tuple(
                Trouble(error, self._urls.get(source)) for source, error in sorted(errors.items())
            )
            + ((Trouble(_NOTHING),) if built.empty else ()),
            "warnings": built.report.all_warnings,
        }

    def _digest(self, file: File) -> str:
        if file.digest:
            return file.digest
        if file.content is not None:
            return content_digest(file.content)
        return (self._digests.of(file.source) if file.source else None) or ""

    def _running(self) -> tuple[Running, ...]:
        jobs = self._runner.busy() if self._runner is not None else []
        return tuple(
            Running(
                job.page.source,
                self._urls.get(job.page.source, ""),
                job.cell,
                len(job.code.cells),
            )
            for job in jobs
        )

    def _show(self, **parts: object) -> None:
        """Show another edition, if it differs."""
        with self._lock:
            before = self.edition
            new = replace(before, **parts)  # type: ignore[arg-type]
            if new == before:
                return
            self.edition = new = replace(new, number=before.number + 1)
            listeners = list(self._listeners)
        for tell in listeners:
            tell(new)

    def _warm(self) -> None:
        """Make one page here for practice, so that the first edit does not wait for imports."""
        index = self._kept.index
        if self._config is None or index is None:
            return
        drawn = [s for s, known in index.pages.items() if known.drawn and not known.liquid]
        drawn.sort(key=lambda source: index.pages[source].code is None)
        for source in drawn[:1]:
            pages = index.pages | {source: replace(index.pages[source], drawn=None)}
            kept = replace(self._kept, index=replace(index, pages=pages), good={})
            build.build(self._config, self.options, kept=kept)
        if self._own:  # what stays for good need not be searched for garbage again and again
            gc.collect()
            gc.freeze()


class _ClosedError(Exception):
    """The preview ends, and with it the build that goes on."""


_NOTHING = Problem(
    "there are no pages yet",
    hint="make a first one with `publish new`, or a site with `publish init FOLDER`",
)


class Files(Mapping[str, File]):
    """The files of a site. Those of the search index are made when one of them is asked for."""

    def __init__(self, files: Mapping[str, File], index: Callable[[], tuple[File, ...]]) -> None:
        self._files, self._make = dict(files), index
        self._lock = threading.Lock()
        self._indexed = False

    def __getitem__(self, path: str) -> File:
        if path not in self._files and path.startswith(FOLDER):
            with self._lock:
                if not self._indexed:
                    self._files |= {file.path: file for file in self._make()}
                    self._indexed = True
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __eq__(self, other: object) -> bool:
        """Two are the same if they show the same: the digests of an edition tell that."""
        return isinstance(other, Files) and self._files.keys() == other._files.keys()

    __hash__ = None  # type: ignore[assignment]


FOLDER = search.ENTRY.rpartition("/")[0] + "/"
