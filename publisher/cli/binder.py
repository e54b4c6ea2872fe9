"""What `publish binder` prints."""

from __future__ import annotations

import os
from pathlib import Path

import click

from publisher import binder, config


def write(project: Path, *, force: bool) -> None:
    """Write what Binder needs, and say what was written and what comes next."""
    loaded = config.load(project)
    made = binder.files(loaded)
    written = binder.write(made, force=force)
    for path in written:
        click.echo(f"wrote {os.path.relpath(path)}", err=True)
    for note in made.notes:
        click.echo(f"note: {note}", err=True)
    if written and loaded.settings.binder is None:
        text = "note: with a table [binder] in publisher.toml, each notebook page links to Binder"
        click.echo(text, err=True)
    if written:
        click.echo("next: commit and push, then: publish binder --url", err=True)
    else:
        click.echo("nothing to write: all files are as they should be", err=True)


def print_link(project: Path) -> None:
    """Print where Binder opens the branch that is checked out."""
    link = binder.link(config.load(project))
    for note in link.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(link.address)
