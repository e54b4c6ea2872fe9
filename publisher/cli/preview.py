"""The command `publish preview`: what it prints while the site is served."""

from __future__ import annotations

import time
import webbrowser
from pathlib import Path

import click
from rich.markup import escape

from publisher import config, preview
from publisher.build import Options
from publisher.cli.run import end_soon
from publisher.cli.show import console, show_problem
from publisher.errors import ConfigError
from publisher.preview import Edition

MANY = 3  # pages that are named in a line


def serve(
    project: Path,
    options: Options,
    *,
    port: int,
    socket: Path | None,
    open_browser: bool,
    quiet: bool,
) -> None:
    """Serve the site of a project until interrupted, and say what changes."""
    if not project.is_dir():
        config.load(project)  # says what is wrong
    journal = Journal(quiet=quiet)

    def ready(address: str) -> None:
        where = "" if socket is not None else " (Ctrl-C ends it)"
        click.echo(f"serving the preview at {address}{where}", err=True)
        if open_browser and socket is None:
            webbrowser.open(address)

    try:
        preview.serve(project, options, port=port, socket=socket, ready=ready, tell=journal.tell)
    except ImportError as error:
        raise ConfigError(
            f"the preview needs the package {error.name}, which is not installed",
            hint="pip install notebook-publisher",
        ) from error
    end_soon(0)


class Journal:
    """Prints what is new in each edition."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.last = Edition()

    def tell(self, edition: Edition) -> None:
        """Print what is new."""
        last, self.last = self.last, edition
        if not self.quiet:
            self._pages(last, edition)
            started = {r.source for r in edition.running} - {r.source for r in last.running}
            for source in sorted(started):
                self._line("running", source)
        for trouble in edition.troubles:
            if trouble not in last.troubles:
                show_problem(trouble.problem, "error", "red")
        if not self.quiet:
            if last.troubles and not edition.troubles:
                self._line("mended")
            for warning in edition.warnings:
                if warning not in last.warnings:
                    show_problem(warning, "warning", "yellow")

    def _pages(self, last: Edition, edition: Edition) -> None:
        changed = [
            path
            for path, digest in edition.digests.items()
            if last.digests.get(path) != digest and path.endswith(".html")
        ]
        if not last.files and edition.files:
            pages = sum(path.endswith(".html") for path in edition.files)
            self._line("shown", f"{pages} pages")
        elif changed:
            more = f" and {len(changed) - MANY} more" if len(changed) > MANY else ""
            self._line("shown", ", ".join(sorted(changed)[:MANY]) + more)

    def _line(self, what: str, of: str = "") -> None:
        console.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {what} {escape(of)}".rstrip())
