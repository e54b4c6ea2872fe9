"""How `publish status` looks."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from publisher import config as configuration
from publisher.status import PageStatus, status

COLOURS = {"fresh": "green", "stale": "yellow", "frozen": "cyan"}
SHOWN = 3
"""Reasons and inputs of a kind that are shown without `-v`."""


def show(
    project: Path, patterns: tuple[str, ...], *, drafts: bool, verbose: bool, as_json: bool
) -> None:
    """Print the state of all notebooks, or of those like one of the patterns."""
    pages = status(configuration.load(project), patterns, drafts=drafts)
    if as_json:
        text = msgspec.json.encode({"pages": pages, "stale": _stale(pages)})
        click.echo(msgspec.json.format(text, indent=2).decode())
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True, emoji=False)
    for page in pages:
        took = f"  [dim]{page.seconds:.1f} s[/]" if page.seconds is not None else ""
        colour = COLOURS[page.state]
        console.print(f"[{colour}]{page.state:>6}[/]  {escape(page.source)}{took}")
        reasons = page.reasons if verbose else page.reasons[:SHOWN]
        for reason in reasons:
            console.print(f"          {escape(reason)}")
        if len(reasons) < len(page.reasons):
            console.print(f"          … and {len(page.reasons) - len(reasons)} more (-v)")
        for line in _inputs(page, verbose):
            console.print(f"          {escape(line)}", style="dim")
    console.print(_summary(pages))


def _inputs(page: PageStatus, verbose: bool) -> list[str]:
    """What the last run read, and what is not known of that."""
    inputs = page.inputs
    if inputs is None:
        return []
    read = [f"{kind}: {', '.join(names)}" for kind, names in _kinds(page) if names and verbose]
    unknown = list(inputs.notes)
    return read + [f"inputs not fully known: {note}" for note in unknown]


def _kinds(page: PageStatus) -> list[tuple[str, list[str]]]:
    inputs = page.inputs
    assert inputs is not None
    return [
        ("read", list(inputs.files)),
        ("listed", list(inputs.listed)),
        ("declared", list(inputs.declared)),
        ("network", list(inputs.network)),
        ("started", list(inputs.processes)),
        ("wrote", list(page.written)),
        ("packages", [f"{name} {version}" for name, version in inputs.versions.items()]),
    ]


def _stale(pages: tuple[PageStatus, ...]) -> int:
    return sum(page.state == "stale" for page in pages)


def _summary(pages: tuple[PageStatus, ...]) -> str:
    if not pages:
        return "no notebooks with code to run"
    stale = _stale(pages)
    seconds = sum(page.seconds or 0.0 for page in pages if page.state == "stale")
    took = f", about {seconds:.0f} s" if seconds >= 1 else ""
    frozen = sum(page.state == "frozen" for page in pages)
    rest = f", {frozen} frozen" if frozen else ""
    return (
        f"{stale} of {len(pages)} would run{took}{rest}"
        if stale
        else (f"nothing to run: {len(pages) - frozen} fresh{rest}")
    )
