"""How `publish check` looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from publisher import check
from publisher import config as configuration
from publisher.build import Options
from publisher.check import Finding
from publisher.cli.show import Lines, show_report
from publisher.config import Config
from publisher.errors import ConfigError

MAX_WARNINGS = 10
"""Warnings of a kind that are shown without `-v`."""


def run(
    *,
    project: Path,
    output: Path | None,
    built: bool,
    no_execute: bool,
    drafts: bool,
    kinds: tuple[str, ...],
    strict: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Check a site and say what was found; the exit code."""
    unknown = [kind for kind in kinds if kind not in check.KINDS]
    if unknown:
        raise ConfigError(f"--kind: there is no kind {unknown[0]}", hint=", ".join(check.KINDS))
    loaded = configuration.load(project, output)
    if built:
        failed, found = False, check.check(check.published(loaded), loaded)
    else:
        failed, found = _build(loaded, Options(execute=not no_execute, drafts=drafts))
    found = tuple(finding for finding in found if not kinds or finding.kind in kinds)
    if as_json:
        text = msgspec.json.encode({"findings": found, "failed": failed})
        click.echo(msgspec.json.format(text, indent=2).decode())
    else:
        _show(found, verbose=verbose)
    errors = any(finding.severity == "error" for finding in found)
    return int(failed or errors or (strict and bool(found)))


def _build(config: Config, options: Options) -> tuple[bool, tuple[Finding, ...]]:
    """Whether pages failed, which is said at once, and what was found in the others."""
    made, found = check.check_build(config, options, Lines(verbose=False))
    if not made.complete:
        show_report(made.report, config, quiet=True, verbose=False, strict=False)
    return not made.complete, found


def _show(found: tuple[Finding, ...], *, verbose: bool) -> None:
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True, emoji=False)
    shown: dict[str, int] = {}
    for finding in found:
        shown[finding.kind] = shown.get(finding.kind, 0) + 1
        if not verbose and finding.severity == "warning" and shown[finding.kind] > MAX_WARNINGS:
            continue
        colour = "red" if finding.severity == "error" else "yellow"
        text = escape(f"{_place(finding)}: {finding.message}")
        console.print(f"[{colour}]{finding.kind}[/]: {text}")
        if finding.hint:
            console.print(f"  hint: {escape(finding.hint)}")
    console.print(_summary(found, verbose))


def _place(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    cell = f" (code cell {finding.cell})" if finding.cell else ""
    return f"{finding.path}{line}{cell}"


def _summary(found: Iterable[Finding], verbose: bool) -> str:
    counts: dict[str, int] = {}
    for finding in found:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    if not counts:
        return "nothing found"
    hidden = any(
        check.SEVERITY[kind] == "warning" and counts.get(kind, 0) > MAX_WARNINGS
        for kind in check.KINDS
    )
    parts = ", ".join(f"{counts[kind]} {kind}" for kind in check.KINDS if kind in counts)
    return f"found: {parts}{' (-v shows all)' if hidden and not verbose else ''}"
