"""The commands that build: what they hand on, and what they print when."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import click

from publisher import config as configuration
from publisher.build import Options, publish
from publisher.cli.show import Bar, Lines, Silent, show_error, show_report
from publisher.config import Config
from publisher.errors import PublishError
from publisher.model import Report

INTERRUPTED = 130
LAST = 3.0  # seconds for what still runs once all is said


def end_soon(code: int) -> None:
    """Let this process end, even if a thread waits for what a process that is gone began to send.

    `concurrent.futures` joins the thread that reads the results of its workers. Where these were
    ended, it may have half of one, and its other end is open in this process too.
    """
    timer = threading.Timer(LAST, os._exit, [code])
    timer.daemon = True
    timer.start()


def run(
    *,
    project: Path,
    output: Path | None,
    jobs: int | None,
    no_execute: bool,
    drafts: bool,
    strict: bool,
    quiet: bool,
    verbose: bool,
    refresh: tuple[str, ...] = (),
    no_cache: bool = False,
    scheduler: str | None = None,
    as_json: bool = False,
) -> int:
    """Build and say what came of it; the exit code."""
    try:
        loaded = configuration.load(project, output)
        options = Options(
            jobs or 0, not no_execute, drafts, strict, refresh, not no_cache, scheduler
        )
        report = _publish(loaded, options, quiet=quiet, verbose=verbose)
    except PublishError as error:
        if not as_json:
            raise
        _print_json({"pages": [], "error": _as_dict(error), "published": False})
        show_error(error)
        return error.exit_code
    if as_json:
        from publisher.cli.show import as_table

        _print_json(as_table(report))
    show_report(report, loaded, quiet=quiet, verbose=verbose, strict=strict)
    return _code(report, strict)


def _publish(loaded: Config, options: Options, *, quiet: bool, verbose: bool) -> Report:
    progress = Silent() if quiet else Lines(verbose)
    try:
        if not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            with Bar() as progress:
                return publish(loaded, options, progress)
        return publish(loaded, options, progress)
    except KeyboardInterrupt:
        kept = f"; the results of {progress.ran} pages that ran are kept" if progress.ran else ""
        click.echo(f"\ninterrupted: the site is as it was{kept}", err=True)
        end_soon(INTERRUPTED)
        sys.exit(INTERRUPTED)


def _code(report: Report, strict: bool) -> int:
    return int(bool(report.errors) or (strict and bool(report.all_warnings)))


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _as_dict(error: PublishError) -> dict[str, object]:
    return {
        "message": error.message,
        "path": error.path,
        "line": error.line,
        "cell": error.cell,
        "hint": error.hint,
        "detail": error.detail,
    }
