"""What is done for one page, in a worker process: reading; then execution and rendering."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from publisher import execute, read
from publisher.config import Config
from publisher.errors import PublishError
from publisher.execute import Stored
from publisher.model import Executed, Page, Problem, Rendered, Status
from publisher.store import Store


@dataclass(frozen=True)
class Made:
    """What became of one page: `rendered`, or the `error` that it ended in."""

    source: str
    status: Status
    seconds: dict[str, float]
    rendered: Rendered | None = None
    problems: tuple[Problem, ...] = ()
    error: Problem | None = None


def load_page(source: str, config: Config) -> tuple[str, Page | Problem, float]:
    """Read a page: its source, what came of it, and the seconds it took."""
    started = time.perf_counter()
    try:
        result: Page | Problem = read.page(source, config)
    except PublishError as error:
        result = problem(error)
    except Exception as error:
        result = _bug(error, config.shown(config.source / source))
    return source, result, round(time.perf_counter() - started, 4)


def lost_page(source: str, config: Config) -> tuple[str, Page | Problem, float]:
    """The result of `load_page` if its process was killed."""
    return source, Problem(_KILLED, config.shown(config.source / source), hint=_MEMORY), 0.0


def make(page: Page, config: Config, files: str, may_run: bool) -> Made:
    """Execute a page, or take its stored results if nothing it read has changed; render it.

    `files` is the digest of the project's files. Without `may_run` only stored results are used.
    """
    from publisher.render import render

    seconds: dict[str, float] = {}
    status: Status = "not run"
    try:
        with _timed(seconds, "execute"):
            executed = _execute(page, config, files, may_run)
        status = executed.status
        with _timed(seconds, "render"):
            rendered = render(executed, config)
    except PublishError as error:
        return Made(page.source, status, seconds, error=problem(error))
    except Exception as error:
        return Made(page.source, status, seconds, error=_bug(error, config.shown(page.path)))
    problems = executed.problems + rendered.problems
    return Made(page.source, status, seconds, rendered, problems)


def lost(page: Page, config: Config, files: str, may_run: bool) -> Made:
    """The result of `make` if its process was killed."""
    error = Problem(_KILLED, config.shown(page.path), hint=_MEMORY)
    return Made(page.source, "not run", {}, error=error)


_KILLED = "the process that made this page was killed"
_MEMORY = "did the machine run out of memory? try --jobs 1"


def _execute(page: Page, config: Config, files: str, may_run: bool) -> Executed:
    if not execute.runs(page, config):
        return execute.unexecuted(page, config, forbidden=False)
    store = Store(config.store)
    key = execute.key(page, config, files)
    stored = store.get("execute", key, Stored)
    if stored is not None:
        executed = execute.restore(page, stored)
        if executed is not None:
            return executed
    if not may_run:
        return execute.unexecuted(page, config, forbidden=True)
    executed = execute.execute(page, config)
    store.put("execute", key, Stored.of(executed))
    return executed


def highlight(code: str, language: str) -> str:
    """Code as HTML."""
    from publisher.render.code import highlight as draw

    return draw(code, language)


def problem(error: PublishError) -> Problem:
    """An error as a value that can be sent and listed."""
    return Problem(error.message, error.path, error.line, error.cell, error.hint, error.detail)


def _bug(error: Exception, shown: str) -> Problem:
    """An error of ours: it fails its page, keeps its traceback, and stops no other page."""
    return Problem(
        f"internal error: {type(error).__name__}: {error}",
        shown,
        hint="this is a bug of publish: please report it with the text above",
        detail=traceback.format_exc(),
    )


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(time.perf_counter() - started, 4)
