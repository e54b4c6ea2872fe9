"""The processes that pages are made in: N at once, none of which outlives us."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Any, Self, TypeVar

from publisher import execute
from publisher.build.budget import Budget

T = TypeVar("T")
PRELOADED = ["publisher.build.preload", "jupytext"]
PAUSE = 0.2  # seconds until the memory is looked at again
BATCH = 16  # tasks that are sent at once where none of them runs code: sending takes its time


class Workers:
    """A pool of processes, started when first used. To be used as a context manager."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is None:
            return
        if kind is None:
            self._executor.shutdown()
        else:  # interrupted: end the kernels and the processes at once
            self._executor.shutdown(wait=False, cancel_futures=True)
            _end_children()

    def warm_up(self, *, reading: bool) -> None:
        """Start the process that others are forked from, which takes a while, in the background.

        `reading` says whether they are to read pages too.
        """
        if context(reading).get_start_method() == "forkserver":
            from multiprocessing.forkserver import ensure_running

            ensure_running()

    def map(
        self,
        function: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        lost: Callable[..., T],
        budget: Budget | None = None,
        *,
        here: bool = False,
    ) -> Iterator[T]:
        """Results in the order in which they come; at once only as many as the budget allows.

        With `here` the work is done in this process, one task after the other.

        A process that is killed takes the pool with it: what was not done is tried once more,
        one by one, so that only the task that killed it is `lost`, which then gives the result.
        """
        if here:
            yield from (function(*task) for task in tasks)
            return
        left = dict(enumerate(tasks))
        try:
            for index, result in self._run(function, left, budget):
                del left[index]
                yield result
        except BrokenProcessPool:
            self._forget()
            for index in list(left):
                try:
                    yield from (r for _, r in self._run(function, {index: left[index]}))
                except BrokenProcessPool:
                    self._forget()
                    yield lost(*left[index])

    def _forget(self) -> None:
        """Give up a broken pool, and what the killed process had started."""
        if self._executor is not None:
            self._executor.shutdown()
        self._executor = None
        execute.end_lost()

    def _run(
        self,
        function: Callable[..., T],
        tasks: dict[int, tuple[Any, ...]],
        budget: Budget | None = None,
    ) -> Iterator[tuple[int, T]]:
        size = 1 if budget else max(1, min(BATCH, len(tasks) // (8 * self.jobs)))
        items = list(tasks.items())
        waiting = [dict(items[at : at + size]) for at in range(0, len(items), size)][::-1]
        executor = self._start() if waiting else None
        running: dict[Future[list[T]], Iterable[int]] = {}
        while executor is not None and (waiting or running):
            while waiting and self._has_room(len(running), budget):
                batch = waiting.pop()
                running[executor.submit(_each, function, [*batch.values()])] = batch.keys()
            seconds = PAUSE if waiting and budget and len(running) < self.jobs else None
            for future in wait(running, seconds, FIRST_COMPLETED).done:
                yield from zip(running.pop(future), future.result(), strict=True)

    def _has_room(self, running: int, budget: Budget | None) -> bool:
        if budget is None:
            return running < 4 * self.jobs  # a few wait in the queue
        return running < self.jobs and budget.allows_another(running)

    def _start(self) -> Executor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(self.jobs, context(True), initializer=begin)
        return self._executor


def _each(function: Callable[..., T], tasks: Iterable[tuple[Any, ...]]) -> list[T]:
    """What a worker does with a batch of tasks."""
    return [function(*task) for task in tasks]


def context(reading: bool) -> BaseContext:
    """How processes are started. `reading` says whether they are to read pages too."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    multiprocessing.set_forkserver_preload(PRELOADED[: 1 + reading])
    return multiprocessing.get_context("forkserver")


def begin() -> None:
    """Set a worker up: it ends, with its kernels, when its parent ends or tells it to.

    Ctrl-C reaches the whole group of processes; only the parent acts on it.
    """
    execute.adopt()
    signal.signal(signal.SIGINT, _ignore)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        _stop()


def _ignore(number: int = 0, frame: object = None) -> None:
    """A handler, not SIG_IGN, which kernels would inherit."""


def _stop(number: int = 0, frame: object = None) -> None:
    client = sys.modules.get("publisher.execute.client")
    if client is not None:
        client.end_all()
    os._exit(1)


def _end_children() -> None:
    children = multiprocessing.active_children()
    for child in children:
        child.terminate()
    for child in children:
        child.join(1.0)
        if child.is_alive():
            child.kill()
