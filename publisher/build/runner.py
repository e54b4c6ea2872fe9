"""Running single pages in the background, each in a process of its own that can be ended.

The results go to the store, where the next build finds them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from publisher import execute, read
from publisher.build.worker import KILLED, MEMORY, bug, problem
from publisher.build.workers import Workers, begin, context
from publisher.config import Config
from publisher.errors import PublishError
from publisher.execute import Code, Drafts, FailedRunError, Inputs, Results, Setting
from publisher.model import Head, Page, Problem
from publisher.store import Store, digest

ROUNDS = 3  # a page that others make stale by running runs again, but not for ever
MANY = 12  # pages that are read to see what libraries they share
LAST = 2.0  # seconds until a process that was told to end is killed


@dataclass(frozen=True)
class Ended:
    """How a run ended: well, or in an `error`.

    `inputs` are what a run that failed had read, where that is known; `written` are the files
    that a run wrote.
    """

    error: Problem | None = None
    inputs: Inputs | None = None
    written: tuple[Path, ...] = ()


@dataclass
class Job:
    """A page that runs: `cell` is the number of the code cell that is at work, 0 before the first.

    `over` says that nobody waits for it any more.
    """

    page: Head
    code: Code
    cell: int = 0
    over: bool = False
    process: multiprocessing.process.BaseProcess | None = None

    def end(self) -> None:
        """End its process, and the kernel with it."""
        self.over = True
        if self.process is not None and self.process.pid is not None:
            with suppress(ProcessLookupError):  # not by multiprocessing, whose server may be dead
                os.kill(self.process.pid, signal.SIGTERM)


@dataclass(frozen=True)
class _Failure:
    code: Code
    ended: Ended


@dataclass
class _Setting:
    """What all runs share: the process that kernels are forked from, and a folder of traces."""

    stack: ExitStack = field(default_factory=ExitStack)
    address: str | None = None
    kernels: frozenset[str] = frozenset()


class Runner:
    """Runs the pages of a site that wait for it, `jobs` at once. To be closed in the end.

    `tell` is called, from another thread, whenever a run begins, goes on to the next cell, or
    ends; with True if there is something new in the store, or an error. `own` says that this
    process does nothing else: what it reads is not taken for the runs' then.
    """

    def __init__(self, jobs: int, tell: Callable[[bool], None], *, own: bool = False) -> None:
        self.jobs, self._tell = jobs, tell
        self._folder = Path(tempfile.mkdtemp(prefix="publisher-"))
        self._lock = threading.RLock()
        self._config: Config | None = None
        self._running: dict[str, Job] = {}
        self._queue: dict[str, tuple[Head, Code]] = {}
        self._failures: dict[str, _Failure] = {}
        self._rounds: Counter[str] = Counter()
        self._written: dict[str, tuple[Path, ...]] = {}
        self._shared = _Setting()
        self._threads: set[threading.Thread] = set()
        self._closed = False
        if own:
            execute.own(self._folder)
        Workers(jobs).warm_up(reading=True)

    def want(
        self, config: Config, waiting: Mapping[str, tuple[Head, Code]], *, changed: bool
    ) -> None:
        """Have these pages run, and no others: a run whose page or code is another one ends.

        `changed` says that the author has changed something: what was run often enough, or failed
        for a reason that is not known, is run again.
        """
        with self._lock:
            if changed:
                self._rounds.clear()
            self._config = config
            for source, job in self._running.items():
                if source not in waiting or waiting[source][1] != job.code:
                    job.end()
            results = Results(config, Store(config.store))
            self._failures = {s: f for s, f in self._failures.items() if s in waiting}
            self._queue = {
                source: (page, code)
                for source, (page, code) in waiting.items()
                if not self._hopeless(source, code, results, changed)
                and (source not in self._running or self._running[source].over)
            }
            self._start()

    @property
    def written(self) -> set[Path]:
        """The files that the last run of each page is known to have written."""
        with self._lock:
            return {path for paths in self._written.values() for path in paths}

    def busy(self) -> list[Job]:
        """The pages that run now."""
        with self._lock:
            return [job for job in self._running.values() if not job.over]

    def errors(self, waiting: Mapping[str, tuple[Head, Code]]) -> dict[str, Problem]:
        """What the last runs of pages that wait have ended in, if their code is the same."""
        with self._lock:
            return {
                source: failure.ended.error
                for source, failure in self._failures.items()
                if failure.ended.error is not None
                and source in waiting
                and failure.code == waiting[source][1]
            }

    def close(self) -> None:
        """End all runs."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            for job in self._running.values():
                job.end()
            threads = list(self._threads)
        for thread in threads:
            thread.join(LAST + 1)
        self._shared.stack.close()
        with suppress(OSError):
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)
            self._folder.rmdir()

    def _hopeless(self, source: str, code: Code, results: Results, changed: bool) -> bool:
        """Whether a page has been run with this code to no avail, and would be again."""
        failure = self._failures.get(source)
        if failure is not None and failure.code == code:
            inputs = failure.ended.inputs
            if inputs is None:
                return not changed
            return not results.changes(code, inputs, {})
        return self._rounds[source] >= ROUNDS

    def _start(self) -> None:
        """Start as many runs as may be."""
        while self._queue and not self._closed and len(self._running) < self.jobs:
            source = next((s for s in self._queue if s not in self._running), None)
            if source is None or not self._prepare():
                return
            page, code = self._queue.pop(source)
            job = self._running[source] = Job(page, code)
            thread = threading.Thread(target=self._run, args=(job,), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _prepare(self) -> bool:
        """Start what kernels are forked from, if none does, or packages are others than before.

        False as long as other pages run by the one that there is.
        """
        assert self._config is not None
        results = Results(self._config, Store(self._config.store))
        kernels = frozenset(digest(results.kernel(code)) for _, code in self._queue.values())
        if kernels <= self._shared.kernels:
            return True
        if self._running:
            return False
        self._shared.stack.close()
        pages = []
        for page, _ in [*self._queue.values()][:MANY]:
            with suppress(PublishError):
                pages.append(_whole(page, self._config))
        parent = self._shared.stack.enter_context(execute.Parent(self._config, pages * 2))
        self._shared.address, self._shared.kernels = parent.address, kernels
        return True

    def _run(self, job: Job) -> None:
        """Run a page, in a thread of its own."""
        config, source = self._config, job.page.source
        assert config is not None
        setting = Setting(self._shared.address, self._folder)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        with ours:
            with theirs, self._lock:
                job.process = context(True).Process(  # type: ignore[attr-defined]
                    target=_work, args=(theirs, job.page, config, setting), daemon=True
                )
                with suppress(OSError):  # it ends like one that was killed
                    if not job.over:
                        job.process.start()
            ended = Ended(Problem(KILLED, config.shown(config.source / source), hint=MEMORY))
            with suppress(EOFError, OSError):
                while not isinstance(message := ours.recv(), Ended):
                    job.cell = message
                    self._tell(False)
                ended = message
        self._finish(job, ended)

    def _finish(self, job: Job, ended: Ended) -> None:
        source, process = job.page.source, job.process
        assert process is not None
        if process.pid is not None:
            process.join(LAST)
            if process.is_alive():
                process.kill()
                process.join()
            if process.exitcode != 0:
                execute.end_lost(process.pid)
        with self._lock:
            self._written[source] = ended.written
            del self._running[source]
            self._threads.discard(threading.current_thread())
            if not job.over:
                self._rounds[source] += 1
                self._failures.pop(source, None)
                if ended.error is not None:
                    self._failures[source] = _Failure(job.code, ended)
            self._start()
            if not self._running:
                self._tidy()
        if not self._closed:
            self._tell(True)

    def _tidy(self) -> None:
        """Remove the traces of runs that are over, which no run that goes on can ask for."""
        for path in self._folder.iterdir():
            if not path.name.startswith(f"{os.getpid()}-"):
                path.unlink(missing_ok=True)


def _whole(page: Head, config: Config) -> Page:
    return page if isinstance(page, Page) else read.page(page.source, config)


def _work(connection: Connection, page: Head, config: Config, setting: Setting) -> None:
    """Run a page in this process."""
    begin()
    assert setting.traces is not None
    execute.own(setting.traces)
    shown = config.shown(config.source / page.source)
    results = Results(config, Store(config.store))
    try:
        executed, trace = execute.execute(
            _whole(page, config), config, setting, results, connection.send
        )
        if trace is None:  # nothing says when the result is stale: it is shown while the code is
            Drafts(config).keep(page.source, executed.notebook)
        names = trace.written if trace is not None else ()
        ended = Ended(written=tuple(config.root / name for name in names))
    except FailedRunError as error:
        ended = Ended(problem(error), error.inputs, error.written)
    except PublishError as error:
        ended = Ended(problem(error))
    except Exception as error:
        ended = Ended(bug(error, shown))
    connection.send(ended)
    connection.close()
